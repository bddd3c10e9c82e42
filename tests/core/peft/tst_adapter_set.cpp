// SPDX-License-Identifier: GPL-3.0-or-later
// Many adapters on one base: switching is as good as opening anew, the base comes back bit for bit, memory
// grows by the adapters alone, and rows of one batch may have different ones.
#include "core/peft/adapter_set.h"

#include "core/peft/methods/bottleneck.h"
#include "core/peft/methods/dora.h"
#include "core/peft/methods/ia3.h"
#include "core/peft/methods/prompt.h"
#include "core/peft/methods/vera.h"
#include "tests/core/peft/adapter_set_helpers.h"

using namespace lathe;
using namespace lathe::test;

namespace {

struct Kind {
    const char* name;
    const AdapterMethod& (*method)();
};
const Kind kKinds[] = {{"lora", loraMethod},
                       {"dora", doraMethod},
                       {"vera", veraMethod},
                       {"ia3", ia3Method},
                       {"bottleneck", bottleneckMethod},
                       {"prompt", promptMethod}};

Settings smallSettings(const std::string& kind) {
    if (kind == "prompt") return {{"virtual_tokens", int64_t(3)}};
    if (kind == "bottleneck") return {{"reduction_factor", 2.0}};
    return {};
}

/// The storages of everything the model and the set's adapters hold.
std::size_t bytesOf(LanguageModel& model) {
    std::size_t total = 0;
    for (const at::Tensor& parameter : model.parameters()) total += parameter.storage().nbytes();
    return total;
}

at::Tensor logitsOf(LanguageModel& model, const Batch& batch) {
    const at::NoGradGuard noGrad;
    return headLogits(model, batch);
}

/// The model counts the positions itself, a soft prompt's too.
Batch uncountedRow() {
    Batch batch = oneRow();
    batch.positions = at::Tensor();
    return batch;
}

Batch fiveRows() {
    Batch batch = tinyBatch();
    const at::Tensor again = at::tensor({0, 1, 0, 1, 1}, at::kLong);
    batch.ids = batch.ids.index_select(0, again);
    batch.typeIds = batch.typeIds.index_select(0, again);
    batch.positions = batch.positions.index_select(0, again);
    batch.mask = batch.mask.index_select(0, again);
    batch.lengths = batch.lengths.index_select(0, again);
    return batch;
}

Batch rowOf(const Batch& batch, int64_t row) {
    Batch one;
    one.ids = batch.ids.narrow(0, row, 1);
    one.typeIds = batch.typeIds.narrow(0, row, 1);
    one.positions = batch.positions.narrow(0, row, 1);
    one.mask = batch.mask.narrow(0, row, 1);
    one.lengths = batch.lengths.narrow(0, row, 1);
    return one;
}

}  // namespace

class TestAdapterSet : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void switchingIsOpeningAnewAndOffIsTheBase() {
        TemporaryFolder folder;
        auto model = smallLlama();
        const at::Tensor base = answers(*model).detach();
        AdapterSet set(model);
        std::map<std::string, at::Tensor> alone;
        for (const Kind& kind : kKinds) {
            const auto path = writeRandomAdapter(folder, *smallLlama(), kind.method(), kind.name, 3,
                                                 smallSettings(kind.name));
            LATHE_VERIFY_OK(loadInto(set, kind.name, kind.method(), path, model->shape()));
            auto fresh = smallLlama();
            const auto opened = openAdapterFolder(path);
            LATHE_VERIFY_OK(opened);
            LATHE_VERIFY_OK(loadAdapter(*fresh, kind.method(), opened.value()));
            alone[kind.name] = logitsOf(*fresh, uncountedRow());
        }
        for (int round = 0; round < 2; ++round)
            for (const Kind& kind : kKinds) {
                LATHE_VERIFY_OK(set.choose({{kind.name, 1}}));
                QVERIFY2(at::equal(logitsOf(*model, uncountedRow()), alone[kind.name]), kind.name);
                set.setEnabled(false);
                QVERIFY2(at::equal(answers(*model).detach(), base), kind.name);
                set.setEnabled(true);
                QVERIFY2(at::equal(logitsOf(*model, uncountedRow()), alone[kind.name]), kind.name);
            }
        LATHE_VERIFY_OK(set.choose({}));
        QVERIFY(at::equal(answers(*model).detach(), base));
    }
    void headsComeAndGoWithTheirAdapters() {
        TemporaryFolder folder;
        auto model = bertWith(2);
        const at::Tensor base = answers(*model).detach();
        AdapterSet set(model);
        std::map<std::string, at::Tensor> alone;
        for (const int64_t labels : {2, 6, 3}) {
            const std::string name = std::to_string(labels);
            auto tuned = bertWith(labels);
            const auto path = writeRandomAdapter(folder, *tuned, loraMethod(), name, uint64_t(labels));
            alone[name] = answers(*tuned).detach();
            LATHE_VERIFY_OK(loadInto(set, name, loraMethod(), path, tuned->shape()));
            QVERIFY(set.bringsHead(name));
        }
        for (const char* name : {"6", "3", "2", "6"}) {
            LATHE_VERIFY_OK(set.choose({{name, 1}}));
            QCOMPARE(model->shape().labels, int64_t(std::stoi(name)));
            QVERIFY2(largestDifference(answers(*model).detach(), alone[name]) == 0, name);
        }
        QVERIFY(!set.choose({{"6", 1}, {"2", 1}}).ok());
        QVERIFY(largestDifference(answers(*model).detach(), alone["6"]) == 0);
        LATHE_VERIFY_OK(set.choose({}));
        QCOMPARE(model->shape().labels, int64_t(2));
        QVERIFY(at::equal(answers(*model).detach(), base));
    }
    void aWeightIsNotRemembered() {
        TemporaryFolder folder;
        for (const Kind& kind : {kKinds[0], kKinds[2], kKinds[3]}) {
            auto model = smallLlama();
            AdapterSet set(model);
            const auto path = writeRandomAdapter(folder, *smallLlama(), kind.method(), kind.name, 5);
            LATHE_VERIFY_OK(loadInto(set, "a", kind.method(), path, model->shape()));
            LATHE_VERIFY_OK(set.choose({{"a", 1}}));
            const at::Tensor whole = answers(*model).detach();
            for (const double weight : {0.0, -1.5, 0.3}) {
                LATHE_VERIFY_OK(set.choose({{"a", weight}}));
                QVERIFY2(largestDifference(answers(*model).detach(), whole) > 1e-4, kind.name);
            }
            LATHE_VERIFY_OK(set.choose({{"a", 0}}));
            QVERIFY(largestDifference(answers(*model).detach(), answers(*smallLlama()).detach()) < 1e-6);
            LATHE_VERIFY_OK(set.choose({{"a", 1}}));
            QVERIFY2(at::equal(answers(*model).detach(), whole), kind.name);
        }
    }
    void memoryGrowsByTheAdaptersAlone() {
        TemporaryFolder folder;
        auto model = bertWith(2);
        const std::size_t before = bytesOf(*model);
        AdapterSet set(model);
        for (int i = 0; i < 4; ++i) {
            const std::string name = std::to_string(i);
            const auto path = writeRandomAdapter(folder, *bertWith(5), loraMethod(), name, uint64_t(i));
            LATHE_VERIFY_OK(loadInto(set, name, loraMethod(), path, bertWith(5)->shape()));
            // 2 blocks, query and value, rank 8, width 8; a head of 5 labels: all in float32.
            QCOMPARE(set.bytes(name), int64_t(4 * (2 * 2 * 8 * (8 + 8) + 5 * 8 + 5)));
        }
        QCOMPARE(bytesOf(*model), before);
        LATHE_VERIFY_OK(set.choose({{"2", 1}}));
        // In use is the one chosen, in place of the base's own head of 2 labels.
        QCOMPARE(bytesOf(*model), before + std::size_t(set.bytes("2")) - 4 * (2 * 8 + 2));
        LATHE_VERIFY_OK(set.choose({}));
        QCOMPARE(bytesOf(*model), before);
    }
    void everyRowHasItsOwnAdapter() {
        TemporaryFolder folder;
        auto model = bertWith(2);
        AdapterSet set(model);
        const auto load = [&](const std::string& name, const AdapterMethod& method, int64_t labels,
                              const Settings& changes) {
            auto tuned = bertWith(labels);
            const auto path = writeRandomAdapter(folder, *tuned, method, name, uint64_t(labels), changes);
            LATHE_CHECK(loadInto(set, name, method, path, tuned->shape()).ok());
        };
        load("two", loraMethod(), 2, {});
        load("six", loraMethod(), 6, {{"rank", int64_t(3)}, {"target_modules", names({"all-linear"})}});
        load("dora", doraMethod(), 4, {});
        load("vera", veraMethod(), 3, {{"rank", int64_t(5)}});
        LATHE_VERIFY_OK(set.choose({{"six", 1}}));
        const Batch batch = fiveRows();
        for (const auto& rows : {std::vector<std::string>{"six", "two", "", "two", "six"},
                                 std::vector<std::string>{"dora", "vera", "two", "", "dora"},
                                 std::vector<std::string>{"six", "six", "six", "six", "six"}}) {
            const auto together = set.rowLogits(batch, rows);
            LATHE_VERIFY_OK(together);
            QCOMPARE(model->shape().labels, int64_t(6));  // what was chosen is on again
            for (std::size_t i = 0; i < rows.size(); ++i) {
                LATHE_VERIFY_OK(set.choose(rows[i].empty() ? std::vector<AdapterShare>{}
                                                           : std::vector<AdapterShare>{{rows[i], 1}}));
                const at::Tensor single = logitsOf(*model, rowOf(batch, int64_t(i)))[0];
                QVERIFY2(largestDifference(together.value()[i], single) < 1e-5, rows[i].c_str());
            }
            LATHE_VERIFY_OK(set.choose({{"six", 1}}));
        }
    }
    void rowsOfADecoderToo() {
        TemporaryFolder folder;
        auto model = smallLlama();
        AdapterSet set(model);
        for (const char* name : {"a", "b"}) {
            const auto path =
                writeRandomAdapter(folder, *smallLlama(), loraMethod(), name, uint64_t(name[0]));
            LATHE_VERIFY_OK(loadInto(set, name, loraMethod(), path, model->shape()));
        }
        const auto prompt =
            writeRandomAdapter(folder, *smallLlama(), promptMethod(), "prompt", 1, smallSettings("prompt"));
        LATHE_VERIFY_OK(loadInto(set, "prompt", promptMethod(), prompt, model->shape()));
        const Batch batch = fiveRows();
        const std::vector<std::string> rows{"b", "", "a", "b", "a"};
        const auto together = set.rowLogits(batch, rows);
        LATHE_VERIFY_OK(together);
        for (std::size_t i = 0; i < rows.size(); ++i) {
            LATHE_VERIFY_OK(set.choose(rows[i].empty() ? std::vector<AdapterShare>{}
                                                       : std::vector<AdapterShare>{{rows[i], 1}}));
            const at::Tensor single = logitsOf(*model, rowOf(batch, int64_t(i)))[0];
            const int64_t real = batch.lengths[int64_t(i)].item<int64_t>();
            QVERIFY(largestDifference(together.value()[i].narrow(0, 0, real), single.narrow(0, 0, real)) <
                    1e-5);
        }
        const auto refused = set.rowLogits(batch, {"a", "prompt", "a", "a", "a"});
        QVERIFY(!refused.ok());
        QCOMPARE(refused.error().code, ErrorCode::Unsupported);
    }
    void whatCannotBeChosenChangesNothing() {
        TemporaryFolder folder;
        auto model = smallLlama();
        AdapterSet set(model);
        for (const Kind& kind : kKinds) {
            const auto path = writeRandomAdapter(folder, *smallLlama(), kind.method(), kind.name, 3,
                                                 smallSettings(kind.name));
            LATHE_VERIFY_OK(loadInto(set, kind.name, kind.method(), path, model->shape()));
        }
        LATHE_VERIFY_OK(set.choose({{"lora", 1}}));
        const at::Tensor before = answers(*model).detach();
        for (const auto& mix :
             {std::vector<AdapterShare>{{"nobody", 1}}, std::vector<AdapterShare>{{"lora", 1}, {"lora", 1}},
              std::vector<AdapterShare>{{"dora", 0.5}}, std::vector<AdapterShare>{{"prompt", 0.5}}}) {
            QVERIFY(!set.choose(mix).ok());
            QVERIFY(at::equal(answers(*model).detach(), before));
        }
        // A folder that does not fit leaves the set as it was.
        const auto foreign = writeRandomAdapter(folder, *bertWith(2), loraMethod(), "foreign", 1);
        QVERIFY(!loadInto(set, "foreign", loraMethod(), foreign, model->shape()).ok());
        QVERIFY(!set.has("foreign"));
        QVERIFY(at::equal(answers(*model).detach(), before));
    }
    void kindsTogetherAreOneAfterTheOther() {
        TemporaryFolder folder;
        auto model = smallLlama();
        AdapterSet set(model);
        const auto lora = writeRandomAdapter(folder, *smallLlama(), loraMethod(), "lora", 1);
        const auto ia3 = writeRandomAdapter(folder, *smallLlama(), ia3Method(), "ia3", 2);
        LATHE_VERIFY_OK(loadInto(set, "lora", loraMethod(), lora, model->shape()));
        LATHE_VERIFY_OK(loadInto(set, "ia3", ia3Method(), ia3, model->shape()));
        LATHE_VERIFY_OK(set.choose({{"lora", 0.5}, {"ia3", 1}}));
        auto expected = smallLlama();
        for (const char* part : {"lora", "ia3"}) {
            const auto opened = openAdapterFolder(folder.path() / part);
            LATHE_VERIFY_OK(opened);
            const AdapterMethod& method = part == std::string("lora") ? loraMethod() : ia3Method();
            LATHE_VERIFY_OK(loadAdapter(*expected, method, opened.value()));
            for (const auto& [name, projection] : expected->projections()) {
                if (!projection->hasAdapter()) continue;
                if (part == std::string("lora")) LATHE_VERIFY_OK(projection->adapter()->setWeight(0.5));
                projection->merge();
            }
        }
        QVERIFY(largestDifference(answers(*model).detach(), answers(*expected).detach()) < 1e-5);
    }
};

LATHE_TEST(TestAdapterSet)
#include "tst_adapter_set.moc"
