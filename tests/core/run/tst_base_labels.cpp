// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/run/base_labels.h"

#include "tests/support/support.h"

using namespace lathe;

using Names = std::vector<std::string>;
using Outputs = std::vector<int32_t>;

class TestBaseLabels : public QObject {
    Q_OBJECT
  private slots:
    void theBasesOrderStays() {
        const LabelMatch match = matchLabels({"hot", "warm", "cold"}, {"cold", "hot", "warm"});
        QVERIFY(!match.newHead && match.notes.empty());
        QCOMPARE(match.labels, (Names{"hot", "warm", "cold"}));
        QCOMPARE(match.outputs, (Outputs{2, 0, 1}));
    }
    void someOfItsLabels() {
        const LabelMatch match = matchLabels({"hot", "warm", "cold"}, {"cold", "warm"});
        QVERIFY(!match.newHead);
        QCOMPARE(match.labels, (Names{"hot", "warm", "cold"}));
        QCOMPARE(match.outputs, (Outputs{2, 1}));
        QCOMPARE(match.notes.at(0).code, std::string("head_labels"));
        QVERIFY(match.notes.at(0).message.ends_with("no row has hot"));
    }
    void labelsAreEqualByValueAndWithoutCapitals() {
        const LabelMatch numbers = matchLabels({"2", "1", "0"}, {"0.0", "1.0", "2.0"});
        QCOMPARE(numbers.outputs, (Outputs{2, 1, 0}));
        QCOMPARE(numbers.labels, (Names{"2.0", "1.0", "0.0"}));
        const LabelMatch capitals = matchLabels({"POSITIVE", "NEGATIVE"}, {"negative", "positive"});
        QCOMPARE(capitals.outputs, (Outputs{1, 0}));
        QCOMPARE(capitals.labels, (Names{"positive", "negative"}));
        QCOMPARE(capitals.notes.at(0).code, std::string("labels_renamed"));
        QVERIFY(capitals.notes.at(0).message.find("POSITIVE, NEGATIVE are named positive, negative") !=
                std::string::npos);
        QVERIFY(matchLabels({"Hot", "warm"}, {"HOT", "hot"}).newHead);
    }
    void outputsWithoutNames() {
        const LabelMatch numbers = matchLabels({"LABEL_0", "LABEL_1", "LABEL_2"}, {"0", "2"});
        QVERIFY(!numbers.newHead && numbers.notes.size() == 1);
        QCOMPARE(numbers.notes[0].code, std::string("head_labels"));
        QCOMPARE(numbers.labels, (Names{"0", "LABEL_1", "2"}));
        const LabelMatch words = matchLabels({"LABEL_0", "LABEL_1"}, {"no", "yes"});
        QVERIFY(!words.newHead);
        QCOMPARE(words.labels, (Names{"no", "yes"}));
        QCOMPARE(words.notes.at(0).code, std::string("labels_assumed"));
        QVERIFY(matchLabels({"LABEL_0", "LABEL_1"}, {"no", "perhaps", "yes"}).newHead);
    }
    void otherLabelsNeedANewHead() {
        for (const Names& data :
             {Names{"dry", "wet"}, Names{"cold", "hot", "wet"}, Names{"a", "b", "c", "d"}}) {
            const LabelMatch match = matchLabels({"hot", "warm", "cold"}, data);
            QVERIFY(match.newHead);
            QCOMPARE(match.labels, data);
            QCOMPARE(match.notes.at(0).code, std::string("head_new"));
            QVERIFY(match.notes.at(0).message.find("hot, warm, cold") != std::string::npos);
        }
    }
    void outputsThatAreNoLabels() {
        const LabelMatch other = matchOutputs({"hot", "warm", "cold"}, {"LABEL_0"});
        QVERIFY(other.newHead);
        QVERIFY(other.notes.at(0).message.find("3 outputs (hot, warm, cold), this task needs 1") !=
                std::string::npos);
        QVERIFY(!matchOutputs({"score"}, {"LABEL_0"}).newHead);
        QVERIFY(matchOutputs({"score"}, {"LABEL_0"}).notes.empty());
    }
    void anotherKindOfLabelsIsNoted() {
        QVERIFY(!otherKindNote(LabelKind::One, LabelKind::One));
        const auto note = otherKindNote(LabelKind::One, LabelKind::Several);
        QVERIFY(note && note->message.find("one label per row") != std::string::npos);
        QCOMPARE(note->code, std::string("head_reused"));
    }
    void aModelKeepsTheOutputsOrHasOthers() {
        QVERIFY(keepsOutputs({"hot", "cold"}, {"HOT", "cold"}));
        QVERIFY(keepsOutputs({"LABEL_0", "LABEL_1"}, {"no", "yes"}));
        QVERIFY(keepsOutputs({"LABEL_0"}, {"reward"}));
        QVERIFY(!keepsOutputs({"hot", "cold"}, {"cold", "hot"}));
        QVERIFY(!keepsOutputs({"hot", "cold", "warm"}, {"hot", "cold"}));
        QVERIFY(!keepsOutputs({"hot", "cold"}, {"dry", "wet"}));
    }
    void rowsAreNumberedAnew() {
        TaskData data;
        Example one, several, tags;
        one.label = 1;
        several.labels = std::vector<int32_t>{0, 1};
        tags.targets = {kNoTarget, 0, 1};
        data.train = {one, several};
        data.validation = {tags};
        const LabelMatch match = matchLabels({"hot", "warm", "cold"}, {"cold", "hot"});
        useOutputs(match, true, data);
        QCOMPARE(data.train[0].label, int64_t(0));
        QCOMPARE(*data.train[1].labels, (Outputs{0, 2}));
        QCOMPARE(data.validation[0].targets, (Outputs{kNoTarget, 2, 0}));
        QCOMPARE(data.validation[0].label, int64_t(-1));
        QCOMPARE(data.labels, match.labels);
    }
    void readsTheNamesOfTheConfig() {
        const Json config = {{"architectures", {"BertForSequenceClassification"}},
                             {"id2label", {{"0", "hot"}, {"1", "cold"}}}};
        QCOMPARE(*labelsOfHead(config, "ForSequenceClassification", "c").value(), (Names{"hot", "cold"}));
        QVERIFY(!labelsOfHead(config, "ForTokenClassification", "c").value());
        QVERIFY(!labelsOfHead({{"architectures", {"X"}}, {"id2label", {{"1", "a"}}}}, "X", "c").ok());
    }
};

LATHE_TEST(TestBaseLabels)
#include "tst_base_labels.moc"
