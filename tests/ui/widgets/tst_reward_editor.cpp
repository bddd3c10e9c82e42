// SPDX-License-Identifier: GPL-3.0-or-later
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSpinBox>
#include <QToolButton>
#include <algorithm>

#include "tests/ui/page_fixture.h"
#include "ui/widgets/reward_editor.h"

using namespace lathe;

using Rewards = std::vector<NamedTexts>;

class TestRewardEditor : public QObject {
    Q_OBJECT

    /// An editor over the fake engine's rewards, and what it said last.
    struct Case {
        explicit Case(const FieldValue& value) : editor(backend.catalog().rewards) {
            editor.setValue(value);
            QObject::connect(&editor, &RewardEditor::edited, [this](const FieldValue& next) {
                said = next;
                ++count;
            });
        }
        Rewards rewards() const { return std::get<Rewards>(said); }
        QComboBox* kind(qsizetype row) const { return editor.findChildren<QComboBox*>("rewardKind").at(row); }

        bool says(const QString& text) const {
            const auto labels = editor.findChildren<QLabel*>();
            return std::any_of(labels.begin(), labels.end(),
                               [&](const QLabel* label) { return label->text() == text; });
        }

        test::FakeBackend backend;
        RewardEditor editor;
        FieldValue said;
        int count = 0;
    };

  private Q_SLOTS:
    void aRulesOwnFieldsAndItsWeightAreShown() {
        Case test(Rewards{{{"rule", "length"}, {"target", "6"}, {"weight", "0.5"}}});
        QCOMPARE(test.kind(0)->currentText(), QString("Length"));
        QCOMPARE(test.editor.findChild<QSpinBox*>("target")->value(), 6);
        QCOMPARE(test.editor.findChild<QLineEdit*>("weight")->text(), QString("0.5"));
        QVERIFY2(test.count == 0, "showing a value is no edit");
        test.editor.findChild<QSpinBox*>("target")->setValue(9);
        QCOMPARE(test.rewards(), Rewards({{{"rule", "length"}, {"target", "9"}, {"weight", "0.5"}}}));
        auto* weight = test.editor.findChild<QLineEdit*>("weight");
        weight->setText("heavy");
        Q_EMIT weight->editingFinished();
        QCOMPARE(test.rewards()[0].find("weight")->second, std::string("heavy"));
        QCOMPARE(weight->text(), QString("heavy"));  // what is wrong stays in sight
        QVERIFY(test.says("Enter a number."));
        weight->clear();
        Q_EMIT weight->editingFinished();
        QVERIFY(weight->text().isEmpty());
        QVERIFY(test.says("This needs a value; the default is 1."));
        weight->setText("2");
        Q_EMIT weight->editingFinished();
        QVERIFY(!test.says("This needs a value; the default is 1."));
    }

    void anotherKindKeepsTheWeight() {
        Case test(Rewards{{{"rule", "length"}, {"target", "6"}, {"weight", "2"}}});
        Q_EMIT test.kind(0)->activated(2);
        QCOMPARE(test.rewards(), Rewards({{{"model", ""}, {"weight", "2"}}}));
        QVERIFY(test.editor.findChild<FolderBox*>("model"));
        Q_EMIT test.kind(0)->activated(1);
        QCOMPARE(test.rewards(), Rewards({{{"rule", "contains"}, {"weight", "2"}}}));
    }

    void rewardsComeAndGo() {
        Case test(Rewards{{{"rule", "length"}}, {{"rule", "contains"}, {"text", "yes"}}});
        test.editor.findChildren<QToolButton*>("removeReward").first()->click();
        QCOMPARE(test.rewards(), Rewards({{{"rule", "contains"}, {"text", "yes"}}}));
        QCOMPARE(test.kind(0)->currentText(), QString("Contains a text"));
        test.editor.findChild<QPushButton*>("addReward")->click();
        QCOMPARE(test.rewards().size(), std::size_t(2));
        auto* weight = test.editor.findChild<QLineEdit*>("weight");
        weight->setText("2");
        const int said = test.count;
        test.editor.setValue({});
        Q_EMIT weight->editingFinished();  // as it does when it loses the focus
        QCOMPARE(test.count, said);
        QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
        QVERIFY(test.editor.findChildren<QComboBox*>("rewardKind").isEmpty());
        test.editor.findChild<QPushButton*>("addReward")->click();
        test.editor.findChild<QToolButton*>("removeReward")->click();
        QVERIFY(std::holds_alternative<std::monostate>(test.said));
    }

    void aRuleOfANewerEngineStaysAsItIs() {
        Case test(Rewards{{{"rule", "beauty"}, {"taste", "good"}}, {{"rule", "length"}}});
        QCOMPARE(test.kind(0)->currentIndex(), -1);
        test.editor.findChildren<QToolButton*>("removeReward").last()->click();
        QCOMPARE(test.rewards(), Rewards({{{"rule", "beauty"}, {"taste", "good"}}}));
    }
};

LATHE_TEST_IN(QApplication, TestRewardEditor)
#include "tst_reward_editor.moc"
