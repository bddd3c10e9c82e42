// SPDX-License-Identifier: GPL-3.0-or-later
#include <torch/types.h>

#include <charconv>

#include "app/target_arguments.h"
#include "core/data/task_data.h"
#include "core/export/mix.h"
#include "core/target/target_recipe.h"

namespace lathe {
namespace {

/// All adapters in memory and none on, for --each: it takes them one by one, so that weights say nothing.
Result<LoadedModel> openApart(const TargetArguments& arguments, const CommonOptions& options) {
    if (!arguments.weights.empty())
        return Error{ErrorCode::BadArgument, "--each takes every adapter once", "--adapter-weight",
                     "leave it out"};
    LATHE_TRY(const auto adapters, choicesOf(arguments));
    LATHE_TRY(LoadedModel target, LoadedModel::openApart(arguments.target, adapters, options.device));
    if (target.adapters->names().empty())
        return Error{ErrorCode::BadArgument, "--each wants adapters", "--each", "name them with --adapter"};
    return target;
}

struct PredictArguments : TargetArguments {
    std::string text, data;
    bool each = false;
};

Result<std::vector<std::string>> textsToPredict(const PredictArguments& arguments,
                                                const LoadedModel& target) {
    if (arguments.data.empty()) return std::vector<std::string>{arguments.text};
    LATHE_TRY(const Recipe recipe, recipeOfTarget(arguments.target, target.task));
    DataReport report;
    LATHE_TRY(const auto rows,
              loadRows(recipe, arguments.data, target.labels, false, *target.tokenizer, report));
    std::vector<std::string> texts;
    for (const auto& row : rows) texts.push_back(row.text);
    return texts;
}

/// `adapter` is told when it is not empty.
void showPrediction(const Prediction& prediction, const std::string& adapter, const Console& console) {
    OrderedJson json = OrderedJson::object();
    const std::string front = adapter.empty() ? "" : adapter + "\t";
    if (!adapter.empty()) json["adapter"] = adapter;
    if (!prediction.tokens.empty()) {
        json["tokens"] = prediction.tokens;
        json["tags"] = prediction.tags;
        console.line(json);
        for (std::size_t i = 0; i < prediction.tokens.size(); ++i)
            console.text(front + prediction.tokens[i] + "\t" + prediction.tags[i]);
        return;
    }
    OrderedJson shares = OrderedJson::object();
    double best = 0;
    for (const auto& [label, share] : prediction.probabilities) {
        shares[label] = share;
        best = std::max(best, share);
    }
    json["text"] = prediction.text;
    char told[32] = "";  // how likely the one label is
    switch (prediction.kind) {
        case LabelKind::One:
            json["label"] = prediction.label;
            std::snprintf(told, sizeof told, "  %.3f", best);
            break;
        case LabelKind::Several:
            json["labels"] = prediction.labels;
            break;
        case LabelKind::Number:
            json["value"] = prediction.value;
            break;
    }
    if (prediction.kind != LabelKind::Number) json["probabilities"] = shares;
    console.line(json);
    console.text(front + prediction.label + told + "  " + prediction.text);
}

/// Every text with every adapter, as rows of shared batches.
int predictEach(const PredictArguments& arguments, const CommonOptions& options, Console& console) {
    auto target = openApart(arguments, options);
    if (!target.ok()) return console.fail(target.error());
    const auto texts = textsToPredict(arguments, target.value());
    if (!texts.ok()) return console.fail(texts.error());
    std::vector<std::string> rows, adapters;
    for (const std::string& text : texts.value())
        for (const std::string& name : target.value().adapters->names()) {
            rows.push_back(text);
            adapters.push_back(name);
        }
    const auto predictions = target.value().predict(rows, adapters);
    if (!predictions.ok()) return console.fail(predictions.error());
    for (std::size_t i = 0; i < adapters.size(); ++i)
        showPrediction(predictions.value()[i], adapters[i], console);
    return kExitDone;
}

int predict(const PredictArguments& arguments, const CommonOptions& options, Console& console) {
    if (arguments.each) return predictEach(arguments, options, console);
    auto target = openTarget(arguments, options);
    if (!target.ok()) return console.fail(target.error());
    const auto texts = textsToPredict(arguments, target.value());
    if (!texts.ok()) return console.fail(texts.error());
    const auto predictions = target.value().predict(texts.value());
    if (!predictions.ok()) return console.fail(predictions.error());
    for (const auto& prediction : predictions.value()) showPrediction(prediction, "", console);
    return kExitDone;
}

struct GenerateArguments : TargetArguments {
    std::string prompt;
    bool each = false;
    GenerateSettings settings;
};

/// The text as it comes and then as a whole; `adapter` is told when it is not empty.
Result<void> showText(LoadedModel& target, const GenerateArguments& arguments, const std::string& adapter,
                      Console& console) {
    OrderedJson whole = OrderedJson::object();
    if (!adapter.empty()) {
        whole["adapter"] = adapter;
        console.text("[" + adapter + "]");
    }
    int64_t tokens = 0;
    const auto start = std::chrono::steady_clock::now();
    LATHE_TRY(const std::string text, target.generate(arguments.prompt, arguments.settings,
                                                      [&](int32_t id, const std::string& piece) {
                                                          ++tokens;
                                                          console.line({{"token", id}, {"text", piece}});
                                                          console.piece(piece);
                                                      }));
    whole["text"] = text;
    whole["tokens"] = tokens;
    whole["seconds"] = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    console.line(whole);
    console.piece("\n");
    return {};
}

Result<void> generateEach(const GenerateArguments& arguments, const CommonOptions& options,
                          Console& console) {
    LATHE_TRY(LoadedModel target, openApart(arguments, options));
    for (const std::string& name : target.adapters->names()) {
        LATHE_TRY_VOID(target.use({{name, 1}}));
        LATHE_TRY_VOID(showText(target, arguments, name, console));
    }
    return {};
}

Result<void> generateOnce(const GenerateArguments& arguments, const CommonOptions& options,
                          Console& console) {
    LATHE_TRY(LoadedModel target, openTarget(arguments, options));
    return showText(target, arguments, "", console);
}

int generate(const GenerateArguments& arguments, const CommonOptions& options, Console& console) {
    const auto done = (arguments.each ? generateEach : generateOnce)(arguments, options, console);
    return done.ok() ? static_cast<int>(kExitDone) : console.fail(done.error());
}

struct ScoreArguments : TargetArguments {
    std::string prompt, completion;
    bool raw = false;
};

int score(const ScoreArguments& arguments, const CommonOptions& options, Console& console) {
    auto target = openTarget(arguments, options);
    if (!target.ok()) return console.fail(target.error());
    const auto result = target.value().score(arguments.prompt, arguments.completion, arguments.raw);
    if (!result.ok()) return console.fail(result.error());
    const AnswerScore& found = result.value();
    char text[48];
    if (found.reward) {
        console.line({{"reward", *found.reward}});
        std::snprintf(text, sizeof text, "reward %.4f", *found.reward);
        console.text(text);
        return kExitDone;
    }
    double total = 0;
    for (std::size_t i = 0; i < found.tokens.size(); ++i) {
        total += found.logProbabilities[i];
        std::snprintf(text, sizeof text, "%9.4f  ", found.logProbabilities[i]);
        console.text(text + dumpJson(Json(found.tokens[i])));
    }
    console.line({{"tokens", found.tokens}, {"logprobs", found.logProbabilities}, {"total", total}});
    std::snprintf(text, sizeof text, "%9.4f  in all", total);
    console.text(text);
    return kExitDone;
}

struct LogitsArguments : TargetArguments {
    std::vector<std::string> ids, decoderIds;  ///< "1,2,3"
    bool all = false;
};

/// The ids of lists with commas; BadArgument for anything else between them, nothing included.
Result<std::vector<int64_t>> idsIn(const std::vector<std::string>& lists, const char* option) {
    std::vector<int64_t> ids;
    for (const std::string& list : lists)
        for (std::size_t begin = 0, end = 0; begin <= list.size(); begin = end + 1) {
            end = std::min(list.find(',', begin), list.size());
            int64_t id = 0;
            const auto [stop, failure] = std::from_chars(list.data() + begin, list.data() + end, id);
            if (failure != std::errc() || stop != list.data() + end)
                return Error{ErrorCode::BadArgument,
                             "\"" + list.substr(begin, end - begin) + "\" is not a token id", option,
                             "write whole numbers with commas, as in 1,2,3"};
            ids.push_back(id);
        }
    return ids;
}

int logits(const LogitsArguments& arguments, const CommonOptions& options, Console& console) {
    const auto ids = idsIn(arguments.ids, "--ids"), decoderIds = idsIn(arguments.decoderIds, "--decoder-ids");
    for (const auto* list : {&ids, &decoderIds})
        if (!list->ok()) return console.fail(list->error());
    auto target = openTarget(arguments, options);
    if (!target.ok()) return console.fail(target.error());
    const auto result = target.value().logits(ids.value(), decoderIds.value());
    if (!result.ok()) return console.fail(result.error());
    const at::Tensor values = result.value().contiguous();
    const int64_t width = values.size(1);
    for (int64_t row = arguments.all ? 0 : values.size(0) - 1; row < values.size(0); ++row) {
        const float* begin = values.data_ptr<float>() + row * width;
        const OrderedJson json{{"logits", std::vector<float>(begin, begin + width)}};
        console.line(json);
        console.text(json["logits"].dump());
    }
    return kExitDone;
}

struct ExportArguments : TargetArguments {
    ExportChoice choice;
    std::string out;
};

int exportModel(const ExportArguments& arguments, const CommonOptions& options, Console& console) {
    auto target = openTarget(arguments, options);
    if (!target.ok()) return console.fail(target.error());
    const auto report = exportTarget(target.value(), arguments.choice, arguments.out);
    if (!report.ok()) return console.fail(report.error());
    const ExportReport& done = report.value();
    console.line({{"path", done.path},
                  {"format", done.format},
                  {"files", done.files},
                  {"largest_logit_difference", done.largestLogitDifference}});
    char difference[32];
    std::snprintf(difference, sizeof difference, "%.3g", done.largestLogitDifference);
    console.text(done.format + " written to " + done.path + "; reopened, largest logit difference " +
                 difference);
    return kExitDone;
}

struct MixArguments : TargetArguments {
    std::string how = "cat", out;
    int64_t rank = 0;
};

int mix(const MixArguments& arguments, const CommonOptions& options, Console& console) {
    const MixSettings how{*mixKindNamed(arguments.how), arguments.rank};
    if (how.kind == MixKind::Concatenation && arguments.rank > 0)
        return console.fail(Error{ErrorCode::BadArgument, "the ranks of cat add up by themselves", "--rank",
                                  "leave it out, or use --how svd"});
    const auto choices = choicesOf(arguments);
    if (!choices.ok()) return console.fail(choices.error());
    auto target = LoadedModel::openApart(arguments.target, choices.value(), options.device);
    if (!target.ok()) return console.fail(target.error());
    // A run's own adapter comes first and is taken once.
    const auto names = target.value().adapters->names();
    const std::size_t own = names.size() - choices.value().size();
    std::vector<AdapterShare> parts;
    for (std::size_t i = 0; i < names.size(); ++i)
        parts.push_back({names[i], i < own ? 1 : choices.value()[i - own].weight});
    const auto report = mixAdapters(target.value(), parts, how, arguments.out);
    if (!report.ok()) return console.fail(report.error());
    const LoraMix& made = report.value().mix;
    console.line({{"path", report.value().path},
                  {"how", arguments.how},
                  {"rank", made.rank},
                  {"layers", made.layers},
                  {"kept", made.kept},
                  {"files", report.value().files},
                  {"largest_logit_difference", report.value().largestLogitDifference}});
    char numbers[128];
    std::snprintf(numbers, sizeof numbers,
                  "%.4g %% of the change kept, largest logit difference to the sum %.3g", made.kept * 100,
                  report.value().largestLogitDifference);
    console.text("rank " + std::to_string(made.rank) + " in " + std::to_string(made.layers) +
                 " layers written to " + report.value().path + "; " + numbers);
    return kExitDone;
}

}  // namespace

void addTargetCommands(CLI::App& app, CommandContext& context) {
    CLI::App* command = nullptr;
    auto prediction = addTargetCommand(app, context, "predict",
                                       "Labels with probabilities, or a tag for each word", command, predict);
    auto* given = command->add_option_group("input")->require_option(1);
    given->add_option("--text", prediction->text, "One text");
    given->add_option("--data", prediction->data, "A data file");
    command->add_flag("--each", prediction->each,
                      "Each adapter's own answer instead of that of all together");

    auto generation = addTargetCommand(app, context, "generate", "Text from a prompt", command, generate);
    GenerateSettings& settings = generation->settings;
    command->add_option("--prompt", generation->prompt, "The prompt")->required();
    command->add_option("--max-new-tokens", settings.maxNewTokens, "At most so many tokens")
        ->check(CLI::Range(1, 1 << 20));
    command->add_option("--temperature", settings.temperature, "0 is greedy")->check(CLI::Range(0.0, 100.0));
    command->add_option("--top-p", settings.topP, "Sample from the likeliest tokens that make up this share")
        ->check(CLI::Range(0.0, 1.0));
    command
        ->add_option("--beams", settings.beams,
                     "Texts written side by side, of which the likeliest counts; at temperature 0")
        ->check(CLI::Range(1, 64));
    command->add_option("--length-penalty", settings.lengthPenalty,
                        "With several beams: above 0 favours long texts");
    command->add_option("--seed", settings.seed, "Same seed, same text");
    command->add_flag("--each", generation->each,
                      "Each adapter's own answer instead of that of all together");
    command->add_flag("--raw", settings.raw, "The prompt as it is, without the chat format");

    auto judged = addTargetCommand(app, context, "score", "How likely an answer is to a model, or its reward",
                                   command, score);
    command->add_option("--prompt", judged->prompt, "The prompt")->required();
    command->add_option("--completion", judged->completion, "The answer")->required();
    command->add_flag("--raw", judged->raw, "The two texts as they are, without the chat format");

    auto raw = addTargetCommand(app, context, "logits", "The logits for ids", command, logits);
    command->add_option("--precision", raw->precision, "Of the base's weights: fp32, bf16 or auto")
        ->check(CLI::IsMember({"fp32", "bf16", "auto"}));
    command->add_option("--ids", raw->ids, "Token ids, as in 1,2,3")->required();
    command->add_option(
        "--decoder-ids", raw->decoderIds,
        "With an encoder of its own: what the decoder has read; its start alone when left out");
    command->add_flag("--all", raw->all, "One line a position instead of the last only");

    auto exporting = addTargetCommand(
        app, context, "export", "Write a model others read, reopen it and compare", command, exportModel);
    command
        ->add_option(
            "--to", exporting->choice.format,
            "peft (adapter), hf (merged model folder), gguf (merged model file) or gguf-lora (adapter file)")
        ->required()
        ->check(CLI::IsMember(exportFormats()));
    command->add_option("--type", exporting->choice.type,
                        "Of a GGUF's matrices: f32, f16, bf16, q8_0 or q4_0");
    command->add_option("--out", exporting->out, "The folder to make")->required();

    auto mixing = addTargetCommand(app, context, "mix", "Make one LoRA adapter of several, by their weights",
                                   command, mix);
    command
        ->add_option("--how", mixing->how, "cat (exact, ranks add up) or svd (the largest parts of the sum)")
        ->check(CLI::IsMember({"cat", "svd"}));
    command->add_option("--rank", mixing->rank, "Of svd; the largest of the adapters when left out")
        ->check(CLI::Range(1, 4096));
    command->add_option("--out", mixing->out, "The folder to make")->required();
}

}  // namespace lathe
