// SPDX-License-Identifier: GPL-3.0-or-later
#include <QCheckBox>
#include <QComboBox>
#include <QFile>
#include <QLabel>
#include <QMimeData>
#include <QPlainTextEdit>
#include <QProgressBar>
#include <QPushButton>
#include <QTableWidget>

#include "tests/ui/page_fixture.h"
#include "ui/charts/confusion_matrix.h"
#include "ui/pages/evaluate/evaluate_page.h"
#include "ui/widgets/chip.h"

using namespace lathe;

namespace {

/// A page that has one finished run to judge, on the screen.
struct Shown {
    test::PageFixture fixture;
    std::string run;
    std::unique_ptr<EvaluatePage> page;

    explicit Shown(const std::string& task = "classification") {
        fixture.loadEngine();
        const auto folder = fixture.writeRun("judged", 8, 1000, 0.8);
        auto record = readRunRecord(folder).value();
        record.task = task;
        test::PageFixture::writeRecord(folder, record);
        run = folder.string();
        page = std::make_unique<EvaluatePage>(fixture.context, nullptr);
        page->resize(804, 600);
        page->show();
    }
    template <class Widget>
    Widget* child(const char* name) const {
        return page->findChild<Widget*>(name);
    }
    QPushButton* start() const { return child<QPushButton>("evaluateStart"); }
    QTableWidget* rows() const { return child<QTableWidget>("evaluateRows"); }
    bool says(const QString& text) const {
        for (const QLabel* label : page->findChildren<QLabel*>())
            if (label->isVisible() && label->text().contains(text)) return true;
        return false;
    }
};

}  // namespace

class TestEvaluatePage : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void aRunIsJudgedBeforeAndAfter() {
        Shown shown;
        QTRY_VERIFY(shown.start()->isEnabled());
        shown.start()->click();
        QCOMPARE(shown.fixture.backend.evaluatedTarget, shown.run);
        QVERIFY(shown.fixture.backend.evaluationRequest.before);
        QVERIFY(shown.fixture.backend.evaluationRequest.data.empty());
        QVERIFY(shown.page->evaluating() && !shown.start()->isVisible());
        shown.fixture.backend.evaluationProgress({30, 60});
        auto* bar = shown.page->findChild<QProgressBar*>();
        QTRY_COMPARE(bar->value(), 500);
        Evaluation evaluation = test::exampleEvaluation({"negative", "positive"});
        evaluation.notes = {{"columns_unused", "the column \"note\" is not used", "", "", 20}};
        shown.fixture.backend.answerEvaluation(evaluation);
        QTRY_VERIFY(!shown.page->evaluating());
        QVERIFY(shown.says("Columns are not used"));
        QVERIFY(shown.says("the column \"note\" is not used (20 rows)"));
        QVERIFY(shown.says("20 held-out rows of /data/reviews.csv"));
        QVERIFY(shown.says("90.0 %"));
        QVERIFY(shown.says("before 50.0 % (+40.0)"));
        QVERIFY(shown.says("85.0 %"));  // 17 of 20 rows are better
        QVERIFY(shown.says("17 rows better, 3 worse"));
        QVERIFY(!bar->isVisible() && shown.start()->isVisible());
        QVERIFY(shown.page->complete());
        QCOMPARE(shown.page->railNote(), QString("90.0 %"));

        // It stays when the page is left.
        shown.page->hide();
        shown.page->show();
        QVERIFY(shown.says("90.0 %"));
    }

    void rowsAreShownWholeAndAsPlainText() {
        Shown shown;
        QTRY_VERIFY(shown.start()->isEnabled());
        shown.start()->click();
        shown.fixture.backend.answerEvaluation(test::exampleEvaluation({"good", "bad", "so so"}));
        QTRY_COMPARE(shown.rows()->rowCount(), 3);
        QCOMPARE(shown.rows()->columnCount(), 7);
        QCOMPARE(shown.rows()->item(0, 1)->text(), QString("A <b>text</b> of good"));
        QCOMPARE(shown.rows()->item(0, 4)->text(), QString("bad 90.0 %"));
        auto* whole = shown.child<QPlainTextEdit>("evaluateRow");
        shown.rows()->selectRow(2);
        QVERIFY(whole->toPlainText().startsWith("A <b>text</b> of so so\n"));
        QVERIFY(whole->toPlainText().contains("Expected: so so"));
        QVERIFY(whole->toPlainText().contains("Got: good"));
        for (Chip* chip : shown.page->findChildren<Chip*>())
            if (chip->text() == "Changed") chip->click();
        QCOMPARE(shown.rows()->rowCount(), 1);
    }

    void theMatrixIsReadByKeyboard() {
        Shown shown;
        QTRY_VERIFY(shown.start()->isEnabled());
        shown.start()->click();
        std::vector<std::string> labels;
        for (int i = 0; i < 200; ++i) labels.push_back("a class with a long name " + std::to_string(i));
        shown.fixture.backend.answerEvaluation(test::exampleEvaluation(labels));
        auto* matrix = shown.page->findChild<ConfusionMatrix*>();
        QTRY_VERIFY(matrix->isVisible());
        matrix->setFocus();
        QTest::keyClick(matrix, Qt::Key_Right);
        QCOMPARE(matrix->currentColumn(), 1);
        QVERIFY(shown.says("called a class with a long name 1: 1 of 10 (10.0 %)"));
        QTest::keyClick(matrix, Qt::Key_End);
        QCOMPARE(matrix->currentRow(), 199);
        QVERIFY(matrix->accessibleDescription().contains("9 of 10"));
        QVERIFY(matrix->grab().width() <= 804);
        const QString png = QString::fromStdString((shown.fixture.folder.path() / "m.png").string());
        const QString svg = QString::fromStdString((shown.fixture.folder.path() / "m.svg").string());
        QVERIFY(matrix->exportPng(png) && matrix->exportSvg(svg));
        QVERIFY(QImage(png).width() > 800);
        QFile drawing(svg);
        QVERIFY(drawing.open(QIODevice::ReadOnly) && drawing.readAll().contains("<svg"));
    }

    void textModelsShowAnswersSideBySide() {
        Shown shown("instruction");
        QTRY_VERIFY(shown.start()->isEnabled());
        shown.start()->click();
        QCOMPARE(shown.fixture.backend.evaluationRequest.answers, int64_t(3));
        Evaluation evaluation;
        evaluation.task = "instruction";
        evaluation.rows = 4;
        evaluation.now.loss = 1;
        evaluation.now.metrics = {{"perplexity", 2.7183}};
        evaluation.before = EvaluationSide{};
        evaluation.before->loss = 2;
        evaluation.before->metrics = {{"perplexity", 7.389}};
        evaluation.rowsBetter = 3;
        evaluation.rowsWorse = 1;
        EvaluatedRow row;
        row.line = 1;
        row.text = "Name a colour.";
        row.expected = "Blue.";
        row.now = {0.5, "Blue, of course.", std::nullopt};
        row.before = RowOutcome{1.5, "I am a model.", std::nullopt};
        evaluation.answers = evaluation.worst = {row};
        shown.fixture.backend.answerEvaluation(evaluation);
        QTRY_VERIFY(shown.says("Blue, of course."));
        QVERIFY(shown.says("I am a model."));
        QVERIFY(shown.says("75.0 %"));
        QVERIFY(shown.says("before 7.389 (−4.67)"));
        QVERIFY(!shown.page->findChild<ConfusionMatrix*>()->isVisible());
    }

    void itCanBeCancelledAndAnErrorIsSaid() {
        Shown shown;
        QTRY_VERIFY(shown.start()->isEnabled());
        shown.start()->click();
        shown.child<QPushButton>("evaluateCancel")->click();
        QTRY_VERIFY(!shown.page->evaluating());
        QVERIFY(shown.fixture.backend.calls.contains("stop answers"));
        QVERIFY(!shown.page->complete());
        shown.start()->click();
        shown.fixture.backend.answerEvaluation(
            Error{ErrorCode::ModelMismatch, "other labels", "rows.csv", ""});
        QTRY_VERIFY(shown.says("rows.csv"));
        QVERIFY(shown.start()->isEnabled());
    }

    void aFileOrAPlainModelCanBeChosen() {
        Shown shown;
        shown.fixture.draft.setRecipe(test::completeRecipe());
        auto* targets = shown.child<QComboBox>("evaluateTarget");
        QTRY_COMPARE(targets->count(), 2);
        QCOMPARE(targets->itemText(1), QString("Base: base-folder"));
        targets->setCurrentIndex(1);
        Q_EMIT targets->activated(1);
        QVERIFY(!shown.start()->isEnabled());
        QVERIFY(shown.says("has held out no rows"));
        QMimeData dropped;
        dropped.setUrls({QUrl::fromLocalFile("/data/more.csv")});
        QDragEnterEvent enter({5, 5}, Qt::CopyAction, &dropped, Qt::LeftButton, Qt::NoModifier);
        QApplication::sendEvent(shown.page.get(), &enter);
        QVERIFY(enter.isAccepted());
        QDropEvent drop(QPointF(5, 5), Qt::CopyAction, &dropped, Qt::LeftButton, Qt::NoModifier);
        QApplication::sendEvent(shown.page.get(), &drop);
        QVERIFY(shown.start()->isEnabled());
        shown.start()->click();
        QCOMPARE(shown.fixture.backend.evaluatedTarget, std::string("base-folder"));
        QCOMPARE(shown.fixture.backend.evaluationRequest.data.string(), std::string("/data/more.csv"));
        QCOMPARE(shown.fixture.backend.evaluationRequest.task, std::string("classification"));
        QVERIFY(!shown.fixture.backend.evaluationRequest.before);
    }

    void theRunJustTrainedIsTheOneChosen() {
        Shown shown;
        auto* targets = shown.child<QComboBox>("evaluateTarget");
        QTRY_COMPARE(targets->count(), 1);
        shown.fixture.controller.start(test::completeRecipe());
        QVERIFY(!shown.start()->isEnabled());
        const auto folder = shown.fixture.backend.folders.back();
        RunRecord record;
        record.status = RunStatus::Done;
        record.task = "classification";
        test::PageFixture::writeRecord(folder, record);
        shown.fixture.backend.finish(RunStatus::Done);
        QTRY_COMPARE(targets->currentData().toString().toStdString(), folder);
        QTRY_VERIFY(shown.start()->isEnabled());

        // Until another is chosen.
        targets->setCurrentIndex(targets->findData(QString::fromStdString(shown.run)));
        Q_EMIT targets->activated(targets->currentIndex());
        shown.fixture.controller.start(test::completeRecipe());
        test::PageFixture::writeRecord(shown.fixture.backend.folders.back(), record);
        shown.fixture.backend.finish(RunStatus::Done);
        QTRY_COMPARE(targets->count(), 3);
        QCOMPARE(targets->currentData().toString().toStdString(), shown.run);
    }
};

LATHE_TEST_IN(QApplication, TestEvaluatePage)
#include "tst_evaluate_page.moc"
