// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/field_form.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QGridLayout>
#include <QLabel>
#include <QLineEdit>
#include <QRegularExpression>
#include <QSpinBox>
#include <QToolButton>
#include <algorithm>
#include <cmath>
#include <limits>

#include "ui/text/core_text.h"
#include "ui/widgets/reward_editor.h"

namespace lathe {
namespace {

constexpr int kCellsPerField = 3;  // label, editor, reset
constexpr int kLinesPerField = 3;  // label, an editor across all columns, fault

QString textOf(const FieldValue& value) {
    return QString::fromStdString(fieldValueToText(value));
}

/// The value as the text of a line; numbers as the shortest text that reads back equal.
QString lineText(const FieldValue& value) {
    if (std::holds_alternative<std::monostate>(value)) return {};
    if (const auto* number = std::get_if<double>(&value)) {
        int digits = 6;
        while (digits < 17 && QString::number(*number, 'g', digits).toDouble() != *number) ++digits;
        return QString::number(*number, 'g', digits);
    }
    QStringList parts;
    if (const auto* names = std::get_if<std::vector<std::string>>(&value))
        for (const std::string& name : *names) parts << QString::fromStdString(name);
    else if (const auto* map = std::get_if<NamedTexts>(&value))
        for (const auto& [name, target] : *map)
            parts << QString::fromStdString(name) + ": " + QString::fromStdString(target);
    else
        return textOf(value);
    return parts.join(", ");
}

/// Whether an empty line stands for the default: it is "automatic", no names, or an empty text.
bool mayBeEmpty(const Field& field) {
    return lineText(field.fallback).isEmpty();
}

/// "q_proj, v_proj" → a list; the text itself when there is no name in it. A regular expression stays whole:
/// it may have commas of its own.
FieldValue listFrom(const QString& text) {
    static const QRegularExpression expression(QStringLiteral("[*+?()\\[\\]{}|^$\\\\]"));
    if (text.contains(expression)) return std::vector<std::string>{text.toStdString()};
    std::vector<std::string> names;
    for (const QString& part : text.split(',', Qt::SkipEmptyParts))
        if (!part.trimmed().isEmpty()) names.push_back(part.trimmed().toStdString());
    if (names.empty()) return text.toStdString();
    return names;
}

/// "v_proj: 16, k_proj: 8" → a map; the text itself when a part of it is no pair, or a name
/// comes twice.
FieldValue pairsFrom(const QString& text) {
    NamedTexts map;
    for (const QString& part : text.split(',', Qt::SkipEmptyParts)) {
        const QString name = part.section(':', 0, 0).trimmed();
        if (name.isEmpty() || !part.contains(':') || map.contains(name.toStdString()))
            return text.toStdString();
        map[name.toStdString()] = part.section(':', 1).trimmed().toStdString();
    }
    if (map.empty()) return text.toStdString();
    return map;
}

/// What was typed as a value of the field; where it is none, the text itself, for the listener to refuse.
FieldValue valueFrom(const Field& field, const QString& text) {
    if (text.isEmpty() && mayBeEmpty(field)) return field.fallback;
    bool ok = false;
    if (field.kind == FieldKind::Number) {
        const double number = text.toDouble(&ok);
        if (ok && std::isfinite(number)) return number;
    } else if (field.kind == FieldKind::Integer) {
        const int64_t number = text.toLongLong(&ok);
        if (ok) return number;
    } else if (field.kind == FieldKind::NameList) {
        return listFrom(text);
    } else if (field.kind == FieldKind::NameMap) {
        return pairsFrom(text);
    }
    return text.toStdString();
}

}  // namespace

FieldForm::FieldForm(int columns, QWidget* parent)
    : QWidget(parent), m_grid(new QGridLayout(this)), m_columns(std::max(1, columns)) {
    m_grid->setContentsMargins(0, 0, 0, 0);
    m_grid->setHorizontalSpacing(8);
    m_grid->setVerticalSpacing(4);
}

void FieldForm::setFolders(const QList<NamedFolder>& folders) {
    m_folders = folders;
    for (const Row& row : m_rows) {
        if (auto* box = qobject_cast<FolderBox*>(row.editor)) box->setSuggestions(folders);
        if (auto* rewards = qobject_cast<RewardEditor*>(row.editor)) rewards->setModels(folders);
    }
}

void FieldForm::setFields(const std::vector<Field>& fields) {
    for (const Row& row : m_rows)
        for (QWidget* widget : {static_cast<QWidget*>(row.label), row.editor,
                                static_cast<QWidget*>(row.reset), static_cast<QWidget*>(row.fault)})
            widget->deleteLater();
    m_rows.clear();
    for (const Field& field : fields) {
        const QString key = QString::fromStdString(field.key);
        Row row{field,         new QLabel(this), makeEditor(field), new QToolButton(this), new QLabel(this),
                field.fallback};
        row.editor->setObjectName(key);
        row.label->setBuddy(row.editor);
        row.reset->setObjectName("reset");
        row.reset->setText(QStringLiteral("●"));
        row.reset->setSizePolicy([&] {
            QSizePolicy policy = row.reset->sizePolicy();
            policy.setRetainSizeWhenHidden(true);
            return policy;
        }());
        row.fault->setProperty("role", "fault");
        row.fault->setWordWrap(true);
        row.fault->setTextFormat(Qt::PlainText);
        connect(row.reset, &QToolButton::clicked, this, [this, key] {
            Row* found = find(key);
            if (!found) return;
            const FieldValue fallback = found->field.fallback;
            show(*found, fallback);
            Q_EMIT valueChanged(key, fallback);
        });
        m_rows.push_back(row);
        show(m_rows.back(), field.fallback);
    }
    arrange();
    retranslate();
}

QWidget* FieldForm::makeEditor(const Field& field) {
    const QString key = QString::fromStdString(field.key);
    switch (field.kind) {
        case FieldKind::Bool: {
            auto* box = new QCheckBox(this);
            connect(box, &QCheckBox::toggled, this, [this, key](bool on) { edited(key, on); });
            return box;
        }
        case FieldKind::Integer: {
            constexpr double kLargest = std::numeric_limits<int>::max();
            // A spin box can neither be automatic nor hold a large seed: such a number is typed.
            if (mayBeEmpty(field) || field.max.value_or(0) > kLargest) break;
            auto* box = new QSpinBox(this);
            box->setRange(static_cast<int>(std::clamp(field.min.value_or(0), -kLargest, kLargest)),
                          static_cast<int>(std::clamp(field.max.value_or(kLargest), -kLargest, kLargest)));
            box->setKeyboardTracking(false);
            connect(box, &QSpinBox::valueChanged, this,
                    [this, key](int value) { edited(key, static_cast<int64_t>(value)); });
            return box;
        }
        case FieldKind::Choice: {
            auto* box = new QComboBox(this);
            for (const std::string& choice : field.choices) box->addItem(QString::fromStdString(choice));
            connect(box, &QComboBox::textActivated, this,
                    [this, key](const QString& text) { edited(key, text.toStdString()); });
            return box;
        }
        case FieldKind::Path: {
            auto* box = new FolderBox(this);
            box->setSuggestions(m_folders);
            connect(box, &FolderBox::folderChosen, this,
                    [this, key](const QString& folder) { edited(key, folder.toStdString()); });
            return box;
        }
        case FieldKind::RewardList: {
            auto* rewards = new RewardEditor(m_rewardKinds, this);
            rewards->setModels(m_folders);
            connect(rewards, &RewardEditor::edited, this,
                    [this, key](const FieldValue& value) { edited(key, value); });
            return rewards;
        }
        default:
            break;
    }
    // Numbers are typed: a learning rate spans six powers of ten, which no spin box's step fits.
    auto* line = new QLineEdit(this);
    connect(line, &QLineEdit::editingFinished, this, [this, key, line] {
        const Row* row = find(key);
        // Leaving a line that was not edited changes nothing.
        if (!row || line->text() == lineText(row->value)) return;
        edited(key, valueFrom(row->field, line->text().trimmed()));
    });
    return line;
}

void FieldForm::show(Row& row, const FieldValue& value) {
    m_filling = true;
    row.value = value;
    if (auto* check = qobject_cast<QCheckBox*>(row.editor)) {
        const bool* on = std::get_if<bool>(&value);
        check->setChecked(on && *on);
    } else if (auto* spin = qobject_cast<QSpinBox*>(row.editor)) {
        const int64_t* number = std::get_if<int64_t>(&value);
        const int64_t shown = number ? *number : spin->minimum();
        spin->setValue(static_cast<int>(std::clamp<int64_t>(shown, spin->minimum(), spin->maximum())));
    } else if (auto* folder = qobject_cast<FolderBox*>(row.editor)) {
        folder->setFolder(std::holds_alternative<std::monostate>(value) ? QString() : textOf(value));
    } else if (auto* rewards = qobject_cast<RewardEditor*>(row.editor)) {
        rewards->setValue(value);
    } else if (auto* combo = qobject_cast<QComboBox*>(row.editor)) {
        combo->setCurrentIndex(combo->findText(textOf(value)));
    } else if (auto* line = qobject_cast<QLineEdit*>(row.editor)) {
        const QString text = lineText(value);
        if (line->text() != text) line->setText(text);
    }
    row.reset->setVisible(isShown(row) && isChanged(row));
    m_filling = false;
}

void FieldForm::edited(const QString& key, const FieldValue& value) {
    if (m_filling) return;
    Row* row = find(key);
    if (!row || row->value == value) return;
    row->value = value;
    row->reset->setVisible(isChanged(*row));
    Q_EMIT valueChanged(key, value);
}

FieldForm::Row* FieldForm::find(const QString& key) {
    const auto found = std::find_if(m_rows.begin(), m_rows.end(),
                                    [&](const Row& row) { return row.field.key == key.toStdString(); });
    return found == m_rows.end() ? nullptr : &*found;
}

void FieldForm::setValues(const Settings& values) {
    for (Row& row : m_rows) {
        const auto found = values.find(row.field.key);
        const FieldValue& value = found == values.end() ? row.field.fallback : found->second;
        if (row.value != value) show(row, value);
    }
}

void FieldForm::setFaults(const QMap<QString, QString>& faults) {
    bool changed = false;
    for (Row& row : m_rows) {
        const QString fault = faults.value(QString::fromStdString(row.field.key));
        changed = changed || fault != row.fault->text();
        row.fault->setText(fault);
    }
    if (changed) arrange();
}

bool FieldForm::isShown(const Row& row) const {
    return m_advanced || !row.field.advanced || !row.fault->text().isEmpty();
}

void FieldForm::setAdvanced(bool advanced) {
    m_advanced = advanced;
    arrange();
}

void FieldForm::arrange() {
    int cell = 0;
    for (Row& row : m_rows) {
        const bool shown = isShown(row);
        row.label->setVisible(shown);
        row.editor->setVisible(shown);
        row.reset->setVisible(shown && isChanged(row));
        row.fault->setVisible(shown && !row.fault->text().isEmpty());
        if (!shown) continue;
        if (isWide(row.field)) cell = (cell + m_columns - 1) / m_columns * m_columns;
        place(row, cell / m_columns * kLinesPerField, cell % m_columns * kCellsPerField);
        cell += isWide(row.field) ? m_columns : 1;
    }
}

void FieldForm::place(const Row& row, int line, int column) {
    const int wide = m_columns * kCellsPerField;
    m_grid->addWidget(row.label, line, column, 1, isWide(row.field) ? wide - 1 : 1);
    m_grid->addWidget(row.reset, line, isWide(row.field) ? wide - 1 : column + 2);
    if (isWide(row.field))
        m_grid->addWidget(row.editor, line + 1, 0, 1, wide);
    else
        m_grid->addWidget(row.editor, line, column + 1);
    m_grid->addWidget(row.fault, line + 2, column, 1, isWide(row.field) ? wide : kCellsPerField);
    m_grid->setColumnStretch(column + 1, 1);
}

void FieldForm::retranslate() {
    for (Row& row : m_rows) {
        const QString label = fieldLabel(row.field.key);
        const QString help = fieldHelp(row.field);
        row.label->setText(label);
        row.label->setToolTip(help);
        row.editor->setToolTip(help);
        row.editor->setAccessibleName(label);
        row.editor->setAccessibleDescription(help);
        row.reset->setToolTip(tr("Changed. Click to go back to the default (%1).")
                                  .arg(std::holds_alternative<std::monostate>(row.field.fallback)
                                           ? tr("automatic")
                                           : textOf(row.field.fallback)));
        row.reset->setAccessibleName(tr("Reset %1").arg(label));
        if (auto* line = qobject_cast<QLineEdit*>(row.editor))
            line->setPlaceholderText(mayBeEmpty(row.field) ? tr("automatic") : QString());
        if (auto* folder = qobject_cast<FolderBox*>(row.editor)) folder->retranslate();
        if (auto* rewards = qobject_cast<RewardEditor*>(row.editor)) rewards->retranslate();
    }
}

}  // namespace lathe
