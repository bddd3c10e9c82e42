// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/help_window.h"

#include <QDesktopServices>
#include <QFile>
#include <QHBoxLayout>
#include <QListWidget>
#include <QTextBlock>
#include <QTextBrowser>
#include <QTextDocument>
#include <QTextTable>
#include <QUrl>

namespace lathe {
namespace {

constexpr const char* kPages[] = {"recipe.md",  "command-line.md", "run-folder.md",
                                  "methods.md", "architecture.md", "results.md"};
constexpr qint64 kMostBytes = qint64(4) << 20;
constexpr QSize kUsualSize(900, 640);
constexpr int kListWidth = 190;
constexpr int kHeadingMargin = 14, kParagraphMargin = 7;

QString textOf(const QString& path) {
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly)) return {};
    return QString::fromUtf8(file.read(kMostBytes));
}

/// What follows "# " in the first line.
QString titleOf(const QString& path) {
    const QString first = textOf(path).section('\n', 0, 0);
    return first.startsWith("# ") ? first.mid(2) : path.section('/', -1);
}

/// A heading as GitHub writes it in links: "LoRA and rsLoRA" is "lora-and-rslora".
QString anchorOf(const QString& heading) {
    QString anchor;
    for (const QChar c : heading.toLower()) {
        if (c.isLetterOrNumber() || c == '-' || c == '_') anchor += c;
        if (c == ' ') anchor += '-';
    }
    return anchor;
}

/// Space between paragraphs and before headings, which Qt's Markdown lacks; lists and tables stay as they
/// are.
void spaceOut(QTextDocument& document) {
    for (QTextBlock block = document.begin(); block.isValid(); block = block.next()) {
        QTextBlockFormat format = block.blockFormat();
        QTextCursor cursor(block);
        const bool heading = format.headingLevel() > 0;
        const bool code = format.hasProperty(QTextFormat::BlockCodeFence);
        if (!heading && (code || block.textList() || cursor.currentTable())) continue;
        format.setTopMargin(heading ? kHeadingMargin : 0);
        format.setBottomMargin(kParagraphMargin);
        cursor.setBlockFormat(format);
    }
}

}  // namespace

HelpWindow::HelpWindow(QString folder, QWidget* parent) : QDialog(parent), m_folder(std::move(folder)) {
    resize(kUsualSize);
    m_pages = new QListWidget;
    m_pages->setFixedWidth(kListWidth);
    m_pages->setSpacing(2);
    for (const char* file : kPages) {
        auto* item = new QListWidgetItem(m_pages);
        item->setData(Qt::UserRole, QString(file));
    }
    m_text = new QTextBrowser;
    m_text->setOpenLinks(false);
    auto* row = new QHBoxLayout(this);
    row->addWidget(m_pages);
    row->addWidget(m_text, 1);
    connect(m_pages, &QListWidget::currentItemChanged, this, [this](QListWidgetItem* item) {
        if (item && item->data(Qt::UserRole) != m_file) showPage(item->data(Qt::UserRole).toString());
    });
    connect(m_text, &QTextBrowser::anchorClicked, this, &HelpWindow::follow);
    setLanguage(m_language);
}

QString HelpWindow::pathOf(const QString& file) const {
    const QString own = m_folder + '/' + m_language + '/' + file;
    return QFile::exists(own) ? own : m_folder + "/en/" + file;
}

void HelpWindow::showPage(const QString& file, const QString& heading) {
    m_file = file;
    constexpr auto kFeatures =
        QTextDocument::MarkdownFeatures(QTextDocument::MarkdownDialectGitHub) | QTextDocument::MarkdownNoHTML;
    m_text->document()->setMarkdown(textOf(pathOf(file)), kFeatures);
    spaceOut(*m_text->document());
    m_text->moveCursor(QTextCursor::Start);
    for (int i = 0; i < m_pages->count(); ++i)
        if (m_pages->item(i)->data(Qt::UserRole) == file) m_pages->setCurrentRow(i);
    if (!heading.isEmpty()) goToHeading(heading);
}

void HelpWindow::setLanguage(const QString& code) {
    m_language = code;
    setWindowTitle(tr("Help"));
    m_pages->setAccessibleName(tr("Pages of the help"));
    m_text->setAccessibleName(tr("Help"));
    for (int i = 0; i < m_pages->count(); ++i)
        m_pages->item(i)->setText(titleOf(pathOf(m_pages->item(i)->data(Qt::UserRole).toString())));
    if (!m_file.isEmpty()) showPage(m_file);
}

void HelpWindow::follow(const QUrl& link) {
    const QString file = link.path();
    if (link.scheme() == "https")
        QDesktopServices::openUrl(link);
    else if (file.isEmpty())
        goToHeading(link.fragment());
    else if (!file.contains('/') && file.endsWith(".md"))
        showPage(file, link.fragment());
}

void HelpWindow::goToHeading(const QString& heading) {
    for (QTextBlock block = m_text->document()->begin(); block.isValid(); block = block.next()) {
        if (block.blockFormat().headingLevel() == 0 || anchorOf(block.text()) != heading) continue;
        m_text->moveCursor(QTextCursor::End);  // so that the heading comes to the top
        m_text->setTextCursor(QTextCursor(block));
        m_text->ensureCursorVisible();
        return;
    }
}

}  // namespace lathe
