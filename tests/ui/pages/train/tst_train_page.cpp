// SPDX-License-Identifier: GPL-3.0-or-later
#include <QLabel>
#include <QPushButton>
#include <QTableWidget>

#include "core/run/store/run_lock.h"
#include "tests/ui/page_fixture.h"
#include "ui/charts/curve_plot.h"
#include "ui/pages/train/rollout_view.h"
#include "ui/pages/train/train_page.h"
#include "ui/widgets/warning_list.h"

using namespace lathe;

class TestTrainPage : public QObject {
    Q_OBJECT

    static QStringList rowOf(const QTableWidget& table, int row) {
        QStringList texts;
        for (int column = 0; column < table.columnCount(); ++column)
            texts.append(table.item(row, column)->text());
        return texts;
    }

    static CurvePlot* plot(const QWidget& page, const QString& title) {
        for (CurvePlot* candidate : page.findChildren<CurvePlot*>())
            if (candidate->accessibleName() == title) return candidate;
        return nullptr;
    }

    /// What the list says, its title left out.
    static QStringList texts(const WarningList& list) {
        QStringList found;
        for (int i = 0; i < list.body()->count(); ++i)
            if (const auto* label = qobject_cast<QLabel*>(list.body()->itemAt(i)->widget());
                label && label->isVisible())
                found.append(label->text());
        return found;
    }

    static QString subtitle(const QWidget& page) {
        for (const QLabel* label : page.findChildren<QLabel*>())
            if (label->text().startsWith("step ") || label->text().contains(" · step ")) return label->text();
        return {};
    }

    /// Two steps of a run that learns from rewards, with an evaluation before, and one after the second.
    static std::vector<Event> rewardedRun() {
        std::vector<Event> events{EvalEvent{0, -0.25, {{"reward", 0.25}}},
                                  SampleEvent{0, "1 + 1 = ?", "I think 3", 0.1}};
        for (int64_t step : {1, 2}) {
            const double reward = 0.25 * double(step + 1);
            events.push_back(RolloutEvent{step, reward, 0.01 * double(step), 12, {{"no_signal", 0.5}}});
            events.push_back(SampleEvent{step, "2 + 2 = ?", "so 5", 0.1});
            events.push_back(SampleEvent{step, "3 + 3 = ?", "6", 1.5});
            StepEvent done;
            done.step = step;
            done.maxSteps = 2;
            done.loss = -0.001;
            events.push_back(done);
        }
        events.push_back(EvalEvent{2, -0.75, {{"reward", 0.75}}});
        events.push_back(SampleEvent{2, "1 + 1 = ?", "2", 1.0});
        return events;
    }

    static void verifyRewarded(const TrainPage& page) {
        auto* rollouts = page.findChild<RolloutView*>();
        QVERIFY(rollouts->isVisible());
        QCOMPARE(rollouts->last()->step, int64_t(2));
        QVERIFY(plot(page, "reward") && !plot(page, "reward")->isEmpty());
        QVERIFY(!plot(page, "learning rate")->isVisible());
        QVERIFY(plot(page, "KL from the start")->isVisible());
        QVERIFY(plot(page, "groups without signal, %")->isVisible());
        const auto* answers = page.findChild<QTableWidget*>("answers");
        QCOMPARE(answers->rowCount(), 2);
        QCOMPARE(rowOf(*answers, 0), QStringList({"3 + 3 = ?", "6", "1.5"}));
        QCOMPARE(rowOf(*answers, 1), QStringList({"2 + 2 = ?", "so 5", "0.1"}));
        const auto* samples = page.findChild<QTableWidget*>("samples");
        QCOMPARE(samples->rowCount(), 1);
        QCOMPARE(rowOf(*samples, 0), QStringList({"1 + 1 = ?", "I think 3", "0.1", "2", "1"}));
        QVERIFY(subtitle(page).contains("reward 0.75"));
        QVERIFY(subtitle(page).contains("KL 0.02"));
    }

  private Q_SLOTS:
    void aRunThatLearnsFromRewardsShowsThemLive() {
        test::PageFixture fixture;
        fixture.loadEngine();
        TrainPage page(fixture.context, nullptr);
        page.retranslate();
        page.show();
        Recipe recipe = test::completeRecipe();
        recipe.task = "reinforcement";
        fixture.controller.start(recipe);
        QVERIFY(page.findChild<RolloutView*>()->isVisible());
        for (const Event& event : rewardedRun()) fixture.backend.emitEvent(event);
        QTRY_VERIFY(page.findChild<RolloutView*>()->last());
        verifyRewarded(page);

        // The next run of another task shows its loss again.
        fixture.backend.finish(RunStatus::Done);
        QTRY_VERIFY(!fixture.controller.busy());
        fixture.controller.start(test::completeRecipe());
        fixture.backend.emitStep(1, 10, 0.7);
        fixture.backend.emitEvent(EvalEvent{1, 0.6, {{"accuracy", 0.8}}});
        QTRY_VERIFY(!plot(page, "loss")->isEmpty());
        QVERIFY(!page.findChild<RolloutView*>()->isVisible());
        QVERIFY(plot(page, "learning rate")->isVisible());
        QVERIFY(!page.findChild<QTableWidget*>("samples")->isVisible());
    }

    void aFinishedRunIsReadFromItsFolder() {
        test::PageFixture fixture;
        const auto run = fixture.runsFolder() / "sums";
        std::filesystem::create_directories(run);
        auto log = MetricLog::open(run);
        LATHE_VERIFY_OK(log);
        for (const Event& event : rewardedRun()) LATHE_VERIFY_OK(log.value().append(event));
        TrainPage page(fixture.context, nullptr);
        page.retranslate();
        page.show();
        page.showRuns({QString::fromStdString(run.string())});
        QTRY_VERIFY(page.findChild<RolloutView*>()->last());
        verifyRewarded(page);
    }

    void aRunOfAnotherProcessIsFollowed() {
        test::PageFixture fixture;
        const auto run = fixture.runsFolder() / "elsewhere";
        std::filesystem::create_directories(run);
        std::optional<RunLock> lock;
        if (auto owned = RunLock::own(run); owned.ok()) lock.emplace(std::move(owned).value());
        RunRecord record;
        record.task = "classification";
        test::PageFixture::writeRecord(run, record);
        auto log = MetricLog::open(run);
        LATHE_VERIFY_OK(log);
        StepEvent step;
        step.step = 1;
        step.maxSteps = 4;
        LATHE_VERIFY_OK(log.value().append(EvalEvent{0, 0.7, {{"accuracy", 0.5}}}));
        LATHE_VERIFY_OK(log.value().append(step));
        TrainPage page(fixture.context, nullptr);
        page.retranslate();
        page.show();
        page.showRuns({QString::fromStdString(run.string())});
        QTRY_VERIFY(subtitle(page).contains("trained by another process"));
        QVERIFY(subtitle(page).contains("accuracy 50.0 % before training"));
        QCOMPARE(page.railNote(), QString("25.0 %"));
        step.step = 2;
        LATHE_VERIFY_OK(log.value().append(step));
        LATHE_VERIFY_OK(log.value().append(EvalEvent{2, 0.6, {{"accuracy", 0.75}}}));
        QTRY_VERIFY(subtitle(page).contains("step 2 of 4 · accuracy 75.0 %"));
        lock.reset();
        QTRY_VERIFY(subtitle(page).contains("interrupted"));
        QCOMPARE(page.railNote(), QString());
        // A run of this window takes the page.
        fixture.loadEngine();
        fixture.controller.start(test::completeRecipe());
        fixture.backend.emitStep(1, 10, 0.7);
        QTRY_VERIFY(subtitle(page).startsWith("step 1 of 10"));
        fixture.backend.finish(RunStatus::Done);
        QTRY_VERIFY(!fixture.controller.busy());
    }

    void allWarningsOfARunAreListed() {
        test::PageFixture fixture;
        fixture.loadEngine();
        TrainPage page(fixture.context, nullptr);
        page.retranslate();
        page.resize(700, 480);  // what the window of 960x540 leaves it
        page.show();
        auto* list = page.findChild<WarningList*>();
        QVERIFY(!list->isVisible());
        fixture.controller.start(test::completeRecipe());
        const WarningEvent rate{"nothing_learned", "the learning rate <b>never</b> reaches 0.005",
                                "warm up less"};
        fixture.backend.emitEvent(rate);
        fixture.backend.emitEvent(rate);
        QTRY_COMPARE(texts(*list),
                     (QStringList{"It learns nothing, or hardly anything",
                                  "the learning rate <b>never</b> reaches 0.005\nwarm up less"}));
        fixture.backend.emitStep(7, 10, 0.7);
        for (const char* code : {"ended_worse", "overfitting", "no_such_code"})
            fixture.backend.emitEvent(WarningEvent{code, "figures of " + std::string(code), ""});
        // More than two are first listed by what they are about.
        QTRY_COMPARE(texts(*list), (QStringList{"It learns nothing, or hardly anything",
                                                "The run ended no better than it began · step 7",
                                                "Overfitting: it learned the training rows by heart · step 7",
                                                "A warning · step 7"}));
        list->findChild<QPushButton*>("warningDetails")->click();
        QCOMPARE(texts(*list).size(), 8);
        QVERIFY(texts(*list).contains("figures of overfitting"));
        for (const QLabel* label : list->findChildren<QLabel*>())
            if (label->isVisible()) {
                QTRY_VERIFY2(label->height() >= label->heightForWidth(label->width()),
                             qPrintable(label->text()));
                QVERIFY(label->mapTo(list, QPoint(label->width(), label->height())).x() <= list->width());
            }
        // They belong to that run.
        fixture.backend.finish(RunStatus::Done);
        QTRY_VERIFY(!fixture.controller.busy());
        QVERIFY(list->isVisible());
        fixture.controller.start(test::completeRecipe());
        QVERIFY(!list->isVisible());
    }

    void manyWarningsStayBounded() {
        WarningList list;
        for (int i = 0; i < 300; ++i) list.add({"rows_cut", "row " + std::to_string(i), ""}, i);
        QVERIFY(list.findChildren<QLabel*>().size() < 110);
        list.show();
        QVERIFY(texts(list).contains("and 250 more"));
    }

    void withoutGroupsThereIsNoShareOfThem() {
        test::PageFixture fixture;
        fixture.loadEngine();
        TrainPage page(fixture.context, nullptr);
        page.retranslate();
        page.show();
        Recipe recipe = test::completeRecipe();
        recipe.task = "reinforcement";
        fixture.controller.start(recipe);
        fixture.backend.emitEvent(RolloutEvent{1, 0.5, 0, 12, {}});
        QTRY_VERIFY(page.findChild<RolloutView*>()->last());
        QVERIFY(!plot(page, "groups without signal, %")->isVisible());
    }

    void otherTasksShowAnswersBeforeAndNow() {
        test::PageFixture fixture;
        fixture.loadEngine();
        TrainPage page(fixture.context, nullptr);
        page.retranslate();
        page.show();
        fixture.controller.start(test::completeRecipe());
        fixture.backend.emitEvent(EvalEvent{0, 0.7, {}});
        fixture.backend.emitEvent(SampleEvent{0, "hi", "hm", {}});
        fixture.backend.emitStep(1, 2, 0.6);
        fixture.backend.emitEvent(SampleEvent{1, "hi", "hello", {}});
        const auto* samples = page.findChild<QTableWidget*>("samples");
        QTRY_COMPARE(samples->rowCount(), 1);
        QCOMPARE(rowOf(*samples, 0), QStringList({"hi", "hm", "hello"}));
    }
};

LATHE_TEST_IN(QApplication, TestTrainPage)
#include "tst_train_page.moc"
