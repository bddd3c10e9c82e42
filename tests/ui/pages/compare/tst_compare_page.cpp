// SPDX-License-Identifier: GPL-3.0-or-later
#include <QLabel>
#include <QTableView>
#include <QTableWidget>

#include "tests/ui/page_fixture.h"
#include "ui/pages/compare/compare_page.h"

using namespace lathe;

class TestComparePage : public QObject {
    Q_OBJECT

    static QString path(const std::filesystem::path& folder) {
        return QString::fromStdString(folder.string());
    }

  private Q_SLOTS:
    void chosenRunsShowNumbersDifferencesAndAVerdict() {
        test::PageFixture fixture;
        const QStringList folders{path(fixture.writeRun("r1", 1, 9986, 0.799)),
                                  path(fixture.writeRun("r8", 8, 74498, 0.850)),
                                  path(fixture.writeRun("r32", 32, 295682, 0.853))};
        ComparePage page(fixture.context, nullptr);
        page.showRuns(folders);
        QTRY_COMPARE(page.curves().size(), std::size_t(3));
        const auto tables = page.findChildren<QTableWidget*>();
        QCOMPARE(tables.size(), 2);
        const QTableWidget* numbers = tables.first()->columnCount() == 7 ? tables.first() : tables.last();
        const QTableWidget* differences = numbers == tables.first() ? tables.last() : tables.first();
        QCOMPARE(numbers->item(1, 0)->text(), QString("rank 8"));
        QCOMPARE(numbers->item(1, 1)->text(), QLocale().toString(74498));
        QCOMPARE(differences->rowCount(), 1);  // only the rank differs
        QCOMPARE(differences->item(0, 2)->text(), QString("8"));
        bool named = false;
        for (const QLabel* label : page.findChildren<QLabel*>())
            named = named || label->text().startsWith("Enough here: rank 8");
        QVERIFY(named);
        QCOMPARE(page.railNote(), QString("3"));
    }

    void whatCannotBeJudgedIsSaid() {
        test::PageFixture fixture;
        const auto one = fixture.writeRun("one", 1, 9986, 0.6), two = fixture.writeRun("two", 2, 19986, 0.9);
        const auto change = [](const std::filesystem::path& run, auto how) {
            auto record = readRunRecord(run);
            how(record.value());
            record.value().ended += "x";
            test::PageFixture::writeRecord(run, record.value());
        };
        ComparePage page(fixture.context, nullptr);
        const auto says = [&](const QString& text) {
            for (const QLabel* label : page.findChildren<QLabel*>())
                if (label->text().contains(text) && !label->isHidden()) return true;
            return false;
        };
        page.showRuns({path(one), path(two)});
        QTRY_VERIFY(says("Best of these 2 runs: rank 2"));
        // A race that was stopped in its second run, which has the untrained model's metric only.
        change(two, [](RunRecord& record) {
            record.status = RunStatus::Stopped;
            record.steps = 4;
            record.metrics = record.before;
        });
        fixture.library.refresh();
        QTRY_VERIFY(says("No verdict: 1 of these 2 runs are done"));
        const auto tables = page.findChildren<QTableWidget*>();
        const QTableWidget* numbers = tables.first()->columnCount() == 7 ? tables.first() : tables.last();
        QCOMPARE(numbers->item(1, 3)->text(), QString("–, stopped at 4 of 40"));
        change(two, [](RunRecord& record) {
            record.status = RunStatus::Done;
            record.task = "token_classification";
        });
        fixture.library.refresh();
        QTRY_VERIFY(says("No verdict: these runs learn different tasks"));
        for (const QLabel* label : page.findChildren<QLabel*>())
            QVERIFY(!label->text().contains("enough here", Qt::CaseInsensitive) &&
                    !label->text().contains("Best of"));
    }

    void threeHundredEqualRunsAreAlike() {
        test::PageFixture fixture;
        QStringList folders;
        for (int i = 0; i < 300; ++i)
            folders << path(fixture.writeRun("same-" + std::to_string(i), 1, 9986, 0.6, 1));
        ComparePage page(fixture.context, nullptr);
        page.showRuns(folders);
        QTRY_COMPARE_WITH_TIMEOUT(page.curves().size(), std::size_t(300), 30'000);
        bool said = false;
        for (const QLabel* label : page.findChildren<QLabel*>()) {
            said = said || label->text().startsWith("These 300 runs are alike");
            QVERIFY(!label->text().contains("enough", Qt::CaseInsensitive));
        }
        QVERIFY(said);
    }

    void theNewestRunsAreComparedUntilTheUserTicksOthers() {
        test::PageFixture fixture;
        fixture.loadEngine();
        fixture.writeRun("one", 1, 1000, 0.8);
        ComparePage page(fixture.context, nullptr);
        QTRY_COMPARE(page.curves().size(), std::size_t(1));
        const auto anotherRuns = [&](const char* name, int64_t rank) {
            fixture.writeRun(name, rank, 1000, 0.8);
            fixture.controller.start(test::completeRecipe());
            fixture.backend.finish(RunStatus::Done);
        };
        anotherRuns("two", 2);
        QTRY_COMPARE(page.curves().size(), std::size_t(2));
        QTRY_VERIFY(!fixture.controller.busy());

        QAbstractItemModel* model = nullptr;
        for (const QTableView* view : page.findChildren<QTableView*>())
            if (qobject_cast<RunFilterModel*>(view->model())) model = view->model();
        QVERIFY(model && model->rowCount() == 2);
        QVERIFY(model->setData(model->index(0, 0), int(Qt::Unchecked), Qt::CheckStateRole));
        anotherRuns("three", 3);
        QTRY_COMPARE(model->rowCount(), 3);
        int ticked = 0;
        for (int row = 0; row < 3; ++row)
            ticked += model->index(row, 0).data(Qt::CheckStateRole).toInt() == Qt::Checked;
        QCOMPARE(ticked, 1);
    }

    void aRaceJoinsTheComparisonAndGrowsLive() {
        test::PageFixture fixture;
        fixture.loadEngine();
        ComparePage page(fixture.context, nullptr);
        fixture.controller.startRace(test::completeRecipe(), "method.rank", {int64_t(2), int64_t(4)});
        // The engine writes run.json as soon as it starts.
        RunRecord record;
        record.processId = QCoreApplication::applicationPid();
        record.settings = {{"method.rank", 2}};
        test::PageFixture::writeRecord(fixture.backend.folders.back(), record);
        fixture.backend.emitStep(1, 10, 0.7);
        QTRY_COMPARE(page.curves().size(), std::size_t(1));
        fixture.backend.emitStep(2, 10, 0.6);
        QTRY_VERIFY(!page.curves().front().steps.isEmpty() && page.curves().front().steps.last() == 2);
        QCOMPARE(page.curves().front().values.last(), 0.6);
    }
};

LATHE_TEST_IN(QApplication, TestComparePage)
#include "tst_compare_page.moc"
