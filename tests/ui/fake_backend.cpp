// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/fake_backend.h"

#include <utility>

namespace lathe::test {
namespace {

constexpr int64_t kWidth = 64;
constexpr int64_t kBlocks = 2;
constexpr int64_t kLinears = 3;
constexpr int64_t kBaseParameters = kBlocks * kLinears * kWidth * kWidth;

Field integerField(const char* key, int64_t fallback, double min, double max) {
    Field field;
    field.key = key;
    field.kind = FieldKind::Integer;
    field.fallback = fallback;
    field.min = min;
    field.max = max;
    field.help = "A number for the test.";
    return field;
}

/// A field of each kind of line that a form has.
std::vector<Field> typedFields() {
    return {
        {"scale", FieldKind::Number, 1.0, 0.0, 10.0, {}, "A number for the test.", false},
        {"seed", FieldKind::Integer, int64_t(0), 0.0, 4294967295.0, {}, "A seed for the test.", false},
        {"sweeps", FieldKind::Integer, {}, 1.0, 100.0, {}, "A number for the test.", true},
        {"words", FieldKind::Text, std::string("some"), {}, {}, {}, "A text for the test.", false},
        {"names", FieldKind::NameList, std::vector<std::string>{}, {}, {}, {}, "Names.", false},
        {"pairs", FieldKind::NameMap, NamedTexts{}, {}, {}, {}, "Pairs.", true},
    };
}

Field targetsField() {
    Field field;
    field.key = "target_modules";
    field.kind = FieldKind::NameList;
    field.help = "Names of layers.";
    return field;
}

MethodEntry method(const char* name, const char* title, bool adapter, std::vector<Field> fields) {
    MethodEntry entry;
    entry.name = name;
    entry.title = title;
    entry.help = title;
    entry.isAdapter = adapter;
    entry.fields = std::move(fields);
    entry.formula = adapter ? "W + (α/r)·B·A" : "W";
    return entry;
}

Bill billOf(const MethodEntry& method, int64_t rank) {
    Bill bill;
    bill.method = method.name;
    bill.title = method.title;
    bill.blocks = kBlocks;
    for (int64_t block = 0; block < kBlocks; ++block) {
        for (const char* name : {"query", "key", "value"}) {
            LayerShare layer;
            layer.module = "encoder.layer." + std::to_string(block) + "." + name;
            layer.block = static_cast<int>(block);
            layer.parameters = kWidth * kWidth;
            layer.in = layer.out = kWidth;
            if (method.isAdapter)
                layer.added = std::string(name) == "key" ? 0 : rank * 2 * kWidth;
            else
                layer.trained = layer.parameters;
            bill.trainable += layer.added + layer.trained;
            bill.total += layer.parameters + layer.added;
            bill.layers.push_back(layer);
        }
    }
    bill.percent = 100.0 * double(bill.trainable) / double(bill.total);
    bill.adapterBytes = bill.trainable * 4;
    bill.memory = {bill.total * 4, bill.trainable * 4, bill.trainable * 4, bill.trainable * 8, 1 << 20};
    return bill;
}

}  // namespace

FakeBackend::FakeBackend() {
    TaskEntry classification;
    classification.name = "classification";
    classification.title = "Classification";
    classification.way = "supervised";
    classification.metric = "accuracy";
    classification.metricRises = true;
    TaskEntry instruction;
    instruction.name = "instruction";
    instruction.title = "Instructions";
    instruction.way = "supervised";
    instruction.metric = "loss";
    instruction.packs = true;
    TaskEntry preference;
    preference.name = "preference";
    preference.title = "Preferences";
    preference.way = "supervised";
    preference.metric = "reward_accuracy";
    preference.metricRises = true;
    preference.fields = {{"loss",
                          FieldKind::Choice,
                          std::string("sigmoid"),
                          {},
                          {},
                          {"sigmoid", "ipo"},
                          "A loss for the test.",
                          false},
                         {"beta", FieldKind::Number, 0.1, 0.01, 1.0, {}, "A number for the test.", false}};
    TaskEntry reinforcement;
    reinforcement.name = "reinforcement";
    reinforcement.title = "Rewards";
    reinforcement.way = "reinforcement";
    reinforcement.metric = "reward";
    reinforcement.metricRises = true;
    reinforcement.section = "reinforcement";
    reinforcement.fields = {{"reward", FieldKind::RewardList, {}, {}, {}, {}, "Rewards for the test.", false},
                            integerField("generations", 8, 1, 64)};
    m_catalog.tasks = {classification, instruction, preference, reinforcement};
    m_catalog.rewards = {
        {"length", "Length", "", {integerField("target", 20, 1, 1000)}},
        {"contains",
         "Contains",
         "",
         {{"text", FieldKind::Text, {}, {}, {}, {}, "A text for the test.", false}}},
        {"model",
         "A model",
         "",
         {{"model", FieldKind::Path, {}, {}, {}, {}, "A folder for the test.", false}}},
    };
    Field dropout;
    dropout.key = "dropout";
    dropout.kind = FieldKind::Number;
    dropout.fallback = 0.0;
    dropout.min = 0;
    dropout.max = 1;
    std::vector<Field> ofPrefix = typedFields();
    ofPrefix.push_back(integerField("virtual_tokens", 20, 1, 100));
    m_catalog.methods = {
        method(
            "lora", "LoRA", true,
            {integerField("rank", 8, 1, 4096), integerField("alpha", 16, 1, 4096), dropout, targetsField()}),
        method("prompt", "Prompt", true, {integerField("virtual_tokens", 20, 1, 100)}),
        method("prefix", "Prefix", true, ofPrefix),
        method("full", "Full", false, {}),
    };
    CatalogEntry linear;
    linear.name = "linear";
    m_catalog.schedules = {linear};
}

void FakeBackend::start(const Recipe& recipe, const std::string& runFolder, EventSink sink) {
    calls << "start";
    started.push_back(recipe);
    takeFolder(runFolder);
    m_sink = std::move(sink);
}

void FakeBackend::resume(const std::string& runFolder, EventSink sink) {
    calls << "resume";
    takeFolder(runFolder);
    m_sink = std::move(sink);
}

void FakeBackend::describeBase(const std::string& base, Answer<BaseFacts> answer) {
    if (baseError) {
        answer(*baseError);
        return;
    }
    BaseFacts facts;
    facts.path = base;
    facts.format = "safetensors";
    facts.architecture = "bert";
    facts.title = "Tiny";
    facts.licence = "Apache-2.0";
    facts.tokenizerKind = "WordPiece";
    facts.parameters = kBaseParameters;
    facts.contextLength = 512;
    facts.hiddenSize = kWidth;
    facts.blocks = kBlocks;
    facts.vocabulary = 1000;
    facts.sizeBytes = kBaseParameters * 4;
    facts.notes = {{"own_head", "the file has an output layer of its own", ""}};
    const bool llama = base.find("llama") != std::string::npos;
    facts.linearNames = {"query", "key", "value"};
    facts.defaultTargets = {"query", "value"};
    if (llama) facts.linearNames = {"q_proj", "k_proj", "v_proj"};
    if (llama) facts.defaultTargets = {"q_proj", "v_proj"};
    facts.tasks = {"classification"};
    answer(facts);
}

void FakeBackend::preview(const Recipe& recipe, int64_t, Answer<Preview> answer) {
    if (previewError) {
        answer(*previewError);
        return;
    }
    Preview preview;
    PreviewRow row;
    row.text = "a fine film";
    row.ids = {2, 10, 11, 12, 3};
    row.pieces = {"[CLS]", "a", "fine", "film", "[SEP]"};
    row.trained = {false, false, false, false, false};
    row.label = "positive";
    preview.rows = {row};
    preview.train.rows = 100;
    preview.sequences = recipe.data.packing == "none" ? preview.train.rows : 20;
    preview.train.lengthHistogram = {80, 20};
    preview.train.labelCounts = {{"negative", 40}, {"positive", 60}};
    preview.train.tokens = 500;
    preview.validation.rows = 20;
    preview.columns = {{"text", "text"}, {"label", "label"}};
    preview.availableColumns = {"text", "label"};
    preview.format = recipe.data.format == "auto" ? "csv" : recipe.data.format;
    preview.encoding = "UTF-8";
    preview.labels = {"negative", "positive"};
    answer(preview);
}

void FakeBackend::bills(const Recipe& recipe, Answer<std::vector<Bill>> answer) {
    ++billsAsked;
    if (baseError) {
        answer(*baseError);
        return;
    }
    const MethodSettings& own = recipe.methods.front();
    const int64_t rank = integerSetting(own.values, "rank", 8);
    std::vector<Bill> bills;
    for (const MethodEntry& entry : m_catalog.methods) {
        const auto place = entry.name == own.name ? bills.begin() : bills.end();
        bills.insert(place, billOf(entry, rank));
    }
    if (recipe.methods.size() > 1) {
        Bill all = bills.front();
        for (std::size_t i = 1; i < recipe.methods.size(); ++i) {
            all.method += "+" + recipe.methods[i].name;
            all.trainable += kWidth * integerSetting(recipe.methods[i].values, "virtual_tokens", 20);
        }
        bills.insert(bills.begin(), all);
    }
    answer(bills);
}

void FakeBackend::generate(const std::string&, bool useAdapter, const std::string& prompt,
                           const GenerateSettings&, std::function<void(const std::string&)> piece,
                           Answer<std::string> answer) {
    const std::string text = (useAdapter ? "tuned: " : "base: ") + prompt;
    piece(text.substr(0, text.size() / 2));
    if (writesForEver) {
        m_writing = std::move(answer);
        return;
    }
    piece(text.substr(text.size() / 2));
    answer(text);
}

void FakeBackend::predict(const std::string&, bool useAdapter, const std::vector<std::string>& texts,
                          Answer<std::vector<Prediction>> answer) {
    std::vector<Prediction> predictions;
    for (const std::string& text : texts) {
        const double share = useAdapter ? 0.9 : 0.5;
        predictions.push_back({text, "positive", {{"negative", 1 - share}, {"positive", share}}});
        predictions.back().kind = predictedKind;
        predictions.back().value = 2.5 * share;
    }
    answer(predictions);
}

void FakeBackend::score(const std::string&, bool useAdapter, const std::string& prompt,
                        const std::string& completion, Answer<AnswerScore> answer) {
    AnswerScore score;
    if (givesRewards)
        score.reward = (useAdapter ? 10.0 : 1.0) * double(prompt.size()) + double(completion.size()) / 100;
    answer(score);
}

void FakeBackend::evaluate(const std::string& target, const EvaluationRequest& request,
                           std::function<void(const EvaluationProgress&)> progress,
                           Answer<Evaluation> answer) {
    calls << "evaluate";
    evaluatedTarget = target;
    evaluationRequest = request;
    evaluationProgress = std::move(progress);
    m_evaluation = std::move(answer);
}

void FakeBackend::stopAnswers() {
    calls << "stop answers";
    if (m_writing) std::exchange(m_writing, {})(Error{ErrorCode::Stopped, "the answer was stopped", "", ""});
    if (m_evaluation) answerEvaluation(Error{ErrorCode::Stopped, "the evaluation was stopped", "", ""});
}

void FakeBackend::answerEvaluation(Result<Evaluation> result) {
    std::exchange(m_evaluation, {})(std::move(result));
}

Evaluation exampleEvaluation(const std::vector<std::string>& labels) {
    constexpr int64_t kEach = 10;
    const std::size_t count = labels.size();
    Evaluation evaluation;
    evaluation.task = "classification";
    evaluation.data = "/data/reviews.csv";
    evaluation.heldOut = true;
    evaluation.rows = kEach * int64_t(count);
    evaluation.now.loss = 0.3;
    evaluation.now.metrics = {{"accuracy", 0.9}, {"macro_f1", 0.9}};
    evaluation.now.confusion.assign(count * count, 0);
    for (std::size_t label = 0; label < count; ++label) {
        evaluation.now.labels.push_back({labels[label], 0.9, 0.9, 0.9, kEach});
        evaluation.now.confusion[label * count + label] = kEach - 1;
        evaluation.now.confusion[label * count + (label + 1) % count] = 1;
        EvaluatedRow row;
        row.line = int64_t(label) + 2;
        row.text = "A <b>text</b> of " + labels[label];
        row.expected = labels[label];
        row.now = {2.5, labels[(label + 1) % count], 0.9};
        row.before = RowOutcome{0.7, labels[label], 0.5};
        evaluation.worst.push_back(row);
    }
    evaluation.changed = {evaluation.worst.front()};
    evaluation.before = evaluation.now;
    evaluation.before->loss = 0.7;
    evaluation.before->metrics = {{"accuracy", 0.5}, {"macro_f1", 0.45}};
    evaluation.rowsBetter = evaluation.rows - 3;
    evaluation.rowsWorse = 3;
    return evaluation;
}

void FakeBackend::emitStep(int64_t step, int64_t maxSteps, double loss) {
    StepEvent event;
    event.step = step;
    event.maxSteps = maxSteps;
    event.epoch = double(step) / double(maxSteps);
    event.loss = loss;
    event.learningRate = 1e-3;
    event.gradNorm = 1;
    event.tokens = step * 100;
    event.tokensPerSecond = 50;
    event.memoryBytes = 1 << 20;
    emitEvent(event);
}

void FakeBackend::takeFolder(const std::string& runFolder) {
    folders.push_back(runFolder);
    // As a session does, so that the run is one in progress.
    m_lock.reset();
    if (auto lock = RunLock::own(runFolder); lock.ok()) m_lock.emplace(std::move(lock).value());
}

void FakeBackend::finish(RunStatus status, std::map<std::string, double> metrics,
                         std::optional<Error> error) {
    FinishedEvent event;
    event.status = status;
    event.run = folders.back();
    m_lock.reset();
    event.steps = 10;
    event.seconds = 2;
    event.metrics = std::move(metrics);
    event.error = std::move(error);
    emitEvent(event);
}

Recipe completeRecipe() {
    Recipe recipe;
    recipe.name = "test";
    recipe.task = "classification";
    recipe.base = "base-folder";
    recipe.data.train = "rows.csv";
    recipe.data.validation = "0.1";
    recipe.methods = {{"lora", {{"rank", int64_t(8)}, {"alpha", int64_t(16)}}}};
    return recipe;
}

}  // namespace lathe::test
