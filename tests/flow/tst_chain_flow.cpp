// SPDX-License-Identifier: GPL-3.0-or-later
// The real lathe-run runs projects: stages that start from the runs before, kept when done, resumed when
// interrupted.
#include <signal.h>

#include "core/run/store/run_store.h"
#include "tests/flow/lathe_run.h"
#include "tests/support/support.h"

using namespace lathe;
using test::latheRun;
namespace fs = std::filesystem;

class TestChainFlow : public QObject {
    Q_OBJECT
  private:
    test::TemporaryFolder m_folder;

    fs::path run(const char* project, const char* stage) const { return m_folder.path() / project / stage; }
    QStringList chainLine(const QString& project, const char* out) const {
        return {"chain", project, "--out", QString::fromStdString((m_folder.path() / out).string())};
    }
    /// Twice the sentiment recipe, the second time from the first one's result.
    QString twoStages(int steps) const {
        const QString recipe = QString::fromStdString(test::resourceFile("recipes/sentiment.yaml").string());
        const QString set = QString("train.max_steps: %1, train.eval_every: 0, data.limit: 60").arg(steps);
        const QString text =
            "lathe: 1\nproject: two\nstages:\n"
            "  - {name: first, recipe: " +
            recipe + ", set: {" + set +
            "}}\n"
            "  - {name: second, recipe: " +
            recipe + ", set: {" + set + ", base: stage:first}}\n";
        return QString::fromStdString(m_folder.write("two.yaml", text.toStdString()).string());
    }
    static QStringList stagesOf(const test::Outcome& outcome, const QString& event) {
        QStringList stages;
        for (const auto& line : outcome.lines)
            if (line["event"].toString() == event) stages.append(line["stage"].toString());
        return stages;
    }

  private slots:
    void initTestCase() {
        if (test::shelfBase("minilm-l6").isEmpty())
            QSKIP("minilm-l6 is not on the shelf (lathe-run shelf get minilm-l6)");
    }

    void stagesRunOnceInOrder() {
        const auto line = chainLine(twoStages(3), "whole");
        const auto chained = latheRun(line);
        QVERIFY2(chained.exitCode == 0, qPrintable(chained.errors));
        QCOMPARE(stagesOf(chained, "finished"), QStringList({"first", "second"}));
        QCOMPARE(stagesOf(chained, "step"),
                 QStringList({"first", "first", "first", "second", "second", "second"}));
        QCOMPARE(stagesOf(chained, "result"), QStringList({"first", "second"}));
        const auto second = readRunRecord(run("whole", "second"));
        LATHE_VERIFY_OK(second);
        QCOMPARE(second.value().base, run("whole", "first").string());
        // What the first has learnt is there before the second's first step.
        const auto losses = chained.numbers("eval", "loss");
        QCOMPARE(losses.size(), 4);
        QVERIFY(qAbs(losses[2] - losses[1]) < 1e-6);

        const auto again = latheRun(line);
        QVERIFY2(again.exitCode == 0, qPrintable(again.errors));
        QCOMPARE(again.lines.size(), 2);  // nothing runs; the results are told again
        QCOMPARE(stagesOf(again, "result"), QStringList({"first", "second"}));
        QCOMPARE(again.lines.last(), chained.lines.last());

        const auto changed = latheRun(chainLine(twoStages(4), "whole"));
        QCOMPARE(changed.exitCode, 2);
        QVERIFY(changed.errors.contains("recipe has changed"));
    }

    void anInterruptedStageIsResumed() {
        const auto line = chainLine(twoStages(6), "stopped");
        const auto stopped = latheRun(line, [](const QJsonObject& event, qint64 process) {
            if (event["event"].toString() == "step" && event["stage"].toString() == "second" &&
                event["step"].toInt() == 2)
                ::kill(static_cast<pid_t>(process), SIGINT);
        });
        QCOMPARE(stopped.exitCode, 3);
        QVERIFY(stagesOf(stopped, "result").isEmpty());
        const auto rest = latheRun(line);
        QVERIFY2(rest.exitCode == 0, qPrintable(rest.errors));
        QCOMPARE(stagesOf(rest, "finished"), QStringList({"second"}));
        QCOMPARE(stopped.numbers("step", "step") + rest.numbers("step", "step"),
                 QList<double>({1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6}));
        QCOMPARE(stagesOf(rest, "result"), QStringList({"first", "second"}));
    }

    void faultsComeBeforeTheFirstStage() {
        const auto wrong =
            m_folder.write("wrong.yaml",
                           "lathe: 1\nproject: wrong\nstages:\n  - {name: a, recipe: none.yaml}\n"
                           "  - {name: b, recipe: none.yaml, set: {base: stage:c}}\n");
        const auto refused = latheRun(chainLine(QString::fromStdString(wrong.string()), "wrong"));
        QCOMPARE(refused.exitCode, 2);
        QVERIFY(refused.errors.contains("wrong.yaml:4:23: a.recipe"));
        QVERIFY(refused.errors.contains("wrong.yaml:5:23: b.recipe"));
        QVERIFY(!fs::exists(m_folder.path() / "wrong"));
    }

    void aChatModelLearnsFromItsOwnJudge() {
        if (test::shelfBase("smollm2-135m-instruct").isEmpty())
            QSKIP("smollm2-135m-instruct is not on the shelf (lathe-run shelf get smollm2-135m-instruct)");
        const auto recipes = test::resourceFile("recipes").string();
        const auto project =
            m_folder.write("small.yaml",
                           "lathe: 1\nproject: small\nstages:\n"
                           "  - {name: supervised, recipe: " +
                               recipes +
                               "/assistant.yaml,\n"
                               "     set: {train.max_steps: 2, train.batch_size: 2, data.limit: 20, "
                               "data.validation: none}}\n"
                               "  - {name: reward, recipe: " +
                               recipes +
                               "/reward.yaml,\n"
                               "     set: {train.max_steps: 4, train.eval_every: 0, data.limit: 40}}\n"
                               "  - name: ppo\n    recipe: " +
                               recipes +
                               "/ppo.yaml\n"
                               "    set: {base: stage:supervised, reinforcement.reward: {model: "
                               "stage:reward}, train.max_steps: 2,\n"
                               "          train.batch_size: 4, train.eval_every: 0, "
                               "reinforcement.max_new_tokens: 6, data.limit: 20}\n");
        const auto chained = latheRun(chainLine(QString::fromStdString(project.string()), "small"));
        QVERIFY2(chained.exitCode == 0, qPrintable(chained.errors));
        QCOMPARE(stagesOf(chained, "result"), QStringList({"supervised", "reward", "ppo"}));
        const auto rollouts = chained.numbers("rollout", "kl");
        QCOMPARE(rollouts.size(), 2);
        QVERIFY(qAbs(rollouts.first()) < 1e-4);  // it starts as the supervised result
        const auto ppo = readRunRecord(run("small", "ppo"));
        LATHE_VERIFY_OK(ppo);
        QCOMPARE(ppo.value().base, run("small", "supervised").string());
        QVERIFY(ppo.value().before.contains("reward") && ppo.value().metrics.contains("reward"));
        const auto said = latheRun({"generate", QString::fromStdString(run("small", "ppo").string()),
                                    "--prompt", "Hello", "--max-new-tokens", "2", "--temperature", "0"});
        QVERIFY2(said.exitCode == 0, qPrintable(said.errors));
    }
};

LATHE_TEST_IN(QCoreApplication, TestChainFlow)
#include "tst_chain_flow.moc"
