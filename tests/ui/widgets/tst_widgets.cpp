// SPDX-License-Identifier: GPL-3.0-or-later
#include <QLineEdit>
#include <QPushButton>
#include <QScrollArea>
#include <QSignalSpy>
#include <QSlider>
#include <QSpinBox>
#include <QTemporaryDir>
#include <QTextDocument>
#include <QToolButton>
#include <QVBoxLayout>
#include <cmath>

#include "tests/support/test_program.h"
#include "tests/ui/user_input.h"
#include "ui/charts/bar.h"
#include "ui/charts/curve_plot.h"
#include "ui/charts/scatter_plot.h"
#include "ui/pages/method/rank_slider.h"
#include "ui/shell/wheel_guard.h"
#include "ui/text/plain_tool_tip.h"
#include "ui/theme/theme.h"
#include "ui/widgets/field_form.h"

using namespace lathe;

class TestWidgets : public QObject {
    Q_OBJECT

    static Field fieldOf(const char* key, FieldKind kind, FieldValue fallback) {
        Field made;
        made.key = key;
        made.kind = kind;
        made.fallback = std::move(fallback);
        return made;
    }

    /// A form of these fields, and what it said.
    struct Case {
        explicit Case(const std::vector<Field>& fields) {
            form.setFields(fields);
            QObject::connect(&form, &FieldForm::valueChanged,
                             [this](const QString&, const FieldValue& value) { said.push_back(value); });
        }
        QLineEdit* line(const char* key) const { return form.findChild<QLineEdit*>(key); }

        FieldForm form;
        std::vector<FieldValue> said;
    };

  private Q_SLOTS:
    void aFormSaysWhatWasEditedAndResets() {
        Field rank;
        rank.key = "rank";
        rank.kind = FieldKind::Integer;
        rank.fallback = int64_t(8);
        rank.min = 1;
        rank.max = 4096;
        Field rate;
        rate.key = "train.learning_rate";
        rate.kind = FieldKind::Number;
        FieldForm form;
        form.setFields({rank, rate});
        QString key;
        FieldValue value;
        connect(&form, &FieldForm::valueChanged, this,
                [&](const QString& newKey, const FieldValue& newValue) {
                    key = newKey;
                    value = newValue;
                });
        form.findChild<QSpinBox*>("rank")->setValue(12);
        QCOMPARE(key, QString("rank"));
        QCOMPARE(std::get<int64_t>(value), 12);

        auto* line = form.findChild<QLineEdit*>("train.learning_rate");
        QTest::keyClicks(line, "2e-4");
        QTest::keyClick(line, Qt::Key_Return);
        QCOMPARE(std::get<double>(value), 2e-4);
        line->clear();
        QTest::keyClick(line, Qt::Key_Return);
        QVERIFY(std::holds_alternative<std::monostate>(value));

        key.clear();
        form.setValues({{"rank", int64_t(3)}});
        QCOMPARE(form.findChild<QSpinBox*>("rank")->value(), 3);
        QVERIFY2(key.isEmpty(), "showing a value is no edit");
    }

    void aTextThatIsNoValueStaysUntilTheReset() {
        Case shown({fieldOf("train.epochs", FieldKind::Number, 1.0)});
        QLineEdit* epochs = shown.line("train.epochs");
        for (const QString text : {"abc", "1e999", "nan", ""}) {
            test::typeOver(epochs, text);
            QVERIFY2(!shown.said.empty() && shown.said.back() == FieldValue(text.toStdString()),
                     qPrintable(text));
            QCOMPARE(epochs->text(), text);
        }
        shown.form.findChild<QToolButton*>("reset")->click();
        QVERIFY(shown.said.back() == FieldValue(1.0));
        QCOMPARE(epochs->text(), QString("1"));
    }

    void anEmptyLineIsTheDefaultWhereThatIsEmpty() {
        Case shown(
            {fieldOf("rate", FieldKind::Number, {}), fieldOf("pairs", FieldKind::NameMap, NamedTexts{})});
        test::typeOver(shown.line("pairs"), "v_proj: 16, k_proj: 8");
        QVERIFY(shown.said.back() == FieldValue(NamedTexts({{"v_proj", "16"}, {"k_proj", "8"}})));
        test::typeOver(shown.line("pairs"), "v_proj=16");
        QVERIFY(shown.said.back() == FieldValue(std::string("v_proj=16")));
        test::typeOver(shown.line("pairs"), "");
        QVERIFY(shown.said.back() == FieldValue(NamedTexts{}));
        test::typeOver(shown.line("rate"), "2");
        test::typeOver(shown.line("rate"), "");
        QVERIFY(shown.said.back() == FieldValue());
    }

    void leavingALineThatWasNotEditedChangesNothing() {
        Case shown({fieldOf("rate", FieldKind::Number, 1.0),
                    fieldOf("names", FieldKind::NameList, std::vector<std::string>{})});
        shown.form.setValues(
            {{"rate", 0.000123456789}, {"names", std::vector<std::string>{"layers\\.1[0-9]{1,2}"}}});
        QCOMPARE(shown.line("rate")->text(), QString("0.000123456789"));
        for (const char* key : {"rate", "names"}) Q_EMIT shown.line(key)->editingFinished();
        QVERIFY(shown.said.empty());
    }

    void aNumberThatNoSpinBoxShowsIsTyped() {
        Field seed = fieldOf("seed", FieldKind::Integer, int64_t(0));
        seed.max = 4294967295.0;
        Case shown({seed, fieldOf("sweeps", FieldKind::Integer, {})});
        shown.form.setValues({{"seed", int64_t(3000000000)}});
        QCOMPARE(shown.line("seed")->text(), QString("3000000000"));
        QVERIFY(shown.line("sweeps")->text().isEmpty());
        test::typeOver(shown.line("sweeps"), "4");
        QVERIFY(shown.said.back() == FieldValue(int64_t(4)));
        test::typeOver(shown.line("sweeps"), "4.5");
        QVERIFY(shown.said.back() == FieldValue(std::string("4.5")));
    }

    void theWheelScrollsUntilAnEditorHasTheFocus() {
        const WheelGuard guard;
        Theme theme;
        QScrollArea area;
        auto* page = new QWidget;
        page->setMinimumHeight(3000);
        auto* rows = new QVBoxLayout(page);
        auto* elsewhere = new QPushButton("elsewhere");
        auto* rank = new RankSlider(theme);
        rank->setValue(8);
        auto* menu = new QComboBox;
        menu->addItems({"a", "b", "c"});
        menu->setCurrentIndex(1);
        for (QWidget* widget : std::initializer_list<QWidget*>{elsewhere, rank, menu})
            rows->addWidget(widget);
        area.setWidgetResizable(true);
        area.setWidget(page);
        area.resize(400, 200);
        area.show();
        QVERIFY(QTest::qWaitForWindowActive(&area));
        for (QWidget* editor : std::initializer_list<QWidget*>{rank->slider(), rank->spinBox(), menu}) {
            elsewhere->setFocus();
            area.verticalScrollBar()->setValue(0);
            const QString before = test::settingOf(editor);
            test::turnWheel(editor, -120);
            if (auto* line = editor->findChild<QLineEdit*>()) test::turnWheel(line, -120);
            QCOMPARE(test::settingOf(editor), before);
            QVERIFY(elsewhere->hasFocus());
            const int scrolled = area.verticalScrollBar()->value();
            QVERIFY2(scrolled > 0, qPrintable(before));

            editor->setFocus();
            test::turnWheel(editor, -120);
            QVERIFY2(test::settingOf(editor) != before, qPrintable(before));
            QCOMPARE(area.verticalScrollBar()->value(), scrolled);
        }
    }

    void advancedFieldsAreHiddenAtFirst() {
        Field field;
        field.key = "init";
        field.kind = FieldKind::Text;
        field.advanced = true;
        FieldForm form;
        form.setFields({field});
        QVERIFY(!form.findChild<QLineEdit*>("init")->isVisibleTo(&form));
        form.setAdvanced(true);
        QVERIFY(form.findChild<QLineEdit*>("init")->isVisibleTo(&form));
        form.setAdvanced(false);
        form.setFaults({{"init", "Enter a number."}});
        QVERIFY(form.findChild<QLineEdit*>("init")->isVisibleTo(&form));
        form.setFaults({});
        QVERIFY(!form.findChild<QLineEdit*>("init")->isVisibleTo(&form));
    }

    void anExpressionStaysWhole() {
        Case form({fieldOf("targets", FieldKind::NameList, std::vector<std::string>{})});
        for (const char* text : {".*layers\\.(1[0-9]{1,2}).*", "q_proj|v_proj", "a.*, b"}) {
            test::typeOver(form.line("targets"), text);
            QCOMPARE(std::get<std::vector<std::string>>(form.said.back()), std::vector<std::string>{text});
        }
        test::typeOver(form.line("targets"), "q_proj, v_proj");
        QCOMPARE(std::get<std::vector<std::string>>(form.said.back()),
                 std::vector<std::string>({"q_proj", "v_proj"}));
    }

    void aToolTipShowsAStrangersTextAsItIs() {
        QTextDocument shown;
        for (const QString text : {"R&D.csv", "<b>bold</b> & more", "two\nlines"}) {
            QVERIFY(Qt::mightBeRichText(plainToolTip(text)));
            shown.setHtml(plainToolTip(text));
            QCOMPARE(shown.toPlainText(), text);
        }
        QVERIFY(plainToolTip({}).isEmpty());
    }

    void aNumberTooLargeForItsSpinBoxIsNoOther() {
        Field field = fieldOf("steps", FieldKind::Integer, int64_t(0));
        field.max = 1e9;
        FieldForm form;
        form.setFields({field});
        form.setValues({{"steps", int64_t(4294967298)}});
        QCOMPARE(form.findChild<QSpinBox*>("steps")->value(), 1000000000);
    }

    void aMillionNoisyPointsRedrawQuickly() {
        Theme theme;
        CurvePlot plot(theme);
        plot.resize(1200, 600);
        plot.setSeries(0, "training %1", 0, 0, CurvePlot::Style::Smoothed, true);
        QList<double> xs, ys;
        for (int i = 0; i < 1000000; ++i) {
            xs << i;
            ys << 2 + std::sin(i * 0.001) + 0.3 * std::sin(i * 12.9898);
        }
        plot.append(0, xs, ys);
        plot.grab();
        QElapsedTimer clock;
        clock.start();
        plot.append(0, {1000001.0}, {2.0});
        plot.grab();
        // Tens of milliseconds on an idle machine; the bound leaves room for a busy one and for sanitizers.
        QVERIFY2(clock.elapsed() < 2000, qPrintable(QString::number(clock.elapsed())));
    }

    void plotsWriteTheirPictures() {
        QTemporaryDir folder;
        Theme theme;
        CurvePlot curve(theme);
        curve.resize(400, 300);
        curve.setEndLabels(true);
        curve.setSeries(0, "training %1", 0, 0);
        curve.setSeries(1, "validation %1", 1, 1, CurvePlot::Style::Points);
        curve.append(0, {1, 2, 3}, {3, 2, 1});
        curve.append(1, {0, 3}, {3, 1.5});
        curve.addMark(2, "warning");
        ScatterPlot scatter(theme);
        scatter.resize(400, 300);
        scatter.setPoints({{"1", 1000, 0.8, 0, false, true}, {"full", 1e6, 0.9, 1, true, false}});
        scatter.setBand(0.89, 0.9, "good enough");
        for (const QString name : {"a.png", "a.svg", "a.pdf"}) {
            const QString one = folder.filePath("curve-" + name), two = folder.filePath("scatter-" + name);
            QVERIFY(name.endsWith("png")   ? curve.exportPng(one) && scatter.exportPng(two)
                    : name.endsWith("svg") ? curve.exportSvg(one) && scatter.exportSvg(two)
                                           : curve.exportPdf(one) && scatter.exportPdf(two));
            QVERIFY(QFileInfo(one).size() > 200 && QFileInfo(two).size() > 200);
        }
    }

    void removedSeriesAndThemeChangesLeaveNothingBehind() {
        Theme theme;
        CurvePlot plot(theme);
        plot.resize(300, 200);
        plot.setSeries(0, "a", 0, 0);
        plot.append(0, {1, 2}, {1, 2});
        theme.apply(*qApp, ThemeKind::Dark);
        plot.removeSeries(0);
        plot.clear();
        QVERIFY(plot.isEmpty());
        plot.append(0, {3}, {3});  // no such series any more
        theme.apply(*qApp, ThemeKind::Light);
        plot.grab();
    }

    void logFractionIsBounded() {
        QCOMPARE(Bar::logFraction(1, 1000), 0.0);
        QCOMPARE(Bar::logFraction(0, 1000), 0.0);
        QCOMPARE(Bar::logFraction(1000, 1000), 1.0);
        QCOMPARE(Bar::logFraction(5000, 1000), 1.0);
        QVERIFY(std::abs(Bar::logFraction(100, 10000) - 0.5) < 1e-12);
    }
};

LATHE_TEST_IN(QApplication, TestWidgets)
#include "tst_widgets.moc"
