// SPDX-License-Identifier: GPL-3.0-or-later
// Words with tags: comments and counted words of CoNLL-U, tags and words that are missing.
#include "core/data/roles/tagged_words.h"

#include "core/data/read/record_reader.h"
#include "core/data/task_data.h"
#include "tests/core/data/byte_tokenizer.h"
#include "tests/support/support.h"

using namespace lathe;
using Words = std::vector<std::string>;

class TestTaggedWords : public QObject {
    Q_OBJECT
    test::TemporaryFolder m_folder;
    test::ByteTokenizer m_bert{true};

    Result<RecordSet> read(const std::string& name, const std::string& bytes) {
        return readRecords(m_folder.write(name, bytes));
    }
    Words words(const Result<RecordSet>& set, std::size_t row) {
        return wordsOf(set.value().records.at(row).values.at(0));
    }
    bool notes(const Result<RecordSet>& set, const std::string& code) {
        for (const Note& note : set.value().notes)
            if (note.code == code) return true;
        return false;
    }

  private slots:
    void commentsAndCountedWordsOfConllU() {
        const std::string text =
            "# newdoc\n# text = Ida dug\n1\tIda\t_\tB-PER\n2\tdug\t_\tO\n\n"
            "# sent_id = 2\n1-2\tim\t_\t_\n1\tin\t_\tO\n2\tdem\t_\tO\n2.1\tx\t_\tO\n3\tOrt\t_\tB-LOC\n";
        for (const char* name : {"u.conll", "u.conllu"}) {
            const auto set = read(name, text);
            LATHE_VERIFY_OK(set);
            QCOMPARE(set.value().records.size(), std::size_t(2));
            QCOMPARE(words(set, 0), (Words{"Ida", "dug"}));
            QCOMPARE(words(set, 1), (Words{"in", "dem", "Ort"}));
            QCOMPARE(set.value().records[0].line, uint64_t(3));
            for (const char* code : {"comments_skipped", "index_column", "words_skipped"})
                QVERIFY2(notes(set, code), code);
        }
        QCOMPARE(read("u.txt", "# id = 1\nIda B-PER\ndug O\n").value().format, std::string("conll"));
    }
    void marksAndNumbersAreWords() {
        const auto marks = read("m.conll", "# O\n1 O\nBonn B-LOC\n\n# = O\n1 O\n");
        QCOMPARE(words(marks, 0), (Words{"#", "1", "Bonn"}));
        QVERIFY(marks.value().notes.empty());
        QCOMPARE(words(marks, 1).size(), std::size_t(2));
        const auto tabs = read("t.conll", "#\tX\tO\nBonn\tX\tB-LOC\n");
        QCOMPARE(words(tabs, 0), (Words{"#", "Bonn"}));
        const auto numbers = read("n.conll", "1 CD O\n2 CD O\n\n7 CD O\n2 CD O\n");
        QCOMPARE(words(numbers, 0), (Words{"1", "2"}));
    }
    void conllUWithoutTagsIsRefused() {
        const std::string rest = "\t_\tNOUN\t_\t_\t0\troot\t_\t";
        const auto set = read("ud.conll", "1\tsnow" + rest + "_\n2\tfell" + rest + "SpaceAfter=No\n");
        QVERIFY(!set.ok());
        QCOMPARE(set.error().code, ErrorCode::DataInvalid);
        QVERIFY2(set.error().message.find("CoNLL-U") != std::string::npos, set.error().text().c_str());
        QVERIFY(set.error().place.ends_with("ud.conll:1"));
        LATHE_VERIFY_OK(read("ud.conll", "1\tsnow" + rest + "O\n2\tBonn" + rest + "B-LOC\n"));
        QVERIFY(!read("short.conll", "1\ta\tO\n2\tb\tO\n3\tO\n").ok());
    }
    void emptyTagsAreRefused_data() {
        QTest::addColumn<QString>("tags");
        for (const char* tags : {"[\"B-X\", null]", "[\"B-X\", \"\"]", "[\"B-X\", \" \"]", "\"['B-X', '']\""})
            QTest::newRow(tags) << tags;
    }
    void emptyTagsAreRefused() {
        QFETCH(QString, tags);
        Recipe made;
        made.task = "token_classification";
        made.data.validation = "none";
        const std::string good = "{\"tokens\":[\"a\",\"b\"],\"tags\":[\"B-X\",\"O\"]}\n";
        const std::string bad = "{\"tokens\":[\"a\",\"b\"],\"tags\":" + tags.toStdString() + "}\n";
        made.data.train = m_folder.write("t.jsonl", good + bad).string();
        const auto data = loadTaskData(made, m_bert);
        QVERIFY(!data.ok());
        QVERIFY2(data.error().message.find("word 2") != std::string::npos, data.error().text().c_str());
        QVERIFY(data.error().place.ends_with("t.jsonl:2"));
        made.data.train = m_folder.write("t.jsonl", good).string();
        made.data.validation = m_folder.write("v.jsonl", bad).string();
        QVERIFY(loadTaskData(made, m_bert).error().place.ends_with("v.jsonl:1"));
    }
};

LATHE_TEST(TestTaggedWords)
#include "tst_tagged_words.moc"
