// SPDX-License-Identifier: GPL-3.0-or-later
// Walks the list: an entry is tested by being listed.
#include "core/catalog/catalog.h"

#include <set>

#include "core/config/label_kind.h"
#include "core/objectives/objective.h"
#include "core/run/learning_watch.h"
#include "tests/support/engine_support.h"

using namespace lathe;

namespace {

template <class T>
void namesAreUniqueAndExplained(const std::vector<T>& entries) {
    std::set<std::string> names;
    for (const CatalogEntry& entry : entries) {
        QVERIFY2(names.insert(entry.name).second, entry.name.c_str());
        QVERIFY2(!entry.title.empty() && !entry.help.empty(), entry.name.c_str());
        for (const Field& field : entry.fields) QVERIFY2(!field.help.empty(), field.key.c_str());
    }
    QVERIFY(!names.empty());
}

}  // namespace

class TestCatalog : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    // The warning is an event, which the program prints and the window lists.
    void everyTaskSaysThatARunEndedWorseByItsOwnMetric() {
        for (const TaskEntry& task : engineCatalog().tasks) {
            for (const LabelKind kind : {LabelKind::One, LabelKind::Several, LabelKind::Number}) {
                if (kind != LabelKind::One && task.name != "classification") continue;
                Settings objective;
                setLabelKind(objective, kind);
                const JudgedBy judged = judgedBy(task, objective);
                LearningPlan plan;
                plan.learningRate = plan.highestRate = 1e-3;
                plan.steps = 8;
                plan.metric = judged.metric;
                plan.metricRises = judged.rises;
                LearningWatch watch(plan);
                FinishedEvent end;
                end.status = RunStatus::Done;
                end.steps = 8;
                // The loss fell a little, or rose where it is the metric.
                const double before = judged.rises ? 0.7 : 0.4, after = judged.rises ? 0.5 : 0.45;
                const bool isLoss = judged.metric == "loss";
                (void)watch.after(EvalEvent{0, isLoss ? before : 0.6, {{judged.metric, before}}});
                (void)watch.after(EvalEvent{8, isLoss ? after : 0.5, {{judged.metric, after}}});
                std::string said;
                for (const WarningEvent& warning : watch.after(end))
                    if (warning.code == "ended_worse") said += warning.message + "\n";
                QVERIFY2(said.find(judged.metric) != std::string::npos &&
                             said.find("before training") != std::string::npos,
                         (task.name + ": " + said).c_str());
            }
        }
    }
    void everythingHasANameAndHelp() {
        const Catalog& catalog = engineCatalog();
        namesAreUniqueAndExplained(catalog.tasks);
        namesAreUniqueAndExplained(catalog.methods);
        namesAreUniqueAndExplained(catalog.architectures);
        namesAreUniqueAndExplained(catalog.formats);
        namesAreUniqueAndExplained(catalog.schedules);
    }
    void everyTaskHasAnObjectiveAndAnArchitecture() {
        for (const TaskEntry& task : engineCatalog().tasks) {
            LATHE_VERIFY_OK(makeObjective(task.name));
            bool trainable = false;
            for (const Architecture& architecture : architectures())
                for (const std::string& name : tasksOf(architecture))
                    trainable = trainable || name == task.name;
            QVERIFY2(trainable, task.name.c_str());
            QVERIFY(task.way == "self-supervised" || task.way == "supervised" || task.way == "reinforcement");
        }
        QCOMPARE(makeObjective("juggling").error().code, ErrorCode::Unsupported);
    }
    void everyMethodIsFound() {
        for (const Method* method : methods()) QCOMPARE(findMethod(method->entry().name), method);
        QVERIFY(!findMethod("nothing"));
    }
    void everyArchitectureIsFound() {
        for (const Architecture& architecture : architectures())
            QCOMPARE(findArchitecture(architecture.name).value(), &architecture);
        const auto unknown = findArchitecture("mamba");
        QCOMPARE(unknown.error().code, ErrorCode::Unsupported);
        QVERIFY(unknown.error().hint.find("llama") != std::string::npos);
    }
};

LATHE_TEST(TestCatalog)
#include "tst_catalog.moc"
