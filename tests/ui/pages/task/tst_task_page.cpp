// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/page_fixture.h"
#include "ui/pages/task/task_card.h"
#include "ui/pages/task/task_page.h"

using namespace lathe;

class TestTaskPage : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void cardsAppearWithTheEngineAndOnlyThoseItCanRun() {
        test::PageFixture fixture;
        TaskPage page(fixture.context, nullptr);
        QVERIFY(page.findChildren<TaskCard*>().isEmpty());
        fixture.loadEngine();
        QStringList names;
        for (const TaskCard* card : page.findChildren<TaskCard*>()) names.append(card->name());
        QCOMPARE(names, QStringList({"classification", "instruction", "preference", "reinforcement"}));
    }

    void aClickWritesTheTaskAndUndoTakesItBack() {
        test::PageFixture fixture;
        fixture.loadEngine();
        TaskPage page(fixture.context, nullptr);
        QVERIFY(!page.complete());
        auto* card = page.findChildren<TaskCard*>().last();
        card->click();
        QCOMPARE(fixture.draft.recipe().task, std::string("reinforcement"));
        QVERIFY(page.complete());
        fixture.draft.undoStack()->undo();
        QVERIFY(fixture.draft.recipe().task.empty());
        QVERIFY(!card->isChecked());
    }

    void aTaskTheBaseCannotLearnSaysSo() {
        test::PageFixture fixture;
        fixture.loadEngine();
        TaskPage page(fixture.context, nullptr);
        BaseFacts facts;
        facts.tasks = {"classification"};
        fixture.draft.setBaseFacts(facts);
        const auto cards = page.findChildren<TaskCard*>();
        QVERIFY(cards.first()->note().isEmpty());
        QVERIFY(!cards.last()->note().isEmpty());
    }
};

LATHE_TEST_IN(QApplication, TestTaskPage)
#include "tst_task_page.moc"
