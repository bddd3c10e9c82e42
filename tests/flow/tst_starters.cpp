// SPDX-License-Identifier: GPL-3.0-or-later
// Every starter recipe, two steps on a few of its rows, by the real lathe-run on its real base.
#include <QtCore/QDir>
#include <QtCore/QRegularExpression>
#include <cmath>

#include "core/base/files.h"
#include "core/run/store/run_store.h"
#include "tests/flow/lathe_run.h"
#include "tests/support/support.h"

using namespace lathe;
using test::latheRun;

class TestStarters : public QObject {
    Q_OBJECT
  private:
    test::TemporaryFolder m_folder;
    QString m_newBase;  ///< t5-mini, made for this test

    /// Where the base of `recipe` lies; empty when it was not fetched.
    QString baseOf(const QString& recipe) const {
        static const QRegularExpression line("^base: shelf:(\\S+)$", QRegularExpression::MultilineOption);
        const auto text = readTextFile(recipe.toStdString());
        if (!text.ok()) return {};
        const QString name = line.match(QString::fromStdString(text.value())).captured(1);
        return name == "t5-mini" ? m_newBase : test::shelfBase(name);
    }

  private slots:
    void initTestCase() {
        const QByteArray home = qgetenv("LATHE_HOME");
        qputenv("LATHE_HOME", m_folder.path().string().c_str());
        const auto made = latheRun({"shelf", "get", "t5-mini"});
        home.isNull() ? qunsetenv("LATHE_HOME") : qputenv("LATHE_HOME", home);
        QVERIFY2(made.exitCode == 0, qPrintable(made.errors));
        m_newBase = made.lines.first()["path"].toString();
    }

    void everyRecipeTrains_data() {
        QTest::addColumn<QString>("recipe");
        const QDir recipes(QString::fromStdString(test::resourceFile("recipes").string()));
        for (const QFileInfo& file : recipes.entryInfoList({"*.yaml"}, QDir::Files, QDir::Name))
            QTest::newRow(qPrintable(file.completeBaseName())) << file.filePath();
    }
    void everyRecipeTrains() {
        QFETCH(QString, recipe);
        const QString base = baseOf(recipe);
        if (base.isEmpty()) QSKIP("its base is not on the shelf (lathe-run shelf get NAME)");
        const auto run = m_folder.path() / QTest::currentDataTag();
        const auto trained =
            latheRun({"train", recipe, "base=" + base, "train.max_steps=2", "train.batch_size=2",
                      "train.eval_every=0", "data.limit=24", "--out", QString::fromStdString(run.string())});
        QVERIFY2(trained.exitCode == 0, qPrintable(trained.errors));
        const auto record = readRunRecord(run);
        LATHE_VERIFY_OK(record);
        QCOMPARE(record.value().status, RunStatus::Done);
        QCOMPARE(record.value().steps, int64_t(2));
        QVERIFY(!record.value().metrics.empty());
        for (const auto& metrics : {record.value().before, record.value().metrics})
            for (const auto& [name, value] : metrics) QVERIFY2(std::isfinite(value), name.c_str());
        LATHE_VERIFY_OK(runResult(run));
    }
};

LATHE_TEST_IN(QCoreApplication, TestStarters)
#include "tst_starters.moc"
