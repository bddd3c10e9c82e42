// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/hf/new_model.h"

#include <cmath>

#include "core/base/files.h"
#include "core/formats/model_folder.h"
#include "tests/support/support.h"

using namespace lathe;
namespace fs = std::filesystem;

class TestNewModel : public QObject {
    Q_OBJECT
  private:
    test::TemporaryFolder m_folder;

    fs::path recipe() const { return test::resourceFile("bases/t5-mini"); }
    fs::path made(const char* name, uint64_t seed) const {
        const fs::path folder = m_folder.path() / name;
        fs::create_directories(folder);
        if (!writeNewModel(recipe(), seed, folder).ok()) qFatal("the new model cannot be written");
        return folder;
    }

  private slots:
    void weightsSpreadAsInTransformers_data() {
        QTest::addColumn<QString>("tensor");
        QTest::addColumn<double>("deviation");
        const QString block = "decoder.block.1.layer.";
        QTest::newRow("words") << "shared.weight" << 1.0;
        QTest::newRow("queries") << block + "0.SelfAttention.q.weight" << std::pow(192.0 * 48, -0.5);
        QTest::newRow("keys") << block + "1.EncDecAttention.k.weight" << std::pow(192.0, -0.5);
        QTest::newRow("output") << block + "0.SelfAttention.o.weight" << std::pow(4.0 * 48, -0.5);
        QTest::newRow("in") << block + "2.DenseReluDense.wi.weight" << std::pow(192.0, -0.5);
        QTest::newRow("out") << block + "2.DenseReluDense.wo.weight" << std::pow(768.0, -0.5);
    }
    void weightsSpreadAsInTransformers() {
        QFETCH(QString, tensor);
        QFETCH(double, deviation);
        const auto model = openModel(made("spread", 1));
        LATHE_VERIFY_OK(model);
        const TensorInfo* info = model.value().weights->find(tensor.toStdString());
        QVERIFY(info);
        std::vector<float> values(info->elements);
        LATHE_VERIFY_OK(model.value().weights->readFloat(*info, values));
        double sum = 0, squares = 0;
        for (const float value : values) sum += value, squares += double(value) * value;
        const double count = double(values.size());
        QVERIFY(std::abs(sum / count) < 5 * deviation / std::sqrt(count));
        QVERIFY(std::abs(std::sqrt(squares / count) / deviation - 1) < 0.02);
    }

    void aSeedGivesTheSameWeights() {
        const std::string first = weightsSha256(made("one", 1)).value();
        QCOMPARE(weightsSha256(made("again", 1)).value(), first);
        QVERIFY(weightsSha256(made("two", 2)).value() != first);
        QCOMPARE(readTextFile(m_folder.path() / "one" / "tokenizer.json").value(),
                 readTextFile(recipe() / "tokenizer.json").value());
    }

    void othersAreRefused() {
        const fs::path folder = m_folder.path() / "refused";
        fs::create_directories(folder);
        m_folder.write("bert/config.json", R"({"model_type": "bert"})");
        QCOMPARE(writeNewModel(m_folder.path() / "bert", 1, folder).error().code, ErrorCode::Unsupported);
        m_folder.write("huge/config.json", R"({"model_type": "t5", "vocab_size": 99999999})");
        QCOMPARE(writeNewModel(m_folder.path() / "huge", 1, folder).error().code, ErrorCode::FileMalformed);
        QCOMPARE(writeNewModel(m_folder.path() / "nothing", 1, folder).error().code, ErrorCode::FileMissing);
        QVERIFY(fs::is_empty(folder));
    }
};

LATHE_TEST(TestNewModel)
#include "tst_new_model.moc"
