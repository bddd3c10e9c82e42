// SPDX-License-Identifier: GPL-3.0-or-later
#include <QComboBox>
#include <QLabel>
#include <QSpinBox>

#include "tests/ui/page_fixture.h"
#include "ui/bridge/language.h"
#include "ui/charts/histogram.h"
#include "ui/pages/data/data_page.h"
#include "ui/widgets/token_view.h"

using namespace lathe;

class TestDataPage : public QObject {
    Q_OBJECT

    static std::string csv(int rows) {
        std::string text = "review,label\n";
        for (int i = 0; i < rows; ++i)
            text += "\"a fine film number " + std::to_string(i) + "\"," + (i % 2 ? "good" : "bad") + "\n";
        return text;
    }

  private Q_SLOTS:
    void wordsAreShownBeforeABaseIsChosen() {
        test::PageFixture fixture;
        const auto file = fixture.folder.write("reviews.csv", csv(30));
        DataPage page(fixture.context, nullptr);
        fixture.draft.setValue("task", std::string("classification"));
        page.openFile(QString::fromStdString(file.string()));
        auto* tokens = page.findChild<TokenView*>();
        QTRY_VERIFY(!tokens->rows().isEmpty());
        QCOMPARE(tokens->rows().first().pieces, QStringList({"a", "fine", "film", "number", "0"}));
        QCOMPARE(tokens->rows().first().label, QString("bad"));
        QVERIFY(tokens->rows().first().ids.empty());
        QCOMPARE(page.railNote(), QString("30"));
        QVERIFY(page.complete());
    }

    void tokensComeFromTheEngineOnceThereIsABase() {
        test::PageFixture fixture;
        fixture.loadEngine();
        DataPage page(fixture.context, nullptr);
        fixture.draft.setRecipe(test::completeRecipe());
        auto* tokens = page.findChild<TokenView*>();
        QTRY_VERIFY(!tokens->rows().isEmpty());
        QCOMPARE(tokens->rows().first().pieces.first(), QString("[CLS]"));
        QCOMPARE(tokens->rows().first().ids.size(), std::size_t(5));
    }

    void aBadFileIsNamedAndCountsAsAFault() {
        test::PageFixture fixture;
        const auto file = fixture.folder.write("rows.jsonl", "{\"text\": \"fine\"}\n{\"text\": \n");
        DataPage page(fixture.context, nullptr);
        fixture.draft.setValue("task", std::string("language_modeling"));
        page.openFile(QString::fromStdString(file.string()));
        QTRY_COMPARE(page.faultCount(), 1);
        bool named = false;
        for (const QLabel* label : page.findChildren<QLabel*>())
            named = named || label->text().contains("rows.jsonl:2");
        QVERIFY(named);
        QVERIFY(!page.complete());
    }

    void aColumnCanBeCorrected() {
        test::PageFixture fixture;
        const auto file =
            fixture.folder.write("rows.csv", "title,review,label\nx,a fine film,good\ny,a dull one,bad\n");
        DataPage page(fixture.context, nullptr);
        fixture.draft.setValue("task", std::string("classification"));
        page.openFile(QString::fromStdString(file.string()));
        QTRY_VERIFY(page.complete());
        QComboBox* text = nullptr;
        for (QComboBox* combo : page.findChildren<QComboBox*>()) {
            if (combo->accessibleName().endsWith(": Text")) text = combo;
        }
        QVERIFY(text);
        text->setCurrentIndex(text->findData("title"));
        Q_EMIT text->activated(text->currentIndex());
        QCOMPARE(fixture.draft.recipe().data.columns.at("text"), std::string("title"));
        auto* tokens = page.findChild<TokenView*>();
        QTRY_COMPARE(tokens->rows().first().pieces, QStringList({"x"}));
    }

    void promptsHaveNothingToLearnInThem() {
        test::PageFixture fixture;
        const auto file = fixture.folder.write("sums.jsonl", R"({"prompt": "1 + 2 =", "answer": "3"})"
                                                             "\n");
        DataPage page(fixture.context, nullptr);
        fixture.draft.setValue("task", std::string("reinforcement"));
        page.openFile(QString::fromStdString(file.string()));
        QTRY_VERIFY(page.complete());
        QVERIFY(page.findChild<QLabel*>("trainedLegend")->isHidden());
        bool said = false;
        for (const QLabel* label : page.findChildren<QLabel*>())
            said = said || label->text().contains("learns from the answers it writes");
        QVERIFY(said);
        QStringList roles;
        for (const QComboBox* combo : page.findChildren<QComboBox*>())
            if (combo->accessibleName().startsWith("Column for") && !combo->parentWidget()->isHidden())
                roles.append(combo->currentText());
        QCOMPARE(roles, QStringList({"prompt (guessed)", "answer (guessed)"}));
    }

    void theChatFormatIsChosenForInstructionsOnly() {
        test::PageFixture fixture;
        DataPage page(fixture.context, nullptr);
        QComboBox* format = nullptr;
        for (QComboBox* combo : page.findChildren<QComboBox*>())
            if (combo->accessibleName() == "Chat format") format = combo;
        QVERIFY(format);
        fixture.draft.setValue("task", std::string("classification"));
        QVERIFY(format->parentWidget()->isHidden());
        fixture.draft.setValue("task", std::string("instruction"));
        QVERIFY(!format->parentWidget()->isHidden());
        format->setCurrentIndex(format->findData("gemma"));
        Q_EMIT format->activated(format->currentIndex());
        QCOMPARE(fixture.draft.recipe().data.chatTemplate, std::string("gemma"));
    }

    void rowsShareSequencesWhereTheTaskLetsThem() {
        test::PageFixture fixture;
        fixture.loadEngine();
        DataPage page(fixture.context, nullptr);
        QComboBox* sequences = nullptr;
        for (QComboBox* combo : page.findChildren<QComboBox*>())
            if (combo->accessibleName() == "Sequences") sequences = combo;
        QVERIFY(sequences);
        fixture.draft.setValue("task", std::string("classification"));
        QVERIFY(sequences->parentWidget()->isHidden());
        Recipe recipe = test::completeRecipe();
        recipe.task = "instruction";
        fixture.draft.setRecipe(recipe);
        QVERIFY(!sequences->parentWidget()->isHidden());
        sequences->setCurrentIndex(sequences->findText("shared by short rows"));
        Q_EMIT sequences->activated(sequences->currentIndex());
        QCOMPARE(fixture.draft.recipe().data.packing, std::string("best_fit"));
        const auto labels = page.findChildren<QLabel*>();
        QTRY_VERIFY(std::any_of(labels.begin(), labels.end(),
                                [](const QLabel* label) { return label->text().endsWith("20 sequences"); }));
    }

    void theCutLineAndTheSpinBoxAreOneSetting() {
        test::PageFixture fixture;
        DataPage page(fixture.context, nullptr);
        Q_EMIT page.findChild<Histogram*>()->cutMoved(64);
        QCOMPARE(fixture.draft.recipe().data.maxLength, int64_t(64));
    }

    void everyWordChangesWithTheLanguage() {
        test::PageFixture fixture;
        const auto file = fixture.folder.write("reviews.csv", csv(30));
        DataPage page(fixture.context, nullptr);
        fixture.draft.setValue("task", std::string("classification"));
        page.openFile(QString::fromStdString(file.string()));
        QTRY_VERIFY(page.complete());
        const auto shown = [&](const QString& word) {
            for (const QComboBox* combo : page.findChildren<QComboBox*>())
                for (int i = 0; i < combo->count(); ++i)
                    if (combo->itemText(i).contains(word)) return true;
            return false;
        };
        QVERIFY(shown("(guessed)"));
        Language language;
        language.apply("zh_CN");
        page.retranslate();
        QVERIFY(!shown("guess"));
        language.apply("en");
        page.retranslate();
        QVERIFY(shown("(guessed)"));
    }

    void aNewFileForgetsTheOldColumns() {
        test::PageFixture fixture;
        DataPage page(fixture.context, nullptr);
        fixture.draft.setValue("data.columns", NamedTexts{{"text", "body"}});
        page.openFile("other.csv");
        QVERIFY(fixture.draft.recipe().data.columns.empty());
        QCOMPARE(fixture.draft.recipe().data.train, std::string("other.csv"));
    }
};

LATHE_TEST_IN(QApplication, TestDataPage)
#include "tst_data_page.moc"
