// SPDX-License-Identifier: GPL-3.0-or-later
// One opened base with the adapters of several tasks: answers with each, rows of many tasks in one batch, and
// a mix written to disk.
#include "core/export/mix.h"

#include "core/peft/methods/ia3.h"
#include "core/peft/methods/vera.h"
#include "core/run/store/run_store.h"
#include "tests/core/peft/adapter_set_helpers.h"
#include "tests/support/tiny_base.h"

using namespace lathe;
using namespace lathe::test;
namespace fs = std::filesystem;

namespace {

/// A finished run's folder, as far as an adapter needs one: run.json and adapter/.
fs::path asRun(const TemporaryFolder& folder, const std::string& name, const fs::path& adapter,
               const std::vector<std::string>& labels) {
    RunRecord record;
    record.status = RunStatus::Done;
    record.task = "classification";
    record.labels = labels;
    fs::create_directories(folder.path() / name);
    fs::rename(adapter, folder.path() / name / "adapter");
    LATHE_CHECK(writeRunRecord(folder.path() / name, record).ok());
    return folder.path() / name;
}

}  // namespace

class TestMix : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void labelsComeWithTheirAdapter() {
        TemporaryFolder folder;
        const auto base = writeTinyBase(folder, *smallBert(), smallBertConfig());
        const auto mood = asRun(
            folder, "mood", writeRandomAdapter(folder, *bertWith(2), loraMethod(), "a", 1), {"bad", "good"});
        const auto topic =
            asRun(folder, "topic", writeRandomAdapter(folder, *bertWith(4), loraMethod(), "b", 2),
                  {"sun", "sea", "tea", "ink"});
        const auto plain = writeRandomAdapter(folder, *bertWith(3), loraMethod(), "plain", 3);
        auto opened =
            LoadedModel::openApart(base.string(), {{mood}, {topic / "adapter"}, {plain}, {plain}}, "cpu");
        LATHE_VERIFY_OK(opened);
        LoadedModel& loaded = opened.value();
        QVERIFY(loaded.adapters->names() == (std::vector<std::string>{"mood", "topic", "plain", "plain-2"}));

        const std::vector<std::string> texts{"good film", "the sea was red", "the cat",
                                             "a very good book was not fine"};
        const std::vector<std::string> rows{"topic", "mood", "plain", "topic"};
        const auto together = loaded.predict(texts, rows);
        LATHE_VERIFY_OK(together);
        for (std::size_t i = 0; i < rows.size(); ++i) {
            LATHE_VERIFY_OK(loaded.use({{rows[i], 1}}));
            const auto alone = loaded.predict({texts[i]});
            LATHE_VERIFY_OK(alone);
            QCOMPARE(together.value()[i].label, alone.value()[0].label);
            QCOMPARE(together.value()[i].probabilities.size(), alone.value()[0].probabilities.size());
            for (std::size_t label = 0; label < alone.value()[0].probabilities.size(); ++label) {
                const auto& [name, share] = alone.value()[0].probabilities[label];
                QCOMPARE(together.value()[i].probabilities[label].first, name);
                QVERIFY(std::abs(together.value()[i].probabilities[label].second - share) < 1e-5);
            }
        }
        LATHE_VERIFY_OK(loaded.use({{"topic", 1}}));
        QVERIFY(loaded.labels == (std::vector<std::string>{"sun", "sea", "tea", "ink"}));
        LATHE_VERIFY_OK(loaded.use({{"plain", 1}}));
        QVERIFY(loaded.labels == (std::vector<std::string>{"LABEL_0", "LABEL_1", "LABEL_2"}));
        loaded.setAdapterEnabled(false);
        QVERIFY(loaded.labels == (std::vector<std::string>{"bad", "good"}));
        loaded.setAdapterEnabled(true);
        QCOMPARE(loaded.labels.size(), std::size_t(3));
        // Heads cannot be summed.
        QVERIFY(!LoadedModel::open(base.string(), {{mood}, {topic}}, "cpu").ok());
    }
    void aWeightWithoutAnAlphaIsInTheValues() {
        TemporaryFolder folder;
        const auto base = writeTinyBase(folder, *smallLlama(), smallLlamaConfig());
        for (const AdapterMethod* method : {&ia3Method(), &veraMethod()}) {
            const std::string name = method->entry().name;
            const auto path = writeRandomAdapter(folder, *smallLlama(), *method, name, 4);
            auto half = LoadedModel::open(base.string(), {{path, 0.5}}, "cpu");
            LATHE_VERIFY_OK(half);
            const fs::path out = folder.path() / (name + "-half");
            LATHE_VERIFY_OK(exportTarget(half.value(), {"peft"}, out));
            auto again = LoadedModel::open(base.string(), {{out, 1}}, "cpu");
            LATHE_VERIFY_OK(again);
            auto whole = LoadedModel::open(base.string(), {{path, 1}}, "cpu");
            LATHE_VERIFY_OK(whole);
            const at::Tensor expected = half.value().logits(kProbe).value();
            QVERIFY2(largestDifference(again.value().logits(kProbe).value(), expected) < 1e-5, name.c_str());
            QVERIFY2(largestDifference(whole.value().logits(kProbe).value(), expected) > 1e-4, name.c_str());
        }
    }
    void mixIsWrittenAndAnswersAsItsParts() {
        TemporaryFolder folder;
        const auto base = writeTinyBase(folder, *smallLlama(), smallLlamaConfig());
        const auto a =
            writeRandomAdapter(folder, *smallLlama(), loraMethod(), "a", 1, {{"rank", int64_t(2)}});
        const auto b =
            writeRandomAdapter(folder, *smallLlama(), loraMethod(), "b", 2, {{"rank", int64_t(3)}});
        const std::vector<AdapterShare> parts{{"a", 0.5}, {"b", 2}};
        for (const auto& [how, rank] : {std::pair{MixKind::Concatenation, 0},
                                        {MixKind::SingularValues, 5},
                                        {MixKind::SingularValues, 1}}) {
            auto target = LoadedModel::openApart(base.string(), {{a}, {b}}, "cpu");
            LATHE_VERIFY_OK(target);
            const fs::path out = folder.path() / ("out" + std::to_string(rank));
            const auto report = mixAdapters(target.value(), parts, {how, rank}, out);
            LATHE_VERIFY_OK(report);
            auto mixed = LoadedModel::open(base.string(), {{out, 1}}, "cpu");
            LATHE_VERIFY_OK(mixed);
            auto summed = LoadedModel::open(base.string(), {{a, 0.5}, {b, 2}}, "cpu");
            LATHE_VERIFY_OK(summed);
            const double difference = largestDifference(mixed.value().logits(kProbe).value(),
                                                        summed.value().logits(kProbe).value());
            if (rank == 1) {
                QVERIFY(report.value().mix.kept < 1 && difference > 1e-4);
                continue;
            }
            QVERIFY(difference < 1e-5);
            QVERIFY(report.value().largestLogitDifference < 1e-5);
            QCOMPARE(report.value().mix.rank, int64_t(5));
            QVERIFY(
                !mixAdapters(target.value(), parts, {how, rank}, out).ok());  // there is something already
        }
    }
};

LATHE_TEST(TestMix)
#include "tst_mix.moc"
