// SPDX-License-Identifier: GPL-3.0-or-later
// The Data page's words, column menus, rows of tokens and validation source.
#include <QComboBox>
#include <QFileInfo>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalBlocker>
#include <QSpinBox>
#include <cmath>

#include "core/data/roles/columns.h"
#include "ui/charts/histogram.h"
#include "ui/pages/data/data_page.h"
#include "ui/state/starter_data.h"
#include "ui/text/catalog_text.h"
#include "ui/text/core_text.h"
#include "ui/text/number_text.h"
#include "ui/text/path_text.h"
#include "ui/text/token_text.h"
#include "ui/widgets/card.h"
#include "ui/widgets/flow_layout.h"
#include "ui/widgets/token_view.h"
#include "ui/widgets/warning_list.h"

namespace lathe {
namespace {

constexpr int kShownRows = 4;       // a pair of answers makes two
constexpr int kPreviewTokens = 90;  // of one row; the rest is told by an ellipsis

TokenRow tokenRow(const PreviewTokens& tokens, const QString& label, bool byteLevel) {
    TokenRow shown;
    const std::size_t count = std::min<std::size_t>(tokens.pieces.size(), kPreviewTokens);
    for (std::size_t i = 0; i < count; ++i) shown.pieces.append(pieceText(tokens.pieces[i], byteLevel));
    shown.ids.assign(tokens.ids.begin(),
                     tokens.ids.begin() + std::ptrdiff_t(std::min(count, tokens.ids.size())));
    shown.trained.assign(tokens.trained.begin(),
                         tokens.trained.begin() + std::ptrdiff_t(std::min(count, tokens.trained.size())));
    if (count < tokens.pieces.size()) shown.pieces.append(QStringLiteral("…"));
    shown.label = label;
    return shown;
}

QStringList usualRoles(const std::string& task) {
    if (task == "classification") return {"text", "text2", "label"};
    if (task == "token_classification") return {"tokens", "tags"};
    if (task == "sequence_to_sequence") return {"source", "target"};
    if (task == "instruction") return {"instruction", "input", "output"};
    if (task == "preference") return {"prompt", "chosen", "rejected"};
    if (task == "reward_model") return {"prompt", "chosen", "rejected", "margin"};
    if (task == "reinforcement") return {"prompt", "answer"};
    return {"text"};
}

}  // namespace

bool DataPage::readsPrompts() const {
    return rowShapeOf(context().draft.recipe().task) == RowShape::Prompt;
}

QStringList DataPage::rolesShown() const {
    if (!m_preview) {
        // A file whose columns were not recognised is mended here, so the menus stay.
        return usualRoles(context().draft.recipe().task);
    }
    const auto& used = m_preview->columns;
    QStringList roles;
    for (const char* list : {"messages", "conversations"}) {
        if (used.contains(list)) roles.append(QString::fromLatin1(list));
    }
    if (readsPrompts()) {
        if (roles.isEmpty() && !used.contains("instruction")) roles.append("prompt");
        for (const auto& [role, column] : used)
            if (role != "answer" && !roles.contains(QString::fromStdString(role)))
                roles.append(QString::fromStdString(role));
        return roles << "answer";
    }
    const bool conversation = used.contains("prompt") && !used.contains("rejected");
    if (roles.isEmpty() && !conversation) roles = usualRoles(context().draft.recipe().task);
    for (const auto& [role, column] : used) {
        const QString name = QString::fromStdString(role);
        if (!roles.contains(name)) roles.append(name);
    }
    return roles;
}

void DataPage::showRows() {
    if (!m_preview) return;
    const auto& facts = context().draft.baseFacts();
    const bool byteLevel = hasTokens() && facts && facts->tokenizerKind.find("byte") != std::string::npos;
    QList<TokenRow> rows;
    for (const PreviewRow& row : m_preview->rows) {
        if (rows.size() == kShownRows) break;
        if (row.rejected.pieces.empty()) {
            rows.append(tokenRow(row, QString::fromStdString(row.label), byteLevel));
        } else {
            rows.append(tokenRow(row, tr("better"), byteLevel));
            rows.append(tokenRow(row.rejected, tr("worse"), byteLevel));
            for (TokenRow* shown : {&rows[rows.size() - 2], &rows.last()}) shown->labelTrained = false;
        }
    }
    m_tokens->setRows(rows);
}

void DataPage::showColumns() {
    const QStringList shown = rolesShown();
    for (auto& [role, editor] : m_roles)
        editor.holder->setVisible(shown.contains(QString::fromStdString(role)));
    const auto& given = context().draft.recipe().data.columns;
    for (const QString& name : shown) {
        const std::string role = name.toStdString();
        auto it = m_roles.find(role);
        if (it == m_roles.end()) {
            RoleEditor editor{new QWidget, new QLabel, new QComboBox};
            auto* pair = new QHBoxLayout(editor.holder);
            pair->setContentsMargins(0, 0, 0, 0);
            editor.label->setProperty("role", "muted");
            editor.label->setBuddy(editor.combo);
            editor.combo->setSizeAdjustPolicy(QComboBox::AdjustToContents);
            pair->addWidget(editor.label);
            pair->addWidget(editor.combo);
            m_columnsFlow->addWidget(editor.holder);
            connect(editor.combo, &QComboBox::activated, this, &DataPage::columnsEdited);
            it = m_roles.emplace(role, editor).first;
        }
        QComboBox* combo = it->second.combo;
        combo->clear();
        combo->addItem(tr("guess"), QString());
        if (m_preview) {
            for (const std::string& column : m_preview->availableColumns)
                combo->addItem(QString::fromStdString(column), QString::fromStdString(column));
        }
        const auto own = given.find(role);
        QString chosen = own == given.end() ? QString() : QString::fromStdString(own->second);
        if (chosen.isEmpty() && m_preview && m_preview->columns.contains(role)) {
            const QString guessed = QString::fromStdString(m_preview->columns.at(role));
            combo->setItemText(0, tr("%1 (guessed)").arg(guessed));
        } else if (chosen.isEmpty()) {
            combo->setItemText(0, tr("none"));
        }
        if (!chosen.isEmpty() && combo->findData(chosen) < 0) combo->addItem(chosen, chosen);
        combo->setCurrentIndex(std::max(0, combo->findData(chosen)));
    }
}

void DataPage::columnsEdited() {
    NamedTexts columns;
    for (const auto& [role, editor] : m_roles) {
        const QString column = editor.combo->currentData().toString();
        if (!editor.holder->isHidden() && !column.isEmpty()) columns[role] = column.toStdString();
    }
    context().draft.setValue("data.columns", columns);
}

void DataPage::showValidation() {
    const QString source = QString::fromStdString(context().draft.recipe().data.validation);
    bool isNumber = false;
    const double share = source.toDouble(&isNumber);
    const QString kind = source.isEmpty() || source == QLatin1String("none") ? "none"
                         : isNumber                                          ? "share"
                                                                             : "file";
    const bool editing = m_validationFile->hasFocus();
    m_validationKind->setCurrentIndex(m_validationKind->findData(kind));
    m_validationShare->setVisible(kind == QLatin1String("share"));
    m_validationFile->setVisible(kind == QLatin1String("file"));
    m_validationChoose->setVisible(kind == QLatin1String("file"));
    const QSignalBlocker blocker(m_validationShare);
    if (isNumber) m_validationShare->setValue(int(std::lround(100 * share)));
    if (kind == QLatin1String("file") && !editing) m_validationFile->setText(pathText(source));
}

void DataPage::validationEdited() {
    const QString kind = m_validationKind->currentData().toString();
    QString source = "none";
    if (kind == QLatin1String("share")) source = QString::number(m_validationShare->value() / 100.0);
    if (kind == QLatin1String("file")) {
        source = typedPath(m_validationFile->text());
        if (source.isEmpty()) {
            // Nothing is chosen yet: show where to choose it, and keep the recipe as it is.
            m_validationShare->hide();
            m_validationFile->show();
            m_validationChoose->show();
            return;
        }
    }
    if (source.toStdString() != context().draft.recipe().data.validation)
        context().draft.setValue("data.validation", source.toStdString());
}

DataPage::Choice DataPage::addChoice(const char* key) {
    Choice choice{key, new QWidget, new QLabel, new QComboBox};
    auto* pair = new QHBoxLayout(choice.holder);
    pair->setContentsMargins(0, 0, 0, 0);
    choice.label->setProperty("role", "muted");
    choice.label->setBuddy(choice.combo);
    for (const Field& field : recipeFields())
        if (field.key == key)
            for (const std::string& name : field.choices)
                choice.combo->addItem(QString::fromStdString(name), QString::fromStdString(name));
    pair->addWidget(choice.label);
    pair->addWidget(choice.combo);
    m_columnsFlow->addWidget(choice.holder);
    return choice;
}

void DataPage::nameChoice(const Choice& choice, const QString& name, const QString& help,
                          const QStringList& items) {
    choice.label->setText(name);
    choice.combo->setToolTip(help);
    choice.combo->setAccessibleName(name);
    for (int i = 0; i < items.size(); ++i) choice.combo->setItemText(i, items[i]);
}

void DataPage::retranslate() {
    showColumns();
    showRows();
    QString subtitle = tr("drop a file here, or choose one");
    if (m_preview) {
        subtitle = tr("%1 · %2 rows")
                       .arg(QFileInfo(QString::fromStdString(context().draft.recipe().data.train)).fileName(),
                            countText(m_preview->train.rows));
        if (m_preview->sequences < m_preview->train.rows)
            subtitle += QStringLiteral(" · ") + tr("%1 sequences").arg(countText(m_preview->sequences));
    }
    if (m_reading)
        subtitle =
            tr("reading %1…")
                .arg(QFileInfo(QString::fromStdString(context().draft.recipe().data.train)).fileName());
    setHeading(tr("Data"), subtitle);
    m_notes->retranslate();
    m_file->setPlaceholderText(tr("JSON, JSON lines, CSV, TSV, CoNLL, plain text or a folder"));
    m_file->setAccessibleName(tr("Training data"));
    m_file->setToolTip(tr("The file with the rows to learn from."));
    m_choose->setText(tr("Choose…"));
    m_choose->setToolTip(tr("Choose the file with the rows to learn from"));
    m_startersLabel->setText(tr("Or start with:"));
    for (QPushButton* button : std::as_const(m_starters)) {
        const QString file = button->property("file").toString();
        button->setText(starterDataTitle(file));
        button->setToolTip(tr("Use the data set %1 that comes with Lathe").arg(QFileInfo(file).fileName()));
    }
    const Preview found = m_preview.value_or(Preview());
    const auto automatic = [](const std::string& what) {
        return QStringList(what.empty() ? QStringLiteral("auto")
                                        : tr("auto: %1").arg(QString::fromStdString(what)));
    };
    nameChoice(m_format, tr("Format"), tr("How the data is read; “auto” goes by its name and content."),
               automatic(found.format));
    nameChoice(m_encoding, tr("Encoding"), tr("How the file's bytes are letters; “auto” looks at them."),
               automatic(found.encoding));
    nameChoice(m_template, tr("Chat format"),
               tr("How a conversation is written for the model; “auto” takes the model's own format."),
               automatic(found.chatFormat == ChatFormat::kModelsOwn ? tr("the model's own").toStdString()
                                                                    : found.chatFormat));
    nameChoice(m_lossOn, tr("Learn"), tr("Whether the answers alone are learnt, or every token of a row."),
               {tr("the answers"), tr("whole rows")});
    nameChoice(m_packing, tr("Sequences"),
               tr("Whether each row is a sequence, or short rows share one, each seeing itself alone: less "
                  "padding, so "
                  "faster, with more rows in a step."),
               {tr("one a row"), tr("shared by short rows")});
    for (auto& [role, editor] : m_roles) {
        editor.label->setText(roleTitle(role));
        editor.combo->setAccessibleName(tr("Column for: %1").arg(roleTitle(role)));
        editor.combo->setToolTip(tr("The column that holds this; guessed from names and contents."));
    }
    m_errorCard->setTitle(tr("The data cannot be used as it is"));
    m_rowsCard->setTitle(tr("As the model reads it"));
    m_trainedLegend->setText(tr("trained"));
    m_trainedLegend->setVisible(!readsPrompts());
    m_readLegend->setText(readsPrompts()
                              ? tr("prompts are only read: the model learns from the answers it writes")
                              : tr("read only"));
    m_lengthCard->setTitle(m_preview && !hasTokens() ? tr("Length in words (choose a base to count tokens)")
                                                     : tr("Length in tokens"));
    m_maxLengthLabel->setText(tr("Longest row"));
    m_maxLength->setToolTip(
        tr("Rows longer than so many tokens are cut; memory grows with it. Usual: 64 to 2048."));
    m_maxLength->setAccessibleName(tr("Longest row in tokens"));
    m_histogram->setAccessibleName(tr("Lengths of the rows"));
    m_countsCard->setTitle(tr("Rows"));
    m_validationCard->setTitle(tr("Validation"));
    m_validationKind->setItemText(0, tr("no validation"));
    m_validationKind->setItemText(1, tr("a share of the rows"));
    m_validationKind->setItemText(2, tr("rows of another file"));
    m_validationKind->setAccessibleName(tr("Source of the validation rows"));
    m_validationKind->setToolTip(
        tr("Rows held out of training, to see whether the model learns or only remembers."));
    m_validationShare->setSuffix(tr(" %"));
    m_validationShare->setAccessibleName(tr("Share of the rows for validation"));
    m_validationShare->setToolTip(tr("Usual: 5 to 20 %."));
    m_validationFile->setAccessibleName(tr("File with validation rows"));
    m_validationChoose->setText(tr("Choose…"));
    const Tokens& tokens = context().theme.tokens();
    m_trainedLegend->setStyleSheet(
        QStringLiteral("background: %1; color: %2; border-radius: 3px; padding: 1px 4px;")
            .arg(tokens.trainedToken.name(), tokens.trainedTokenText.name()));
    showReport();
    showValidation();
}

}  // namespace lathe
