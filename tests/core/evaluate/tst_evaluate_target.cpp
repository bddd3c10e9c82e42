// SPDX-License-Identifier: GPL-3.0-or-later
// Tiny runs judged on what they held out: the run's own numbers again, before and after, and the rows behind
// them.
#include "core/evaluate/evaluate_target.h"

#include <ATen/Parallel.h>

#include "core/base/files.h"
#include "core/run/store/run_store.h"
#include "core/target/target_recipe.h"
#include "core/train/run_session.h"
#include "tests/support/tiny_base.h"

using namespace lathe;
using namespace lathe::test;
namespace fs = std::filesystem;

namespace {

/// 40 rows of a task, whose answer is in their words.
std::string rowsOf(const std::string& task, const TemporaryFolder& folder) {
    std::string text;
    for (int i = 0; i < 40; ++i) {
        const bool good = i % 2 == 0;
        const std::string word = good ? (i % 4 ? "fine" : "good") : (i % 5 ? "bad" : "poor");
        const std::string thing = i % 3 ? "film" : "book";
        const std::string sentence = "the " + thing + " was " + (i % 7 ? "very " : "") + word;
        Json row;
        if (task == "classification") row = {{"text", sentence}, {"label", good ? "positive" : "negative"}};
        if (task == "instruction")
            row = {{"prompt", "the " + thing + " was"}, {"completion", word + " " + thing}};
        if (task == "preference" || task == "reward_model")
            row = {{"prompt", "the " + thing + " was"},
                   {"chosen", "good " + thing},
                   {"rejected", word + " not"}};
        if (task.ends_with("language_modeling")) row = {{"text", sentence}};
        if (task == "token_classification")
            row = {{"tokens", {"the", thing, "was", word}},
                   {"tags", {"O", "B-THING", "O", good ? "B-GOOD" : "B-BAD"}}};
        text += row.dump() + "\n";
    }
    return folder.write(task + ".jsonl", text).string();
}

Recipe makeRecipe(const std::string& task, const std::string& method, const TemporaryFolder& folder) {
    Recipe recipe;
    recipe.task = task;
    const bool writes = task == "instruction" || task == "preference" || task == "language_modeling";
    recipe.base = (writes ? writeTinyBase(folder, *smallLlama(), smallLlamaConfig())
                          : writeTinyBase(folder, *smallBert(), smallBertConfig()))
                      .string();
    recipe.data.train = rowsOf(task, folder);
    recipe.data.validation = "0.3";
    recipe.data.maxLength = 16;
    recipe.methods.front().name = method;
    if (method == "lora") recipe.methods.front().values["target_modules"] = names({"all-linear"});
    recipe.train.batchSize = 5;
    recipe.train.maxSteps = 12;
    recipe.train.learningRate = 2e-2;
    recipe.device = "cpu";
    return recipe;
}

Result<Evaluation> evaluate(const fs::path& run, const EvaluationRequest& request,
                            const EvaluationHooks& hooks = {}) {
    LATHE_TRY(LoadedModel target, LoadedModel::open(run.string(), {}, "cpu"));
    LATHE_TRY(const Recipe recipe, recipeOfTarget(run.string(), request.task));
    return evaluateTarget(target, recipe, request, hooks);
}

bool near(const EvaluationSide& side, const std::map<std::string, double>& metrics) {
    for (const auto& [name, value] : side.metrics)
        if (std::abs(metrics.at(name) - value) > 1e-4 * std::max(1.0, std::abs(value))) return false;
    return std::abs(side.loss - metrics.at("loss")) < 1e-4;
}

}  // namespace

class TestEvaluateTarget : public QObject {
    Q_OBJECT

    /// A finished run of the task in a folder of its own.
    fs::path train(const TemporaryFolder& folder, const std::string& task, const std::string& method) {
        RunControl control;
        const fs::path run = folder.path() / "run";
        const auto end = runRecipe(makeRecipe(task, method, folder), run, control, {});
        if (end.status != RunStatus::Done)
            qFatal("%s", end.error ? end.error->text().c_str() : "the run did not end");
        return run;
    }

  private Q_SLOTS:
    void otherRowsThanThoseHeldOutAreNotJudged() {
        const TemporaryFolder folder;
        const fs::path run = train(folder, "classification", "lora");
        LATHE_VERIFY_OK(evaluate(run, {}));
        const fs::path rows = folder.path() / "classification.jsonl";
        const std::string text = readTextFile(rows).value();
        folder.write("classification.jsonl", text + text);
        const auto changed = evaluate(run, {});
        QVERIFY(!changed.ok());
        QCOMPARE(changed.error().code, ErrorCode::ModelMismatch);
        QCOMPARE(changed.error().message, std::string("the training data changed since the run began"));
        QVERIFY(changed.error().hint.find("--data") != std::string::npos);
        EvaluationRequest named;
        named.data = rows;
        LATHE_VERIFY_OK(evaluate(run, named));
    }
    void anotherBaseThanTheRunsIsNotOpened_data() {
        QTest::addColumn<QString>("file");
        for (const char* file : {"model.safetensors", "config.json"}) QTest::newRow(file) << file;
    }
    void anotherBaseThanTheRunsIsNotOpened() {
        QFETCH(const QString, file);
        const TemporaryFolder folder;
        const fs::path run = train(folder, "classification", "lora");
        const fs::path base = readRunRecord(run).value().base, changed = base / file.toStdString();
        const std::string was = readTextFile(changed).value();
        std::string now = was;
        if (file == "config.json")
            now.insert(now.find('{') + 1, "\"transformers_version\": \"0\",");
        else
            now[now.size() - 2] ^= 1;  // of a weight
        LATHE_VERIFY_OK(writeFile(changed, now));
        const auto opened = LoadedModel::open(run.string(), {}, "cpu");
        QVERIFY(!opened.ok());
        QCOMPARE(opened.error().code, ErrorCode::ModelMismatch);
        QVERIFY2(opened.error().message.ends_with("changed since the run began"),
                 opened.error().text().c_str());
        LATHE_VERIFY_OK(LoadedModel::open(base.string(), {}, "cpu"));
        LATHE_VERIFY_OK(writeFile(changed, was));
        LATHE_VERIFY_OK(LoadedModel::open(run.string(), {}, "cpu"));
    }
    void initTestCase() { at::set_num_threads(1); }

    void bothSidesAreTheRunsOwnNumbers_data() {
        QTest::addColumn<QString>("task");
        QTest::addColumn<QString>("method");
        for (const char* task : {"classification", "token_classification", "masked_language_modeling",
                                 "instruction", "language_modeling", "preference", "reward_model"})
            QTest::newRow(task) << task << "lora";
        QTest::newRow("a base opened beside it") << "classification" << "full";
        QTest::newRow("a language model opened beside it") << "instruction" << "full";
    }
    void bothSidesAreTheRunsOwnNumbers() {
        QFETCH(QString, task);
        QFETCH(QString, method);
        const TemporaryFolder folder;
        const fs::path run = train(folder, task.toStdString(), method.toStdString());
        EvaluationProgress last;
        EvaluationHooks hooks;
        hooks.progress = [&](const EvaluationProgress& progress) { last = progress; };
        const auto done =
            evaluate(run, {.listedRows = 5, .answers = 2, .answerTokens = 4, .before = true}, hooks);
        LATHE_VERIFY_OK(done);
        const Evaluation& result = done.value();
        const RunRecord record = readRunRecord(run).value();
        QVERIFY(result.heldOut && result.before);
        QVERIFY(near(result.now, record.metrics));
        QVERIFY(near(*result.before, record.before));
        QVERIFY(result.now.loss < result.before->loss);
        QCOMPARE(last.done, last.total);
        QCOMPARE(result.worst.size(), std::min<std::size_t>(5, std::size_t(result.rows)));
        for (std::size_t i = 1; i < result.worst.size(); ++i)
            QVERIFY(result.worst[i - 1].now.loss >= result.worst[i].now.loss);
        for (const EvaluatedRow& row : result.worst) QVERIFY(!row.text.empty() && row.line > 0 && row.before);
        QVERIFY(result.rowsBetter > 0);
        QVERIFY(result.rowsBetter + result.rowsWorse <= result.rows);
        const OrderedJson json = evaluationToJson(result);
        for (const char* key : {"loss", "metrics", "rows", "worst", "before", "win_rate", "changed"})
            QVERIFY2(json.contains(key), key);
    }

    void aClassifierTellsWhatItMixesUp() {
        const TemporaryFolder folder;
        const fs::path run = train(folder, "classification", "lora");
        const auto done = evaluate(run, {.listedRows = 100, .before = true});
        LATHE_VERIFY_OK(done);
        const Evaluation& result = done.value();
        QCOMPARE(result.rows, int64_t(12));
        QCOMPARE(result.now.labels.size(), std::size_t(2));
        QCOMPARE(result.now.labels[0].label, std::string("negative"));
        int64_t wrong = 0, changed = 0, confused[4] = {};
        for (const EvaluatedRow& row : result.worst) {
            ++confused[2 * (row.expected == "positive") + (row.now.got == "positive")];
            wrong += row.expected != row.now.got;
            changed += row.now.got != row.before->got;
            // A label's loss is the logarithm of its probability.
            const double share =
                row.expected == row.now.got ? *row.now.probability : 1 - *row.now.probability;
            QVERIFY(std::abs(row.now.loss + std::log(share)) < 1e-4);
        }
        QCOMPARE(result.now.confusion,
                 (std::vector<int64_t>{confused[0], confused[1], confused[2], confused[3]}));
        QCOMPARE(result.now.labels[1].support, confused[2] + confused[3]);
        QCOMPARE(result.now.metrics.at("accuracy"), 1 - double(wrong) / 12);
        QCOMPARE(std::ssize(result.changed), changed);
        const std::string csv = rowsToCsv(result.worst);
        QCOMPARE(std::count(csv.begin(), csv.end(), '\n'), 13);
    }

    void taggedWordsAreSpelledOut() {
        const TemporaryFolder folder;
        const auto done =
            evaluate(train(folder, "token_classification", "lora"), {.listedRows = 3, .before = true});
        LATHE_VERIFY_OK(done);
        const Evaluation& result = done.value();
        QCOMPARE(result.now.labels.size(), std::size_t(3));
        QCOMPARE(result.now.labels[2].label, std::string("THING"));
        QCOMPARE(result.now.labels[2].support, result.rows);
        const EvaluatedRow& row = result.worst.front();
        QVERIFY2(row.expected.starts_with("film [B-THING] ") || row.expected.starts_with("book [B-THING] "),
                 row.expected.c_str());
        QVERIFY(!row.now.got.empty());
    }

    void hiddenWordsAreFilledIn() {
        const TemporaryFolder folder;
        const auto done = evaluate(train(folder, "masked_language_modeling", "lora"), {.listedRows = 3});
        LATHE_VERIFY_OK(done);
        const auto count = [](const std::string& text) {
            return QString::fromStdString(text).split(" · ").size();
        };
        for (const EvaluatedRow& row : done.value().worst) {
            QVERIFY(!row.expected.empty());
            QCOMPARE(count(row.now.got), count(row.expected));
        }
        QVERIFY(!done.value().before && done.value().changed.empty());
    }

    void textModelsAnswer() {
        const TemporaryFolder folder;
        const fs::path run = train(folder, "instruction", "lora");
        const auto done = evaluate(run, {.listedRows = 2, .answers = 3, .answerTokens = 4, .before = true});
        LATHE_VERIFY_OK(done);
        const Evaluation& result = done.value();
        QCOMPARE(result.answers.size(), std::size_t(3));
        QCOMPARE(*result.winRate(), double(result.rowsBetter) / double(result.rows));
        auto target = LoadedModel::open(run.string(), {}, "cpu");
        LATHE_VERIFY_OK(target);
        for (const EvaluatedRow& row : result.answers) {
            QVERIFY2(row.text == "the book was" || row.text == "the film was", row.text.c_str());
            GenerateSettings how;
            how.maxNewTokens = 4;
            const auto text =
                target.value().generate(row.line % 3 == 1 ? "the book was" : "the film was", how, {});
            LATHE_VERIFY_OK(text);
            QCOMPARE(QString::fromStdString(row.now.got).trimmed(),
                     QString::fromStdString(text.value()).trimmed());
        }
        const auto none = evaluate(run, {.listedRows = 0});
        LATHE_VERIFY_OK(none);
        QVERIFY(none.value().answers.empty() && none.value().worst.empty() && !none.value().winRate());
    }

    void preferredAnswersAreNamed() {
        const TemporaryFolder folder;
        const auto done = evaluate(train(folder, "reward_model", "lora"), {.listedRows = 4});
        LATHE_VERIFY_OK(done);
        for (const EvaluatedRow& row : done.value().worst) {
            QVERIFY(row.expected.starts_with("good "));
            QVERIFY(row.now.got == row.expected || row.now.got.ends_with(" not"));
            QVERIFY(*row.now.probability >= 0.5);
        }
    }

    void whatCannotBeJudgedSaysWhy() {
        const TemporaryFolder folder;
        const fs::path run = train(folder, "classification", "lora");
        EvaluationHooks stop;
        stop.stopAsked = [] { return true; };
        QCOMPARE(evaluate(run, {}, stop).error().code, ErrorCode::Stopped);
        QCOMPARE(evaluate(run, {.task = "instruction"}).error().code, ErrorCode::BadArgument);
        QCOMPARE(evaluate(folder.path() / "base", {}).error().code, ErrorCode::BadArgument);
        // Rows of a file, then none held out.
        const auto file = evaluate(run, {.data = rowsOf("classification", folder)});
        LATHE_VERIFY_OK(file);
        QCOMPARE(file.value().rows, int64_t(40));
        QVERIFY(!file.value().heldOut && file.value().notes.empty());
        // What of a file is not used is named.
        const fs::path more =
            folder.write("more.jsonl",
                         "{\"text\":\"the film is good\",\"label\":\"positive\",\"year\":1999}\n"
                         "{\"text\":\"\",\"label\":\"negative\",\"year\":2001}\n");
        const auto noted = evaluate(run, {.data = more});
        LATHE_VERIFY_OK(noted);
        QCOMPARE(noted.value().dropped, int64_t(1));
        QStringList codes;
        for (const Note& note : noted.value().notes) codes.append(QString::fromStdString(note.code));
        QCOMPARE(codes, QStringList({"rows_dropped", "columns_unused"}));
        auto target = LoadedModel::open(run.string(), {}, "cpu");
        Recipe recipe = recipeOfTarget(run.string(), "").value();
        recipe.data.validation = "none";
        QCOMPARE(evaluateTarget(target.value(), recipe, {}).error().code, ErrorCode::BadArgument);
        // The data has changed since.
        folder.write("classification.jsonl",
                     "{\"text\":\"a\",\"label\":\"x\"}\n{\"text\":\"b\",\"label\":\"y\"}\n");
        QCOMPARE(evaluate(run, {}).error().code, ErrorCode::ModelMismatch);
    }
};

LATHE_TEST(TestEvaluateTarget)
#include "tst_evaluate_target.moc"
