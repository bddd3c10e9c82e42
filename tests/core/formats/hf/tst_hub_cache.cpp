// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/hf/hub_cache.h"

#include "tests/support/support.h"

using namespace lathe;
using namespace lathe::test;
namespace fs = std::filesystem;

namespace {

const std::string kFirst(40, 'a'), kSecond = "0123456789abcdef0123456789abcdef01234567";

}  // namespace

class TestHubCache : public QObject {
    Q_OBJECT
  private:
    std::unique_ptr<TemporaryFolder> m_folder;

    fs::path cache() const { return m_folder->path() / "hub"; }
    void addSnapshot(const std::string& folder, const std::string& commit) const {
        m_folder->write("hub/" + folder + "/snapshots/" + commit + "/config.json", "{}");
    }
    void addRef(const std::string& folder, const std::string& name, const std::string& commit) const {
        m_folder->write("hub/" + folder + "/refs/" + name, commit);
    }

  private slots:
    void init() {
        m_folder = std::make_unique<TemporaryFolder>();
        for (const char* name : {"HF_HOME", "XDG_CACHE_HOME"}) qunsetenv(name);
        qputenv("HF_HUB_CACHE", cache().c_str());
        qputenv("HOME", "/home/of-nobody");
    }

    void looksWhereTheOthersLook() {
        QCOMPARE(hubCacheHome(), cache());
        qputenv("HF_HOME", "/models");
        QCOMPARE(hubCacheHome(), cache());
        qputenv("HF_HUB_CACHE", "");
        QCOMPARE(hubCacheHome(), fs::path("/models/hub"));
        qputenv("HF_HOME", "~/models");
        QCOMPARE(hubCacheHome(), fs::path("/home/of-nobody/models/hub"));
        qunsetenv("HF_HOME");
        qputenv("XDG_CACHE_HOME", "/caches");
        QCOMPARE(hubCacheHome(), fs::path("/caches/huggingface/hub"));
        qunsetenv("XDG_CACHE_HOME");
        QCOMPARE(hubCacheHome(), fs::path("/home/of-nobody/.cache/huggingface/hub"));
    }

    void revisionsLeadToSnapshots() {
        const fs::path snapshots = cache() / "models--org--tiny" / "snapshots";
        addSnapshot("models--org--tiny", kFirst);
        addSnapshot("models--org--tiny", kSecond);
        addRef("models--org--tiny", "main", kFirst);
        addRef("models--org--tiny", "refs/pr/1", kSecond + "\n");
        QCOMPARE(hubModelPath("org/tiny").value(), snapshots / kFirst);
        QCOMPARE(hubModelPath("org/tiny@main").value(), snapshots / kFirst);
        QCOMPARE(hubModelPath("org/tiny@refs/pr/1").value(), snapshots / kSecond);
        QCOMPARE(hubModelPath("org/tiny@" + kSecond).value(), snapshots / kSecond);
        addSnapshot("models--gpt2", kFirst);
        addRef("models--gpt2", "main", kFirst);
        QCOMPARE(hubModelPath("gpt2").value(), cache() / "models--gpt2" / "snapshots" / kFirst);
    }

    void whatIsMissingIsNamedWithWhatIsThere() {
        const auto empty = hubModelPath("org/tiny");
        QCOMPARE(empty.error().code, ErrorCode::FileMissing);
        QCOMPARE(empty.error().place, cache().string());
        QCOMPARE(empty.error().hint, std::string("fetch it: hf download org/tiny"));

        addSnapshot("models--org--other-model", kFirst);
        addSnapshot("models--gpt2", kFirst);
        m_folder->write("hub/datasets--org--rows/refs/main", kFirst);
        QCOMPARE(hubModelPath("org/tiny").error().hint,
                 std::string("fetch it: hf download org/tiny; the cache has gpt2, org/other-model"));

        addRef("models--gpt2", "main", kFirst);
        addRef("models--gpt2", "v1.0", kSecond);
        const auto revision = hubModelPath("gpt2@v2.0");
        QCOMPARE(revision.error().code, ErrorCode::FileMissing);
        QVERIFY(revision.error().message.find("v2.0") != std::string::npos);
        QVERIFY(revision.error().hint.starts_with("it has main, v1.0; or fetch it"));
        QVERIFY(revision.error().hint.ends_with("hf download gpt2 --revision v2.0"));
        // The reference is there, the files are not.
        QCOMPARE(hubModelPath("gpt2@v1.0").error().code, ErrorCode::FileMissing);
        // Fetched by its commit: there is no reference at all.
        QVERIFY(hubModelPath("org/other-model").error().hint.find(kFirst) != std::string::npos);
    }

    void aLongListIsCut() {
        for (int i = 0; i < 30; ++i) addSnapshot("models--org--m" + std::to_string(10 + i), kFirst);
        const std::string hint = hubModelPath("org/tiny").error().hint;
        QVERIFY(hint.find("org/m17 …") != std::string::npos);
        QVERIFY(hint.find("org/m18") == std::string::npos);
    }

    void namesAreChecked() {
        addSnapshot("models--org--tiny", kFirst);
        addRef("models--org--tiny", "main", kFirst);
        m_folder->write("hub/secret/refs/main", kFirst);
        for (const char* name :
             {"", "/", "org/", "/tiny", "a/b/c", "..", "../secret", "org/..", "org--tiny", "org/.hidden",
              "org/-x", "org/ti ny", "org/tiny\n", "org\\tiny", "org/тест"}) {
            const auto path = hubModelPath(name);
            QVERIFY2(!path.ok(), name);
            QCOMPARE(path.error().code, ErrorCode::BadArgument);
            QVERIFY(path.error().hint.find("hub:ORG/NAME") != std::string::npos);
        }
        QCOMPARE(hubModelPath(std::string(97, 'x')).error().code, ErrorCode::BadArgument);
        for (const char* revision : {"", "../main", "a/../b", "/main", "main/", ".git", "ma in", "a@b"}) {
            const auto path = hubModelPath("org/tiny@" + std::string(revision));
            QVERIFY2(!path.ok(), revision);
            QCOMPARE(path.error().code, ErrorCode::BadArgument);
        }
    }

    void aReferenceHoldsACommit() {
        addSnapshot("models--org--tiny", kFirst);
        for (const std::string& content : {std::string(), std::string("../../.."), kFirst + kFirst,
                                           std::string(40, 'G'), std::string(39, 'a')}) {
            addRef("models--org--tiny", "main", content);
            QCOMPARE(hubModelPath("org/tiny").error().code, ErrorCode::FileMalformed);
        }
        addRef("models--org--tiny", "main", std::string(1 << 20, 'a'));
        QCOMPARE(hubModelPath("org/tiny").error().code, ErrorCode::FileTooLarge);
        // A folder is no reference.
        QCOMPARE(hubModelPath("org/tiny@refs").error().code, ErrorCode::FileMissing);
    }
};

LATHE_TEST(TestHubCache)
#include "tst_hub_cache.moc"
