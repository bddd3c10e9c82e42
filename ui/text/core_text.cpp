// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/text/core_text.h"

#include <QCoreApplication>
#include <QLocale>
#include <QRegularExpression>

namespace lathe {
namespace {

QString translated(const char* context, const QString& english) {
    return QCoreApplication::translate(context, english.toUtf8().constData());
}

/// "learning_rate" → "Learning rate", "kl_coefficient" → "KL coefficient".
QString humanized(const std::string& key) {
    QString text = QString::fromStdString(key.substr(key.rfind('.') + 1));
    text.replace('_', ' ');
    for (const QLatin1String shortened : {QLatin1String("kl"), QLatin1String("eos")})
        text.replace(QRegularExpression(QStringLiteral("\\b%1\\b").arg(shortened)),
                     QString(shortened).toUpper());
    if (!text.isEmpty()) text[0] = text[0].toUpper();
    return text;
}

const char* codeSentence(ErrorCode code) {
    switch (code) {
        case ErrorCode::FileMissing:
            return QT_TRANSLATE_NOOP("Error", "A file or folder is missing");
        case ErrorCode::FileUnreadable:
            return QT_TRANSLATE_NOOP("Error", "A file cannot be read");
        case ErrorCode::FileMalformed:
            return QT_TRANSLATE_NOOP("Error", "A file is damaged or not what its name says");
        case ErrorCode::FileTooLarge:
            return QT_TRANSLATE_NOOP("Error", "A file is too large");
        case ErrorCode::DiskFull:
            return QT_TRANSLATE_NOOP("Error", "The disk is full");
        case ErrorCode::WriteFailed:
            return QT_TRANSLATE_NOOP("Error", "A file could not be written");
        case ErrorCode::Unsupported:
            return QT_TRANSLATE_NOOP("Error", "Lathe does not know this yet");
        case ErrorCode::RecipeInvalid:
            return QT_TRANSLATE_NOOP("Error", "A setting does not fit");
        case ErrorCode::DataInvalid:
            return QT_TRANSLATE_NOOP("Error", "The data cannot be used as it is");
        case ErrorCode::ModelMismatch:
            return QT_TRANSLATE_NOOP("Error", "Model parts do not belong together");
        case ErrorCode::DeviceMissing:
            return QT_TRANSLATE_NOOP("Error", "The chosen device is not there");
        case ErrorCode::OutOfMemory:
            return QT_TRANSLATE_NOOP("Error", "The memory is not enough");
        case ErrorCode::NonFinite:
            return QT_TRANSLATE_NOOP("Error", "The loss is no number any more");
        case ErrorCode::Stopped:
            return QT_TRANSLATE_NOOP("Error", "Stopped");
        case ErrorCode::NetworkFailed:
            return QT_TRANSLATE_NOOP("Error", "The network did not answer");
        case ErrorCode::BadArgument:
            return QT_TRANSLATE_NOOP("Error", "That request does not make sense here");
        case ErrorCode::Internal:
            return QT_TRANSLATE_NOOP("Error", "Lathe made a mistake");
    }
    return "";
}

struct WarningTitle {
    const char *code, *title;
};

constexpr WarningTitle kWarningTitles[] = {
    {"nothing_learned", QT_TRANSLATE_NOOP("Warning", "It learns nothing, or hardly anything")},
    {"ended_worse", QT_TRANSLATE_NOOP("Warning", "The run ended no better than it began")},
    {"diverged", QT_TRANSLATE_NOOP("Warning", "The loss ran away")},
    {"overfitting", QT_TRANSLATE_NOOP("Warning", "Overfitting: it learned the training rows by heart")},
    {"no_lock", QT_TRANSLATE_NOOP("Warning", "The run folder cannot be locked")},
    {"already_finished", QT_TRANSLATE_NOOP("Warning", "The run is finished")},
    {"adapter_continued", QT_TRANSLATE_NOOP("Warning", "An earlier adapter is trained on")},
    {"dropout_off", QT_TRANSLATE_NOOP("Warning", "This task trains without dropout")},
    {"rows_dropped", QT_TRANSLATE_NOOP("Warning", "Rows were left out")},
    {"rows_cut", QT_TRANSLATE_NOOP("Warning", "Rows were cut")},
    {"columns_unused", QT_TRANSLATE_NOOP("Warning", "Columns are not used")},
    {"rows_duplicate_across_split",
     QT_TRANSLATE_NOOP("Warning", "Held-out rows are among the training rows, too")},
    {"labels_rare", QT_TRANSLATE_NOOP("Warning", "Some labels are rare")},
    {"tags_without_scheme", QT_TRANSLATE_NOOP("Warning", "The tags follow no scheme")},
    {"answers_context", QT_TRANSLATE_NOOP("Warning", "Answers marked as context are not learned")},
    {"answers_empty", QT_TRANSLATE_NOOP("Warning", "Empty answers are not learned")},
    {"columns_guessed", QT_TRANSLATE_NOOP("Warning", "Columns were guessed")},
    {"content_not_rendered", QT_TRANSLATE_NOOP("Warning", "The chat template leaves contents out")},
    {"control_tokens_in_text", QT_TRANSLATE_NOOP("Warning", "Contents spell out control tokens")},
    {"header_guessed", QT_TRANSLATE_NOOP("Warning", "Whether there is a header was guessed")},
    {"labels_missing", QT_TRANSLATE_NOOP("Warning", "Labels are missing")},
    {"labels_similar", QT_TRANSLATE_NOOP("Warning", "Some labels are nearly the same")},
    {"labels_split", QT_TRANSLATE_NOOP("Warning", "Labels were taken apart")},
    {"labels_unsplit", QT_TRANSLATE_NOOP("Warning", "Labels were not taken apart")},
    {"lists_as_text", QT_TRANSLATE_NOOP("Warning", "Lists are written as text")},
    {"message_keys_unused", QT_TRANSLATE_NOOP("Warning", "Keys of messages are not used")},
    {"function_call_read", QT_TRANSLATE_NOOP("Warning", "Old function calls are read as tool calls")},
    {"marks_unused", QT_TRANSLATE_NOOP("Warning", "Marks of what is learned are not used")},
    {"roles_renamed", QT_TRANSLATE_NOOP("Warning", "Roles are read as others")},
    {"separator_line", QT_TRANSLATE_NOOP("Warning", "The first line names the separator")},
    {"tool_calls_as_text", QT_TRANSLATE_NOOP("Warning", "Tool calls are written as text")},
    {"tool_turns", QT_TRANSLATE_NOOP("Warning", "Tool results are written as other turns")},
    {"columns_empty", QT_TRANSLATE_NOOP("Warning", "Empty columns are left out")},
    {"columns_one_hot", QT_TRANSLATE_NOOP("Warning", "Columns of 0 and 1 are taken as labels")},
    {"columns_renamed", QT_TRANSLATE_NOOP("Warning", "Two columns have the same name")},
    {"head_new", QT_TRANSLATE_NOOP("Warning", "The head is new")},
    {"labels_are_lists", QT_TRANSLATE_NOOP("Warning", "Lists are taken as one label each")},
    {"labels_assumed", QT_TRANSLATE_NOOP("Warning", "The names of the outputs were assumed")},
    {"labels_beyond_limit", QT_TRANSLATE_NOOP("Warning", "Some labels lie beyond the limit")},
    {"labels_spelled", QT_TRANSLATE_NOOP("Warning", "A label is spelled in several ways")},
    {"max_length_lowered", QT_TRANSLATE_NOOP("Warning", "The rows are cut at the base's context")},
    {"own_head", QT_TRANSLATE_NOOP("Warning", "The base has an output layer of its own")},
    {"quantization_plain",
     QT_TRANSLATE_NOOP("Warning", "The weights are not quantised as the configuration says")},
    {"spare_ids", QT_TRANSLATE_NOOP("Warning", "The tokenizer has more ids than the model")},
    {"tags_without_prefix", QT_TRANSLATE_NOOP("Warning", "Tags without a prefix are entities")},
    {"tensors_unused", QT_TRANSLATE_NOOP("Warning", "Tensors of the file are not used")},
    {"token_added", QT_TRANSLATE_NOOP("Warning", "A special token was added")},
    {"token_id_differs", QT_TRANSLATE_NOOP("Warning", "A token has another id than its file says")},
    {"labels_composed", QT_TRANSLATE_NOOP("Warning", "Some labels are made of others")},
    {"labels_empty", QT_TRANSLATE_NOOP("Warning", "Empty parts between labels are left out")},
    {"labels_unwrapped", QT_TRANSLATE_NOOP("Warning", "Lists of one label are taken as the label")},
    {"texts_missing", QT_TRANSLATE_NOOP("Warning", "Words for a missing value stand for texts")},
    {"comments_skipped", QT_TRANSLATE_NOOP("Warning", "Comment lines are left out")},
    {"index_column", QT_TRANSLATE_NOOP("Warning", "The first column counts the words")},
    {"words_skipped", QT_TRANSLATE_NOOP("Warning", "Lines that are not one word are left out")},
    {"head_labels", QT_TRANSLATE_NOOP("Warning", "The base's head has more labels than the rows")},
    {"labels_renamed", QT_TRANSLATE_NOOP("Warning", "The base's labels get the rows' spelling")},
    {"head_reused", QT_TRANSLATE_NOOP("Warning", "The head was trained for another kind of labels")},
    {"notes_left_out", QT_TRANSLATE_NOOP("Warning", "There are further notes")},
    {"other_run", QT_TRANSLATE_NOOP("Warning", "Another run trains on this machine")},
    {"checkpoint_damaged", QT_TRANSLATE_NOOP("Warning", "A damaged checkpoint was passed over")},
    {"disk_short", QT_TRANSLATE_NOOP("Warning", "The disk may not have room for the checkpoints")},
    {"file_restored", QT_TRANSLATE_NOOP("Warning", "A file of the run is written again")},
    {"identity_unknown", QT_TRANSLATE_NOOP("Warning", "Whether the data are the same is not known")},
    {"metrics_damaged", QT_TRANSLATE_NOOP("Warning", "Part of the record of the curves is damaged")},
    {"metrics_incomplete", QT_TRANSLATE_NOOP("Warning", "The curves have a gap")},
    {"metrics_unknown", QT_TRANSLATE_NOOP("Warning", "Another version of Lathe wrote part of the record")},
    {"resume_inexact", QT_TRANSLATE_NOOP("Warning", "The run goes on, but not to the last digit")},
    {"memory_short", QT_TRANSLATE_NOOP("Warning", "The memory may not be enough")},
};

const char* codeHint(ErrorCode code) {
    switch (code) {
        case ErrorCode::OutOfMemory:
            return QT_TRANSLATE_NOOP("Error",
                                     "Halve the batch and double the accumulation: the result is the same.");
        case ErrorCode::NonFinite:
            return QT_TRANSLATE_NOOP("Error", "Try a tenth of the learning rate, or more warm-up steps.");
        case ErrorCode::DiskFull:
            return QT_TRANSLATE_NOOP("Error", "Free some space; earlier checkpoints are untouched.");
        default:
            return "";
    }
}

}  // namespace

QString fieldLabel(const std::string& key) {
    return translated("Field", humanized(key));
}

QString fieldHelp(const Field& field) {
    const QString help = coreText(field.help);
    if (!field.min || !field.max) return help;
    const QLocale locale;
    return QCoreApplication::translate("Field", "%1\nAllowed: %2 to %3")
        .arg(help, locale.toString(*field.min, 'g', 10), locale.toString(*field.max, 'g', 10));
}

QString refusalText(const Field& field, const std::string& typed) {
    if (typed.empty())
        return QCoreApplication::translate("Field", "This needs a value; the default is %1.")
            .arg(QString::fromStdString(fieldValueToText(field.fallback)));
    switch (field.kind) {
        case FieldKind::Integer:
            return QCoreApplication::translate("Field", "Enter a whole number.");
        case FieldKind::Number:
            return QCoreApplication::translate("Field", "Enter a number.");
        case FieldKind::NameMap:
            return QCoreApplication::translate("Field",
                                               "Enter pairs such as name: value, with commas between them.");
        default:
            return QCoreApplication::translate("Field", "This is not a value of this setting.");
    }
}

QString coreText(const std::string& english) {
    return translated("Core", QString::fromStdString(english));
}

QString errorText(const Error& error) {
    const QString sentence = translated("Error", QString::fromLatin1(codeSentence(error.code)));
    const QString detail = QString::fromStdString(error.message);
    if (error.place.empty()) return QCoreApplication::translate("Error", "%1: %2").arg(sentence, detail);
    return QCoreApplication::translate("Error", "%1: %2 (%3)")
        .arg(sentence, detail, QString::fromStdString(error.place));
}

QString warningTitle(const std::string& code) {
    for (const WarningTitle& known : kWarningTitles)
        if (code == known.code) return translated("Warning", QString::fromLatin1(known.title));
    return QCoreApplication::translate("Warning", "A warning");
}

QString errorHint(const Error& error) {
    const QString known = QString::fromLatin1(codeHint(error.code));
    return known.isEmpty() ? coreText(error.hint) : translated("Error", known);
}

}  // namespace lathe
