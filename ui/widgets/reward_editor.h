// SPDX-License-Identifier: GPL-3.0-or-later
// What answers are rewarded for: a list of rules and judging models, each with its own settings and a weight.
#pragma once

#include <QList>
#include <QWidget>
#include <vector>

#include "core/config/catalog.h"
#include "ui/widgets/folder_box.h"

class QComboBox;
class QPushButton;
class QToolButton;
class QVBoxLayout;

namespace lathe {

class FieldForm;

class RewardEditor : public QWidget {
    Q_OBJECT

  public:
    /// `kinds`: the catalog's rewards.
    explicit RewardEditor(std::vector<CatalogEntry> kinds, QWidget* parent = nullptr);

    /// Shows a RewardList field's value without emitting edited().
    void setValue(const FieldValue& value);
    /// Runs that may judge, offered by their names.
    void setModels(const QList<NamedFolder>& models);
    void retranslate();

  Q_SIGNALS:
    /// A RewardList field's value, nothing when no reward is left.
    void edited(const lathe::FieldValue& value);

  private:
    struct Row {
        QWidget* holder;
        QComboBox* kind;
        FieldForm* form;
        QToolButton* remove;
    };

    const CatalogEntry* kindOf(const NamedTexts& reward) const;
    Row makeRow();
    /// The editors of one reward, made anew when it is of another kind.
    void show(Row& row, const NamedTexts& reward, bool otherKind);
    void setKind(qsizetype index, const CatalogEntry& kind);
    void setField(qsizetype index, const QString& key, const FieldValue& value);
    qsizetype indexOf(const QWidget* holder) const;
    void change(std::vector<NamedTexts> rewards);

    std::vector<CatalogEntry> m_kinds;
    std::vector<NamedTexts> m_rewards;
    QList<NamedFolder> m_models;
    QVBoxLayout* m_lines;
    QList<Row> m_rows;
    QPushButton* m_add;
};

}  // namespace lathe
