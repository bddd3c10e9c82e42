// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/evaluate/evaluate_target.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "core/catalog/catalog.h"
#include "core/data/read/cell_text.h"
#include "core/data/roles/columns.h"
#include "core/data/roles/labels.h"
#include "core/evaluate/evaluate_answers.h"
#include "core/evaluate/evaluator.h"
#include "core/evaluate/row_text.h"
#include "core/evaluate/text_scores.h"
#include "core/model/evaluation_mode.h"
#include "core/objectives/reference_logprobs.h"
#include "core/run/base_labels.h"
#include "core/run/base_model.h"
#include "core/run/run_identity.h"
#include "core/run/store/run_store.h"
#include "core/target/baseline_model.h"
#include "core/target/row_prompt.h"

namespace lathe {
namespace fs = std::filesystem;
namespace {

using RowList = std::vector<std::size_t>;
using Texts = std::map<std::size_t, std::string>;  ///< what was written, by row

Error stopped() {
    return {ErrorCode::Stopped, "the evaluation was stopped", "", ""};
}

/// The first `most` of `rows` when they are ordered by falling `key`; what is no number counts as the
/// largest.
template <class Key>
RowList largest(RowList rows, int64_t most, Key key) {
    const auto order = [&](std::size_t row) {
        const double value = key(row);
        return std::isnan(value) ? INFINITY : value;
    };
    const auto count = static_cast<std::ptrdiff_t>(std::min<std::size_t>(rows.size(), std::size_t(most)));
    std::partial_sort(rows.begin(), rows.begin() + count, rows.end(), [&](std::size_t a, std::size_t b) {
        return order(a) != order(b) ? order(a) > order(b) : a < b;
    });
    rows.resize(std::size_t(count));
    return rows;
}

class TargetEvaluation {
  public:
    TargetEvaluation(LoadedModel& target, const Recipe& recipe, const EvaluationRequest& request,
                     const EvaluationHooks& hooks)
        : m_target(target), m_recipe(recipe), m_request(request), m_hooks(hooks) {}

    Result<Evaluation> run();

  private:
    Result<void> openRows();
    Result<void> openHeldOut();
    void tell(const DataReport& report);
    /// Whether the rows held out now are those that the run held out.
    Result<void> checkSameRows() const;
    Result<void> takeReference();
    Result<EvaluationSide> judge(LoadedModel& model, std::vector<RowScore>& each);
    void choose();
    void chooseChanged();
    /// What a model writes where it is asked to; the scores over all texts go to `side`.
    Result<Texts> write(LoadedModel& model, EvaluationSide& side);
    Result<Texts> translate(LoadedModel& model, EvaluationSide& side);
    Result<Texts> answer(LoadedModel& model);
    Result<Texts> fillIn(LoadedModel& model);
    std::vector<EvaluatedRow> list(const RowList& rows, const Texts& now, const Texts& before) const;
    /// Plain text has no answer of its own: what follows where the answers start is expected.
    void showContinuations(std::vector<EvaluatedRow>& answers) const;
    /// How many texts a model will write, at most.
    int64_t writtenRows() const;
    Result<void> advance(int64_t rows);

    LoadedModel& m_target;
    Recipe m_recipe;
    const EvaluationRequest& m_request;
    const EvaluationHooks& m_hooks;
    std::unique_ptr<Objective> m_objective;
    std::optional<BaselineModel> m_before;
    std::optional<ChatFormat> m_chat;  ///< of conversations
    std::vector<Example> m_rows;
    std::vector<RowScore> m_now, m_earlier;
    RowList m_worst, m_changed, m_answered;
    EvaluationProgress m_progress;
    Evaluation m_result;
};

Result<void> TargetEvaluation::openRows() {
    // A plain model's config.json says what its labels are.
    if (rowShapeOf(m_recipe.task) == RowShape::Labelled)
        setLabelKind(m_recipe.objective.values, m_target.labelKind);
    LATHE_TRY(m_objective, makeObjective(m_recipe.task, m_recipe.objective.values));
    if (m_objective->head() != m_target.model->shape().head ||
        m_objective->outputNames(m_target.labels).size() != m_target.labels.size())
        return Error{ErrorCode::BadArgument, "the model cannot be judged on the task " + m_recipe.task,
                     m_target.basePath, "it has another head"};
    m_objective->useLabels(m_target.labels);
    m_recipe.data.fitLength(m_target.model->room());
    const auto shape = rowShapeOf(m_recipe.task);
    if (shape && isConversational(*shape)) {
        LATHE_TRY(m_chat, m_target.chatFormat());
    }
    m_result.task = m_recipe.task;
    m_result.heldOut = m_request.data.empty();
    if (m_result.heldOut) return openHeldOut();
    DataReport report;
    LATHE_TRY(m_rows, loadRows(m_recipe, m_request.data, m_target.labels, true, *m_target.tokenizer, report));
    m_result.data = m_request.data;
    tell(report);
    return {};
}

Result<void> TargetEvaluation::checkSameRows() const {
    if (!isRunFolder(m_recipe.base)) return {};
    LATHE_TRY(const RunRecord record, readRunRecord(m_recipe.base));
    Json now = Json::object();
    LATHE_TRY_VOID(addDataIdentity(now, m_recipe));
    // A run that made a model has its own tokenizer beside it.
    if (adapterFolderOf(m_recipe.base)) LATHE_TRY_VOID(addBaseIdentity(now, record.base, m_target.basePath));
    return checkIdentity(record.identity, now, m_recipe.data.train,
                         "put the old ones back, or name the rows to judge by with --data");
}

Result<void> TargetEvaluation::openHeldOut() {
    const std::string& setting = m_recipe.data.validation;
    if (m_recipe.data.train.empty() || setting.empty() || setting == "none")
        return Error{ErrorCode::BadArgument, "there are no held-out rows", "", "name a data file"};
    LATHE_TRY_VOID(checkSameRows());
    LATHE_TRY(TaskData data, loadTaskData(m_recipe, *m_target.tokenizer, {0, SIZE_MAX}));
    const LabelMatch match = matchLabels(m_target.labels, data.labels);
    const bool named = m_objective->outputNames(data.labels) == data.labels;
    if (named && !data.labels.empty() && !match.newHead)
        useOutputs(match, rowShapeOf(m_recipe.task) == RowShape::Tagged, data);
    if (!sameLabels(m_objective->outputNames(data.labels), m_target.labels))
        return Error{ErrorCode::ModelMismatch,
                     "the training data has other labels than when the run was made", m_recipe.data.train,
                     "put the old data back, or name another file"};
    if (data.validation.empty())
        return Error{ErrorCode::DataInvalid, "no row was held out", m_recipe.data.train, "name a data file"};
    m_rows = std::move(data.validation);
    m_result.data = isNumber(setting) ? m_recipe.data.train : setting;
    tell(data.validationReport);
    return {};
}

void TargetEvaluation::tell(const DataReport& report) {
    m_result.dropped = report.dropped;
    m_result.cut = report.cut;
    m_result.notes = rowNotes(report, m_recipe.data);
}

/// A plain model is its own reference.
Result<void> TargetEvaluation::takeReference() {
    std::vector<Example*> all;
    for (Example& row : m_rows) all.push_back(&row);
    const auto fill = [&](LoadedModel& model) {
        return fillReference(*model.model, all, m_recipe.train.batchSize, model.batchSettings(),
                             m_hooks.stopAsked);
    };
    return (m_before ? m_before->ask(fill) : fill(m_target)) ? Result<void>() : stopped();
}

Result<void> TargetEvaluation::advance(int64_t rows) {
    m_progress.done += rows;
    if (m_hooks.progress) m_hooks.progress(m_progress);
    if (m_hooks.stopAsked && m_hooks.stopAsked()) return stopped();
    return {};
}

Result<EvaluationSide> TargetEvaluation::judge(LoadedModel& model, std::vector<RowScore>& each) {
    EvaluationSettings how{m_recipe.train.batchSize, model.batchSettings(), m_hooks.stopAsked, {}};
    how.rowsDone = [&](int64_t rows) { (void)advance(rows); };
    const auto sums = sumRows(*model.model, *m_objective, m_rows, how, &each);
    if (!sums) return stopped();
    EvaluationSide side;
    side.metrics = m_objective->metrics(*sums);
    side.loss = side.metrics["loss"];
    side.metrics.erase("loss");
    side.labels = m_objective->labelScores(*sums);
    if (sums->confusion.defined()) {
        const at::Tensor counts = sums->confusion.cpu();
        side.confusion.assign(counts.const_data_ptr<int64_t>(),
                              counts.const_data_ptr<int64_t>() + counts.numel());
    }
    return side;
}

void TargetEvaluation::choose() {
    RowList all(m_rows.size());
    std::iota(all.begin(), all.end(), std::size_t(0));
    m_worst = largest(all, m_request.listedRows, [&](std::size_t row) { return m_now[row].loss; });
    const HeadKind head = m_objective->head();
    if (head == HeadKind::LanguageModel || head == HeadKind::SequenceToSequence) {
        for (const std::size_t row : all) {
            if (std::ssize(m_answered) == m_request.answers) break;
            const RowPrompt start = rowPrompt(m_rows[row], head, *m_target.tokenizer);
            if (!start.ids.empty() && std::ssize(start.ids) < m_target.model->room())
                m_answered.push_back(row);
        }
    }
    if (!m_earlier.empty()) chooseChanged();
}

void TargetEvaluation::chooseChanged() {
    RowList changed;
    for (std::size_t row = 0; row < m_rows.size(); ++row) {
        const RowScore &now = m_now[row], &before = m_earlier[row];
        m_result.rowsBetter += now.loss < before.loss;
        m_result.rowsWorse += now.loss > before.loss;
        const bool judged = !now.output.empty() || !before.output.empty();
        if (judged ? now.output != before.output : now.loss != before.loss) changed.push_back(row);
    }
    m_changed = largest(std::move(changed), m_request.listedRows,
                        [&](std::size_t row) { return std::abs(m_now[row].loss - m_earlier[row].loss); });
}

int64_t TargetEvaluation::writtenRows() const {
    switch (m_objective->head()) {
        case HeadKind::SequenceToSequence:
            return std::ssize(m_rows);
        case HeadKind::LanguageModel:
            return std::min(m_request.answers, std::ssize(m_rows));
        default:
            return 0;
    }
}

Result<Texts> TargetEvaluation::write(LoadedModel& model, EvaluationSide& side) {
    switch (m_objective->head()) {
        case HeadKind::SequenceToSequence:
            return translate(model, side);
        case HeadKind::LanguageModel:
            return answer(model);
        case HeadKind::MaskedLanguageModel:
            return fillIn(model);
        default:
            return Texts();
    }
}

Result<Texts> TargetEvaluation::translate(LoadedModel& model, EvaluationSide& side) {
    std::set<std::size_t> listed(m_worst.begin(), m_worst.end());
    listed.insert(m_changed.begin(), m_changed.end());
    listed.insert(m_answered.begin(), m_answered.end());
    const Tokenizer& tokenizer = *m_target.tokenizer;
    const auto ends = answerEnds(tokenizer, std::nullopt);
    TextScores scores;
    Texts texts;
    for (std::size_t row = 0; row < m_rows.size(); ++row) {
        const Example& example = m_rows[row];
        // Room for a text half as long again as the wanted one: what runs on is no better for it.
        const auto tokens = static_cast<int64_t>(example.decoderTargets.size()) * 3 / 2 + 8;
        const RowPrompt start = rowPrompt(example, HeadKind::SequenceToSequence, tokenizer);
        LATHE_TRY(std::string text, answerFrom(*model.model, tokenizer, start, ends, tokens));
        scores.add(text, tokenizer.decode(example.decoderTargets, true));
        if (listed.contains(row)) texts.emplace(row, std::move(text));
        LATHE_TRY_VOID(advance(1));
    }
    side.metrics["bleu"] = scores.bleu();
    side.metrics["chrf"] = scores.chrf();
    return texts;
}

Result<Texts> TargetEvaluation::answer(LoadedModel& model) {
    const Tokenizer& tokenizer = *m_target.tokenizer;
    const auto ends = answerEnds(tokenizer, m_chat);
    Texts texts;
    for (const std::size_t row : m_answered) {
        const RowPrompt start = rowPrompt(m_rows[row], HeadKind::LanguageModel, tokenizer);
        LATHE_TRY(texts[row], answerFrom(*model.model, tokenizer, start, ends, m_request.answerTokens));
        LATHE_TRY_VOID(advance(1));
    }
    return texts;
}

/// The likeliest token for each hidden one of the listed rows.
Result<Texts> TargetEvaluation::fillIn(LoadedModel& model) {
    const at::NoGradGuard noGrad;
    const EvaluationMode evaluation(*model.model);
    const RowText words(m_recipe.task, m_target.labels, *m_target.tokenizer);
    Texts texts;
    for (const RowList* rows : {&m_worst, &m_changed})
        for (const std::size_t row : *rows) {
            if (texts.contains(row)) continue;
            const Example* example = &m_rows[row];
            const Batch batch = makeBatch({&example, 1}, model.batchSettings());
            const at::Tensor hidden =
                model.model->hidden(batch).flatten(0, 1).index_select(0, batch.lossRows);
            const at::Tensor best = languageLogits(hidden, model.model->languageHead()).argmax(1).cpu();
            const int64_t* id = best.const_data_ptr<int64_t>();
            texts[row] = words.pieces({id, id + best.numel()});
        }
    return texts;
}

std::vector<EvaluatedRow> TargetEvaluation::list(const RowList& rows, const Texts& now,
                                                 const Texts& before) const {
    RowText words(m_recipe.task, m_target.labels, *m_target.tokenizer);
    if (m_chat) words.hideMarks(*m_chat);
    const auto outcome = [&](std::size_t row, const std::vector<RowScore>& scores, const Texts& texts) {
        RowOutcome result = words.outcome(m_rows[row], scores[row]);
        if (const auto text = texts.find(row); text != texts.end()) result.got = text->second;
        return result;
    };
    std::vector<EvaluatedRow> listed;
    for (const std::size_t row : rows) {
        EvaluatedRow& item = listed.emplace_back(words.describe(m_rows[row]));
        item.now = outcome(row, m_now, now);
        if (!m_earlier.empty()) item.before = outcome(row, m_earlier, before);
    }
    return listed;
}

void TargetEvaluation::showContinuations(std::vector<EvaluatedRow>& answers) const {
    if (rowShapeOf(m_recipe.task) != RowShape::Text) return;
    for (std::size_t i = 0; i < answers.size(); ++i) {
        const Example& row = m_rows[m_answered[i]];
        RowPrompt start = rowPrompt(row, m_objective->head(), *m_target.tokenizer);
        const std::size_t left = row.ids.size() - start.ids.size();
        const std::size_t shown = std::min(left, static_cast<std::size_t>(m_request.answerTokens));
        answers[i].text = std::move(start.prompt);
        answers[i].expected = m_target.tokenizer->decode({row.ids.data() + start.ids.size(), shown}, true);
    }
}

Result<Evaluation> TargetEvaluation::run() {
    LATHE_TRY_VOID(openRows());
    const bool refers = m_objective->needsReference() && !m_target.startedFrom.empty();
    if (m_request.before || refers) {
        LATHE_TRY(BaselineModel before, BaselineModel::open(m_target));
        m_before.emplace(std::move(before));
    }
    if (m_objective->needsReference()) LATHE_TRY_VOID(takeReference());
    m_result.rows = std::ssize(m_rows);
    if (m_objective->policy()) {
        const auto& policy = static_cast<const PolicyObjective&>(*m_objective);
        LATHE_TRY_VOID(evaluateAnswers(
            {m_target, m_before ? &*m_before : nullptr, policy, m_recipe, m_rows, m_request, m_hooks},
            m_result));
        return std::move(m_result);
    }
    m_progress.total = (m_result.rows + writtenRows()) * (m_request.before ? 2 : 1);
    if (m_request.before) {
        LATHE_TRY(m_result.before,
                  m_before->ask([&](LoadedModel& model) { return judge(model, m_earlier); }));
    }
    LATHE_TRY(m_result.now, judge(m_target, m_now));
    choose();
    Texts before;
    if (m_request.before) {
        LATHE_TRY(before, m_before->ask([&](LoadedModel& model) { return write(model, *m_result.before); }));
    }
    LATHE_TRY(const Texts now, write(m_target, m_result.now));
    m_result.worst = list(m_worst, now, before);
    m_result.changed = list(m_changed, now, before);
    m_result.answers = list(m_answered, now, before);
    showContinuations(m_result.answers);
    return std::move(m_result);
}

}  // namespace

Result<Evaluation> evaluateTarget(LoadedModel& target, const Recipe& recipe, const EvaluationRequest& request,
                                  const EvaluationHooks& hooks) {
    return TargetEvaluation(target, recipe, request, hooks).run();
}

}  // namespace lathe
