// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/config/reward_settings.h"

#include <algorithm>

namespace lathe {
namespace {

std::string namesOf(const Catalog& catalog) {
    std::string names;
    for (const CatalogEntry& entry : catalog.rewards)
        if (entry.name != kModelReward) names += (names.empty() ? "" : ", ") + entry.name;
    return names;
}

std::string keysOf(const CatalogEntry& entry) {
    std::string keys = "weight";
    for (const Field& field : entry.fields) keys += ", " + field.key;
    return keys;
}

class RewardReader {
  public:
    RewardReader(const Catalog& catalog, std::vector<std::string>& faults)
        : m_catalog(catalog), m_faults(faults) {}

    void read(const NamedTexts& given) {
        const auto rule = given.find("rule");
        if ((rule == given.end()) == !given.contains(kModelReward))
            return fault("a reward has either rule: NAME or model: RUN; rules are " + namesOf(m_catalog));
        m_reward = {rule == given.end() ? kModelReward : rule->second, 1, {}};
        const CatalogEntry* entry = m_catalog.reward(m_reward.name);
        if (!entry || (rule != given.end() && m_reward.name == kModelReward))
            return fault("there is no rule \"" + m_reward.name + "\"; known: " + namesOf(m_catalog));
        for (const Field& field : entry->fields) m_reward.values[field.key] = field.fallback;
        for (const auto& [key, text] : given)
            if (key != "rule") set(*entry, key, text);
        for (const Field& field : entry->fields) {
            const auto text = given.find(field.key);
            const bool needed = std::holds_alternative<std::monostate>(field.fallback);
            if (needed && (text == given.end() || text->second.empty()))
                fault(entry->name + ": " + field.key + " is missing");
        }
        rewards.push_back(std::move(m_reward));
    }
    void fault(const std::string& sentence) { m_faults.push_back(sentence); }

    std::vector<RewardSettings> rewards;

  private:
    void set(const CatalogEntry& entry, const std::string& key, const std::string& text) {
        const Field& weight = rewardWeightField();
        const auto own = std::find_if(entry.fields.begin(), entry.fields.end(),
                                      [&](const Field& field) { return field.key == key; });
        if (own == entry.fields.end() && key != weight.key)
            return fault(entry.name + " has no key \"" + key + "\"; its keys are " + keysOf(entry));
        const Field& field = own == entry.fields.end() ? weight : *own;
        const auto value = fieldValueOf(text, field.kind);
        if (!value) return fault(entry.name + ": " + key + " must be " + allowedText(field));
        if (const auto wrong = fieldFault(field, *value))
            return fault(entry.name + ": " + key + ": " + *wrong);
        if (own == entry.fields.end())
            m_reward.weight = std::get<double>(*value);
        else
            m_reward.values[key] = *value;
    }

    const Catalog& m_catalog;
    std::vector<std::string>& m_faults;
    RewardSettings m_reward;
};

}  // namespace

const Field& rewardWeightField() {
    static const Field field{
        "weight",
        FieldKind::Number,
        1.0,
        -1000.0,
        1000.0,
        {},
        "How much this reward counts beside the others; below 0 it counts against an answer. "
        "Usual: 1.",
        false};
    return field;
}

std::vector<RewardSettings> rewardSettings(const FieldValue& value, const Catalog& catalog,
                                           std::vector<std::string>& faults) {
    RewardReader reader(catalog, faults);
    const auto* list = std::get_if<std::vector<NamedTexts>>(&value);
    if (!list || list->empty())
        reader.fault(
            "is missing; what an answer is rewarded for: {rule: NAME, …} or {model: RUN}; rules are " +
            namesOf(catalog));
    else
        for (const NamedTexts& reward : *list) reader.read(reward);
    return std::move(reader.rewards);
}

}  // namespace lathe
