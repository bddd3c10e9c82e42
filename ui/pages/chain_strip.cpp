// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/chain_strip.h"

#include <QLabel>
#include <QPushButton>

#include "core/base/resource_folder.h"
#include "ui/bridge/background.h"
#include "ui/text/catalog_text.h"
#include "ui/text/run_text.h"
#include "ui/widgets/flow_layout.h"

namespace lathe {
namespace {

constexpr int kBetweenStages = 16;

QLabel* label(const QString& text, const char* role) {
    auto* made = new QLabel(text);
    made->setTextFormat(Qt::PlainText);
    made->setProperty("role", role);
    return made;
}

}  // namespace

ChainStrip::ChainStrip(const PageContext& context, QWidget* parent)
    : Card(parent),
      m_context(context),
      m_stages(new QWidget),
      m_flow(new FlowLayout(m_stages, kBetweenStages)) {
    m_next = new QPushButton;
    m_next->setObjectName("nextStage");
    header()->addWidget(m_next);
    body()->addWidget(m_stages);
    connect(m_next, &QPushButton::clicked, this, &ChainStrip::draftNext);
    connect(&context.library, &RunLibrary::runsChanged, this, &ChainStrip::find);
    hide();
}

void ChainStrip::showRun(const QString& folder) {
    m_folder = folder;
    m_context.library.refresh();  // the run may have ended just now
    if (m_context.library.loaded()) find();
}

void ChainStrip::find() {
    if (m_folder.isEmpty()) return;
    runInBackground(
        this,
        [runs = m_context.library.snapshot(), run = std::filesystem::path(m_folder.toStdString())] {
            return chainOfListed(*runs, run);
        },
        [this, folder = m_folder](RunChain chain) {
            if (folder != m_folder) return;
            m_chain = std::move(chain);
            fill();
        });
}

void ChainStrip::clear() {
    m_folder.clear();
    m_chain = {};
    fill();
}

void ChainStrip::retranslate() {
    setTitle(tr("Stages"));
    m_next->setToolTip(tr("Fills the form with the next stage's recipe, on the runs shown here."));
    fill();
}

void ChainStrip::fill() {
    while (QLayoutItem* item = m_flow->takeAt(0)) {
        item->widget()->deleteLater();
        delete item;
    }
    for (std::size_t i = 0; i < m_chain.links.size(); ++i) addLink(m_chain.links[i], int(i) + 1);
    m_next->setText(m_chain.next == "reward_model" ? tr("Next: learn a judge (reward model)")
                                                   : tr("Next: learn from rewards"));
    m_next->setVisible(!m_chain.next.empty());
    setVisible(m_chain.links.size() > 1);
}

void ChainStrip::addLink(const ChainLink& link, int number) {
    const RunStatus status = link.run ? link.run->record.status : RunStatus::Incomplete;
    const bool done = status == RunStatus::Done;
    auto* stage = new QWidget;
    auto* grid = new QGridLayout(stage);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setHorizontalSpacing(6);
    grid->setVerticalSpacing(0);
    grid->addWidget(label(done ? QStringLiteral("✓") : QString::number(number), done ? "good" : "muted"), 0,
                    0);
    grid->addWidget(label(taskTitle(link.task, link.task), link.current ? "strong"
                                                           : link.run   ? ""
                                                                        : "muted"),
                    0, 1);
    QString below = tr("still to come");
    if (link.run)
        below = done ? runTitle(*link.run) : tr("%1 · %2").arg(runTitle(*link.run), statusText(status));
    grid->addWidget(label(below, "small"), 1, 1);
    m_flow->addWidget(stage);
}

void ChainStrip::draftNext() {
    const auto resources = resourceFolder();
    const Catalog* catalog = m_context.draft.catalog();
    if (!resources || !catalog) return;
    const auto recipe = nextRecipe(m_chain, *resources, *catalog);
    if (!recipe) return;
    m_context.draft.setRecipe(*recipe);
    Q_EMIT nextDrafted();
}

}  // namespace lathe
