// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "core/config/recipe.h"
#include "tests/support/test_program.h"
#include "ui/bridge/core_text.h"
#include "ui/bridge/core_words.h"
#include "ui/bridge/language.h"

using namespace lathe;

namespace {

bool known(std::span<const char* const> words, const QString& word) {
    return std::any_of(words.begin(), words.end(),
                       [&](const char* each) { return word == QString::fromUtf8(each); });
}

}  // namespace

class TestCoreText : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void everyRecipeFieldIsListedForTranslation() {
        for (const Field& field : recipeFields()) {
            if (field.key == "lathe") continue;  // the format's version, never in a form
            const QString label = fieldLabel(field.key);
            QVERIFY2(known(knownFieldLabels(), label), qPrintable(label));
            QVERIFY2(known(knownHelps(), QString::fromStdString(field.help)), field.help.c_str());
        }
    }

    void everyListedWordSpeaksChinese() {
        Language language;
        language.apply("zh_CN");
        for (const char* help : knownHelps()) QVERIFY2(coreText(help) != QString::fromUtf8(help), help);
        QCOMPARE(fieldLabel("train.learning_rate"), QStringLiteral("学习率"));
        language.apply("en");
        QCOMPARE(fieldLabel("train.learning_rate"), QStringLiteral("Learning rate"));
    }

    void warningsHaveTitlesByTheirCodes() {
        Language language;
        for (const char* code : {"nothing_learned", "ended_worse", "diverged", "overfitting", "no_lock",
                                 "already_finished", "adapter_continued", "dropout_off", "rows_dropped",
                                 "rows_cut", "columns_unused", "memory_short"}) {
            language.apply("en");
            const QString english = warningTitle(code);
            QVERIFY2(english != warningTitle("of a later version"), code);
            language.apply("zh_CN");
            QVERIFY2(warningTitle(code) != english, code);
        }
        QCOMPARE(warningTitle("of a later version"), QStringLiteral("警告"));
        language.apply("en");
    }

    void anErrorIsASentenceADetailAndAPlace() {
        const Error error{ErrorCode::FileMalformed, "header ends early", "model.safetensors:8", ""};
        const QString text = errorText(error);
        QVERIFY(text.contains("header ends early") && text.contains("model.safetensors:8"));
        QVERIFY(!errorHint(Error{ErrorCode::OutOfMemory, "", "", ""}).isEmpty());
        QCOMPARE(errorHint(Error{ErrorCode::DataInvalid, "", "", "look at line 3"}),
                 QString("look at line 3"));
    }
};

LATHE_TEST_IN(QCoreApplication, TestCoreText)
#include "tst_core_text.moc"
