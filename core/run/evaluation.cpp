// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/run/evaluation.h"

#include <cmath>
#include <cstdio>

#include "core/base/files.h"

namespace lathe {
namespace {

/// JSON has no infinity, which a perplexity may be: a value that is no number is written as null.
OrderedJson finite(double value) {
    return std::isfinite(value) ? OrderedJson(value) : OrderedJson(nullptr);
}

OrderedJson labelsJson(const EvaluationSide& side) {
    OrderedJson json = OrderedJson::array();
    for (const LabelScore& label : side.labels)
        json.push_back({{"label", label.label},
                        {"precision", label.precision},
                        {"recall", label.recall},
                        {"f1", label.f1},
                        {"support", label.support}});
    return json;
}

OrderedJson confusionJson(const EvaluationSide& side) {
    OrderedJson names = OrderedJson::array(), counts = OrderedJson::array();
    const std::size_t count = side.labels.size();
    for (std::size_t row = 0; row < count; ++row) {
        names.push_back(side.labels[row].label);
        const auto first = side.confusion.begin() + static_cast<std::ptrdiff_t>(row * count);
        counts.push_back(std::vector<int64_t>(first, first + static_cast<std::ptrdiff_t>(count)));
    }
    return {{"labels", names}, {"counts", counts}};
}

/// Adds loss, metrics, labels and confusion to `json`.
void addSide(OrderedJson& json, const EvaluationSide& side) {
    json["loss"] = finite(side.loss);
    OrderedJson metrics = OrderedJson::object();
    for (const auto& [name, value] : side.metrics) metrics[name] = finite(value);
    json["metrics"] = metrics;
    if (!side.labels.empty()) json["labels"] = labelsJson(side);
    if (!side.confusion.empty()) json["confusion"] = confusionJson(side);
}

void addOutcome(OrderedJson& json, const RowOutcome& outcome) {
    json["got"] = outcome.got;
    if (outcome.probability) json["probability"] = finite(*outcome.probability);
    json["loss"] = finite(outcome.loss);
}

OrderedJson rowsJson(const std::vector<EvaluatedRow>& rows) {
    OrderedJson list = OrderedJson::array();
    for (const EvaluatedRow& row : rows) {
        OrderedJson json{{"line", row.line}, {"text", row.text}, {"expected", row.expected}};
        addOutcome(json, row.now);
        if (row.before) {
            json["before"] = OrderedJson::object();
            addOutcome(json["before"], *row.before);
        }
        list.push_back(json);
    }
    return list;
}

std::string field(const std::string& text) {
    if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
    std::string quoted = "\"";
    for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
    return quoted + "\"";
}

std::string number(double value) {
    if (!std::isfinite(value)) return "";
    char text[32];
    std::snprintf(text, sizeof text, "%.9g", value);
    return text;
}

std::string outcomeFields(const std::optional<RowOutcome>& outcome) {
    if (!outcome) return ",,";
    return field(outcome->got) + "," + (outcome->probability ? number(*outcome->probability) : "") + "," +
           number(outcome->loss);
}

std::string scoreFields(const LabelScore& score) {
    return number(score.precision) + "," + number(score.recall) + "," + number(score.f1);
}

}  // namespace

std::optional<double> Evaluation::winRate() const {
    if (!before || rows == 0) return std::nullopt;
    return double(rowsBetter) / double(rows);
}

OrderedJson evaluationToJson(const Evaluation& evaluation) {
    OrderedJson json = OrderedJson::object();
    addSide(json, evaluation.now);
    json["rows"] = evaluation.rows;
    json["task"] = evaluation.task;
    json["data"] = evaluation.data.string();
    json["held_out"] = evaluation.heldOut;
    json["dropped"] = evaluation.dropped;
    json["cut"] = evaluation.cut;
    json["notes"] = notesToJson(evaluation.notes);
    json["worst"] = rowsJson(evaluation.worst);
    if (!evaluation.answers.empty()) json["answers"] = rowsJson(evaluation.answers);
    if (!evaluation.before) return json;
    json["before"] = OrderedJson::object();
    addSide(json["before"], *evaluation.before);
    json["win_rate"] = finite(evaluation.winRate().value_or(NAN));
    json["rows_better"] = evaluation.rowsBetter;
    json["rows_worse"] = evaluation.rowsWorse;
    json["changed"] = rowsJson(evaluation.changed);
    return json;
}

std::string rowsToCsv(const std::vector<EvaluatedRow>& rows) {
    std::string csv = "line,text,expected,got,probability,loss,got_before,probability_before,loss_before\r\n";
    for (const EvaluatedRow& row : rows)
        csv += std::to_string(row.line) + "," + field(row.text) + "," + field(row.expected) + "," +
               outcomeFields(row.now) + "," + outcomeFields(row.before) + "\r\n";
    return csv;
}

std::string labelsToCsv(const Evaluation& evaluation) {
    std::map<std::string, const LabelScore*> earlier;
    if (evaluation.before)
        for (const LabelScore& score : evaluation.before->labels) earlier[score.label] = &score;
    std::string csv = "label,precision,recall,f1,support,precision_before,recall_before,f1_before\r\n";
    for (const LabelScore& score : evaluation.now.labels) {
        const auto before = earlier.find(score.label);
        csv += field(score.label) + "," + scoreFields(score) + "," + std::to_string(score.support) + "," +
               (before == earlier.end() ? ",," : scoreFields(*before->second)) + "\r\n";
    }
    return csv;
}

Result<void> writeEvaluationCsv(const Evaluation& evaluation, const std::filesystem::path& file) {
    LATHE_TRY_VOID(writeFile(file, rowsToCsv(evaluation.worst)));
    if (evaluation.now.labels.empty()) return {};
    std::filesystem::path labels = file;
    labels.replace_filename(file.stem().string() + "-labels" + file.extension().string());
    return writeFile(labels, labelsToCsv(evaluation));
}

}  // namespace lathe
