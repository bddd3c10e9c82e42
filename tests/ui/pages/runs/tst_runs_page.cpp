// SPDX-License-Identifier: GPL-3.0-or-later
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QTableView>

#include "core/base/files.h"
#include "core/config/recipe_yaml.h"
#include "tests/ui/page_fixture.h"
#include "ui/models/run_list_model.h"
#include "ui/pages/runs/runs_page.h"

using namespace lathe;

class TestRunsPage : public QObject {
    Q_OBJECT

    static QPushButton* button(const QWidget& page, const char* text) {
        for (QPushButton* candidate : page.findChildren<QPushButton*>()) {
            if (candidate->text() == text) return candidate;
        }
        return nullptr;
    }

    static QString path(const std::filesystem::path& folder) {
        return QString::fromStdString(folder.string());
    }

  private Q_SLOTS:
    void theListIsReadFromTheFoldersAndSearched() {
        test::PageFixture fixture;
        fixture.writeRun("alpha", 4, 1000, 0.8);
        fixture.writeRun("beta", 8, 2000, 0.9);
        RunsPage page(fixture.context, nullptr);
        auto* model = page.findChild<QTableView*>()->model();
        QTRY_COMPARE(model->rowCount(), 2);
        QCOMPARE(page.railNote(), QString("2"));
        const auto curve =
            model->index(0, RunListModel::Curve).data(RunListModel::ValuesRole).value<QList<double>>();
        QVERIFY(curve.size() > 10 && curve.first() > curve.last());
        for (QLineEdit* edit : page.findChildren<QLineEdit*>()) {
            if (edit->accessibleName() == "Search runs") edit->setText("BET lora");
        }
        QCOMPARE(model->rowCount(), 1);
        QCOMPARE(model->index(0, 0).data().toString(), QString("beta"));
    }

    void aFailedRunSaysWhy() {
        test::PageFixture fixture;
        const auto run = fixture.writeRun("broken", 4, 1000, 0.8);
        auto record = readRunRecord(run);
        LATHE_VERIFY_OK(record);
        record.value().status = RunStatus::Failed;
        record.value().failure = Error{ErrorCode::OutOfMemory, "no 3 GiB block was left", "step 4", ""};
        test::PageFixture::writeRecord(run, record.value());
        RunsPage page(fixture.context, nullptr);
        QTRY_VERIFY(page.findChild<QTableView*>()->model()->rowCount() == 1);
        page.showRuns({path(run)});
        bool said = false;
        for (const QLabel* label : page.findChildren<QLabel*>()) {
            said = said ||
                   (label->text().contains("no 3 GiB block") && label->text().contains("Halve the batch"));
        }
        QVERIFY(said);
    }

    void renamingWritesTheRecord() {
        test::PageFixture fixture;
        const auto run = fixture.writeRun("old", 4, 1000, 0.8);
        RunsPage page(fixture.context, nullptr);
        auto* model = page.findChild<QTableView*>()->model();
        QTRY_COMPARE(model->rowCount(), 1);
        QVERIFY(model->setData(model->index(0, 0), "new name", Qt::EditRole));
        QTRY_COMPARE(model->index(0, 0).data().toString(), QString("new name"));
        const auto record = readRunRecord(run);
        LATHE_VERIFY_OK(record);
        QCOMPARE(record.value().name, std::string("new name"));
        QCOMPARE(record.value().trainable, int64_t(1000));
    }

    void runAgainFillsTheDraft() {
        test::PageFixture fixture;
        fixture.loadEngine();
        const auto run = fixture.writeRun("again", 4, 1000, 0.8);
        Recipe recipe = test::completeRecipe();
        recipe.train.batchSize = 17;
        LATHE_VERIFY_OK(writeFile(run / "recipe.yaml", recipeToYaml(recipe)));
        RunsPage page(fixture.context, nullptr);
        QTRY_COMPARE(page.findChild<QTableView*>()->model()->rowCount(), 1);
        page.showRuns({path(run)});
        QSignalSpy opened(&page, &Page::goTo);
        button(page, "Run again with changes")->click();
        QCOMPARE(fixture.draft.recipe().train.batchSize, int64_t(17));
        QCOMPARE(opened.size(), 1);
    }

    void selectedRunsAreHandedToOtherPages() {
        test::PageFixture fixture;
        const auto run = path(fixture.writeRun("one", 4, 1000, 0.8));
        RunsPage page(fixture.context, nullptr);
        QTRY_COMPARE(page.findChild<QTableView*>()->model()->rowCount(), 1);
        page.showRuns({run});
        QSignalSpy chosen(&page, &Page::runsChosen);
        button(page, "Compare")->click();
        QCOMPARE(chosen.first().first().toStringList(), QStringList{run});
        QCOMPARE(chosen.first().last().toString(), QString("compare"));
    }

    void aBrokenRunFolderDoesNotHideTheOthers() {
        test::PageFixture fixture;
        fixture.writeRun("good", 4, 1000, 0.8);
        std::filesystem::create_directories(fixture.runsFolder() / "bad");
        LATHE_VERIFY_OK(writeFile(fixture.runsFolder() / "bad" / "run.json", "{\"status\": "));
        RunsPage page(fixture.context, nullptr);
        QTRY_COMPARE(page.findChild<QTableView*>()->model()->rowCount(), 2);  // the bad one as incomplete
    }
};

LATHE_TEST_IN(QApplication, TestRunsPage)
#include "tst_runs_page.moc"
