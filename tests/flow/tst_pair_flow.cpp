// SPDX-License-Identifier: GPL-3.0-or-later
// The real lathe-run learns from the starter pairs on real bases: a reward model on MiniLM, preferences on
// SmolLM2.
#include <QtCore/QJsonArray>
#include <algorithm>

#include "core/run/store/run_store.h"
#include "tests/flow/lathe_run.h"
#include "tests/support/support.h"

using namespace lathe;
using test::latheRun;

class TestPairFlow : public QObject {
    Q_OBJECT
  private:
    test::TemporaryFolder m_folder;

    QString out(const char* name) const { return QString::fromStdString((m_folder.path() / name).string()); }
    static QString resource(const char* name) {
        return QString::fromStdString(test::resourceFile(name).string());
    }
    static double reward(const QString& run, const char* answer) {
        const auto score =
            latheRun({"score", run, "--prompt", "How long do I boil a soft egg?", "--completion", answer});
        return score.exitCode == 0 ? score.lines.first()["reward"].toDouble() : 0;
    }

  private slots:
    void aRewardModelLearnsToRank() {
        if (test::shelfBase("minilm-l6").isEmpty())
            QSKIP("minilm-l6 is not on the shelf (lathe-run shelf get minilm-l6)");
        const QString run = out("reward");
        const auto trained = latheRun(
            {"train", resource("recipes/reward.yaml"), "train.epochs=3", "train.eval_every=0", "--out", run});
        QVERIFY2(trained.exitCode == 0, qPrintable(trained.errors));
        QCOMPARE(trained.numbers("parameters", "trainable").first(), 74113.0);
        QVERIFY(trained.numbers("eval", "loss").last() < trained.numbers("eval", "loss").first());
        const auto record = readRunRecord(run.toStdString());
        LATHE_VERIFY_OK(record);
        QVERIFY(record.value().metrics.at("reward_accuracy") > 0.6);

        const auto evaluated =
            latheRun({"evaluate", run, "--data", resource("datasets/preferences_en.jsonl")});
        QVERIFY2(evaluated.exitCode == 0, qPrintable(evaluated.errors));
        const auto metrics = evaluated.lines.first()["metrics"].toObject();
        QVERIFY(metrics["reward_accuracy"].toDouble() > 0.6);
        QVERIFY(metrics["chosen_reward"].toDouble() > metrics["rejected_reward"].toDouble());
        QVERIFY(reward(run, "Six minutes in boiling water, then cool it under the tap.") >
                reward(run, "Until it is done."));
        const auto labels = latheRun({"predict", run, "--text", "An egg"});
        QCOMPARE(labels.exitCode, 2);  // the wrong question for this model
        QVERIFY(labels.errors.contains("score"));
        const auto exported = latheRun({"export", run, "--to", "hf", "--out", out("merged")});
        QVERIFY2(exported.exitCode == 0, qPrintable(exported.errors));
        QVERIFY(qAbs(reward(out("merged"), "Six minutes.") - reward(run, "Six minutes.")) < 1e-4);
    }

    void preferencesTrainAndScore() {
        if (test::shelfBase("smollm2-135m-instruct").isEmpty())
            QSKIP("smollm2-135m-instruct is not on the shelf (lathe-run shelf get smollm2-135m-instruct)");
        const QString run = out("preference");
        const auto trained = latheRun({"train", resource("recipes/preference.yaml"), "train.max_steps=3",
                                       "train.batch_size=2", "train.warmup_steps=0", "train.eval_every=0",
                                       "data.limit=10", "data.max_length=72", "--out", run});
        QVERIFY2(trained.exitCode == 0, qPrintable(trained.errors));
        const auto losses = trained.numbers("step", "loss");
        QVERIFY(qAbs(losses.first() - 0.6931472) < 1e-4);  // held against itself: ln 2
        // Steps see other rows each: one of them is below the start once something is learned.
        QVERIFY(*std::min_element(losses.begin() + 1, losses.end()) < losses.first());
        const auto score = latheRun({"score", run, "--prompt", "Name a colour.", "--completion", "Blue."});
        QVERIFY2(score.exitCode == 0, qPrintable(score.errors));
        const auto line = score.lines.first();
        double total = 0;
        for (const auto& value : line["logprobs"].toArray()) total += value.toDouble();
        QVERIFY(qAbs(total - line["total"].toDouble()) < 1e-9 && total < 0);
        QCOMPARE(line["tokens"].toArray().size(), line["logprobs"].toArray().size());
        QCOMPARE(line["tokens"].toArray().last().toString(), QString("<|im_end|>"));
    }

    void previewsShowBothAnswers() {
        if (test::shelfBase("smollm2-135m-instruct").isEmpty())
            QSKIP("smollm2-135m-instruct is not on the shelf (lathe-run shelf get smollm2-135m-instruct)");
        for (const char* data : {"datasets/preferences_en.jsonl", "datasets/preferences_zh.jsonl"}) {
            const auto shown = latheRun({"preview", resource("recipes/preference.yaml"),
                                         "data.train=" + resource(data), "--rows", "2"});
            QVERIFY2(shown.exitCode == 0, qPrintable(shown.errors));
            const auto row = shown.lines.first();
            QCOMPARE(row["rejected"].toObject()["ids"].toArray().size(),
                     row["rejected"].toObject()["trained"].toArray().size());
            QVERIFY(row["ids"].toArray() != row["rejected"].toObject()["ids"].toArray());
            QCOMPARE(shown.lines.last()["dropped"].toInt(), 0);
        }
    }

    void aSettingThatDoesNotFitIsNamed() {
        const auto wrong = latheRun({"train", resource("recipes/preference.yaml"), "objective.loss=ipo",
                                     "objective.bet=1", "--out", out("wrong")});
        QCOMPARE(wrong.exitCode, 2);
        QVERIFY(wrong.errors.contains("objective.beta"));
        if (test::shelfBase("smollm2-135m-instruct").isEmpty()) return;
        const auto smooth = latheRun({"train", resource("recipes/preference.yaml"), "objective.loss=ipo",
                                      "objective.label_smoothing=0.1", "--out", out("smooth")});
        QCOMPARE(smooth.exitCode, 1);
        QVERIFY(smooth.errors.contains("label smoothing"));
    }
};

LATHE_TEST_IN(QCoreApplication, TestPairFlow)
#include "tst_pair_flow.moc"
