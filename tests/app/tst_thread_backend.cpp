// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/thread_backend.h"

#include <future>
#include <stdexcept>

#include "tests/support/engine_support.h"

using namespace lathe;
using namespace std::chrono_literals;

class TestThreadBackend : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void whatIsThrownEndsItsWorkAndNotTheThread() {
        WorkQueue queue;
        std::promise<void> later;
        queue.post([] { throw std::runtime_error("of the test"); });
        queue.post([&] { later.set_value(); });
        QVERIFY(later.get_future().wait_for(10s) == std::future_status::ready);
    }
    // The window's sink only fills a queue, but memory can be short there, too.
    void aSinkThatThrowsLeavesTheBackendReady() {
        const test::TemporaryFolder folder;
        ThreadBackend backend;
        Recipe recipe;
        recipe.task = "classification";
        recipe.base = (folder.path() / "no-such-base").string();
        for (int round = 0; round < 2; ++round) {
            std::promise<void> ended;
            backend.start(recipe, (folder.path() / std::to_string(round)).string(), [&](const Event& event) {
                if (!std::holds_alternative<FinishedEvent>(event)) throw std::runtime_error("of the test");
                ended.set_value();
            });
            QVERIFY(ended.get_future().wait_for(30s) == std::future_status::ready);
        }
    }
    void anAnswerThatThrowsLeavesTheOthersTheirs() {
        const test::TemporaryFolder folder;
        ThreadBackend backend;
        const std::string target = (folder.path() / "nowhere").string();
        backend.predict(target, true, {"a"}, [](const auto&) { throw std::runtime_error("of the test"); });
        std::promise<ErrorCode> answered;
        backend.predict(target, true, {"a"}, [&](const Result<std::vector<Prediction>>& answer) {
            answered.set_value(answer.error().code);
        });
        auto code = answered.get_future();
        QVERIFY(code.wait_for(30s) == std::future_status::ready);
        QCOMPARE(code.get(), ErrorCode::FileMissing);
    }
    void aQuestionThatIsTakenBackIsNotAnswered() {
        const test::TemporaryFolder folder;
        ThreadBackend backend;
        std::promise<void> begun, goOn;
        std::promise<ErrorCode> answered, later;
        const std::string target = (folder.path() / "nowhere").string();
        // The first question holds the thread until the second is taken back.
        backend.predict(target, true, {"a"}, [&](const auto&) {
            begun.set_value();
            goOn.get_future().wait();
        });
        begun.get_future().wait();
        backend.predict(target, true, {"a"},
                        [&](const auto& answer) { answered.set_value(answer.error().code); });
        backend.stopAnswers();
        backend.predict(target, true, {"a"},
                        [&](const auto& answer) { later.set_value(answer.error().code); });
        goOn.set_value();
        QCOMPARE(answered.get_future().get(), ErrorCode::Stopped);
        QCOMPARE(later.get_future().get(), ErrorCode::FileMissing);
    }
};

LATHE_TEST(TestThreadBackend)
#include "tst_thread_backend.moc"
