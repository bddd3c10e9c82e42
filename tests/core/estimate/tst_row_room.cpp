// SPDX-License-Identifier: GPL-3.0-or-later
// Preview and training cut the same rows at the same place.
#include "core/estimate/row_room.h"

#include "core/catalog/catalog.h"
#include "core/run/base_model.h"
#include "core/train/training_data.h"
#include "tests/support/tiny_base.h"

using namespace lathe;
using namespace lathe::test;

class TestRowRoom : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void previewCutsAsTrainingDoes_data() {
        QTest::addColumn<QString>("method");
        QTest::addColumn<int64_t>("taken");
        QTest::newRow("lora") << "lora" << int64_t(0);
        QTest::newRow("prompt") << "prompt" << int64_t(5);
        QTest::newRow("prefix") << "prefix" << int64_t(5);
    }
    void previewCutsAsTrainingDoes() {
        QFETCH(QString, method);
        QFETCH(int64_t, taken);
        TemporaryFolder folder;
        const Json config = smallBertConfig();
        const auto model = bertArchitecture().build(config, {HeadKind::SequenceClassification, 2});
        Recipe recipe;
        recipe.task = "classification";
        recipe.base = writeTinyBase(folder, *model, config).string();
        std::string rows = "text,label\n";
        for (int i = 0; i < 8; ++i) {
            for (int word = 0; word < 8 * i; ++word) rows += "sea ";
            rows += std::string("cat,") + (i % 2 ? "a" : "b") + "\n";
        }
        recipe.data.train = folder.write("rows.csv", rows).string();
        recipe.data.validation = "none";
        recipe.data.maxLength = 4096;
        recipe.device = "cpu";
        recipe.methods.front().name = method.toStdString();
        if (taken > 0) recipe.methods.front().values["virtual_tokens"] = taken;
        if (method == "lora") recipe.methods.front().values["target_modules"] = names({"all-linear"});
        QVERIFY(checkRecipe(recipe, engineCatalog()).empty());

        const auto base = openTrainingBase(recipe, {});
        LATHE_VERIFY_OK(base);
        const auto opened = openTrainingData(base.value());
        LATHE_VERIFY_OK(opened);
        const TaskData& data = opened.value().rows;
        const int64_t room = config.at("max_position_embeddings").get<int64_t>() - taken;
        QCOMPARE(base.value().recipe.data.maxLength, room);
        QVERIFY(data.trainReport.cut > 0);
        const auto shown = makePreview(recipe, 100, fitToBase);
        LATHE_VERIFY_OK(shown);
        QCOMPARE(shown.value().train.cut, data.trainReport.cut);
        QCOMPARE(shown.value().rows.size(), data.train.size());
        for (std::size_t row = 0; row < data.train.size(); ++row)
            QCOMPARE(shown.value().rows[row].ids, data.train[row].ids);
        const auto& notes = shown.value().train.notes;
        QVERIFY(std::any_of(notes.begin(), notes.end(),
                            [](const Note& note) { return note.code == "max_length_lowered"; }));
        const auto& told = opened.value().notes;
        QVERIFY(std::any_of(told.begin(), told.end(), [&](const Note& note) {
            return note.code == "rows_cut" && note.message.find(std::to_string(room)) != std::string::npos;
        }));
    }
};

LATHE_TEST(TestRowRoom)
#include "tst_row_room.moc"
