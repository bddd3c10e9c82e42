// SPDX-License-Identifier: GPL-3.0-or-later
#include <QLineEdit>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTemporaryDir>
#include <cmath>

#include "tests/support/test_program.h"
#include "ui/theme/theme.h"
#include "ui/widgets/bar.h"
#include "ui/widgets/curve_plot.h"
#include "ui/widgets/field_form.h"
#include "ui/widgets/scatter_plot.h"

using namespace lathe;

class TestWidgets : public QObject {
    Q_OBJECT

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
    }

    void aMillionNoisyPointsRedrawQuickly() {
        Theme theme;
        CurvePlot plot(theme);
        plot.resize(1200, 600);
        plot.setSeries(0, "training %1", 0, 0);
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
