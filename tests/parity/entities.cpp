// SPDX-License-Identifier: GPL-3.0-or-later
// For the parity suite: the metrics of a tagger that gives known tags.
//   parity_entities JOB.json
// JOB.json: {"labels": […], "rows": [{"wanted": [tag…], "given": [tag…]}]}. Prints {"metrics": {…}, "kinds":
// {kind: [precision, recall, f1, support]}}.
#include <cstdio>

#include "core/base/files.h"
#include "core/objectives/tag.h"

using namespace lathe;

namespace {

/// Answers the labels that a batch's types name.
class EchoTagger : public LanguageModel {
  public:
    explicit EchoTagger(int64_t labels) : LanguageModel(shapeOf(labels)), m_labels(labels) {}
    at::Tensor hidden(const Batch& batch) override {
        return at::one_hot(batch.typeIds, m_labels).to(at::kFloat) * 9;
    }
    at::Tensor classify(const at::Tensor& hidden, const Batch&) override { return hidden; }
    const at::Tensor& wordEmbeddings() const override { return m_none; }

  private:
    static ModelShape shapeOf(int64_t labels) {
        ModelShape shape;
        shape.head = HeadKind::TokenClassification;
        shape.labels = labels;
        return shape;
    }

    int64_t m_labels;
    at::Tensor m_none;
};

at::Tensor idsOf(const Json& tags, const std::vector<std::string>& labels) {
    std::vector<int64_t> ids;
    for (const Json& tag : tags)
        ids.push_back(std::find(labels.begin(), labels.end(), tag.get<std::string>()) - labels.begin());
    return at::tensor(ids, at::kLong);
}

Result<Json> judge(const std::string& file) {
    LATHE_TRY(const std::string text, readTextFile(file));
    LATHE_TRY(const Json job, parseJson(text, file));
    const auto labels = job.at("labels").get<std::vector<std::string>>();
    TagObjective objective;
    objective.useLabels(labels);
    EchoTagger model(static_cast<int64_t>(labels.size()));
    EvaluationSums sums;
    for (const Json& row : job.at("rows")) {
        Batch batch;
        batch.lossTargets = idsOf(row.at("wanted"), labels);
        batch.targetCount = batch.lossTargets.numel();
        batch.typeIds = idsOf(row.at("given"), labels).unsqueeze(0);
        batch.ids = at::zeros_like(batch.typeIds);
        batch.lossRows = at::arange(batch.targetCount);
        objective.evaluate(model, batch, sums);
    }
    Json kinds = Json::object();
    for (const LabelScore& score : objective.labelScores(sums))
        kinds[score.label] = {score.precision, score.recall, score.f1, score.support};
    return Json{{"metrics", objective.metrics(sums)}, {"kinds", kinds}};
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    const auto result = judge(argv[1]);
    if (!result.ok()) {
        std::fprintf(stderr, "%s\n", result.error().text().c_str());
        return 1;
    }
    std::puts(dumpJson(result.value()).c_str());
    return 0;
}
