// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/help_window.h"

#include <QApplication>
#include <QListWidget>
#include <QTextBrowser>
#include <QUrl>
#include <QtTest/QtTest>

#include "tests/support/support.h"

using namespace lathe;

class TestHelpWindow : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void theProgramsOwnPagesAreThereInBothLanguages() {
        HelpWindow help(QString::fromStdString(test::resourceFile("help").string()));
        auto* pages = help.findChild<QListWidget*>();
        auto* text = help.findChild<QTextBrowser*>();
        for (const char* language : {"en", "zh_CN"}) {
            help.setLanguage(language);
            QSet<QString> titles;
            for (int i = 0; i < pages->count(); ++i) {
                pages->setCurrentRow(i);
                titles << pages->item(i)->text();
                QVERIFY2(text->toPlainText().size() > 1000, qPrintable(pages->item(i)->text()));
                QVERIFY(text->toPlainText().startsWith(pages->item(i)->text()));
            }
            QCOMPARE(titles.size(), 6);
        }
        QVERIFY(pages->item(0)->text() == QString::fromUtf8("配方"));
    }

    void linksLeadToPagesAndHeadings() {
        const test::TemporaryFolder folder;
        folder.write("en/recipe.md", "# Recipe\n\nSee [it](methods.md#two-words), [here](#below).\n");
        folder.write("en/methods.md", "# Methods\n\n## One\n\na\n\n## Two `words`\n\nb <b>c</b>\n");
        HelpWindow help(QString::fromStdString(folder.path().string()));
        help.setLanguage("zh_CN");  // there are none: English
        help.showPage("recipe.md");
        auto* text = help.findChild<QTextBrowser*>();
        Q_EMIT text->anchorClicked(QUrl("methods.md#two-words"));
        QVERIFY(text->toPlainText().startsWith("Methods"));
        QCOMPARE(text->textCursor().block().text(), QString("Two words"));
        QVERIFY(text->toPlainText().contains("<b>"));  // no HTML
        Q_EMIT text->anchorClicked(QUrl("../../secret.md"));
        Q_EMIT text->anchorClicked(QUrl("file:///etc/passwd"));
        QVERIFY(text->toPlainText().startsWith("Methods"));
    }
};

LATHE_TEST_IN(QApplication, TestHelpWindow)
#include "tst_help_window.moc"
