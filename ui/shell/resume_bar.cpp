// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/resume_bar.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>

#include "ui/text/run_text.h"

namespace lathe {

ResumeBar::ResumeBar(QWidget* parent) : QFrame(parent) {
    setObjectName("resumeBar");
    setProperty("tone", "warn");
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(14, 6, 14, 6);
    row->setSpacing(8);
    m_text = new QLabel;
    m_text->setTextFormat(Qt::PlainText);
    m_text->setWordWrap(true);
    row->addWidget(m_text, 1);
    for (QPushButton** button : {&m_resume, &m_repeat, &m_dismiss}) {
        *button = new QPushButton;
        row->addWidget(*button);
    }
    m_resume->setObjectName("resumeInterrupted");
    m_repeat->setObjectName("repeatInterrupted");
    m_dismiss->setObjectName("dismissInterrupted");
    const auto folder = [this] { return QString::fromStdString(m_run.summary.folder.string()); };
    connect(m_resume, &QPushButton::clicked, this, [this, folder] {
        hide();
        Q_EMIT resumeAsked(folder());
    });
    connect(m_repeat, &QPushButton::clicked, this, [this, folder] {
        Q_EMIT dismissed(keyOf(m_run.summary));
        Q_EMIT repeatAsked(folder());
    });
    connect(m_dismiss, &QPushButton::clicked, this, [this] { Q_EMIT dismissed(keyOf(m_run.summary)); });
    hide();
}

QString ResumeBar::keyOf(const RunSummary& run) {
    return QString::fromStdString(run.folder.string() + " " + run.record.started);
}

void ResumeBar::offer(const RunLibrary& library, const QStringList& dismissed) {
    for (const RunRow& row : library.runs()) {
        if (row.summary.record.status != RunStatus::Interrupted || dismissed.contains(keyOf(row.summary)))
            continue;
        m_run = row;
        showText();
        show();
        return;
    }
    hide();
}

void ResumeBar::showText() {
    const RunRecord& record = m_run.summary.record;
    const QString name = runTitle(m_run.summary);
    m_text->setText(
        record.maxSteps > 0
            ? tr("%1 was interrupted at step %2 of %3.").arg(name).arg(record.steps).arg(record.maxSteps)
            : tr("%1 was interrupted before its first step.").arg(name));
    m_resume->setVisible(m_run.resumable);
}

void ResumeBar::retranslate() {
    m_resume->setText(tr("Resume"));
    m_resume->setToolTip(tr("Goes on from the last checkpoint"));
    m_repeat->setText(tr("Run again"));
    m_repeat->setToolTip(tr("Fills the form with this run's recipe"));
    m_dismiss->setText(tr("Dismiss"));
    m_dismiss->setToolTip(tr("The run stays on the Runs page"));
    showText();
}

}  // namespace lathe
