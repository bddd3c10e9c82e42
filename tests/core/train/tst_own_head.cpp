// SPDX-License-Identifier: GPL-3.0-or-later
// Bases that bring more than their architecture: a head with labels of its own, an output layer beside a tied
// embedding, tensors that nothing reads, a config that does not fit.
#include <ATen/Parallel.h>

#include "core/base/files.h"
#include "core/catalog/catalog.h"
#include "core/evaluate/evaluate_target.h"
#include "core/run/store/run_store.h"
#include "core/target/target_recipe.h"
#include "tests/support/seen_events.h"
#include "tests/support/tiny_base.h"

using namespace lathe;
using namespace lathe::test;
namespace fs = std::filesystem;

namespace {

using Names = std::vector<std::string>;

fs::path writeBase(const TemporaryFolder& folder, const std::string& name, const Json& config,
                   const std::map<std::string, at::Tensor>& weights) {
    folder.write(name + "/config.json", config.dump());
    std::string vocabulary;
    for (const char* word : kTinyWords) vocabulary += std::string(word) + "\n";
    folder.write(name + "/vocab.txt", vocabulary);
    std::vector<TensorToWrite> tensors;
    for (const auto& [key, values] : weights)
        tensors.push_back({key,
                           DType::F32,
                           values.sizes().vec(),
                           {static_cast<const std::byte*>(values.const_data_ptr()), values.nbytes()}});
    LATHE_CHECK(writeSafetensors(folder.path() / name / "model.safetensors", tensors).ok());
    return folder.path() / name;
}

std::map<std::string, at::Tensor> weightsOf(LanguageModel& model) {
    initialiseWeights(model, 1);
    std::map<std::string, at::Tensor> weights;
    for (const auto& item : model.named_parameters())
        weights[item.key()] = item.value().detach().contiguous().clone();
    return weights;
}

Json labelledConfig() {
    Json config = smallBertConfig();
    config["architectures"] = {"BertForSequenceClassification"};
    config["id2label"] = {{"0", "hot"}, {"1", "warm"}, {"2", "cold"}};
    return config;
}

/// A classifier of three labels that always says the first.
fs::path classifierIn(const TemporaryFolder& folder) {
    const Json config = labelledConfig();
    const auto model = bertArchitecture().build(config, {HeadKind::SequenceClassification, 3});
    auto weights = weightsOf(*model);
    weights.at("classifier.weight").zero_();
    weights.at("classifier.bias").copy_(at::tensor({5.0F, 0.0F, -5.0F}));
    return writeBase(folder, "classifier", config, weights);
}

Recipe recipeOn(const fs::path& base, const std::string& method, const Names& labels,
                const TemporaryFolder& folder) {
    std::string rows = "text,label\n";
    for (int i = 0; i < 24; ++i)
        rows +=
            std::string(kTinyWords[5 + i % 20]) + " film," + labels[std::size_t(i) % labels.size()] + "\n";
    Recipe recipe;
    recipe.task = "classification";
    recipe.base = base.string();
    recipe.data.train = folder.write("rows.csv", rows).string();
    recipe.data.validation = "0.25";
    recipe.data.maxLength = 8;
    recipe.methods.front().name = method;
    if (method == "lora") recipe.methods.front().values["target_modules"] = names({"all-linear"});
    recipe.train.batchSize = 4;
    recipe.train.maxSteps = 1;
    recipe.train.evalEvery = 0;
    recipe.train.saveEvery = 0;
    recipe.train.learningRate = 1e-9;
    recipe.device = "cpu";
    LATHE_CHECK(checkRecipe(recipe, engineCatalog()).empty());
    return recipe;
}

bool warnedOf(const Seen& seen, const std::string& code) {
    const auto warnings = seen.all<WarningEvent>();
    return std::any_of(warnings.begin(), warnings.end(), [&](const auto& w) { return w.code == code; });
}

Json tiedLlama() {
    return {{"model_type", "llama"},      {"vocab_size", 29},
            {"hidden_size", 16},          {"intermediate_size", 24},
            {"num_hidden_layers", 2},     {"num_attention_heads", 2},
            {"num_key_value_heads", 1},   {"max_position_embeddings", 32},
            {"tie_word_embeddings", true}};
}

}  // namespace

class TestOwnHead : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void initTestCase() { at::set_num_threads(1); }

    void aClassifierKeepsItsLabelsInItsOrder_data() {
        QTest::addColumn<QString>("method");
        QTest::addColumn<bool>("some");
        for (const char* method : {"lora", "full"})
            for (const bool some : {false, true})
                QTest::addRow("%s %s", method, some ? "some labels" : "all labels") << method << some;
    }
    void aClassifierKeepsItsLabelsInItsOrder() {
        QFETCH(QString, method);
        QFETCH(bool, some);
        const TemporaryFolder folder;
        const Recipe recipe = recipeOn(classifierIn(folder), method.toStdString(),
                                       some ? Names{"cold", "hot"} : Names{"cold", "hot", "warm"}, folder);
        const fs::path run = folder.path() / "run";
        RunControl control;
        Seen seen;
        const FinishedEvent end = runRecipe(recipe, run, control, seen.sink());
        QVERIFY2(end.status == RunStatus::Done, textOf(end));
        QVERIFY(!warnedOf(seen, "head_new"));
        QCOMPARE(warnedOf(seen, "head_labels"), some);
        const Names expected{"hot", "warm", "cold"};
        QCOMPARE(readRunRecord(run).value().labels, expected);
        auto target = LoadedModel::open(run.string(), {}, "cpu");
        LATHE_VERIFY_OK(target);
        QCOMPARE(target.value().labels, expected);
        const auto told = target.value().predict({"the film was good"});
        LATHE_VERIFY_OK(told);
        QCOMPARE(told.value()[0].label, std::string("hot"));
        QVERIFY(told.value()[0].probabilities[0].second > 0.99);
        // The rows that say "hot" are right.
        const auto judged = evaluateTarget(target.value(), recipeOfTarget(run.string(), "").value(), {});
        LATHE_VERIFY_OK(judged);
        QCOMPARE(judged.value().now.labels.front().label, std::string("hot"));
        QCOMPARE(judged.value().now.labels.front().recall, 1.0);
        LATHE_VERIFY_OK(exportTarget(target.value(), {"hf"}, folder.path() / "out"));
        const Json config = parseJson(readTextFile(folder.path() / "out/config.json").value(), "").value();
        QCOMPARE(config["id2label"]["0"].get<std::string>(), std::string("hot"));
        QCOMPARE(config["id2label"].size(), std::size_t(3));
    }

    void otherLabelsGetANewHead_data() {
        QTest::addColumn<QString>("method");
        QTest::addColumn<int>("count");
        QTest::newRow("lora, two") << "lora" << 2;
        QTest::newRow("full, two") << "full" << 2;
        QTest::newRow("lora, as many") << "lora" << 3;
    }
    void otherLabelsGetANewHead() {
        QFETCH(QString, method);
        QFETCH(int, count);
        const TemporaryFolder folder;
        const Names labels = count == 2 ? Names{"dry", "wet"} : Names{"damp", "dry", "wet"};
        const fs::path run = folder.path() / "run";
        RunControl control;
        Seen seen;
        const FinishedEvent end = runRecipe(
            recipeOn(classifierIn(folder), method.toStdString(), labels, folder), run, control, seen.sink());
        QVERIFY2(end.status == RunStatus::Done, textOf(end));
        QVERIFY(warnedOf(seen, "head_new"));
        auto target = LoadedModel::open(run.string(), {}, "cpu");
        LATHE_VERIFY_OK(target);
        QCOMPARE(target.value().labels, labels);
        const auto told = target.value().predict({"the film was good"});
        LATHE_VERIFY_OK(told);
        // The old head would be nearly certain.
        QVERIFY(told.value()[0].probabilities[0].second < 0.9);
    }

    void anOwnOutputLayerIsUsedAndExported() {
        const TemporaryFolder folder;
        Json untied = tiedLlama();
        untied["tie_word_embeddings"] = false;
        const auto architecture = findArchitecture("llama");
        LATHE_VERIFY_OK(architecture);
        const auto model = architecture.value()->build(untied, {HeadKind::LanguageModel, 0});
        const auto weights = weightsOf(*model);
        auto wanted = LoadedModel::open(writeBase(folder, "untied", untied, weights).string(), {}, "cpu");
        auto found = LoadedModel::open(writeBase(folder, "own", tiedLlama(), weights).string(), {}, "cpu");
        LATHE_VERIFY_OK(wanted);
        LATHE_VERIFY_OK(found);
        const at::Tensor logits = wanted.value().logits(kProbe).value();
        QCOMPARE(largestDifference(found.value().logits(kProbe).value(), logits), 0.0);
        QCOMPARE(found.value().notes.front().code, std::string("own_head"));
        LATHE_VERIFY_OK(exportTarget(found.value(), {"hf"}, folder.path() / "out"));
        const Json config = parseJson(readTextFile(folder.path() / "out/config.json").value(), "").value();
        QCOMPARE(config["tie_word_embeddings"].get<bool>(), false);
        auto again = LoadedModel::open((folder.path() / "out").string(), {}, "cpu");
        LATHE_VERIFY_OK(again);
        QVERIFY(largestDifference(again.value().logits(kProbe).value(), logits) < 1e-6);
    }

    void tensorsThatNothingReadsAreNamed() {
        const TemporaryFolder folder;
        const auto architecture = findArchitecture("llama");
        const auto model = architecture.value()->build(tiedLlama(), {HeadKind::LanguageModel, 0});
        auto weights = weightsOf(*model);
        weights["model.layers.0.self_attn.rotary_emb.inv_freq"] = at::ones({4});
        weights["lm_head.weight"] = weights.at("model.embed_tokens.weight");
        const auto facts = describeBase(writeBase(folder, "known", tiedLlama(), weights).string());
        LATHE_VERIFY_OK(facts);
        QVERIFY(facts.value().notes.empty());
        weights["model.layers.0.mlp.experts.up.weight"] = at::ones({4});
        weights["model.vision.weight"] = at::ones({4});
        const auto more = describeBase(writeBase(folder, "more", tiedLlama(), weights).string());
        QCOMPARE(more.value().notes.size(), std::size_t(1));
        QVERIFY(more.value().notes[0].message.starts_with("2 tensors of the file are not used"));
        QVERIFY(more.value().notes[0].message.find("model.vision.weight") != std::string::npos);
        const auto opened = LoadedModel::open((folder.path() / "more").string(), {}, "cpu");
        LATHE_VERIFY_OK(opened);
        QCOMPARE(opened.value().notes.size(), std::size_t(1));
        QCOMPARE(opened.value().notes[0].code, std::string("tensors_unused"));
    }

    void aHugeConfigIsAMismatchBeforeItIsBuilt() {
        const TemporaryFolder folder;
        const fs::path base = classifierIn(folder);
        Json config = labelledConfig();
        config["num_hidden_layers"] = 1000;
        config["hidden_size"] = 1 << 16;
        config["intermediate_size"] = 1 << 18;
        folder.write("classifier/config.json", config.dump());
        RunControl control;
        Seen seen;
        const FinishedEvent end = runRecipe(recipeOn(base, "lora", {"cold", "hot"}, folder),
                                            folder.path() / "run", control, seen.sink());
        QVERIFY(end.error.has_value());
        QCOMPARE(end.error->code, ErrorCode::ModelMismatch);
    }
};

LATHE_TEST(TestOwnHead)
#include "tst_own_head.moc"
