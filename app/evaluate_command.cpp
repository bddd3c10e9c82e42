// SPDX-License-Identifier: GPL-3.0-or-later
// lathe-run evaluate: the whole report as JSON, and tables of it for people.
#include <algorithm>

#include "app/target_arguments.h"
#include "core/base/unfinished.h"
#include "core/evaluate/evaluate_target.h"
#include "core/target/target_recipe.h"
#include "core/tokenizer/text/unicode.h"

namespace lathe {
namespace {

constexpr std::size_t kShownText = 96, kShownLabel = 20;  ///< characters
constexpr std::size_t kShownClasses = 12;                 ///< of a confusion matrix, which --json has in full

struct EvaluateArguments : TargetArguments {
    EvaluationRequest request;
    std::string data, out;
};

std::string format(const char* pattern, auto... values) {
    char text[512];
    std::snprintf(text, sizeof text, pattern, values...);
    return text;
}

/// On one line and at most `most` characters long.
std::string shortened(const std::string& text, std::size_t most) {
    std::string line;
    std::size_t count = 0;
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t begin = i;
        const char32_t point = tok::nextCodePoint(text, i);
        if (++count > most) return line + "…";
        line += tok::isWhitespace(point) || point < 0x20 ? " " : text.substr(begin, i - begin);
    }
    return line;
}

/// Filled with blanks to `width` characters; a Chinese character takes two columns of a terminal.
std::string padded(const std::string& text, std::size_t width, bool right = false) {
    std::size_t columns = 0;
    for (std::size_t i = 0; i < text.size();)
        columns += tok::isCjkIdeograph(tok::nextCodePoint(text, i)) ? 2 : 1;
    const std::string blanks(columns < width ? width - columns : 0, ' ');
    return right ? blanks + text : text + blanks;
}

void showMetrics(const Evaluation& evaluation, const Console& console) {
    const EvaluationSide& now = evaluation.now;
    const auto line = [&](const std::string& name, double value, std::optional<double> before) {
        std::string text = "  " + padded(name, 18);
        if (before) text += padded(metricText(name, *before), 10, true) + "  →";
        console.text(text + padded(metricText(name, value), 10, true));
    };
    if (evaluation.before)
        console.text("  " + padded("", 18) + padded("before", 10, true) + "   " + padded("now", 10, true));
    const auto& before = evaluation.before;
    line("loss", now.loss, before ? std::optional(before->loss) : std::nullopt);
    for (const auto& [name, value] : now.metrics) {
        const bool known = before && before->metrics.contains(name);
        line(name, value, known ? std::optional(before->metrics.at(name)) : std::nullopt);
    }
    if (const auto rate = evaluation.winRate())
        console.text(format("  better than before at %lld of %lld rows (%.1f %%), worse at %lld",
                            static_cast<long long>(evaluation.rowsBetter),
                            static_cast<long long>(evaluation.rows), *rate * 100,
                            static_cast<long long>(evaluation.rowsWorse)));
}

void showLabels(const EvaluationSide& side, const Console& console) {
    if (side.labels.empty()) return;
    console.text("\n  " + padded("label", kShownLabel + 1) + " precision    recall        f1      rows");
    for (const LabelScore& score : side.labels)
        console.text("  " + padded(shortened(score.label, kShownLabel), kShownLabel + 1) +
                     format("%8.1f %% %7.1f %% %7.1f %% %9lld", score.precision * 100, score.recall * 100,
                            score.f1 * 100, static_cast<long long>(score.support)));
}

void showConfusion(const EvaluationSide& side, const Console& console) {
    const std::size_t count = side.labels.size();
    if (side.confusion.empty() || count > kShownClasses) return;
    constexpr std::size_t kCell = 10;
    std::string head = "\n  " + padded("is \\ called", kShownLabel + 1);
    for (const LabelScore& score : side.labels)
        head += " " + padded(shortened(score.label, kCell - 1), kCell, true);
    console.text(head);
    for (std::size_t row = 0; row < count; ++row) {
        std::string line = "  " + padded(shortened(side.labels[row].label, kShownLabel), kShownLabel + 1);
        for (std::size_t column = 0; column < count; ++column)
            line += " " + padded(groupedNumber(side.confusion[row * count + column]), kCell, true);
        console.text(line);
    }
}

void showOutcome(const char* name, const RowOutcome& outcome, const Console& console) {
    if (outcome.got.empty()) return;
    const std::string share = outcome.probability ? format(" (%.1f %%)", *outcome.probability * 100) : "";
    console.text("      " + padded(name, 10) + shortened(outcome.got, kShownText) + share);
}

void showRows(const char* title, const std::vector<EvaluatedRow>& rows, const Console& console) {
    if (rows.empty()) return;
    console.text(std::string("\n  ") + title);
    for (const EvaluatedRow& row : rows) {
        const std::string before = row.before ? format(" (before %.4g)", row.before->loss) : "";
        console.text(format("  %5lld  loss %.4g", static_cast<long long>(row.line), row.now.loss) + before +
                     "  " + shortened(row.text, kShownText));
        if (!row.expected.empty())
            console.text("      " + padded("expected", 10) + shortened(row.expected, kShownText));
        if (row.before) showOutcome("before", *row.before, console);
        showOutcome("got", row.now, console);
    }
}

int evaluate(const EvaluateArguments& arguments, const CommonOptions& options, Console& console) {
    EvaluationRequest request = arguments.request;
    request.data = arguments.data;
    if (!arguments.out.empty())
        if (const auto place = checkFilePlace(arguments.out); !place.ok()) return console.fail(place.error());
    auto target = openTarget(arguments, options);
    if (!target.ok()) return console.fail(target.error());
    const std::string& task = request.task.empty() ? target.value().task : request.task;
    const auto recipe = recipeOfTarget(arguments.target, task);
    if (!recipe.ok()) return console.fail(recipe.error());
    EvaluationHooks hooks;
    hooks.progress = [&](const EvaluationProgress& progress) {
        console.progress(progress.done, progress.total);
    };
    const auto done = evaluateTarget(target.value(), recipe.value(), request, hooks);
    if (!done.ok()) return console.fail(done.error());
    const Evaluation& evaluation = done.value();
    if (!arguments.out.empty())
        if (const auto written = writeEvaluationCsv(evaluation, arguments.out); !written.ok())
            return console.fail(written.error());
    console.line(evaluationToJson(evaluation));
    console.text(groupedNumber(evaluation.rows) + (evaluation.heldOut ? " held-out rows of " : " rows of ") +
                 evaluation.data.string());
    console.notes(evaluation.notes, "note");
    showMetrics(evaluation, console);
    showLabels(evaluation.now, console);
    showConfusion(evaluation.now, console);
    showRows("worst rows", evaluation.worst, console);
    showRows("answers", evaluation.answers, console);
    return kExitDone;
}

}  // namespace

void addEvaluateCommand(CLI::App& app, CommandContext& context) {
    CLI::App* command = nullptr;
    const auto arguments = addTargetCommand(
        app, context, "evaluate", "How good a model is on rows it has not learnt from, and where it fails",
        command, evaluate);
    EvaluationRequest& request = arguments->request;
    command->add_option("--data", arguments->data, "A data file; the run's held-out rows when left out");
    command->add_option("--task", request.task, "The task, for a plain base");
    command->add_option("--rows", request.listedRows, "List so many of the worst rows")
        ->check(CLI::Range(0, 1'000'000));
    command->add_option("--answers", request.answers, "Answer so many rows, where the model writes text")
        ->check(CLI::Range(0, 10'000));
    command->add_option("--max-new-tokens", request.answerTokens, "Cut an answer after so many tokens")
        ->check(CLI::Range(1, 1 << 20));
    command->add_flag("--before", request.before,
                      "Judge the model as it was before its run or its adapters, too");
    command->add_option("--out", arguments->out,
                        "Write the listed rows to this CSV file, the labels to one beside it");
}

}  // namespace lathe
