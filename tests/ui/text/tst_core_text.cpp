// SPDX-License-Identifier: GPL-3.0-or-later
#include <QDirIterator>
#include <QRegularExpression>
#include <algorithm>

#include "core/config/recipe.h"
#include "tests/support/paths.h"
#include "tests/support/test_program.h"
#include "ui/bridge/language.h"
#include "ui/text/core_text.h"
#include "ui/text/core_words.h"

using namespace lathe;

namespace {

bool known(std::span<const char* const> words, const QString& word) {
    return std::any_of(words.begin(), words.end(),
                       [&](const char* each) { return word == QString::fromUtf8(each); });
}

/// The codes of notes and warnings that the sources of the engine spell out.
QStringList noteCodes() {
    static const QRegularExpression kCode(
        "(?:[nN]otes?|warnings?(?:Event)?|addNote|warnAbout)\\b[^;\"]{0,60}\\{\\s*\"([a-z]+(?:_[a-z]+)+)\","
        "\\s");
    QStringList codes;
    QDirIterator files(QString::fromStdString(test::sourceFile("core").string()), {"*.cpp"}, QDir::Files,
                       QDirIterator::Subdirectories);
    while (files.hasNext()) {
        QFile file(files.next());
        if (!file.open(QIODevice::ReadOnly)) continue;
        auto found = kCode.globalMatch(QString::fromUtf8(file.readAll()));
        while (found.hasNext()) codes.append(found.next().captured(1));
    }
    codes.removeDuplicates();
    return codes;
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
        QStringList codes = noteCodes();
        for (const char* code : {"nothing_learned", "rows_dropped", "columns_unused", "spare_ids"})
            QVERIFY2(codes.contains(code), code);
        codes.append({"already_finished", "answers_context", "answers_empty", "content_not_rendered",
                      "control_tokens_in_text", "diverged", "ended_worse", "memory_short",
                      "function_call_read", "marks_unused", "message_keys_unused", "overfitting",
                      "roles_renamed", "tool_calls_as_text", "tool_turns"});
        codes.append({"checkpoint_damaged", "disk_short", "file_restored", "identity_unknown",
                      "metrics_damaged", "metrics_incomplete", "metrics_unknown", "resume_inexact"});
        for (const QString& each : std::as_const(codes)) {
            const std::string code = each.toStdString();
            language.apply("en");
            const QString english = warningTitle(code);
            QVERIFY2(english != warningTitle("of a later version"), code.c_str());
            language.apply("zh_CN");
            QVERIFY2(warningTitle(code) != english, code.c_str());
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
