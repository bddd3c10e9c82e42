// SPDX-License-Identifier: GPL-3.0-or-later
// Entities as conlleval counts them, and a token classifier's metrics on rows it answers in a known way.
#include "core/data/roles/tag_scheme.h"
#include "core/objectives/entities.h"
#include "core/objectives/tag.h"
#include "tests/support/engine_support.h"

using namespace lathe;

namespace {

/// A tagger that answers what the batch's types say.
class EchoModel : public LanguageModel {
  public:
    EchoModel() : LanguageModel(shapeOfFive()) {}
    at::Tensor hidden(const Batch& batch) override {
        return at::one_hot(batch.typeIds, 5).to(at::kFloat) * 9;
    }
    at::Tensor classify(const at::Tensor& hidden, const Batch&) override { return hidden; }
    const at::Tensor& wordEmbeddings() const override { return m_none; }

  private:
    at::Tensor m_none;

    static ModelShape shapeOfFive() {
        ModelShape shape;
        shape.head = HeadKind::TokenClassification;
        shape.labels = 5;
        return shape;
    }
};

}  // namespace

class TestTag : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void entitiesAreRunsOfOneKind() {
        const auto found = entitiesOf({"B-PER", "I-PER", "O", "I-LOC", "I-LOC", "B-LOC", "I-ORG", "O"});
        const std::vector<Entity> expected{{"PER", 0, 1}, {"LOC", 3, 4}, {"LOC", 5, 5}, {"ORG", 6, 6}};
        QVERIFY(found == expected);
        QVERIFY(entitiesOf({"O", "O"}).empty());
        QVERIFY(entitiesOf({}).empty());
    }
    void everySchemeNamesTheSame_data() {
        QTest::addColumn<QStringList>("tags");
        // Two A that touch, one of three words; a B of one word; an A of two at the end.
        QTest::newRow("BIO") << QStringList{"B-A", "I-A", "I-A", "B-A", "O", "B-B", "O", "B-A", "I-A"};
        QTest::newRow("IOB1") << QStringList{"I-A", "I-A", "I-A", "B-A", "O", "I-B", "O", "I-A", "I-A"};
        QTest::newRow("IOBES") << QStringList{"B-A", "I-A", "E-A", "S-A", "O", "S-B", "O", "B-A", "E-A"};
        QTest::newRow("BILOU") << QStringList{"B-A", "I-A", "L-A", "U-A", "O", "U-B", "O", "B-A", "L-A"};
        QTest::newRow("BMES") << QStringList{"B-A", "M-A", "E-A", "S-A", "O", "S-B", "O", "B-A", "E-A"};
        QTest::newRow("ends only") << QStringList{"I-A", "I-A", "E-A", "E-A", "O", "E-B", "O", "I-A", "E-A"};
    }
    void everySchemeNamesTheSame() {
        QFETCH(QStringList, tags);
        std::vector<std::string> texts;
        for (const QString& tag : tags) texts.push_back(tag.toStdString());
        const std::vector<Entity> expected{{"A", 0, 2}, {"A", 3, 3}, {"B", 5, 5}, {"A", 7, 8}};
        QVERIFY(entitiesOf(texts) == expected);
        QVERIFY(tagSchemeOf(texts) == TagScheme::Prefixed);
    }
    void tagsWithoutAPrefixAreKinds() {
        const std::vector<std::string> bare{"ORG", "ORG", "LOC", "O", "ORG"}, alone{"B", "I", "O", "B", "B"};
        QVERIFY(entitiesOf(bare) == (std::vector<Entity>{{"ORG", 0, 1}, {"LOC", 2, 2}, {"ORG", 4, 4}}));
        QVERIFY(tagSchemeOf(bare) == TagScheme::Bare);
        QVERIFY(entitiesOf(alone) == (std::vector<Entity>{{"_", 0, 1}, {"_", 3, 3}, {"_", 4, 4}}));
        QVERIFY(tagSchemeOf(alone) == TagScheme::Prefixed);
        const std::vector<std::string> mixed{"B-PER", "PER", "X"};  // a bare tag goes on with its kind
        QVERIFY(entitiesOf(mixed) == (std::vector<Entity>{{"PER", 0, 1}, {"X", 2, 2}}));
    }
    void tagsThatNameNothingAreJudgedByAccuracy() {
        for (const auto& labels : {std::vector<std::string>{"0", "1", "2", "3", "4"},
                                   std::vector<std::string>{"ADJ", "DET", "NOUN", "PRON", "VERB"}}) {
            QVERIFY(tagSchemeOf(labels) == TagScheme::None);
            TagObjective objective;
            objective.useLabels(labels);
            EchoModel model;
            Batch batch;
            batch.ids = at::zeros({1, 3}, at::kLong);
            batch.typeIds = at::tensor({1, 0, 2}, at::kLong).view({1, 3});
            batch.lossRows = at::tensor({0, 1, 2}, at::kLong);
            batch.lossTargets = at::tensor({1, 1, 2}, at::kLong);
            batch.targetCount = 3;
            EvaluationSums sums;
            objective.evaluate(model, batch, sums);
            const auto metrics = objective.metrics(sums);
            QCOMPARE(metrics.size(), std::size_t(2));
            QCOMPARE(metrics.at("accuracy"), 2.0 / 3);
            const auto scores = objective.labelScores(sums);  // of each tag
            QCOMPARE(scores.size(), std::size_t(3));
            QCOMPARE(scores[1].label, labels[1]);
            QCOMPARE(scores[1].recall, 1.0 / 2);
            QCOMPARE(scores[0].support, int64_t(0));
        }
    }
    void metricsCountWholeEntities() {
        // Labels: O, B-A, I-A, B-B, I-B. Row 0: A(0,1) and B(3) are there; A is cut short, B is right.
        // Row 1: A(0) is there and right; another B is named where there is none.
        TagObjective objective;
        objective.useLabels({"O", "B-A", "I-A", "B-B", "I-B"});
        EchoModel model;
        Batch batch;
        batch.ids = at::zeros({2, 4}, at::kLong);
        batch.typeIds = at::tensor({1, 0, 0, 3, 1, 0, 3, 0}, at::kLong).view({2, 4});
        batch.lossRows = at::tensor({0, 1, 2, 3, 4, 5, 6}, at::kLong);
        batch.lossTargets = at::tensor({1, 2, 0, 3, 1, 0, 0}, at::kLong);
        batch.targetCount = 7;
        EvaluationSums sums;
        objective.evaluate(model, batch, sums);
        const auto scores = objective.labelScores(sums);
        QCOMPARE(scores.size(), std::size_t(2));
        QCOMPARE(scores[0].label, std::string("A"));
        QCOMPARE(scores[0].support, int64_t(2));
        QCOMPARE(scores[0].precision, 1.0 / 2);
        QCOMPARE(scores[0].recall, 1.0 / 2);
        QCOMPARE(scores[1].support, int64_t(1));
        QCOMPARE(scores[1].precision, 1.0 / 2);
        QCOMPARE(scores[1].recall, 1.0);
        const auto metrics = objective.metrics(sums);
        QCOMPARE(metrics.at("precision"), 2.0 / 4);
        QCOMPARE(metrics.at("recall"), 2.0 / 3);
        QCOMPARE(metrics.at("f1"), 4.0 / 7);
        QCOMPARE(metrics.at("accuracy"), 5.0 / 7);
        // Five answers of seven are right: -ln softmax(9, 0, 0, 0, 0) each, the other two 9 more.
        const double right = std::log(1 + 4 * std::exp(-9.0));
        QVERIFY(std::abs(metrics.at("loss") - (right + 18.0 / 7)) < 1e-5);
        QVERIFY(std::abs(objective.lossSum(model, batch).item<double>() / 7 - metrics.at("loss")) < 1e-6);
    }
    void nothingNamedIsZeroNotNothing() {
        TagObjective objective;
        objective.useLabels({"O", "B-A"});
        const auto metrics = objective.metrics(EvaluationSums());
        QCOMPARE(metrics.at("f1"), 0.0);
        QCOMPARE(metrics.at("precision"), 0.0);
    }
};

LATHE_TEST(TestTag)
#include "tst_tag.moc"
