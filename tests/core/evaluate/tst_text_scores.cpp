// SPDX-License-Identifier: GPL-3.0-or-later
// BLEU and chrF2 against the values sacrebleu 2.6 gives (with its zh words where there are Chinese
// characters).
#include "core/evaluate/text_scores.h"
#include "tests/support/engine_support.h"

using namespace lathe;

namespace {

struct Row {
    const char *written, *wanted;
    double bleu, chrf;  ///< of this row alone
};

const Row kRows[] = {
    {"the cat sat on the mat", "the cat sat on the mat", 100, 100},
    {"the cat is on the mat.", "The cat sat on the mat.", 43.47208719449914, 58.89875037111556},
    {"It costs 1,234.50 dollars, \"really\" - no?", "It cost 1,234.5 dollars - really.", 5.300156689756295,
     58.66608706163441},
    {"hello", "hello there world", 0, 26.232340203989875},
    {"", "a reference", 0, 0},
    {"今天天气很好", "今天的天气很好。", 43.29820146406896, 32.855510709633336},
    {"a b c d e f", "x y z", 0, 0},
};

bool near(double value, double wanted) {
    return std::abs(value - wanted) < 1e-9;
}

}  // namespace

class TestTextScores : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void eachRowAlone() {
        for (const Row& row : kRows) {
            TextScores scores;
            scores.add(row.written, row.wanted);
            QVERIFY2(near(scores.bleu(), row.bleu), row.written);
            QVERIFY2(near(scores.chrf(), row.chrf), row.written);
        }
    }
    void allRowsTogether() {
        TextScores scores, withoutChinese;
        for (const Row& row : kRows) {
            scores.add(row.written, row.wanted);
            if (&row != &kRows[5]) withoutChinese.add(row.written, row.wanted);
        }
        QVERIFY(near(scores.bleu(), 36.035202290542124));
        QVERIFY(near(scores.chrf(), 54.28090600305042));
        QVERIFY(near(withoutChinese.bleu(), 31.321874557848233));
        QVERIFY(near(withoutChinese.chrf(), 55.488807927873566));
    }
    void nothingIsNothing() {
        const TextScores scores;
        QCOMPARE(scores.bleu(), 0.0);
        QCOMPARE(scores.chrf(), 0.0);
    }
};

LATHE_TEST(TestTextScores)
#include "tst_text_scores.moc"
