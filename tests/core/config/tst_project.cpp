// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/config/project.h"
#include "tests/support/support.h"

using namespace lathe;

namespace {

Catalog sampleCatalog() {
    Catalog catalog;
    TaskEntry task;
    task.name = "instruction";
    catalog.tasks.push_back(task);
    task.name = "reinforcement";
    task.section = "reinforcement";
    task.fields = {{"reward", FieldKind::RewardList, {}, {}, {}, {}, "", false}};
    catalog.tasks.push_back(task);
    MethodEntry lora;
    lora.name = "lora";
    lora.isAdapter = true;
    lora.fields = {{"rank", FieldKind::Integer, int64_t(8), 1.0, 4096.0, {}, "", false}};
    catalog.methods.push_back(lora);
    catalog.rewards = {{"length", "", "", {}},
                       {"model", "", "", {{"model", FieldKind::Path, {}, {}, {}, {}, "", false}}}};
    return catalog;
}

constexpr const char* kSupervised =
    "lathe: 1\ntask: instruction\nbase: shelf:small\ndata: {train: rows.jsonl}\n";
constexpr const char* kRewarded =
    "lathe: 1\ntask: reinforcement\nbase: shelf:small\ndata: {train: rows.jsonl}\n"
    "reinforcement: {reward: {rule: length}}\n";

}  // namespace

class TestProject : public QObject {
    Q_OBJECT
  private:
    test::TemporaryFolder m_folder;
    const Catalog m_catalog = sampleCatalog();

    ParsedProject read(const std::string& text, const std::filesystem::path& out = "/runs") const {
        return readProject(m_folder.write("project.yaml", text), out, "/home", m_catalog);
    }
    /// "key@line:column" of each fault; @ alone without a place in the project's file.
    static QStringList placed(const ParsedProject& parsed) {
        QStringList found;
        for (const RecipeFault& fault : parsed.faults) {
            const QString place = QString::fromStdString(fault.place);
            found.append(QString::fromStdString(fault.key) + "@" +
                         (place.contains("project.yaml:") ? place.section("project.yaml:", 1) : QString()));
        }
        return found;
    }

  private slots:
    void initTestCase() {
        m_folder.write("supervised.yaml", kSupervised);
        m_folder.write("rewarded.yaml", kRewarded);
    }

    void stagesStartFromRunsBefore() {
        const auto parsed = read(R"(lathe: 1
project: helpful
stages:
  - {name: first, recipe: supervised.yaml, set: {method.rank: 4, train.max_steps: 3}}
  - name: second
    recipe: rewarded.yaml
    set: {base: stage:first, reinforcement.reward: [{rule: length, weight: 0.5}, {model: stage:first}]}
)");
        QCOMPARE(placed(parsed), QStringList());
        const Project& project = parsed.project;
        QCOMPARE(project.name, std::string("helpful"));
        QCOMPARE(project.runs, std::filesystem::path("/runs"));
        QCOMPARE(project.stages.size(), std::size_t(2));
        QCOMPARE(project.stages[0].name, std::string("first"));
        QCOMPARE(project.stages[0].recipe.train.maxSteps, int64_t(3));
        QCOMPARE(std::get<int64_t>(project.stages[0].recipe.methods.front().values.at("rank")), int64_t(4));
        const Recipe& second = project.stages[1].recipe;
        QCOMPARE(second.base, std::string("/runs/first"));
        const auto& rewards = std::get<std::vector<NamedTexts>>(second.objective.values.at("reward"));
        QCOMPARE(rewards.size(), std::size_t(2));
        QCOMPARE(rewards[0].find("weight")->second, std::string("0.5"));
        QCOMPARE(rewards[1].find("model")->second, std::string("/runs/first"));
    }

    void runsLieInAFolderOfTheProjectsName() {
        const auto parsed = read("lathe: 1\nproject: p\nstages: [{name: a, recipe: supervised.yaml}]\n", "");
        QCOMPARE(placed(parsed), QStringList());
        QCOMPARE(parsed.project.runs, std::filesystem::path("/home/p"));
    }

    void pathsAreFoundFromTheProject() {
        const auto rows = m_folder.write("mine.jsonl", "{}\n");
        const auto parsed = read(
            "lathe: 1\nproject: p\nstages:\n"
            "  - {name: a, recipe: supervised.yaml, set: {data.train: mine.jsonl}}\n");
        QCOMPARE(placed(parsed), QStringList());
        QCOMPARE(parsed.project.stages.front().recipe.data.train, rows.string());
    }

    void everyFaultIsNamedWithItsPlace() {
        const auto parsed = read(R"(lathe: 1
project: my/project
stage: []
stages:
  - {name: a, recipe: supervised.yaml, set: {base: stage:b, method.rnk: 4}}
  - {name: b, recipe: missing.yaml}
  - {name: a, recipe: rewarded.yaml, set: {base: stage:c, method.rank: many}}
  - {recipe: supervised.yaml, sets: {}}
  - just a text
)");
        QCOMPARE(placed(parsed),
                 QStringList({"stage@3:1", "project@2:10", "a.base@5:52", "a.method.rnk@5:61",
                              "b.recipe@6:23", "stages.3.name@7:12", "a.base@7:50", "a.method.rank@7:59",
                              "stages.4.sets@8:31", "stages.4.name@8:5", "stages.5@9:5"}));
        QVERIFY(QString::fromStdString(parsed.faults[0].message).contains("did you mean stages?"));
        QVERIFY(QString::fromStdString(parsed.faults[2].message).contains("does not run before"));
        QVERIFY(QString::fromStdString(parsed.faults[6].message)
                    .contains("there is no stage c; stages before are a, b"));
    }

    void faultsOfARecipeKeepTheirPlace() {
        m_folder.write("wrong.yaml",
                       "lathe: 1\ntask: instruction\nbase: b\ndata: {train: x}\ntrain: {epochs: no}\n");
        const auto parsed = read("lathe: 1\nproject: p\nstages: [{name: a, recipe: wrong.yaml}]\n");
        QCOMPARE(parsed.faults.size(), std::size_t(1));
        QCOMPARE(parsed.faults.front().key, std::string("a.train.epochs"));
        QVERIFY(QString::fromStdString(parsed.faults.front().place).endsWith("wrong.yaml:5:17"));
    }

    void whatIsNoProject_data() {
        QTest::addColumn<QString>("text");
        QTest::newRow("empty") << "";
        QTest::newRow("a list") << "[1, 2]";
        QTest::newRow("a recipe") << kSupervised;
        QTest::newRow("no YAML") << "stages: [";
        QTest::newRow("no stages") << "lathe: 1\nproject: p\nstages: []\n";
    }
    void whatIsNoProject() {
        QFETCH(QString, text);
        QCOMPARE(read(text.toStdString()).faults.size(), std::size_t(1));
        QVERIFY(readProject(m_folder.path() / "none.yaml", "/runs", "/home", m_catalog).faults.size() == 1);
    }
};

LATHE_TEST_IN(QCoreApplication, TestProject)
#include "tst_project.moc"
