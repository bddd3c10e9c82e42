// SPDX-License-Identifier: GPL-3.0-or-later
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QPushButton>
#include <QSlider>
#include <QSpinBox>
#include <QToolButton>

#include "core/config/recipe_yaml.h"
#include "core/config/reward_settings.h"
#include "tests/ui/page_fixture.h"
#include "tests/ui/user_input.h"
#include "ui/pages/method/method_card.h"
#include "ui/pages/method/method_list.h"
#include "ui/pages/method/method_page.h"
#include "ui/pages/method/rank_slider.h"
#include "ui/text/core_text.h"
#include "ui/widgets/chip.h"
#include "ui/widgets/field_form.h"
#include "ui/widgets/reward_editor.h"

using namespace lathe;

class TestMethodPage : public QObject {
    Q_OBJECT

    static Chip* chip(const QWidget& page, const char* property, const QVariant& value) {
        for (Chip* candidate : page.findChildren<Chip*>()) {
            if (candidate->property(property) == value) return candidate;
        }
        return nullptr;
    }

    static QStringList faultsShown(const QWidget& page) {
        QStringList shown;
        for (const QLabel* label : page.findChildren<QLabel*>())
            if (label->property("role").toString() == "fault" && label->isVisible()) shown << label->text();
        return shown;
    }

    /// Keys of the fields that hold numbers.
    static QStringList numberKeys(const Catalog& catalog) {
        std::vector<Field> fields = recipeFields();
        const auto add = [&](const auto& entries) {
            for (const auto& entry : entries)
                fields.insert(fields.end(), entry.fields.begin(), entry.fields.end());
        };
        add(catalog.methods);
        add(catalog.tasks);
        fields.push_back(rewardWeightField());
        QStringList keys;
        for (const Field& field : fields)
            if (field.kind == FieldKind::Number || field.kind == FieldKind::Integer)
                keys << QString::fromStdString(field.key);
        return keys;
    }

    /// Empties and spoils every editor of the form: the draft stays as it is and the page says what is wrong,
    /// until the field is reset.
    static void spoil(const FieldForm& form, const QWidget& page, const RecipeDraft& draft) {
        const QStringList numbers = numberKeys(*draft.catalog());
        for (QSpinBox* box : form.findChildren<QSpinBox*>(QString(), Qt::FindDirectChildrenOnly)) {
            const int before = box->value();
            box->selectAll();
            QTest::keyClick(box, Qt::Key_Delete);
            QTest::keyClick(box, Qt::Key_Return);
            QCOMPARE(box->value(), before);
        }
        for (QLineEdit* line : form.findChildren<QLineEdit*>(QString(), Qt::FindDirectChildrenOnly)) {
            const QString key = line->objectName();
            for (const QString text : {"", "abc", "1e999"}) {
                const std::string before = recipeToYaml(draft.recipe());
                test::typeOver(line, text);
                const bool faulty = !draft.faults().empty();
                QCOMPARE(line->text(), text);
                QVERIFY2(faulty != faultsShown(page).isEmpty(), qPrintable(key + ": " + text));
                if (!numbers.contains(key)) continue;
                QVERIFY2(faulty || text.isEmpty(), qPrintable(key));
                // Rewards keep their texts in the recipe, where they are faults too.
                QVERIFY2(recipeToYaml(draft.recipe()) == before || key == "weight", qPrintable(key));
            }
            const QString reset = "Reset " + fieldLabel(key.toStdString());
            for (QToolButton* button :
                 form.findChildren<QToolButton*>(QStringLiteral("reset"), Qt::FindDirectChildrenOnly))
                if (button->accessibleName() == reset) button->click();
            QVERIFY2(draft.faults().empty() && faultsShown(page).isEmpty(), qPrintable(key));
        }
    }

  private Q_SLOTS:
    void theCardsShowLiveCounts() {
        test::PageFixture fixture;
        fixture.loadEngine();
        MethodPage page(fixture.context, nullptr);
        fixture.draft.setRecipe(test::completeRecipe());
        const auto cards = page.findChildren<MethodCard*>();
        QCOMPARE(cards.size(), 4);
        QTRY_VERIFY(!cards.first()->trainedText().isEmpty());
        const QString before = cards.first()->trainedText();
        page.findChild<RankSlider*>()->spinBox()->setValue(9);
        QTRY_VERIFY(cards.first()->trainedText() != before);
        QVERIFY(cards.first()->fraction() < cards.last()->fraction());
    }

    void theTaskHasSettingsOfItsOwn() {
        test::PageFixture fixture;
        fixture.loadEngine();
        MethodPage page(fixture.context, nullptr);
        fixture.draft.setRecipe(test::completeRecipe());
        page.show();
        auto* form = page.findChild<FieldForm*>("objective");
        QVERIFY(!form->isVisible());
        fixture.draft.setTask("preference");
        QVERIFY(form->isVisible());
        auto* beta = form->findChild<QLineEdit*>("beta");
        QCOMPARE(beta->text(), QString("0.1"));
        beta->setText("7");
        Q_EMIT beta->editingFinished();
        QCOMPARE(fixture.draft.recipe().objective.values.at("beta"), FieldValue(7.0));
        QCOMPARE(page.faultCount(), 1);
        fixture.draft.undoStack()->undo();
        QCOMPARE(beta->text(), QString("0.1"));
        QCOMPARE(page.faultCount(), 0);
    }

    void aFieldThatIsNoValueSaysSoAndChangesNothing() {
        test::PageFixture fixture;
        fixture.loadEngine();
        MethodPage page(fixture.context, nullptr);
        page.show();
        for (Chip* view : page.findChildren<Chip*>())
            if (view->text() == "Advanced") view->click();
        for (const MethodEntry& method : fixture.backend.catalog().methods) {
            for (const TaskEntry& task : fixture.backend.catalog().tasks) {
                fixture.draft.setRecipe(test::completeRecipe());
                fixture.draft.setMethod(QString::fromStdString(method.name));
                fixture.draft.setTask(QString::fromStdString(task.name));
                QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
                for (const FieldForm* form : page.findChildren<FieldForm*>()) {
                    spoil(*form, page, fixture.draft);
                    if (QTest::currentTestFailed()) return;
                }
            }
        }
    }

    void rewardsAreAListThatCanBeTakenBack() {
        test::PageFixture fixture;
        fixture.loadEngine();
        MethodPage page(fixture.context, nullptr);
        fixture.draft.setRecipe(test::completeRecipe());
        fixture.draft.setTask("reinforcement");
        page.show();
        const auto rewards = [&] {
            return std::get<std::vector<NamedTexts>>(fixture.draft.recipe().objective.values.at("reward"));
        };
        auto* editor = page.findChild<RewardEditor*>("reward");
        QVERIFY(editor && editor->isVisible());
        QCOMPARE(page.faultCount(), 0);
        editor->findChild<QPushButton*>("addReward")->click();
        QCOMPARE(rewards().size(), std::size_t(2));
        auto* kind = editor->findChildren<QComboBox*>("rewardKind").last();
        kind->setCurrentIndex(1);
        Q_EMIT kind->activated(1);
        QCOMPARE(rewards()[1], NamedTexts({{"rule", "contains"}}));
        QCOMPARE(page.faultCount(), 1);
        bool said = false;
        for (const QLabel* label : page.findChildren<QLabel*>())
            said = said || (label->isVisible() && label->text() == "contains: text is missing");
        QVERIFY(said);
        fixture.draft.undoStack()->undo();
        QCOMPARE(rewards().size(), std::size_t(1));
        QCOMPARE(page.faultCount(), 0);
    }

    void runsThatJudgeAreOfferedByName() {
        test::PageFixture fixture;
        fixture.loadEngine();
        const auto run = fixture.writeRun("kind words", 4, 100, 0.9);
        MethodPage page(fixture.context, nullptr);
        fixture.draft.setRecipe(test::completeRecipe());
        fixture.draft.setTask("reinforcement");
        fixture.draft.setObjectiveValue("reward", std::vector<NamedTexts>{{{"model", ""}}});
        page.show();
        QCOMPARE(page.faultCount(), 1);
        auto* folder = page.findChild<FolderBox*>("model");
        QVERIFY(folder);
        QTRY_VERIFY(folder->findText("kind words") >= 0);
        Q_EMIT folder->activated(folder->findText("kind words"));
        QCOMPARE(fixture.draft.recipe().objective.values.at("reward"),
                 FieldValue(std::vector<NamedTexts>{{{"model", run.string()}}}));
        QCOMPARE(folder->currentText(), QString("kind words"));
        QCOMPARE(page.faultCount(), 0);
    }

    void anyWholeNumberIsARank() {
        test::PageFixture fixture;
        fixture.loadEngine();
        MethodPage page(fixture.context, nullptr);
        fixture.draft.setRecipe(test::completeRecipe());
        auto* rank = page.findChild<RankSlider*>();
        for (const int value : {1, 7, 37, 4096}) {
            rank->spinBox()->setValue(value);
            QCOMPARE(fixture.draft.methodValue("rank"), FieldValue(int64_t(value)));
        }
        rank->slider()->setValue(5);
        QCOMPARE(rank->value(), 32);
        QCOMPARE(fixture.draft.methodValue("rank"), FieldValue(int64_t(32)));
        QCOMPARE(page.railNote(), QString("LoRA 32"));
    }

    void theDraftMovesTheSliderWithoutWritingBack() {
        test::PageFixture fixture;
        fixture.loadEngine();
        MethodPage page(fixture.context, nullptr);
        fixture.draft.setRecipe(test::completeRecipe());
        fixture.draft.setMethodValue("rank", int64_t(37));
        QCOMPARE(page.findChild<RankSlider*>()->value(), 37);
        QCOMPARE(fixture.draft.methodValue("rank"), FieldValue(int64_t(37)));
    }

    void targetsAreChosenByChips() {
        test::PageFixture fixture;
        fixture.loadEngine();
        MethodPage page(fixture.context, nullptr);
        fixture.draft.setRecipe(test::completeRecipe());
        QTRY_VERIFY(chip(page, "target", "query"));
        QTRY_VERIFY(chip(page, "target", "query")->isChecked());
        QVERIFY(!chip(page, "target", "key")->isChecked());
        chip(page, "target", "key")->click();
        QCOMPARE(fixture.draft.methodValue("target_modules"),
                 FieldValue(std::vector<std::string>({"query", "key", "value"})));
        chip(page, "target", "all-linear")->click();
        QCOMPARE(fixture.draft.methodValue("target_modules"),
                 FieldValue(std::vector<std::string>({"all-linear"})));
        // Taking one out of all leaves the others.
        chip(page, "target", "value")->click();
        QCOMPARE(fixture.draft.methodValue("target_modules"),
                 FieldValue(std::vector<std::string>({"query", "key"})));
    }

    void onlyTheChosenMethodsSettingsAppear() {
        test::PageFixture fixture;
        fixture.loadEngine();
        MethodPage page(fixture.context, nullptr);
        page.show();
        fixture.draft.setRecipe(test::completeRecipe());
        QVERIFY(page.findChild<RankSlider*>()->isVisible());
        page.findChildren<MethodCard*>().last()->click();
        QCOMPARE(fixture.draft.recipe().methods.front().name, std::string("full"));
        QVERIFY(!page.findChild<RankSlider*>()->isVisible());
    }

    void methodsTrainTogether() {
        test::PageFixture fixture;
        fixture.loadEngine();
        MethodPage page(fixture.context, nullptr);
        page.show();
        fixture.draft.setRecipe(test::completeRecipe());
        auto* join = page.findChild<QPushButton*>("joinMethod");
        auto* remove = page.findChild<QPushButton*>("removeMethod");
        QVERIFY(join->isVisible() && !remove->isVisible());
        const auto action = [&](const QString& name) {
            for (QAction* candidate : join->menu()->actions())
                if (candidate->data() == name) return candidate;
            return static_cast<QAction*>(nullptr);
        };
        QVERIFY(!action("lora") && !action("full"));
        action("prompt")->trigger();
        const auto& methods = fixture.draft.recipe().methods;
        QCOMPARE(methods.size(), std::size_t(2));
        QCOMPARE(methods.at(1).name, std::string("prompt"));
        QCOMPARE(page.railNote(), QString("LoRA + Prompt"));
        const auto& estimates = fixture.context.estimates;
        QTRY_VERIFY(!estimates.bills().empty() && estimates.bills().front().method == "lora+prompt");
        // The new one's settings are shown, and only vectors of one kind fit in front of a text.
        QVERIFY(!page.findChild<RankSlider*>()->isVisible());
        QVERIFY(!action("prefix")->isEnabled());
        QVERIFY(!join->isEnabled());
        page.findChild<QSpinBox*>("virtual_tokens")->setValue(7);
        QCOMPARE(fixture.draft.methodValue("virtual_tokens", 1), FieldValue(int64_t(7)));
        fixture.draft.setMethodValue("virtual_tokens", int64_t(0), 1);
        QCOMPARE(page.faultCount(), 1);
        QCOMPARE(fixture.draft.faults().front().method, std::size_t(1));
        fixture.draft.undoStack()->undo();
        QCOMPARE(fixture.draft.methodValue("virtual_tokens", 1), FieldValue(int64_t(20)));
        // Back to the first one.
        auto* list = page.findChild<MethodList*>();
        for (Chip* chip : list->findChildren<Chip*>())
            if (chip->text() == "LoRA") chip->click();
        QVERIFY(page.findChild<RankSlider*>()->isVisible());
        page.findChild<RankSlider*>()->spinBox()->setValue(5);
        QCOMPARE(fixture.draft.methodValue("rank", 0), FieldValue(int64_t(5)));
        QCOMPARE(remove->text(), QString("Remove LoRA"));
        remove->click();
        QCOMPARE(methods.size(), std::size_t(1));
        QCOMPARE(methods.front().name, std::string("prompt"));
        fixture.draft.undoStack()->undo();
        QCOMPARE(methods.size(), std::size_t(2));
        // What trains the base itself stands alone.
        page.findChildren<MethodCard*>().last()->click();
        QCOMPARE(methods.size(), std::size_t(1));
        QVERIFY(!list->isVisible());
    }

    void aRaceStartsWithTheSmallestRankAndOpensCompare() {
        test::PageFixture fixture;
        fixture.loadEngine();
        MethodPage page(fixture.context, nullptr);
        fixture.draft.setRecipe(test::completeRecipe());
        QSignalSpy opened(&page, &Page::goTo);
        QPushButton* race = nullptr;
        for (QPushButton* button : page.findChildren<QPushButton*>()) {
            if (button->text() == "Race") race = button;
        }
        QVERIFY(race && race->isEnabled());
        race->click();
        QCOMPARE(fixture.controller.raceSize(), 6);
        QCOMPARE(fixture.backend.started.size(), std::size_t(1));
        QCOMPARE(integerSetting(fixture.backend.started[0].methods[0].values, "rank", 0), int64_t(1));
        QCOMPARE(opened.first().first().toString(), QString("compare"));
        QVERIFY(!race->isEnabled());
    }
};

LATHE_TEST_IN(QApplication, TestMethodPage)
#include "tst_method_page.moc"
