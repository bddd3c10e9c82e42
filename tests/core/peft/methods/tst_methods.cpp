// SPDX-License-Identifier: GPL-3.0-or-later
// What every method of the catalog promises, on a decoder and a classifier: the counts of its bill, a base
// that stays as it was, a loss that falls, a folder that brings back the same answers, a merged model that
// gives them too, and a checkpoint from which training goes on exactly.
#include <map>

#include "core/model/evaluation_mode.h"
#include "core/objectives/classify.h"
#include "core/peft/adapter_io.h"
#include "core/peft/memory_estimate.h"
#include "core/peft/merged_weights.h"
#include "core/train/training_checkpoint.h"
#include "tests/core/peft/method_helpers.h"
#include "tests/support/tiny_training.h"

using namespace lathe;
using namespace lathe::test;

namespace {

struct Case {
    const Method* method;
    Settings changes;
    bool startsAsBase = true;
    bool merges = true;
    double rate = 2e-2;
};

using Text = std::string;

std::map<std::string, Case> cases() {
    const auto named = [](const char* name) { return findMethod(name); };
    const FieldValue all = names({"all-linear"});
    return {
        {"lora", {named("lora"), {{"target_modules", all}}}},
        {"lora gaussian", {named("lora"), {{"init", Text("gaussian")}, {"use_rslora", true}}}},
        {"lora pissa", {named("lora"), {{"rank", int64_t(3)}, {"init", Text("pissa")}}}},
        {"lora olora", {named("lora"), {{"rank", int64_t(3)}, {"init", Text("olora")}}}},
        {"lora blocks", {named("lora"), {{"layers_to_transform", names({"1"})}}}},
        // The Llama's head is its embedding; merging is tst_lora_embedding's.
        {"lora embeddings",
         {named("lora"),
          {{"target_modules", names({".*\\.(embed_tokens|word_embeddings|q_proj|query)"})}},
          true,
          false}},
        {"dora", {named("dora"), {{"target_modules", all}}}},
        {"lora_fa", {named("lora_fa"), {}}},
        {"lora_fa projected", {named("lora_fa"), {{"gradient", Text("projected")}}, true, true, 2e-3}},
        {"vera", {named("vera"), {{"rank", int64_t(16)}, {"target_modules", all}}}},
        {"adalora",
         {named("adalora"), {{"target_modules", all}, {"rank", int64_t(4)}, {"target_rank", int64_t(2)}}}},
        {"ia3", {named("ia3"), {}}},
        {"pfeiffer", {named("bottleneck"), {{"reduction_factor", 4.0}}, true, false}},
        {"houlsby",
         {named("bottleneck"), {{"placement", Text("houlsby")}, {"reduction_factor", 4.0}}, true, false}},
        {"parallel",
         {named("bottleneck"), {{"placement", Text("parallel")}, {"init", Text("default")}}, false, false}},
        {"prompt", {named("prompt"), {{"virtual_tokens", int64_t(3)}}, false, false}},
        {"prompt words",
         {named("prompt"), {{"virtual_tokens", int64_t(3)}, {"init", Text("vocabulary")}}, false, false}},
        {"prefix", {named("prefix"), {{"virtual_tokens", int64_t(3)}}, false, false}},
        {"prefix projected",
         {named("prefix"), {{"virtual_tokens", int64_t(3)}, {"projection", true}}, false, false}},
        {"p_tuning", {named("p_tuning"), {{"virtual_tokens", int64_t(3)}}, false, false}},
        {"p_tuning lstm",
         {named("p_tuning"), {{"virtual_tokens", int64_t(3)}, {"encoder", Text("lstm")}}, false, false}},
    };
}

std::vector<Example> rowsFor(const LanguageModel& model) {
    std::vector<Example> rows = tinyRows(10);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        rows[i].label = static_cast<int32_t>(i % 3);
        for (int32_t& id : rows[i].ids) id %= static_cast<int32_t>(model.shape().vocabulary);
        for (int32_t& id : rows[i].targets)
            if (id != kNoTarget) id %= static_cast<int32_t>(model.shape().vocabulary);
    }
    return rows;
}

Batch batchOf(const LanguageModel& model, const std::vector<Example>& rows) {
    std::vector<const Example*> chosen;
    for (const Example& row : rows) chosen.push_back(&row);
    return makeBatch(chosen, batchSettingsFor(model, 0, at::kCPU));
}

/// The head's output at the rows' own positions.
at::Tensor answersOf(LanguageModel& model, const std::vector<Example>& rows) {
    const at::NoGradGuard guard;
    const EvaluationMode evaluation(model);
    const Batch batch = batchOf(model, rows);
    const at::Tensor logits = headLogits(model, batch);
    if (logits.dim() == 2) return logits.clone();
    return logits.reshape({-1, logits.size(-1)}).index_select(0, batch.lossRows).clone();
}

std::shared_ptr<LanguageModel> plainModel(bool classifies) {
    if (!classifies) return tinyLlama();
    Json config = smallBertConfig();
    config["hidden_size"] = 16;
    config["hidden_dropout_prob"] = config["attention_probs_dropout_prob"] = 0.0;
    auto model = bertArchitecture().build(config, {HeadKind::SequenceClassification, 3});
    at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(7);
    const at::NoGradGuard noGrad;
    for (at::Tensor& tensor : model->parameters()) tensor.normal_(0, 0.3, generator);
    return model;
}

std::shared_ptr<LanguageModel> freshModel(bool classifies, Quantization kind = Quantization::None) {
    auto model = plainModel(classifies);
    if (kind == Quantization::None) return model;
    for (auto& [name, projection] : model->projections()) {
        projection->weight.set_requires_grad(false);
        projection->pack(kind);
    }
    return model;
}

std::unique_ptr<Objective> objectiveFor(bool classifies) {
    if (classifies) return std::make_unique<ClassifyObjective>();
    return std::make_unique<LanguageObjective>(HeadKind::LanguageModel);
}

/// A model with the case's method, and what trains it.
struct Run {
    MethodSettings settings;
    bool classifies;
    std::shared_ptr<LanguageModel> model;
    std::vector<Example> rows;
    std::unique_ptr<Objective> objective;
    std::unique_ptr<AdamW> optimizer;
    StepAids aids;

    Run(const Case& of, bool classifier, int64_t totalSteps, Quantization kind = Quantization::None)
        : settings(settingsOf(*of.method, of.changes)),
          classifies(classifier),
          model(freshModel(classifier, kind)),
          rows(rowsFor(*model)),
          objective(objectiveFor(classifier)) {
        const auto attached = attachTo(*model, *of.method, settings, 3);
        if (!attached.ok()) qFatal("%s", attached.error().text().c_str());
        optimizer = std::make_unique<AdamW>(trainedParameters(*model, at::kFloat), AdamWSettings{});
        if (auto aid = of.method->stepAid(settings, *model, totalSteps)) aids.push_back(std::move(aid));
    }
    /// Mean over the targets, without dropout.
    double loss() {
        const at::NoGradGuard guard;
        const EvaluationMode evaluation(*model);
        const Batch batch = batchOf(*model, rows);
        return objective->lossSum(*model, batch).item<double>() / double(batch.targetCount);
    }
    double step(double rate) {
        model->train();
        return trainStep(*model, *objective, *optimizer, {batchOf(*model, rows)}, rate, aids).item<double>();
    }
};

/// The run's adapter through its folder into another model.
Result<MethodSettings> bringBack(Run& run, const Method& method, LanguageModel& into) {
    const TemporaryFolder folder;
    LATHE_TRY_VOID(saveAdapter(*run.model, dynamic_cast<const AdapterMethod&>(method), run.settings, "base",
                               folder.path()));
    LATHE_TRY(const AdapterFolder opened, openAdapterFolder(folder.path()));
    LATHE_TRY(const AdapterMethod* reader, methodOfAdapter(opened.config, ""));
    return loadAdapter(into, *reader, opened);
}

void eachCase(const std::function<void(const std::string&, const Case&, bool classifies)>& visit) {
    for (const auto& [name, one] : cases())
        for (const bool classifies : {false, true}) {
            visit(name + (classifies ? " on BERT" : " on Llama"), one, classifies);
            if (QTest::currentTestFailed()) return;
        }
}

}  // namespace

class TestMethods : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void everyAdapterOfTheCatalogHasACase() {
        std::set<std::string> covered;
        for (const auto& [name, one] : cases()) covered.insert(one.method->entry().name);
        for (const Method* method : methods())
            if (method->entry().isAdapter)
                QVERIFY2(covered.count(method->entry().name), method->entry().name.c_str());
    }
    void countsOfTheBillAreThoseOfTheModel() {
        eachCase([](const std::string& name, const Case& one, bool classifies) {
            const Run run(one, classifies, 10);
            const auto bill = makeBill({{one.method, run.settings}}, run.model->shape(), {}, {});
            LATHE_VERIFY_OK(bill);
            int64_t total = 0;
            for (const at::Tensor& parameter : run.model->parameters()) total += parameter.numel();
            QVERIFY2(bill.value().trainable == trainableCount(*run.model), name.c_str());
            QVERIFY2(bill.value().total == total, name.c_str());
            QVERIFY2(bill.value().trainable == run.optimizer->parameterCount(), name.c_str());
        });
    }
    void trainingTeachesAndLeavesTheBaseAsItWas() {
        eachCase([](const std::string& name, const Case& one, bool classifies) {
            const auto base = freshModel(classifies);
            Run run(one, classifies, 30);
            const at::Tensor plain = answersOf(*base, run.rows);
            if (one.startsAsBase)
                QVERIFY2(largestDifference(answersOf(*run.model, run.rows), plain) < 1e-5, name.c_str());
            const double first = run.loss();
            for (int i = 0; i < 30; ++i) run.step(one.rate);
            const double last = run.loss();
            QVERIFY2(last < first - 1e-3,
                     (name + ": " + std::to_string(first) + " to " + std::to_string(last)).c_str());

            const auto before = base->named_parameters(), after = run.model->named_parameters();
            for (const ParameterShape& about : base->shape().parameters)
                if (!after[about.name].requires_grad())
                    QVERIFY2(at::equal(before[about.name], after[about.name]), (name + about.name).c_str());
            for (AdapterPlace* place : run.model->places()) place->setAdapterEnabled(false);
            if (!classifies) QVERIFY2(at::equal(answersOf(*run.model, run.rows), plain), name.c_str());
        });
    }
    void aFolderBringsTheSameAnswersBack() {
        eachCase([](const std::string& name, const Case& one, bool classifies) {
            Run run(one, classifies, 5);
            for (int i = 0; i < 5; ++i) run.step(one.rate);
            const at::Tensor trained = answersOf(*run.model, run.rows);
            const auto model = freshModel(classifies);
            LATHE_VERIFY_OK(bringBack(run, *one.method, *model));
            const double away = largestDifference(answersOf(*model, run.rows), trained);
            QVERIFY2(away < 1e-5, (name + ": " + std::to_string(away)).c_str());
        });
    }
    void aMergedModelGivesTheSameAnswers() {
        eachCase([](const std::string& name, const Case& one, bool classifies) {
            if (!one.merges) return;
            Run run(one, classifies, 5);
            for (int i = 0; i < 5; ++i) run.step(one.rate);
            const at::Tensor trained = answersOf(*run.model, run.rows);
            const MergedWeights weights(*run.model);
            const auto plain = freshModel(classifies);
            const at::NoGradGuard guard;
            for (auto& item : plain->named_parameters()) {
                const auto merged = weights.of(item.key());
                LATHE_VERIFY_OK(merged);
                item.value().copy_(merged.value());
            }
            const double away = largestDifference(answersOf(*plain, run.rows), trained);
            QVERIFY2(away < 1e-5, (name + ": " + std::to_string(away)).c_str());
        });
    }
    void trainingGoesOnExactly() {
        eachCase([](const std::string& name, const Case& one, bool classifies) {
            Run whole(one, classifies, 12), first(one, classifies, 12), second(one, classifies, 12);
            const auto sixSteps = [](Run& run, uint64_t seed) {
                torch::manual_seed(seed);
                for (int i = 0; i < 6; ++i) run.step(1e-2);
            };
            sixSteps(whole, 1);
            sixSteps(whole, 2);
            sixSteps(first, 1);
            TemporaryFolder folder;
            const RandomState random = captureRandomState(at::kCPU);
            const auto saved = saveCheckpoint(folder.path(), *first.optimizer, {}, random, first.aids);
            LATHE_VERIFY_OK(saved);
            const auto restored = loadCheckpoint(saved.value(), *second.optimizer, second.aids);
            LATHE_VERIFY_OK(restored);
            sixSteps(second, 2);
            QVERIFY2(at::equal(answersOf(*whole.model, whole.rows), answersOf(*second.model, whole.rows)),
                     name.c_str());
        });
    }
    void aPackedBaseIsTrainedOn() {
        eachCase([](const std::string& name, const Case& one, bool classifies) {
            for (const Quantization kind : {Quantization::Int8, Quantization::Nf4}) {
                const auto base = freshModel(classifies, kind);
                Run run(one, classifies, 30, kind);
                if (one.startsAsBase)
                    QVERIFY2(
                        largestDifference(answersOf(*run.model, run.rows), answersOf(*base, run.rows)) < 1e-5,
                        name.c_str());
                const double first = run.loss();
                for (int i = 0; i < 30; ++i) run.step(one.rate / 4);
                const double last = run.loss();
                QVERIFY2(last < first - 1e-3,
                         (name + ": " + std::to_string(first) + " to " + std::to_string(last)).c_str());
                const auto before = base->named_buffers(), after = run.model->named_buffers();
                for (const auto& item : before)
                    QVERIFY2(at::equal(item.value(), after[item.key()]), name.c_str());

                const at::Tensor trained = answersOf(*run.model, run.rows);
                LATHE_VERIFY_OK(bringBack(run, *one.method, *base));
                QVERIFY2(largestDifference(answersOf(*base, run.rows), trained) < 1e-5, name.c_str());

                if (!one.merges) continue;
                for (auto& [layer, projection] : base->projections())
                    if (projection->hasAdapter()) projection->merge();
                QVERIFY2(largestDifference(answersOf(*base, run.rows), trained) < 1e-5, name.c_str());
            }
        });
    }
    void budgetFallsToTheTarget() {
        auto one = cases().at("adalora");
        Run run(one, false, 20);
        const auto left = [&] {
            int64_t count = 0;
            for (const auto& item : run.model->named_parameters())
                if (item.key().ends_with("lora_E")) count += at::count_nonzero(item.value()).item<int64_t>();
            return count;
        };
        const auto places = static_cast<int64_t>(run.model->projections().size());
        for (int i = 0; i < 2; ++i) run.step(1e-2);
        QCOMPARE(left(), 4 * places);
        for (int i = 0; i < 18; ++i) run.step(1e-2);
        QCOMPARE(left(), 2 * places);
    }
    void generationReadsWhatStandsInFront() {
        for (const char* name : {"prompt", "prefix", "p_tuning", "houlsby"}) {
            Run run(cases().at(name), false, 3);
            for (int i = 0; i < 3; ++i) run.step(2e-2);
            const at::NoGradGuard guard;
            const EvaluationMode evaluation(*run.model);
            Example row;
            row.ids = {5, 9, 2, 7, 7, 1};
            const at::Tensor all = headLogits(*run.model, batchOf(*run.model, {row}))[0];
            KeyValueCache cache;
            at::Tensor step = run.model->step(at::tensor({5, 9}, at::kLong).view({1, 2}), cache);
            for (const int64_t id : {2, 7, 7, 1})
                step = run.model->step(at::full({1, 1}, id, at::kLong), cache);
            QVERIFY2(largestDifference(step[0], all[-1]) < 1e-5, name);
        }
    }
    void severalMethodsTrainTogether() {
        const auto one = cases();
        const std::vector<ChosenMethod> chosen{
            {one.at("lora").method, settingsOf(*one.at("lora").method)},
            {one.at("houlsby").method, settingsOf(*one.at("houlsby").method, one.at("houlsby").changes)},
            {one.at("prefix").method, settingsOf(*one.at("prefix").method, one.at("prefix").changes)}};
        auto model = tinyLlama();
        LATHE_VERIFY_OK(attachMethods(chosen, *model, {3}));
        const auto rows = rowsFor(*model);
        LanguageObjective objective(HeadKind::LanguageModel);
        AdamW optimizer(trainedParameters(*model, at::kFloat), {});
        for (int i = 0; i < 5; ++i)
            (void)trainStep(*model, objective, optimizer, {batchOf(*model, rows)}, 1e-2);
        TemporaryFolder folder;
        LATHE_VERIFY_OK(saveAdapters(*model, chosen, "base", folder.path()));
        const auto paths = adaptersIn(folder.path());
        QCOMPARE(paths.size(), std::size_t(3));
        auto again = tinyLlama();
        for (const auto& path : paths) {
            const auto opened = openAdapterFolder(path);
            LATHE_VERIFY_OK(opened);
            const auto reader = methodOfAdapter(opened.value().config, "");
            LATHE_VERIFY_OK(reader);
            LATHE_VERIFY_OK(loadAdapter(*again, *reader.value(), opened.value()));
        }
        QVERIFY(largestDifference(answersOf(*again, rows), answersOf(*model, rows)) < 1e-5);
    }
    void whatDoesNotFitTogetherIsSaid() {
        const auto chosen = [](const char* name) {
            return ChosenMethod{findMethod(name), settingsOf(*findMethod(name))};
        };
        const auto model = tinyLlama();
        QVERIFY(checkTogether({chosen("lora"), chosen("bottleneck"), chosen("prompt")}, model->shape()).ok());
        for (const auto& pair : std::initializer_list<std::pair<const char*, const char*>>{
                 {"lora", "dora"}, {"prompt", "prefix"}}) {
            const auto result = checkTogether({chosen(pair.first), chosen(pair.second)}, model->shape());
            QVERIFY2(!result.ok(), pair.first);
            QVERIFY(!result.error().hint.empty());
        }
    }
};

LATHE_TEST(TestMethods)
#include "tst_methods.moc"
