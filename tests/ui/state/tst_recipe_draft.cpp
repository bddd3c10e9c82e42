// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/config/recipe_yaml.h"
#include "tests/support/test_program.h"
#include "tests/ui/fake_backend.h"
#include "ui/state/recipe_draft.h"

#include <QSignalSpy>

using namespace lathe;
using test::completeRecipe;
using test::FakeBackend;

class TestRecipeDraft : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void everyEditCanBeUndone() {
        RecipeDraft draft;
        draft.setValue("train.batch_size", int64_t(4));
        draft.setMethodValue("rank", int64_t(32));
        QCOMPARE(draft.recipe().train.batchSize, 4);
        QCOMPARE(std::get<int64_t>(draft.methodValue("rank")), 32);
        draft.undoStack()->undo();
        QVERIFY(std::holds_alternative<std::monostate>(draft.methodValue("rank")));
        QCOMPARE(draft.recipe().train.batchSize, 4);
        draft.undoStack()->undo();
        QCOMPARE(draft.recipe().train.batchSize, Recipe{}.train.batchSize);
        draft.undoStack()->redo();
        QCOMPARE(draft.recipe().train.batchSize, 4);
    }

    void aValueOfAnotherTypeIsRefused() {
        const std::vector<FieldValue> values{
            FieldValue(),
            FieldValue(true),
            FieldValue(int64_t(4)),
            FieldValue(0.5),
            FieldValue(std::string("abc")),
            FieldValue(std::vector<std::string>{"a"}),
            FieldValue(NamedTexts{{"a", "b"}}),
            FieldValue(std::vector<NamedTexts>{{{"rule", "length"}}}),
        };
        for (const Field& field : recipeFields()) {
            for (const FieldValue& value : values) {
                Recipe recipe;
                const Result<void> set = setRecipeValue(recipe, field.key, value);
                QVERIFY2(set.ok() == fitsType(field, value), field.key.c_str());
                QVERIFY2(recipeValue(recipe, field.key) == (set.ok() ? value : field.fallback),
                         field.key.c_str());
            }
        }
    }

    void whatIsRefusedIsAFaultUntilTheKeyIsSetAgain() {
        const FakeBackend backend;
        RecipeDraft draft;
        draft.setCatalog(&backend.catalog());
        draft.setRecipe(completeRecipe());
        draft.setTask("preference");
        const std::string before = recipeToYaml(draft.recipe());
        const int edits = draft.undoStack()->count();
        draft.setValue("train.epochs", FieldValue());
        draft.setValue("device", std::string());
        draft.setMethodValue("dropout", std::string("much"));
        draft.setObjectiveValue("beta", std::string("1e999"));
        QCOMPARE(recipeToYaml(draft.recipe()), before);
        QCOMPARE(draft.undoStack()->count(), edits);
        QCOMPARE(draft.missing().size(), 4);
        QCOMPARE(draft.refusals().size(), 4);
        QCOMPARE(draft.fault("train.epochs"), QString("This needs a value; the default is 1."));
        QCOMPARE(draft.fault("device"), QString("This needs a value; the default is auto."));
        QCOMPARE(draft.fault("method.dropout"), QString("Enter a number."));
        QCOMPARE(draft.fault("objective.beta"), QString("Enter a number."));
        QCOMPARE(draft.shown({}, "method.0.").at("dropout"), FieldValue(std::string("much")));

        draft.setValue("train.epochs", draft.recipe().train.epochs);
        QVERIFY(draft.fault("train.epochs").isEmpty());
        draft.setMethod("full");
        draft.setTask("classification");
        QCOMPARE(draft.refusals(), QStringList{"Device: This needs a value; the default is auto."});
        draft.undoStack()->undo();
        QVERIFY(draft.refusals().isEmpty());
        draft.setObjectiveValue("beta", std::string("abc"));
        QCOMPARE(draft.refusals().size(), 1);
        draft.undoStack()->redo();  // to a task that has no such setting
        QVERIFY(draft.refusals().isEmpty());
    }

    void aTaskBringsItsOwnSettings() {
        const FakeBackend backend;
        RecipeDraft draft;
        draft.setCatalog(&backend.catalog());
        draft.setRecipe(completeRecipe());
        draft.setTask("preference");
        QCOMPARE(draft.recipe().objective.values.at("beta"), FieldValue(0.1));
        draft.setObjectiveValue("beta", 7.0);
        QVERIFY(!draft.fault("objective.beta").isEmpty());
        QVERIFY(!draft.missing().isEmpty());
        draft.setObjectiveValue("beta", 0.5);
        QVERIFY(draft.fault("objective.beta").isEmpty());
        draft.setTask("classification");
        QVERIFY(draft.recipe().objective.values.empty());
        draft.undoStack()->undo();
        QCOMPARE(draft.recipe().objective.values.at("beta"), FieldValue(0.5));
    }

    void reinforcementStartsWithAReward() {
        const FakeBackend backend;
        RecipeDraft draft;
        draft.setCatalog(&backend.catalog());
        Recipe recipe = completeRecipe();
        recipe.data.columns = {{"text", "review"}};
        draft.setRecipe(recipe);
        draft.setTask("reinforcement");
        QCOMPARE(draft.recipe().objective.section, std::string("reinforcement"));
        QCOMPARE(draft.recipe().objective.values.at("reward"),
                 FieldValue(std::vector<NamedTexts>{{{"rule", "length"}}}));
        QVERIFY(draft.faults().empty());
        QVERIFY(draft.recipe().data.columns.empty());
        const int64_t prompts = draft.recipe().train.batchSize;
        QVERIFY(prompts < recipe.train.batchSize);
        draft.setTask("classification");
        QCOMPARE(draft.recipe().train.batchSize, recipe.train.batchSize);
        draft.setValue("train.batch_size", int64_t(16));
        draft.setTask("reinforcement");
        QCOMPARE(draft.recipe().train.batchSize, 16);
    }

    void editsOfOneKeyAreOneStepBack() {
        RecipeDraft draft;
        for (int64_t size : {2, 3, 4}) draft.setValue("train.batch_size", size);
        QCOMPARE(draft.undoStack()->count(), 1);
        draft.undoStack()->undo();
        QCOMPARE(draft.recipe().train.batchSize, Recipe{}.train.batchSize);
    }

    void theSameValueIsNoChange() {
        RecipeDraft draft;
        const QSignalSpy changed(&draft, &RecipeDraft::changed);
        draft.setValue("train.batch_size", Recipe{}.train.batchSize);
        QCOMPARE(changed.count(), 0);
    }

    void missingNamesWhatLacks() {
        FakeBackend backend;
        RecipeDraft draft;
        QCOMPARE(draft.missing().size(), 3);
        draft.setRecipe(completeRecipe());
        QVERIFY(draft.missing().isEmpty());
        draft.setCatalog(&backend.catalog());
        QVERIFY(draft.missing().isEmpty());
    }

    void faultsBlockTheStartAndSitAtTheirKey() {
        FakeBackend backend;
        RecipeDraft draft;
        draft.setCatalog(&backend.catalog());
        draft.setRecipe(completeRecipe());
        draft.setMethodValue("rank", int64_t(0));
        draft.setValue("train.batch_size", int64_t(0));
        QCOMPARE(draft.faults().size(), std::size_t(2));
        QVERIFY(!draft.fault("method.rank").isEmpty());
        QVERIFY(!draft.fault("train.batch_size").isEmpty());
        QCOMPARE(draft.missing().size(), 2);
    }

    void anotherMethodKeepsWhatFits() {
        FakeBackend backend;
        RecipeDraft draft;
        draft.setCatalog(&backend.catalog());
        draft.setRecipe(completeRecipe());
        draft.setMethod("full");
        QVERIFY(draft.recipe().methods.front().values.empty());
        draft.setMethod("lora");
        QCOMPARE(std::get<int64_t>(draft.methodValue("rank")), 8);
    }
    void aSettingIsKeptOnlyWhereItMeansTheSame() {
        FakeBackend backend;
        Catalog catalog = backend.catalog();
        MethodEntry same = *catalog.method("lora"), other = same;
        same.name = "dora";
        other.name = "vera";
        for (Field& field : other.fields)
            if (field.key == "rank") {
                field.help = "the size of another pair";
                field.fallback = int64_t(256);
            }
        catalog.methods.insert(catalog.methods.end(), {same, other});
        RecipeDraft draft;
        draft.setCatalog(&catalog);
        draft.setRecipe(completeRecipe());
        draft.setMethodValue("rank", int64_t(5));
        draft.setMethod("dora");
        QCOMPARE(std::get<int64_t>(draft.methodValue("rank")), 5);
        draft.setMethod("vera");
        QCOMPARE(std::get<int64_t>(draft.methodValue("rank")), 256);
    }
};

LATHE_TEST_IN(QApplication, TestRecipeDraft)
#include "tst_recipe_draft.moc"
