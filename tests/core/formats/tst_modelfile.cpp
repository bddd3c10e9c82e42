// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/modelfile.h"

#include "tests/core/formats/sample_files.h"

using namespace lathe;
using namespace lathe::test;
namespace fs = std::filesystem;

class TestModelfile : public QObject {
    Q_OBJECT
  private:
    std::unique_ptr<TemporaryFolder> m_folder;

    Result<fs::path> baseOf(const std::string& content) const {
        return modelfileBase(m_folder->write("Modelfile", content));
    }

  private slots:
    void init() { m_folder = std::make_unique<TemporaryFolder>(); }

    void readsCommands() {
        const std::string text =
            "\xEF\xBB\xBF# a comment\r\n\n  from  ./my model.gguf  \r\n"
            "TEMPLATE \"\"\"{{ .Prompt }}\nFROM \"x\" \"\"\" y\n\"hi\"\"\"\"\n"
            "Parameter stop \"<|end|>\"\nPARAMETER num_ctx 4096\nMESSAGE user \"\"\"two\nlines\"\"\"  \n";
        const auto open = parseModelfile(text + "SYSTEM \"\nLICENSE", "Modelfile");
        QVERIFY(!open.ok());
        QCOMPARE(open.error().place, std::string("Modelfile:11"));
        const auto commands = parseModelfile(text + "SYSTEM\nLICENSE", "Modelfile");
        LATHE_VERIFY_OK(commands);
        const std::vector<ModelfileCommand> wanted = {
            {"from", "", "./my model.gguf", 3},
            {"template", "", "{{ .Prompt }}\nFROM \"x\" \"\"\" y\n\"hi\"", 4},
            {"parameter", "stop", "<|end|>", 7},
            {"parameter", "num_ctx", "4096", 8},
            {"message", "user", "two\nlines", 9},
            {"system", "", "", 11},
            {"license", "", "", 12}};
        QCOMPARE(commands.value().size(), wanted.size());
        for (std::size_t i = 0; i < wanted.size(); ++i) {
            const ModelfileCommand& command = commands.value()[i];
            QCOMPARE(command.keyword, wanted[i].keyword);
            QCOMPARE(command.name, wanted[i].name);
            QCOMPARE(command.value, wanted[i].value);
            QCOMPARE(command.line, wanted[i].line);
        }
    }

    void whatIsNoModelfileIsRefusedWithItsLine() {
        for (const char* text : {"FROM x\n{\"a\": 1}\n", "FROM x\nFROM: y\n", "FROM x\n\"\"\"\n",
                                 "FROM x\nP4 y\n", "FROM x\n\x01\n"}) {
            const auto commands = parseModelfile(text, "M");
            QVERIFY2(!commands.ok(), text);
            QCOMPARE(commands.error().code, ErrorCode::FileMalformed);
            QCOMPARE(commands.error().place, std::string("M:2"));
        }
        QVERIFY(parseModelfile("", "M").value().empty());
        QCOMPARE(baseOf("# FROM x\n").error().code, ErrorCode::FileMalformed);
        QCOMPARE(baseOf("FROM\n").error().code, ErrorCode::FileMalformed);
    }

    void damagedFilesNeverCrash() {
        const std::string whole =
            "FROM ./m.gguf\nTEMPLATE \"\"\"a\nb\"\"\"\nMESSAGE user \"x\"\nPARAMETER stop \"y\"\n";
        for (std::size_t size = 0; size <= whole.size(); ++size) {
            (void)parseModelfile(whole.substr(0, size), "M");
            for (const char c : {'"', '\n', '\0', ' ', '\xff'}) {
                std::string damaged = whole;
                damaged.insert(size, 1, c);
                (void)parseModelfile(damaged, "M");
            }
        }
    }

    void findsModelfiles() {
        const fs::path own = m_folder->write("a/modelFILE", "FROM x");
        QCOMPARE(modelfileAt(own).value(), own);
        QCOMPARE(modelfileAt(m_folder->path() / "a").value(), own);
        const fs::path named = m_folder->write("b/chat.Modelfile", "FROM x");
        QCOMPARE(modelfileAt(named).value(), named);
        QVERIFY(!modelfileAt(m_folder->path() / "b"));
        m_folder->write("a/config.json", "{}");
        QVERIFY(!modelfileAt(m_folder->path() / "a"));
        QVERIFY(!modelfileAt(m_folder->write("c/model.gguf", "GGUF")));
        QVERIFY(!modelfileAt(m_folder->path() / "nothing"));
    }

    void resolvesFrom() {
        const fs::path file = m_folder->write("models/m.gguf", "GGUF");
        QCOMPARE(baseOf("FROM ./models/m.gguf\n").value(), file);
        QCOMPARE(baseOf("from models/m.gguf").value(), file);
        QCOMPARE(baseOf("SYSTEM \"\"\"x\nFROM y\n\"\"\"\nFROM \"models\"\n").value(),
                 m_folder->path() / "models");
        QCOMPARE(baseOf("FROM " + file.string()).value(), file);
        QCOMPARE(modelfileBase(m_folder->write("below/Modelfile", "FROM ../models/m.gguf")).value(), file);
    }

    void whatCannotBeABaseSaysTheWayOut() {
        m_folder->write("m.gguf", "GGUF");
        const auto adapter = baseOf("FROM ./m.gguf\nADAPTER ./a.gguf\n");
        QCOMPARE(adapter.error().code, ErrorCode::Unsupported);
        QVERIFY(adapter.error().place.ends_with("Modelfile:2"));
        QVERIFY(adapter.error().hint.find("--adapter") != std::string::npos);
        const auto name = baseOf("FROM llama3.2:1b\n");
        QCOMPARE(name.error().code, ErrorCode::FileMissing);
        QVERIFY(name.error().message.find("\"llama3.2:1b\"") != std::string::npos);
        QVERIFY(name.error().hint.find("Ollama") != std::string::npos);
        QCOMPARE(baseOf("FROM ./m.gguf\nFROM ./m.gguf\n").error().code, ErrorCode::Unsupported);
        const fs::path large = m_folder->write("Modelfile", "FROM ./m.gguf\n");
        fs::resize_file(large, uint64_t(5) << 20);
        QCOMPARE(modelfileBase(large).error().code, ErrorCode::FileTooLarge);
    }
};

LATHE_TEST(TestModelfile)
#include "tst_modelfile.moc"
