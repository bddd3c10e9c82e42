// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/reward_editor.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QMap>
#include <QPushButton>
#include <QToolButton>
#include <QVBoxLayout>

#include "core/config/reward_settings.h"
#include "ui/text/catalog_text.h"
#include "ui/text/core_text.h"
#include "ui/widgets/field_form.h"

namespace lathe {
namespace {

constexpr int kFieldsBeside = 3;
constexpr const char* kRule = "rule";

/// "rule" or "model": the key that says what judges; a model's is its folder.
NamedTexts rewardOfKind(const CatalogEntry& kind) {
    return kind.name == kModelReward ? NamedTexts{{kModelReward, ""}} : NamedTexts{{kRule, kind.name}};
}

std::vector<Field> fieldsOf(const CatalogEntry& kind) {
    std::vector<Field> fields = kind.fields;
    fields.push_back(rewardWeightField());
    return fields;
}

}  // namespace

RewardEditor::RewardEditor(std::vector<CatalogEntry> kinds, QWidget* parent)
    : QWidget(parent), m_kinds(std::move(kinds)), m_lines(new QVBoxLayout), m_add(new QPushButton(this)) {
    auto* all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->setSpacing(8);
    m_lines->setSpacing(8);
    all->addLayout(m_lines);
    m_add->setObjectName("addReward");
    all->addWidget(m_add, 0, Qt::AlignLeft);
    connect(m_add, &QPushButton::clicked, this, [this] {
        std::vector<NamedTexts> rewards = m_rewards;
        rewards.push_back(rewardOfKind(m_kinds.front()));
        change(std::move(rewards));
    });
    m_add->setEnabled(!m_kinds.empty());
    retranslate();
}

const CatalogEntry* RewardEditor::kindOf(const NamedTexts& reward) const {
    const auto rule = reward.find(kRule);
    const std::string name = rule == reward.end() ? kModelReward : rule->second;
    for (const CatalogEntry& kind : m_kinds)
        if (kind.name == name) return &kind;
    return nullptr;
}

void RewardEditor::setValue(const FieldValue& value) {
    const auto* given = std::get_if<std::vector<NamedTexts>>(&value);
    const std::vector<NamedTexts> rewards = given ? *given : std::vector<NamedTexts>();
    const std::vector<NamedTexts> before = std::exchange(m_rewards, rewards);
    while (m_rows.size() > qsizetype(rewards.size())) {
        const Row gone = m_rows.takeLast();
        gone.form->disconnect(this);  // what is still typed there goes with it
        gone.holder->hide();
        gone.holder->deleteLater();
    }
    for (qsizetype i = 0; i < qsizetype(rewards.size()); ++i) {
        const bool fresh = i == m_rows.size();
        if (fresh) m_rows.append(makeRow());
        const NamedTexts& reward = rewards[std::size_t(i)];
        show(m_rows[i], reward, fresh || kindOf(before[std::size_t(i)]) != kindOf(reward));
    }
}

RewardEditor::Row RewardEditor::makeRow() {
    Row row{new QWidget(this), new QComboBox, new FieldForm(kFieldsBeside), new QToolButton};
    auto* line = new QHBoxLayout(row.holder);
    line->setContentsMargins(0, 0, 0, 0);
    line->setSpacing(12);
    row.kind->setObjectName("rewardKind");
    row.remove->setObjectName("removeReward");
    row.remove->setText(QStringLiteral("✕"));
    line->addWidget(row.kind, 0, Qt::AlignTop);
    line->addWidget(row.form, 1);
    line->addWidget(row.remove, 0, Qt::AlignTop);
    m_lines->addWidget(row.holder);
    QWidget* holder = row.holder;
    connect(row.kind, &QComboBox::activated, this,
            [this, holder](int kind) { setKind(indexOf(holder), m_kinds[std::size_t(kind)]); });
    connect(row.form, &FieldForm::valueChanged, this,
            [this, holder](const QString& key, const FieldValue& value) {
                setField(indexOf(holder), key, value);
            });
    connect(row.remove, &QToolButton::clicked, this, [this, holder] {
        std::vector<NamedTexts> rewards = m_rewards;
        rewards.erase(rewards.begin() + indexOf(holder));
        change(std::move(rewards));
    });
    return row;
}

void RewardEditor::show(Row& row, const NamedTexts& reward, bool otherKind) {
    const CatalogEntry* kind = kindOf(reward);
    if (otherKind) {
        row.form->setFolders(m_models);
        row.form->setFields(kind ? fieldsOf(*kind) : std::vector<Field>());
        retranslate();
        row.kind->setCurrentIndex(kind ? int(kind - m_kinds.data()) : -1);
    }
    if (!kind) return;
    Settings values;
    QMap<QString, QString> faults;
    for (const Field& field : fieldsOf(*kind)) {
        values[field.key] = field.fallback;
        const auto text = reward.find(field.key);
        if (text == reward.end()) continue;
        const std::optional<FieldValue> value = fieldValueOf(text->second, field.kind);
        // A text that does not fit stays in sight beside its fault.
        values[field.key] = value.value_or(text->second);
        if (!value) faults[QString::fromStdString(field.key)] = refusalText(field, text->second);
    }
    row.form->setValues(values);
    row.form->setFaults(faults);
}

void RewardEditor::setKind(qsizetype index, const CatalogEntry& kind) {
    std::vector<NamedTexts> rewards = m_rewards;
    NamedTexts& reward = rewards[std::size_t(index)];
    if (kindOf(reward) == &kind) return;
    NamedTexts next = rewardOfKind(kind);
    const std::string& weight = rewardWeightField().key;
    if (const auto kept = reward.find(weight); kept != reward.end()) next[weight] = kept->second;
    reward = std::move(next);
    change(std::move(rewards));
}

void RewardEditor::setField(qsizetype index, const QString& key, const FieldValue& value) {
    std::vector<NamedTexts> rewards = m_rewards;
    NamedTexts& reward = rewards[std::size_t(index)];
    const std::string name = key.toStdString();
    const bool left = std::holds_alternative<std::monostate>(value);
    if (left && name != kModelReward)
        reward.erase(name);
    else
        reward[name] = left ? std::string() : fieldValueToText(value);
    change(std::move(rewards));
}

qsizetype RewardEditor::indexOf(const QWidget* holder) const {
    for (qsizetype i = 0; i < m_rows.size(); ++i)
        if (m_rows[i].holder == holder) return i;
    Q_UNREACHABLE();
}

void RewardEditor::change(std::vector<NamedTexts> rewards) {
    const FieldValue value = rewards.empty() ? FieldValue() : FieldValue(std::move(rewards));
    setValue(value);
    Q_EMIT edited(value);
}

void RewardEditor::setModels(const QList<NamedFolder>& models) {
    m_models = models;
    for (const Row& row : std::as_const(m_rows)) row.form->setFolders(models);
}

void RewardEditor::retranslate() {
    m_add->setText(tr("Add reward"));
    m_add->setToolTip(tr("Another thing to reward an answer for; the rewards are added up by their weights"));
    for (const Row& row : std::as_const(m_rows)) {
        const int chosen = row.kind->currentIndex();
        row.kind->clear();
        for (const CatalogEntry& kind : m_kinds) {
            row.kind->addItem(rewardTitle(kind.name, kind.title));
            row.kind->setItemData(row.kind->count() - 1, rewardSentence(kind.name, kind.help),
                                  Qt::ToolTipRole);
        }
        row.kind->setCurrentIndex(chosen);
        row.kind->setAccessibleName(tr("What is rewarded"));
        row.kind->setToolTip(tr("What an answer is rewarded for"));
        row.remove->setToolTip(tr("Remove this reward"));
        row.remove->setAccessibleName(tr("Remove this reward"));
        row.form->retranslate();
    }
}

}  // namespace lathe
