// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/text/catalog_text.h"

#include <QCoreApplication>
#include <span>

namespace lathe {
namespace {

struct Words {
    const char* name;
    const char* title;
    const char* sentence;
};

constexpr Words kTasks[] = {
    {"language_modeling", QT_TRANSLATE_NOOP("Catalog", "Continue text"),
     QT_TRANSLATE_NOOP("Catalog",
                       "Reads plain text and learns to write the next token. For a subject or a style.")},
    {"masked_language_modeling", QT_TRANSLATE_NOOP("Catalog", "Fill in words"),
     QT_TRANSLATE_NOOP("Catalog",
                       "Hides some tokens and learns to put them back. For encoders such as BERT.")},
    {"instruction", QT_TRANSLATE_NOOP("Catalog", "Follow instructions"),
     QT_TRANSLATE_NOOP("Catalog",
                       "Learns to write the answer to a question or a task, from examples of both.")},
    {"classification", QT_TRANSLATE_NOOP("Catalog", "Classify text"),
     QT_TRANSLATE_NOOP(
         "Catalog",
         "Learns to give each text a label, several, or a number: the mood of a review, its stars.")},
    {"token_classification", QT_TRANSLATE_NOOP("Catalog", "Tag words"),
     QT_TRANSLATE_NOOP("Catalog", "Learns a tag for each word: names of people, places, organisations.")},
    {"sequence_to_sequence", QT_TRANSLATE_NOOP("Catalog", "Rewrite text"),
     QT_TRANSLATE_NOOP("Catalog", "Learns to write a target from a source: translations, summaries.")},
    {"reward_model", QT_TRANSLATE_NOOP("Catalog", "Judge answers"),
     QT_TRANSLATE_NOOP("Catalog", "Learns a score from pairs of a better and a worse answer.")},
    {"preference", QT_TRANSLATE_NOOP("Catalog", "Prefer answers"),
     QT_TRANSLATE_NOOP("Catalog",
                       "Learns to write like the better answer of each pair and unlike the worse one.")},
    {"reinforcement", QT_TRANSLATE_NOOP("Catalog", "Learn from rewards"),
     QT_TRANSLATE_NOOP("Catalog",
                       "Writes answers of its own, gets a reward for each, and does more of what paid.")},
};

constexpr Words kWays[] = {
    {"self-supervised", QT_TRANSLATE_NOOP("Catalog", "Self-supervised"),
     QT_TRANSLATE_NOOP("Catalog", "from text alone, nobody marks anything")},
    {"supervised", QT_TRANSLATE_NOOP("Catalog", "Supervised"),
     QT_TRANSLATE_NOOP("Catalog", "from examples with the right answer")},
    {"reinforcement", QT_TRANSLATE_NOOP("Catalog", "Reinforcement"),
     QT_TRANSLATE_NOOP("Catalog", "from what is better or worse")},
};

constexpr Words kMethods[] = {
    {"full", QT_TRANSLATE_NOOP("Catalog", "Full"),
     QT_TRANSLATE_NOOP(
         "Catalog",
         "Every weight of the base may change. Most freedom, most memory, a whole model as result.")},
    {"freeze", QT_TRANSLATE_NOOP("Catalog", "Freeze"),
     QT_TRANSLATE_NOOP(
         "Catalog",
         "Only chosen parts change, usually the last blocks and the head; the rest stays as it is.")},
    {"lora", QT_TRANSLATE_NOOP("Catalog", "LoRA"),
     QT_TRANSLATE_NOOP("Catalog",
                       "The base stays; beside chosen layers two thin matrices learn the change. Small and "
                       "usually as good.")},
    {"dora", QT_TRANSLATE_NOOP("Catalog", "DoRA"),
     QT_TRANSLATE_NOOP("Catalog", "LoRA that learns the length of each weight column by itself.")},
    {"lora_fa", QT_TRANSLATE_NOOP("Catalog", "LoRA-FA"),
     QT_TRANSLATE_NOOP("Catalog",
                       "LoRA with A frozen: half the parameters and less memory for activations.")},
    {"vera", QT_TRANSLATE_NOOP("Catalog", "VeRA"),
     QT_TRANSLATE_NOOP("Catalog",
                       "All layers share random frozen A and B; only two short vectors a layer learn.")},
    {"ia3", QT_TRANSLATE_NOOP("Catalog", "IA³"),
     QT_TRANSLATE_NOOP("Catalog",
                       "Learns one factor for each output of keys, values and the feed-forward layer.")},
    {"adalora", QT_TRANSLATE_NOOP("Catalog", "AdaLoRA"),
     QT_TRANSLATE_NOOP("Catalog", "LoRA that gives more rank to the layers that need it while it trains.")},
    {"bottleneck", QT_TRANSLATE_NOOP("Catalog", "Adapter"),
     QT_TRANSLATE_NOOP("Catalog",
                       "Small layers, narrow in the middle, put after the sub-layers of each block.")},
    {"prompt", QT_TRANSLATE_NOOP("Catalog", "Prompt"),
     QT_TRANSLATE_NOOP("Catalog", "Learns some virtual tokens that stand before every input.")},
    {"prefix", QT_TRANSLATE_NOOP("Catalog", "Prefix"),
     QT_TRANSLATE_NOOP("Catalog", "Learns keys and values that every block attends to before the text.")},
    {"p_tuning", QT_TRANSLATE_NOOP("Catalog", "P-tuning"),
     QT_TRANSLATE_NOOP("Catalog", "Virtual tokens written by a small network that learns them together.")},
};

constexpr Words kFormulas[] = {
    {"full", QT_TRANSLATE_NOOP("Catalog", "all weights"), nullptr},
    {"freeze", QT_TRANSLATE_NOOP("Catalog", "last blocks + head"), nullptr},
};

constexpr Words kMetrics[] = {
    {"loss", QT_TRANSLATE_NOOP("Catalog", "loss"), nullptr},
    {"accuracy", QT_TRANSLATE_NOOP("Catalog", "accuracy"), nullptr},
    {"macro_f1", QT_TRANSLATE_NOOP("Catalog", "macro F1"), nullptr},
    {"f1", QT_TRANSLATE_NOOP("Catalog", "F1"), nullptr},
    {"precision", QT_TRANSLATE_NOOP("Catalog", "precision"), nullptr},
    {"recall", QT_TRANSLATE_NOOP("Catalog", "recall"), nullptr},
    {"perplexity", QT_TRANSLATE_NOOP("Catalog", "perplexity"), nullptr},
    {"mse", QT_TRANSLATE_NOOP("Catalog", "squared error"), nullptr},
    {"mae", QT_TRANSLATE_NOOP("Catalog", "absolute error"), nullptr},
    {"pearson", QT_TRANSLATE_NOOP("Catalog", "Pearson's r"), nullptr},
    {"spearman", QT_TRANSLATE_NOOP("Catalog", "Spearman's ρ"), nullptr},
    {"bleu", QT_TRANSLATE_NOOP("Catalog", "BLEU"), nullptr},
    {"chrf", QT_TRANSLATE_NOOP("Catalog", "chrF"), nullptr},
    {"reward", QT_TRANSLATE_NOOP("Catalog", "reward"), nullptr},
    {"reward_accuracy", QT_TRANSLATE_NOOP("Catalog", "reward accuracy"), nullptr},
    {"chosen_reward", QT_TRANSLATE_NOOP("Catalog", "reward of the better answers"), nullptr},
    {"rejected_reward", QT_TRANSLATE_NOOP("Catalog", "reward of the worse answers"), nullptr},
    {"reward_margin", QT_TRANSLATE_NOOP("Catalog", "reward margin"), nullptr},
    {"win_rate", QT_TRANSLATE_NOOP("Catalog", "win rate"), nullptr},
    {"length", QT_TRANSLATE_NOOP("Catalog", "answer length"), nullptr},
    {"ended", QT_TRANSLATE_NOOP("Catalog", "answers that ended"), nullptr},
};

constexpr Words kRewards[] = {
    {"length", QT_TRANSLATE_NOOP("Catalog", "Length"),
     QT_TRANSLATE_NOOP("Catalog",
                       "1 for an answer of the wanted length, falling to 0 at none and at twice as much.")},
    {"contains", QT_TRANSLATE_NOOP("Catalog", "Contains a text"),
     QT_TRANSLATE_NOOP("Catalog", "1 for an answer that has the text in it, else 0.")},
    {"matches", QT_TRANSLATE_NOOP("Catalog", "Fits a pattern"),
     QT_TRANSLATE_NOOP("Catalog", "1 for an answer in which the regular expression is found, else 0.")},
    {"exact_answer", QT_TRANSLATE_NOOP("Catalog", "Exact answer"),
     QT_TRANSLATE_NOOP("Catalog", "1 for an answer that is the one in the row's answer column, else 0.")},
    {"format", QT_TRANSLATE_NOOP("Catalog", "Form"),
     QT_TRANSLATE_NOOP("Catalog",
                       "1 for an answer in the wanted form; of lists the share of lines that fit.")},
    {"arithmetic", QT_TRANSLATE_NOOP("Catalog", "Right sum"),
     QT_TRANSLATE_NOOP(
         "Catalog",
         "1 where the answer's last number is the row's answer, or the value of the sum in the prompt.")},
    {"ended", QT_TRANSLATE_NOOP("Catalog", "Comes to an end"),
     QT_TRANSLATE_NOOP("Catalog", "1 for an answer that was not cut off, else 0.")},
    {"model", QT_TRANSLATE_NOOP("Catalog", "A model's judgement"),
     QT_TRANSLATE_NOOP("Catalog", "The score of a reward model, or how sure a classifier is of the label.")},
};

constexpr Words kRoles[] = {
    {"text", QT_TRANSLATE_NOOP("Catalog", "Text"), nullptr},
    {"text2", QT_TRANSLATE_NOOP("Catalog", "Second text"), nullptr},
    {"label", QT_TRANSLATE_NOOP("Catalog", "Label"), nullptr},
    {"tokens", QT_TRANSLATE_NOOP("Catalog", "Words"), nullptr},
    {"tags", QT_TRANSLATE_NOOP("Catalog", "Tags"), nullptr},
    {"source", QT_TRANSLATE_NOOP("Catalog", "Source"), nullptr},
    {"target", QT_TRANSLATE_NOOP("Catalog", "Target"), nullptr},
    {"instruction", QT_TRANSLATE_NOOP("Catalog", "Instruction"), nullptr},
    {"input", QT_TRANSLATE_NOOP("Catalog", "Input"), nullptr},
    {"output", QT_TRANSLATE_NOOP("Catalog", "Answer"), nullptr},
    {"prompt", QT_TRANSLATE_NOOP("Catalog", "Prompt"), nullptr},
    {"completion", QT_TRANSLATE_NOOP("Catalog", "Completion"), nullptr},
    {"answer", QT_TRANSLATE_NOOP("Catalog", "Wanted answer"), nullptr},
    {"chosen", QT_TRANSLATE_NOOP("Catalog", "Better answer"), nullptr},
    {"rejected", QT_TRANSLATE_NOOP("Catalog", "Worse answer"), nullptr},
    {"margin", QT_TRANSLATE_NOOP("Catalog", "Margin"), nullptr},
    {"messages", QT_TRANSLATE_NOOP("Catalog", "Messages"), nullptr},
    {"conversations", QT_TRANSLATE_NOOP("Catalog", "Conversations"), nullptr},
    {"system", QT_TRANSLATE_NOOP("Catalog", "System text"), nullptr},
    {"history", QT_TRANSLATE_NOOP("Catalog", "Earlier turns"), nullptr},
    {"tools", QT_TRANSLATE_NOOP("Catalog", "Tools"), nullptr},
};

const Words* find(std::span<const Words> table, const std::string& name) {
    for (const Words& words : table) {
        if (name == words.name) return &words;
    }
    return nullptr;
}

QString translated(const char* text) {
    return QCoreApplication::translate("Catalog", text);
}

QString title(std::span<const Words> table, const std::string& name, const std::string& fallback) {
    const Words* words = find(table, name);
    return words ? translated(words->title) : QString::fromStdString(fallback);
}

QString sentence(std::span<const Words> table, const std::string& name, const std::string& fallback) {
    const Words* words = find(table, name);
    return words ? translated(words->sentence) : QString::fromStdString(fallback);
}

}  // namespace

QString taskTitle(const std::string& name, const std::string& fallback) {
    return title(kTasks, name, fallback);
}

QString taskSentence(const std::string& name, const std::string& fallback) {
    return sentence(kTasks, name, fallback);
}

QString wayTitle(const std::string& way) {
    return title(kWays, way, way);
}

QString waySentence(const std::string& way) {
    return sentence(kWays, way, {});
}

QString methodTitle(const std::string& name, const std::string& fallback) {
    return title(kMethods, name, fallback);
}

QString methodSentence(const std::string& name, const std::string& fallback) {
    return sentence(kMethods, name, fallback);
}

QString methodFormula(const std::string& name, const std::string& fallback) {
    return title(kFormulas, name, fallback);
}

QString rewardTitle(const std::string& name, const std::string& fallback) {
    return title(kRewards, name, fallback);
}

QString rewardSentence(const std::string& name, const std::string& fallback) {
    return sentence(kRewards, name, fallback);
}

QString metricTitle(const std::string& name) {
    return title(kMetrics, name, name);
}

QString roleTitle(const std::string& role) {
    return title(kRoles, role, role);
}

}  // namespace lathe
