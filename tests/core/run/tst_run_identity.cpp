// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/run/run_identity.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "core/base/files.h"
#include "core/base/hash_cache.h"
#include "core/run/store/run_store.h"
#include "tests/support/support.h"

using namespace lathe;
namespace fs = std::filesystem;

namespace {

Recipe recipeOn(const fs::path& train, const std::string& validation) {
    Recipe recipe;
    recipe.data.train = train.string();
    recipe.data.validation = validation;
    return recipe;
}

Json dataOf(const Recipe& recipe) {
    Json identity = Json::object();
    LATHE_CHECK(addDataIdentity(identity, recipe).ok());
    return identity;
}

Example rowWith(std::vector<int32_t> ids, std::vector<int32_t> targets) {
    Example row;
    row.ids = std::move(ids);
    row.targets = std::move(targets);
    return row;
}

}  // namespace

class TestRunIdentity : public QObject {
    Q_OBJECT
    test::TemporaryFolder m_home;

  private Q_SLOTS:
    void initTestCase() { qputenv("LATHE_HOME", m_home.path().c_str()); }
    void cleanupTestCase() { qunsetenv("LATHE_HOME"); }

    void everythingThatChangedIsNamed() {
        const Json began{{"base_sha256", "a"}, {"tokenizer_sha256", "b"}, {"train_sha256", "c"},
                         {"train_rows", 60},   {"precision", "bf16"},     {"threads", 1}};
        LATHE_VERIFY_OK(checkIdentity(began, began, "p", "h"));
        Json now = began;
        now["threads"] = 2;
        LATHE_VERIFY_OK(checkIdentity(began, now, "p", "h"));
        now["train_sha256"] = "d";
        now["train_rows"] = 70;
        now["precision"] = "fp32";
        const auto changed = checkIdentity(began, now, "p", "h");
        QCOMPARE(changed.error().code, ErrorCode::ModelMismatch);
        QCOMPARE(changed.error().message,
                 std::string("the training data, the number of training rows (60, now 70) and the precision "
                             "(bf16, now fp32) changed since the run began"));
        QCOMPARE(changed.error().hint, std::string("h"));
        const auto notes = inexactParts(began, now);
        QCOMPARE(notes.size(), std::size_t(1));
        QVERIFY(notes.front().message.find("the number of threads (1, now 2)") != std::string::npos);
        QVERIFY(inexactParts(began, began).empty());
    }
    void whatOneSideDoesNotKnowIsNotCompared() {
        LATHE_VERIFY_OK(checkIdentity(Json(), {{"base_sha256", "a"}}, "", ""));
        LATHE_VERIFY_OK(checkIdentity({{"train_sha256", "a"}}, {{"base_sha256", "a"}}, "", ""));
        LATHE_VERIFY_OK(checkIdentity({{"train_rows", 5}}, {{"train_rows", 5u}}, "", ""));
        QVERIFY(!checkIdentity({{"train_rows", {1, 2}}}, {{"train_rows", 5}}, "", "").ok());  // hostile
    }
    void aRewardsModelIsPartOfIt() {
        const test::TemporaryFolder folder;
        folder.write("judge/config.json", "{\"model_type\": \"bert\"}");
        folder.write("judge/model.safetensors", std::string("\x02\0\0\0\0\0\0\0{}", 10));
        const auto identityOf = [](const std::vector<RewardSettings>& rewards) {
            Json identity = Json::object();
            const auto added = addRewardIdentity(identity, rewards);
            if (!added.ok()) qFatal("%s", added.error().text().c_str());
            return identity;
        };
        RewardSettings judge, rule;
        judge.name = kModelReward;
        judge.values["model"] = (folder.path() / "judge").string();
        rule.name = "length";
        QVERIFY(identityOf({rule}).empty());
        const Json began = identityOf({rule, judge});
        QCOMPARE(began, identityOf({judge}));
        folder.write("judge/config.json", "{\"model_type\": \"bert\", \"hidden_size\": 8}");
        const auto changed = checkIdentity(began, identityOf({judge}), "p", "h");
        QCOMPARE(changed.error().message,
                 std::string("a model that rewards the answers changed since the run began"));
    }
    void dataAreTheirFilesContents() {
        const test::TemporaryFolder folder;
        const fs::path file = folder.write("rows.tsv", "a\tb\n"), dev = folder.write("dev.tsv", "x\ty\n");
        const Json alone = dataOf(recipeOn(file, "0.1"));
        QVERIFY(!alone.contains("validation_sha256"));
        QCOMPARE(alone["train_sha256"].get<std::string>(), sha256("a\tb\n"));
        QVERIFY(dataOf(recipeOn(file, dev.string())).contains("validation_sha256"));
        folder.write("rows.tsv", "a\tc\n");
        QVERIFY(dataOf(recipeOn(file, "0.1")) != alone);
        folder.write("texts/good/1.txt", "one");
        folder.write("texts/bad/1.txt", "two");
        const Json texts = dataOf(recipeOn(folder.path() / "texts", "none"));
        fs::rename(folder.path() / "texts/bad", folder.path() / "texts/poor");
        QVERIFY(dataOf(recipeOn(folder.path() / "texts", "none")) != texts);
        Json missing = Json::object();
        QCOMPARE(addDataIdentity(missing, recipeOn(folder.path() / "gone", "none")).error().code,
                 ErrorCode::FileMissing);
    }
    void rowsAreTheirTokensAndTargets() {
        TaskData data;
        data.train = {rowWith({1, 2}, {3}), rowWith({4}, {})};
        Json identity = Json::object(), moved = Json::object();
        addRowIdentity(identity, data);
        QCOMPARE(identity["train_rows"].get<int>(), 2);
        data.train.front() = rowWith({1, 2, 3}, {});  // the same numbers elsewhere
        addRowIdentity(moved, data);
        QVERIFY(identity["first_row_sha256"] != moved["first_row_sha256"]);
        QVERIFY(identity["last_row_sha256"] == moved["last_row_sha256"]);
    }
    void anIdentitySurvivesTheRecord() {
        const test::TemporaryFolder folder;
        RunRecord record;
        record.identity = {{"base_sha256", "a"}, {"threads", 2}};
        LATHE_VERIFY_OK(writeRunRecord(folder.path(), record));
        QVERIFY(readRunRecord(folder.path()).value().identity == record.identity);
        folder.write("run.json", R"({"identity": [1]})");
        QVERIFY(readRunRecord(folder.path()).value().identity.is_null());
    }

    void largeFilesAreHashedOnce() {
        const test::TemporaryFolder folder;
        const fs::path file = folder.write("large", std::string(2 << 20, 'a'));
        const fs::path cache = m_home.path() / "hashes.json";
        const std::string hash = sha256OfFile(file).value();
        QCOMPARE(cachedSha256(file).value(), hash);
        QVERIFY(!fs::exists(cache));  // it was written a moment ago
        QTest::qWait(2200);           // the time of the last change cannot be set
        QCOMPARE(cachedSha256(file).value(), hash);
        QVERIFY(fs::exists(cache));
        // What is in the cache is believed: the file is not read again.
        Json entries = parseJson(readTextFile(cache).value(), "").value();
        entries.front()["sha256"] = std::string(64, '0');
        LATHE_VERIFY_OK(writeFile(cache, entries.dump()));
        QCOMPARE(cachedSha256(file).value(), std::string(64, '0'));
        // Other bytes of the same size, with the old time of modification.
        struct stat old {};
        QCOMPARE(::stat(file.c_str(), &old), 0);
        {
            std::FILE* open = std::fopen(file.c_str(), "r+");
            std::fputc('b', open);
            std::fclose(open);
        }
        const timespec times[2] = {old.st_atim, old.st_mtim};
        QCOMPARE(::utimensat(AT_FDCWD, file.c_str(), times, 0), 0);
        QCOMPARE(cachedSha256(file).value(), sha256OfFile(file).value());
        for (const char* damage : {"", "[]", "{\"x\": 3}", "no JSON"}) {
            LATHE_VERIFY_OK(writeFile(cache, damage));
            QCOMPARE(cachedSha256(file).value(), sha256OfFile(file).value());
        }
    }
};

LATHE_TEST(TestRunIdentity)
#include "tst_run_identity.moc"
