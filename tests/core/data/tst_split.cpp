// SPDX-License-Identifier: GPL-3.0-or-later
// Held-out rows: shares of labels, seeds, and rows on both sides.
#include "core/data/split.h"

#include <map>
#include <numeric>

#include "core/data/duplicate_rows.h"
#include "core/data/task_data.h"
#include "tests/core/data/byte_tokenizer.h"
#include "tests/support/support.h"

using namespace lathe;

namespace {

bool hasNote(const DataReport& report, const std::string& code, const std::string& part = {},
             int64_t rows = -1) {
    for (const Note& note : report.notes)
        if (note.code == code && note.message.find(part) != std::string::npos &&
            (rows < 0 || note.rows == rows))
            return true;
    return false;
}

std::vector<uint64_t> linesOf(const std::vector<Example>& rows) {
    std::vector<uint64_t> lines;
    for (const Example& row : rows) lines.push_back(row.line);
    return lines;
}

}  // namespace

class TestSplit : public QObject {
    Q_OBJECT
    test::TemporaryFolder m_folder;
    test::ByteTokenizer m_bert{true};

    Recipe recipe(const std::string& name, const std::string& bytes, const std::string& validation) {
        Recipe made;
        made.task = "classification";
        made.data.train = m_folder.write(name, bytes).string();
        made.data.validation = validation;
        return made;
    }

  private slots:
    void eachLabelHasItsShare() {
        // 60, 30, 9 and 1 rows of four labels, sorted; a fifth of all is 20.
        std::vector<int32_t> labels;
        for (const auto& [label, count] : std::map<int32_t, int>{{0, 60}, {1, 30}, {2, 9}, {3, 1}})
            labels.insert(labels.end(), static_cast<std::size_t>(count), label);
        labels.push_back(-1);
        const Split split = splitByLabel(labels, 0.2, 17);
        std::map<int32_t, int> held;
        for (const std::size_t row : split.validation) ++held[labels[row]];
        QCOMPARE(held, (std::map<int32_t, int>{{0, 12}, {1, 6}, {2, 2}}));
        QCOMPARE(split.train.size() + split.validation.size(), labels.size());
        QVERIFY(std::is_sorted(split.train.begin(), split.train.end()));
        QVERIFY(split.validation != splitByLabel(labels, 0.2, 18).validation);
    }
    void alwaysSomeAreLeft() {
        for (const double fraction : {0.01, 0.5, 0.99})
            for (const std::size_t count : {2u, 3u, 50u}) {
                const std::vector<int32_t> two = [&] {
                    std::vector<int32_t> labels(count);
                    for (std::size_t i = 0; i < count; ++i) labels[i] = static_cast<int32_t>(i % 2);
                    return labels;
                }();
                for (const Split& split : {splitRows(count, fraction, 3), splitByLabel(two, fraction, 3)}) {
                    QCOMPARE(split.train.size() + split.validation.size(), count);
                    QVERIFY(!split.train.empty());
                }
                QVERIFY(!splitRows(count, fraction, 3).validation.empty());
            }
    }
    void aSortedFileIsHeldOutByLabel() {
        std::string rows = "text,label\n";
        for (int i = 0; i < 100; ++i)
            rows += "row " + std::to_string(i) + "," + (i < 90 ? "often" : i < 98 ? "seldom" : "rare") + "\n";
        Recipe made = recipe("sorted.csv", rows, "0.25");
        for (int seed = 0; seed < 5; ++seed) {
            made.data.splitSeed = seed;
            const auto data = loadTaskData(made, m_bert);
            LATHE_VERIFY_OK(data);
            const auto& held = data.value().validationReport.labelCounts;
            QCOMPARE(held.at("seldom"), int64_t(2));
            QVERIFY(hasNote(data.value().trainReport, "labels_rare", "rare"));
        }
        made.data.stratify = "none";
        bool differs = false;
        for (int seed = 0; seed < 5; ++seed) {
            made.data.splitSeed = seed;
            const auto data = loadTaskData(made, m_bert).value();
            QCOMPARE(data.validation.size(), std::size_t(25));
            const auto& held = data.validationReport.labelCounts;
            differs = differs || !held.contains("seldom") || held.at("seldom") != 2;
        }
        QVERIFY(differs);
    }
    void theSeedOfTrainingMovesNoRow() {
        std::string rows = "text,label\n";
        for (int i = 0; i < 60; ++i) rows += "row " + std::to_string(i) + "," + (i % 2 ? "a" : "b") + "\n";
        Recipe made = recipe("seeds.csv", rows, "0.2");
        const auto first = linesOf(loadTaskData(made, m_bert).value().validation);
        made.train.seed = 7;
        QCOMPARE(linesOf(loadTaskData(made, m_bert).value().validation), first);
        made.data.splitSeed = 7;
        QVERIFY(linesOf(loadTaskData(made, m_bert).value().validation) != first);
    }
    void rowsOnBothSidesAreCounted() {
        // Eight texts, each four times in other clothes; some on both sides whatever is held out.
        std::string rows = "text,label\n";
        for (int i = 0; i < 8; ++i)
            for (const char* form :
                 {"Nice place no %.", "nice place, no %!", "NICE  PLACE  NO %", "\"Nice place\" no %"}) {
                std::string text = form;
                text.replace(text.find('%'), 1, std::to_string(i));
                if (text.front() == '"')
                    text = "\"\"\"Nice place\"\" no " + std::to_string(i) + "\"";
                else
                    text = "\"" + text + "\"";
                rows += text + "," + (i % 2 ? "a" : "b") + "\n";
            }
        const auto data = loadTaskData(recipe("same.csv", rows, "0.25"), m_bert);
        LATHE_VERIFY_OK(data);
        QVERIFY(hasNote(data.value().validationReport, "rows_duplicate_across_split"));
        const auto plain =
            loadTaskData(recipe("p.csv", "text,label\na 1,x\nb 2,y\nc 3,x\nd 4,y\n", "0.5"), m_bert);
        QVERIFY(!hasNote(plain.value().validationReport, "rows_duplicate_across_split"));
    }
    void rowsOfAValidationFileAreCounted() {
        const std::string dev =
            m_folder.write("dev.csv", "text,label\nThe cat sat.,x\na dog,y\nthe CAT sat,x\n").string();
        const auto data = loadTaskData(recipe("t.csv", "text,label\nthe cat sat,x\nno dog,y\n", dev), m_bert);
        LATHE_VERIFY_OK(data);
        QVERIFY(hasNote(data.value().validationReport, "rows_duplicate_across_split", "", 2));
        QVERIFY(data.value().validationReport.notes.back().place.ends_with("dev.csv:2"));
    }
    void textsAreComparedByLettersAndDigits() {
        using Texts = std::vector<std::string>;
        const auto same = [](const Texts& a, const Texts& b) { return textHash(a) == textHash(b); };
        QVERIFY(same({"Größe: 3"}, {"GRÖSSE 3"}) == false);
        QVERIFY(same({"ÄRGER, so!"}, {"ärger so"}));
        QVERIFY(same({"你好，世界。"}, {"你好世界"}));
        QVERIFY(!same({"ab", "c"}, {"a", "bc"}));
        QVERIFY(!same({"version 1"}, {"version 2"}));
        QVERIFY(same({"?!"}, {" ?! "}) && !same({"?!"}, {"!?"}));
        QCOMPARE(textHash(Texts{" "}), uint64_t(0));
    }
};

LATHE_TEST(TestSplit)
#include "tst_split.moc"
