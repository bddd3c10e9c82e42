// SPDX-License-Identifier: GPL-3.0-or-later
#include <QLabel>
#include <QPushButton>
#include <QSignalSpy>

#include "core/base/resource_folder.h"
#include "core/config/reward_settings.h"
#include "tests/ui/page_fixture.h"
#include "ui/pages/chain_strip.h"
#include "ui/pages/runs/runs_page.h"
#include "ui/pages/train/train_page.h"

using namespace lathe;

namespace {

RunSummary run(const std::string& folder, const std::string& task, const std::string& base = "shelf:small",
               const std::string& judge = "") {
    RunSummary made;
    made.folder = "/runs/" + folder;
    made.record.status = RunStatus::Done;
    made.record.name = folder;
    made.record.task = task;
    made.record.base = base;
    if (!judge.empty())
        made.record.settings["reinforcement.reward"] = {{{"rule", "length"}}, {{"model", judge}}};
    return made;
}

/// "name" of a run that is there, "(task)" of one to come; the run that was asked about with a star.
QStringList linksOf(const RunChain& chain) {
    QStringList links;
    for (const ChainLink& link : chain.links)
        links.append((link.run ? QString::fromStdString(link.run->record.name)
                               : QString("(%1)").arg(QString::fromStdString(link.task))) +
                     (link.current ? "*" : ""));
    return links;
}

TaskEntry task(const char* name, const char* section, std::vector<Field> fields) {
    TaskEntry entry;
    entry.name = name;
    entry.section = section;
    entry.fields = std::move(fields);
    return entry;
}

}  // namespace

class TestRunChain : public QObject {
    Q_OBJECT

    /// What the starters need.
    static Catalog catalogOfStarters() {
        Catalog catalog = test::FakeBackend().catalog();
        catalog.tasks.push_back(task("reward_model", "objective", {}));
        catalog.tasks.push_back(task("reinforcement", "reinforcement",
                                     {{"algorithm", FieldKind::Text, {}, {}, {}, {}, "", false},
                                      {"reward", FieldKind::RewardList, {}, {}, {}, {}, "", false},
                                      {"max_new_tokens", FieldKind::Integer, {}, {}, {}, {}, "", false},
                                      {"kl_coefficient", FieldKind::Number, {}, {}, {}, {}, "", false}}));
        catalog.rewards = {{"model", "", "", {{"model", FieldKind::Path, {}, {}, {}, {}, "", false}}}};
        return catalog;
    }
    static std::filesystem::path writeStage(const test::PageFixture& fixture, const RunSummary& stage) {
        const auto folder = fixture.runsFolder() / stage.record.name;
        std::filesystem::create_directories(folder);
        test::PageFixture::writeRecord(folder, stage.record);
        return folder;
    }

  private Q_SLOTS:
    void aSupervisedRunIsFollowedByAJudgeAndRewards() {
        const auto chain = chainOf({run("chat", "instruction")}, "/runs/chat");
        QCOMPARE(linksOf(chain), QStringList({"chat*", "(reward_model)", "(reinforcement)"}));
        QCOMPARE(chain.next, std::string("reward_model"));
    }
    void aJudgeThatIsThereIsTaken() {
        const std::vector<RunSummary> runs{run("judge", "reward_model"), run("chat", "instruction"),
                                           run("older", "instruction")};
        const auto supervised = chainOf(runs, "/runs/chat/");
        QCOMPARE(linksOf(supervised), QStringList({"chat*", "judge", "(reinforcement)"}));
        QCOMPARE(supervised.next, std::string("reinforcement"));
        const auto judge = chainOf(runs, "/runs/judge");
        QCOMPARE(linksOf(judge), QStringList({"chat", "judge*", "(reinforcement)"}));
        QCOMPARE(judge.next, std::string("reinforcement"));
    }
    void aJudgeMadeOfASupervisedRunBelongsToIt() {
        const std::vector<RunSummary> runs{run("judge", "reward_model", "/runs/older"),
                                           run("chat", "instruction"), run("older", "instruction")};
        QCOMPARE(linksOf(chainOf(runs, "/runs/judge")), QStringList({"older", "judge*", "(reinforcement)"}));
    }
    void everyStageShowsTheWholeChain() {
        const std::vector<RunSummary> runs{
            run("other", "instruction"), run("ppo", "reinforcement", "/runs/chat", "/runs/judge"),
            run("judge", "reward_model"), run("chat", "instruction", "/runs/first"),
            run("first", "instruction")};
        QCOMPARE(linksOf(chainOf(runs, "/runs/ppo")), QStringList({"first", "chat", "judge", "ppo*"}));
        QCOMPARE(linksOf(chainOf(runs, "/runs/judge")), QStringList({"first", "chat", "judge*", "ppo"}));
        QCOMPARE(chainOf(runs, "/runs/ppo").next, std::string());
    }
    void aRunWithoutResultHasNoNextStage() {
        auto failed = run("chat", "instruction");
        failed.record.status = RunStatus::Failed;
        QCOMPARE(chainOf({failed}, "/runs/chat").next, std::string());
    }
    void otherRunsAndCirclesMakeNoChain() {
        QVERIFY(chainOf({run("mood", "classification")}, "/runs/mood").links.size() < 2);
        QVERIFY(chainOf({}, "/runs/none").links.empty());
        QVERIFY(chainOf({run("a", "instruction", "/runs/b"), run("b", "instruction", "/runs/a")}, "/runs/a")
                    .links.size() < 6);
    }

    void theNextRecipeIsTheStarterOnTheRuns() {
        const auto resources = resourceFolder();
        QVERIFY(resources);
        const Catalog catalog = catalogOfStarters();
        const std::vector<RunSummary> chat{run("chat", "instruction")};
        const auto judge = nextRecipe(chainOf(chat, "/runs/chat"), *resources, catalog);
        QVERIFY(judge && judge->task == "reward_model" && judge->base == "shelf:minilm-l6");
        QVERIFY(std::filesystem::exists(judge->data.train));
        const auto rewards = nextRecipe(chainOf({run("judge", "reward_model"), chat.front()}, "/runs/judge"),
                                        *resources, catalog);
        QVERIFY(rewards && rewards->task == "reinforcement" && rewards->base == "/runs/chat");
        QCOMPARE(std::get<std::vector<NamedTexts>>(rewards->objective.values.at("reward")),
                 (std::vector<NamedTexts>{{{kModelReward, "/runs/judge"}}}));
        QVERIFY(!nextRecipe(chainOf(chat, "/runs/chat"), "/nowhere", catalog));
    }

    void theStripDraftsTheNextStage() {
        test::PageFixture fixture;
        fixture.loadEngine();
        const Catalog catalog = catalogOfStarters();
        fixture.draft.setCatalog(&catalog);
        const auto chat = writeStage(fixture, run("chat", "instruction"));
        const auto judge = writeStage(fixture, run("judge", "reward_model"));
        RunsPage page(fixture.context, nullptr);
        page.retranslate();
        QSignalSpy went(&page, &Page::goTo);
        auto* strip = page.findChild<ChainStrip*>();
        auto* next = strip->findChild<QPushButton*>("nextStage");
        QVERIFY(strip->isHidden());
        QTRY_VERIFY((page.showRuns({QString::fromStdString(judge.string())}), !strip->isHidden()));
        QCOMPARE(next->text(), QString("Next: learn from rewards"));
        QStringList texts;
        for (const QLabel* label : strip->findChildren<QLabel*>()) texts.append(label->text());
        QCOMPARE(texts.count("✓"), 2);
        QVERIFY(texts.contains("chat") && texts.contains("judge") && texts.contains("still to come"));
        next->click();
        QCOMPARE(fixture.draft.recipe().task, std::string("reinforcement"));
        QCOMPARE(fixture.draft.recipe().base, chat.string());
        QCOMPARE(went.size(), 1);
        QCOMPARE(went.first().first().toString(), QString("task"));
    }

    void aRunThatEndsShowsItsStages() {
        test::PageFixture fixture;
        fixture.loadEngine();
        TrainPage page(fixture.context, nullptr);
        page.retranslate();
        auto* strip = page.findChild<ChainStrip*>();
        fixture.controller.start(test::completeRecipe());
        QVERIFY(strip->isHidden());
        auto record = run("chat", "instruction").record;
        test::PageFixture::writeRecord(fixture.controller.runFolder().toStdString(), record);
        fixture.backend.finish(RunStatus::Done);
        QTRY_VERIFY(!strip->isHidden());
        QCOMPARE(strip->findChild<QPushButton*>("nextStage")->text(),
                 QString("Next: learn a judge (reward model)"));
    }
};

LATHE_TEST_IN(QApplication, TestRunChain)
#include "tst_run_chain.moc"
