// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/run/base_model.h"

#include <memory>

#include "core/run/store/run_store.h"
#include "tests/core/formats/sample_files.h"

using namespace lathe;
using namespace lathe::test;
namespace fs = std::filesystem;

class TestBaseModel : public QObject {
    Q_OBJECT
  private:
    std::unique_ptr<TemporaryFolder> m_folder;

    /// A run folder whose record names `base`.
    fs::path makeRun(const std::string& name, const std::string& base) const {
        const fs::path run = m_folder->path() / name;
        fs::create_directories(run);
        RunRecord record;
        record.status = RunStatus::Done;
        record.name = name;
        record.base = base;
        if (!writeRunRecord(run, record).ok()) qFatal("the sample run cannot be written");
        return run;
    }
    /// A model folder with a WordPiece vocabulary of six tokens, claiming `vocabulary` rows.
    fs::path makeModel(const std::string& name, int vocabulary) const {
        m_folder->write(name + "/config.json",
                        "{\"model_type\":\"bert\",\"vocab_size\":" + std::to_string(vocabulary) + "}");
        m_folder->write(name + "/model.safetensors", safetensorsBytes("{}", ""));
        return m_folder->write(name + "/vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nhello\n")
            .parent_path();
    }

  private slots:
    void init() {
        m_folder = std::make_unique<TemporaryFolder>();
        qputenv("LATHE_HOME", (m_folder->path() / "home").c_str());
    }

    void resolvesPlainPaths() {
        const fs::path model = makeModel("my 模型", 6);
        QCOMPARE(resolveBase(model.string()).value(), model);
        const fs::path gguf = m_folder->write("m.gguf", "GGUF");
        QCOMPARE(resolveBase(gguf.string()).value(), gguf);
        QCOMPARE(resolveBase((m_folder->path() / "nothing").string()).error().code, ErrorCode::FileMissing);
        QCOMPARE(resolveBase("").error().code, ErrorCode::BadArgument);
    }

    void resolvesTheShelf() {
        const auto unknown = resolveBase("shelf:nothing");
        QCOMPARE(unknown.error().code, ErrorCode::BadArgument);
        QVERIFY(unknown.error().hint.find("minilm-l6") != std::string::npos);
        const auto missing = resolveBase("shelf:minilm-l6");
        QCOMPARE(missing.error().code, ErrorCode::FileMissing);
        QVERIFY(missing.error().hint.find("shelf get minilm-l6") != std::string::npos);
        m_folder->write("home/shelf/minilm-l6/shelf.json", "{}");
        m_folder->write("home/shelf/minilm-l6/model/config.json", "{}");
        QCOMPARE(resolveBase("shelf:minilm-l6").value(),
                 m_folder->path() / "home" / "shelf" / "minilm-l6" / "model");
    }

    void resolvesTheHubCache() {
        qputenv("HF_HUB_CACHE", (m_folder->path() / "hub").c_str());
        const std::string commit(40, 'c');
        makeModel("hub/models--org--tiny/snapshots/" + commit, 6);
        m_folder->write("hub/models--org--tiny/refs/main", commit);
        LATHE_VERIFY_OK(openBase("hub:org/tiny"));
        QCOMPARE(resolveBase("hub:org/tiny@" + commit).value(),
                 m_folder->path() / "hub/models--org--tiny/snapshots" / commit);
        QVERIFY(resolveBase("hub:org/other").error().hint.find("org/tiny") != std::string::npos);
        QVERIFY(isNamedBase("hub:org/tiny") && isNamedBase("shelf:minilm-l6"));
        QVERIFY(!isNamedBase("org/tiny") && !isNamedBase("models/hub:x"));
        const auto missing = resolveBase((m_folder->path() / "nothing").string());
        QVERIFY(missing.error().hint.find("hub:ORG/NAME") != std::string::npos);
        // From a run that started there.
        makeRun("of-hub", "hub:org/tiny");
        m_folder->write("of-hub/adapter/adapter_config.json", "{}");
        QCOMPARE(resolveBase((m_folder->path() / "of-hub").string()).value().filename(), fs::path(commit));
    }

    void resolvesModelfiles() {
        const fs::path model = makeModel("base", 6);
        const fs::path file = m_folder->write("made/Modelfile", "FROM ../base\n");
        QCOMPARE(resolveBase(file.string()).value(), model);
        QCOMPARE(resolveBase(file.parent_path().string()).value(), model);
        LATHE_VERIFY_OK(openBase(m_folder->write("tiny.modelfile", "FROM ./base\n").string()));
        // A model folder that somebody put a Modelfile into stays the model.
        m_folder->write("base/Modelfile", "FROM elsewhere\n");
        QCOMPARE(resolveBase(model.string()).value(), model);
        QCOMPARE(resolveBase((model / "Modelfile").string()).error().code, ErrorCode::FileMissing);
        m_folder->write("made/Modelfile", "FROM ../base\nADAPTER ./a.gguf\n");
        QCOMPARE(resolveBase(file.string()).error().code, ErrorCode::Unsupported);
    }

    void resolvesRuns() {
        const fs::path model = makeModel("model", 6);
        const fs::path full = makeRun("full", model.string());
        QCOMPARE(resolveBase(full.string()).error().code, ErrorCode::FileMissing);
        fs::create_directories(full / "model");
        QCOMPARE(resolveBase(full.string()).value(), full / "model");

        const fs::path lora = makeRun("lora", full.string());
        QVERIFY(!adapterFolderOf(lora.string()));
        m_folder->write("lora/adapter/adapter_config.json", "{}");
        QCOMPARE(adapterFolderOf(lora.string()).value(), lora / "adapter");
        QCOMPARE(resolveBase(lora.string()).value(), full / "model");
        QVERIFY(!adapterFolderOf(model.string()));
    }

    void runsInACircleEnd() {
        const fs::path a = m_folder->path() / "a", b = m_folder->path() / "b";
        makeRun("a", b.string());
        makeRun("b", a.string());
        m_folder->write("a/adapter/adapter_config.json", "{}");
        m_folder->write("b/adapter/adapter_config.json", "{}");
        QCOMPARE(resolveBase(a.string()).error().code, ErrorCode::FileMalformed);
    }

    void opensModelAndTokenizer() {
        const auto base = openBase(makeModel("good", 6).string());
        LATHE_VERIFY_OK(base);
        QCOMPARE(base.value().tokenizer->vocabularySize(), 6);
        QCOMPARE(base.value().source.config["model_type"].get<std::string>(), std::string("bert"));
        LATHE_VERIFY_OK(openBase(makeModel("padded", 8).string()));
    }

    void idsWithoutARowAreRefusedInUse() {
        const auto base = openBase(makeModel("small", 5).string());
        LATHE_VERIFY_OK(base);
        QCOMPARE(base.value().notes.size(), std::size_t(1));
        QCOMPARE(base.value().notes[0].code, std::string("spare_ids"));
        const Tokenizer& tokenizer = *base.value().tokenizer;
        QCOMPARE(tokenizer.modelRows(), 5);
        LATHE_VERIFY_OK(checkModelRows(tokenizer, tokenizer.encode("what", true).ids, "a"));
        const auto used = checkModelRows(tokenizer, tokenizer.encode("what hello", true).ids, "f.csv:3");
        QVERIFY(!used.ok());
        QCOMPARE(used.error().code, ErrorCode::ModelMismatch);
        QCOMPARE(used.error().place, std::string("f.csv:3"));
        QVERIFY(used.error().message.find("\"hello\"") != std::string::npos);
    }

    void rowsNameTheLineOfAnIdWithoutARow() {
        Recipe recipe;
        recipe.task = "classification";
        recipe.base = makeModel("rows", 5).string();
        recipe.data.train = m_folder->write("t.csv", "text,label\nwhat,a\nso,b\nhello,a\n").string();
        recipe.data.validation = "none";
        const auto preview = makePreview(recipe, 3);
        QVERIFY(!preview.ok());
        QCOMPARE(preview.error().code, ErrorCode::ModelMismatch);
        QVERIFY(preview.error().place.ends_with("t.csv:4"));
    }
};

LATHE_TEST(TestBaseModel)
#include "tst_base_model.moc"
