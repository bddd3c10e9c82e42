// SPDX-License-Identifier: GPL-3.0-or-later
// The starter data that comes with the program.
#include <map>
#include <set>

#include "core/data/read/cell_text.h"
#include "core/data/roles/columns.h"
#include "core/data/roles/labels.h"
#include "core/data/task_data.h"
#include "tests/support/support.h"

class TestDatasets : public QObject {
    Q_OBJECT
  private slots:
    void reviewsAreBalanced_data() {
        QTest::addColumn<QString>("file");
        QTest::addColumn<int>("rows");
        QTest::newRow("English") << "datasets/reviews_en.csv" << 360;
        QTest::newRow("Chinese") << "datasets/reviews_zh.csv" << 240;
    }
    void reviewsAreBalanced() {
        QFETCH(QString, file);
        QFETCH(int, rows);
        const auto set = lathe::readRecords(lathe::test::resourceFile(file.toStdString()));
        LATHE_VERIFY_OK(set);
        QCOMPARE(set.value().columns, (std::vector<std::string>{"text", "label"}));
        QCOMPARE(int(set.value().records.size()), rows);
        std::map<std::string, int> labels;
        std::set<std::string> texts;
        for (const auto& record : set.value().records) {
            texts.insert(lathe::cellText(record.values[0]));
            ++labels[lathe::cellText(record.values[1])];
        }
        QCOMPARE(labels, (std::map<std::string, int>{{"negative", rows / 2}, {"positive", rows / 2}}));
        QCOMPARE(int(texts.size()), rows);
    }
    void feedbackHasTopicsAndStars() {
        const auto set = lathe::readRecords(lathe::test::resourceFile("datasets/feedback_en.jsonl"));
        LATHE_VERIFY_OK(set);
        QCOMPARE(set.value().columns, (std::vector<std::string>{"text", "topics", "stars"}));
        std::map<std::string, int> topics;
        std::set<std::string> texts;
        std::set<double> stars;
        for (const auto& record : set.value().records) {
            texts.insert(lathe::cellText(record.values[0]));
            const auto names = lathe::labelNames(record.values[1], lathe::LabelKind::Several);
            QVERIFY(!names.empty());
            for (const std::string& name : names) ++topics[name];
            const auto number = lathe::labelNumber(record.values[2], "");
            LATHE_VERIFY_OK(number);
            stars.insert(number.value());
        }
        QCOMPARE(int(texts.size()), 320);
        QCOMPARE(stars, (std::set<double>{1, 2, 3, 4, 5}));
        QCOMPARE(int(topics.size()), 6);
        for (const auto& [name, count] : topics) QVERIFY2(count > 100, name.c_str());
    }
    void instructionsHaveAnswers_data() {
        QTest::addColumn<QString>("file");
        QTest::addColumn<int>("rows");
        QTest::newRow("English") << "datasets/instructions_en.jsonl" << 220;
        QTest::newRow("Chinese") << "datasets/instructions_zh.jsonl" << 80;
    }
    void instructionsHaveAnswers() {
        QFETCH(QString, file);
        QFETCH(int, rows);
        const auto set = lathe::readRecords(lathe::test::resourceFile(file.toStdString()));
        LATHE_VERIFY_OK(set);
        QCOMPARE(int(set.value().records.size()), rows);
        const auto columns = lathe::resolveColumns(set.value(), "instruction", {}, true);
        LATHE_VERIFY_OK(columns);
        for (const auto& record : set.value().records) {
            QVERIFY(!lathe::cellText(record.values[columns.value().at("instruction")]).empty());
            QVERIFY(!lathe::cellText(record.values[columns.value().at("output")]).empty());
        }
    }
    void preferencesAreToldApart_data() {
        QTest::addColumn<QString>("file");
        QTest::addColumn<int>("rows");
        QTest::newRow("English") << "datasets/preferences_en.jsonl" << 131;
        QTest::newRow("Chinese") << "datasets/preferences_zh.jsonl" << 81;
    }
    void preferencesAreToldApart() {
        QFETCH(QString, file);
        QFETCH(int, rows);
        const auto set = lathe::readRecords(lathe::test::resourceFile(file.toStdString()));
        LATHE_VERIFY_OK(set);
        QCOMPARE(int(set.value().records.size()), rows);
        const auto columns = lathe::resolveColumns(set.value(), "preference", {}, true);
        LATHE_VERIFY_OK(columns);
        std::set<std::string> prompts;
        for (const auto& record : set.value().records) {
            const auto cell = [&](const char* role) {
                return lathe::cellText(record.values[columns.value().at(role)]);
            };
            prompts.insert(cell("prompt"));
            QVERIFY(!cell("chosen").empty() && !cell("rejected").empty() &&
                    cell("chosen") != cell("rejected"));
        }
        QCOMPARE(int(prompts.size()), rows);
    }
    void logsAreParagraphs_data() {
        QTest::addColumn<QString>("file");
        QTest::addColumn<int>("paragraphs");
        QTest::newRow("English") << "logbook_en.txt" << 301;
        QTest::newRow("Chinese") << "logbook_zh.txt" << 80;
    }
    void logsAreParagraphs() {
        QFETCH(QString, file);
        QFETCH(int, paragraphs);
        const auto set = lathe::readRecords(lathe::test::resourceFile("datasets/" + file.toStdString()));
        LATHE_VERIFY_OK(set);
        QCOMPARE(set.value().format, std::string("text"));
        QCOMPARE(set.value().columns, std::vector<std::string>{"text"});
        std::set<std::string> texts;
        for (const auto& record : set.value().records) {
            texts.insert(lathe::cellText(record.values[0]));
            QVERIFY(texts.rbegin()->size() > 40);
        }
        QCOMPARE(int(texts.size()), paragraphs);
    }
    void entitiesAreTagged_data() {
        QTest::addColumn<QString>("file");
        QTest::addColumn<int>("rows");
        QTest::addColumn<int>("least");  // of each kind
        QTest::newRow("English") << "entities_en.conll" << 310 << 120;
        QTest::newRow("Chinese") << "entities_zh.conll" << 100 << 25;
    }
    void entitiesAreTagged() {
        QFETCH(QString, file);
        QFETCH(int, rows);
        QFETCH(int, least);
        const auto set = lathe::readRecords(lathe::test::resourceFile("datasets/" + file.toStdString()));
        LATHE_VERIFY_OK(set);
        QCOMPARE(set.value().format, std::string("conll"));
        const auto columns = lathe::resolveColumns(set.value(), "token_classification", {}, true);
        LATHE_VERIFY_OK(columns);
        std::map<std::string, int> tags;
        std::set<std::string> sentences;
        for (const auto& record : set.value().records) {
            const auto& words = record.values[columns.value().at("tokens")];
            const auto& named = record.values[columns.value().at("tags")];
            QCOMPARE(words.size(), named.size());
            sentences.insert(words.dump());
            std::string before = "O";
            for (const auto& value : named) {
                const std::string tag = value.get<std::string>();
                ++tags[tag];
                if (tag.starts_with("I-"))
                    QCOMPARE(before.substr(1), tag.substr(1));  // an I- goes on with its B-
                before = tag;
            }
        }
        QCOMPARE(int(sentences.size()), rows);
        QCOMPARE(int(tags.size()), 9);
        for (const char* kind : {"B-PER", "B-LOC", "B-ORG", "B-DATE"}) QVERIFY(tags[kind] >= least);
    }
    void sumsHaveTheirAnswers() {
        const auto set = lathe::readRecords(lathe::test::resourceFile("datasets/arithmetic_en.jsonl"));
        LATHE_VERIFY_OK(set);
        const auto columns = lathe::resolveColumns(set.value(), "reinforcement", {}, true);
        LATHE_VERIFY_OK(columns);
        std::set<std::string> prompts;
        for (const auto& record : set.value().records) {
            prompts.insert(lathe::cellText(record.values[columns.value().at("prompt")]));
            QVERIFY(lathe::isNumber(lathe::cellText(record.values[columns.value().at("answer")])));
        }
        QCOMPARE(int(prompts.size()), 300);
    }
    void translationsAreOneToOne() {
        const auto set = lathe::readRecords(lathe::test::resourceFile("datasets/translations_en_zh.jsonl"));
        LATHE_VERIFY_OK(set);
        QCOMPARE(set.value().columns, (std::vector<std::string>{"source", "target"}));
        QCOMPARE(int(set.value().records.size()), 400);
        std::set<std::string> sources;
        for (const auto& record : set.value().records) {
            sources.insert(lathe::cellText(record.values[0]));
            QVERIFY(!lathe::cellText(record.values[1]).empty());
        }
        QCOMPARE(int(sources.size()), 400);
    }
};

LATHE_TEST(TestDatasets)
#include "tst_datasets.moc"
