// SPDX-License-Identifier: GPL-3.0-or-later
// What a page needs to live in a test: draft, controller, estimates and theme over a fake engine, and runs on
// disk.
#pragma once

#include <QApplication>
#include <QSettings>
#include <memory>

#include "core/run/events/metric_log.h"
#include "core/run/store/run_store.h"
#include "tests/support/support.h"
#include "tests/ui/fake_backend.h"
#include "ui/pages/page_context.h"

namespace lathe::test {

class PageFixture {
  public:
    PageFixture() {
        qputenv("LATHE_HOME", folder.path().c_str());
        QSettings::setDefaultFormat(QSettings::IniFormat);
        QSettings::setPath(QSettings::IniFormat, QSettings::UserScope,
                           QString::fromStdString(folder.path().string()));
        theme.apply(*qApp, ThemeKind::Light);
        std::filesystem::create_directories(runsFolder());
    }

    std::filesystem::path runsFolder() const { return folder.path() / "runs"; }

    /// As the window does when the engine is loaded.
    void loadEngine() {
        draft.setCatalog(&backend.catalog());
        context.backend = &backend;
        controller.setBackend(&backend);
    }

    /// A finished LoRA run of the given rank whose loss falls over `steps` steps.
    std::filesystem::path writeRun(const std::string& name, int64_t rank, int64_t trainable, double accuracy,
                                   int steps = 40) const {
        const std::filesystem::path run = runsFolder() / name;
        std::filesystem::create_directories(run);
        RunRecord record;
        record.status = RunStatus::Done;
        record.name = name;
        record.task = "classification";
        record.base = "shelf:tiny";
        record.method = "lora";
        record.started = "2026-01-0" + std::to_string(1 + rank % 9) + "T10:00:00Z";
        record.trainable = trainable;
        record.total = 22'000'000;
        record.steps = record.maxSteps = steps;
        record.seconds = 30;
        record.before = {{"accuracy", 0.5}, {"loss", 0.7}};
        record.metrics = {{"accuracy", accuracy}, {"loss", 1 - accuracy}};
        record.settings = {{"method.name", "lora"}, {"method.rank", rank}, {"train.batch_size", 32}};
        writeRecord(run, record);
        auto log = MetricLog::open(run);
        if (!log.ok()) return run;
        for (int step = 1; step <= steps; ++step) {
            StepEvent event;
            event.step = step;
            event.maxSteps = steps;
            event.loss = 0.7 - 0.3 * step / steps * (1 - 1.0 / double(rank + 1));
            keep(log.value().append(event));
            if (step % 10 != 0) continue;
            EvalEvent eval;
            eval.step = step;
            eval.loss = event.loss + 0.02;
            keep(log.value().append(eval));
        }
        return run;
    }

    static void writeRecord(const std::filesystem::path& run, const RunRecord& record) {
        keep(writeRunRecord(run, record));
    }

    TemporaryFolder folder;
    Theme theme;
    FakeBackend backend;
    RecipeDraft draft;
    TrainingController controller{folder.path() / "runs"};
    Estimates estimates{draft, controller};
    RunLibrary library{folder.path() / "runs"};
    PageContext context{draft, nullptr, controller, theme, estimates, library};

  private:
    static void keep(const Result<void>& done) {
        if (!done.ok()) qFatal("%s", done.error().text().c_str());
    }
};

}  // namespace lathe::test
