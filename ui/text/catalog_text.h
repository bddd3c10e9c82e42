// SPDX-License-Identifier: GPL-3.0-or-later
// The engine's English names of tasks, methods, metrics and settings in the language of the window.
#pragma once

#include <QString>
#include <string>

namespace lathe {

/// Names the window does not know (of a newer engine) keep the engine's own words, given as `fallback`.
QString taskTitle(const std::string& name, const std::string& fallback);
QString taskSentence(const std::string& name, const std::string& fallback);
QString wayTitle(const std::string& way);
QString waySentence(const std::string& way);
QString methodTitle(const std::string& name, const std::string& fallback);
QString methodSentence(const std::string& name, const std::string& fallback);
/// The line on the method's card; formulas are the same in every language, words are not.
QString methodFormula(const std::string& name, const std::string& fallback);
/// Of what an answer can be rewarded for: "length" → "Length".
QString rewardTitle(const std::string& name, const std::string& fallback);
QString rewardSentence(const std::string& name, const std::string& fallback);
QString metricTitle(const std::string& name);
/// The role a column plays in the data: "label" → "Label".
QString roleTitle(const std::string& role);

}  // namespace lathe
