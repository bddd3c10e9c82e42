// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/core_words.h"

#include <QtGlobal>

namespace lathe {
namespace {

// clang-format off
constexpr const char* kLabels[] = {
    QT_TRANSLATE_NOOP("Field", "Train last blocks"),
    QT_TRANSLATE_NOOP("Field", "Train modules"),
    QT_TRANSLATE_NOOP("Field", "Train head"),
    QT_TRANSLATE_NOOP("Field", "Rank"),
    QT_TRANSLATE_NOOP("Field", "Alpha"),
    QT_TRANSLATE_NOOP("Field", "Dropout"),
    QT_TRANSLATE_NOOP("Field", "Target modules"),
    QT_TRANSLATE_NOOP("Field", "Use rslora"),
    QT_TRANSLATE_NOOP("Field", "Bias"),
    QT_TRANSLATE_NOOP("Field", "Init"),
    QT_TRANSLATE_NOOP("Field", "Name"),
    QT_TRANSLATE_NOOP("Field", "Task"),
    QT_TRANSLATE_NOOP("Field", "Base"),
    QT_TRANSLATE_NOOP("Field", "Train"),
    QT_TRANSLATE_NOOP("Field", "Validation"),
    QT_TRANSLATE_NOOP("Field", "Format"),
    QT_TRANSLATE_NOOP("Field", "Encoding"),
    QT_TRANSLATE_NOOP("Field", "Columns"),
    QT_TRANSLATE_NOOP("Field", "Limit"),
    QT_TRANSLATE_NOOP("Field", "Max length"),
    QT_TRANSLATE_NOOP("Field", "Template"),
    QT_TRANSLATE_NOOP("Field", "Loss on"),
    QT_TRANSLATE_NOOP("Field", "Packing"),
    QT_TRANSLATE_NOOP("Field", "Epochs"),
    QT_TRANSLATE_NOOP("Field", "Max steps"),
    QT_TRANSLATE_NOOP("Field", "Batch size"),
    QT_TRANSLATE_NOOP("Field", "Gradient accumulation"),
    QT_TRANSLATE_NOOP("Field", "Learning rate"),
    QT_TRANSLATE_NOOP("Field", "Weight decay"),
    QT_TRANSLATE_NOOP("Field", "Schedule"),
    QT_TRANSLATE_NOOP("Field", "Warmup steps"),
    QT_TRANSLATE_NOOP("Field", "Max grad norm"),
    QT_TRANSLATE_NOOP("Field", "Precision"),
    QT_TRANSLATE_NOOP("Field", "Gradient checkpointing"),
    QT_TRANSLATE_NOOP("Field", "Seed"),
    QT_TRANSLATE_NOOP("Field", "Eval every"),
    QT_TRANSLATE_NOOP("Field", "Save every"),
    QT_TRANSLATE_NOOP("Field", "Log every"),
    QT_TRANSLATE_NOOP("Field", "Device"),
};

constexpr const char* kHelps[] = {
    QT_TRANSLATE_NOOP("Core", "How many of the last blocks train, with what follows them (pooler, last norm); 0 none. Usual: 1 to 4."),
    QT_TRANSLATE_NOOP("Core", "More that trains, by module name (pooler, q_proj, layers.3) or kind: embeddings, norms, biases."),
    QT_TRANSLATE_NOOP("Core", "Whether the task head trains; a new classification head always does."),
    QT_TRANSLATE_NOOP("Core", "The inner size r of B·A: how much the change can express. Usual: 4 to 64."),
    QT_TRANSLATE_NOOP("Core", "The change is scaled by alpha / rank. Usual: rank to twice the rank."),
    QT_TRANSLATE_NOOP("Core", "Share of the inputs of A left out while training. Usual: 0 to 0.1."),
    QT_TRANSLATE_NOOP("Core", "The linear layers that get a pair: names, all-linear, or a regular expression; left out, the usual ones of the base."),
    QT_TRANSLATE_NOOP("Core", "Scale by alpha / √rank instead, steadier at high ranks."),
    QT_TRANSLATE_NOOP("Core", "Which biases of the base train too: none, all, or those of the chosen layers."),
    QT_TRANSLATE_NOOP("Core", "How A starts: uniform as in PEFT, or normal with deviation 1 / rank. B starts at 0."),
    QT_TRANSLATE_NOOP("Core", "The learning rate stays the same after the warm-up; for short trials."),
    QT_TRANSLATE_NOOP("Core", "Falls in a straight line to zero at the last step; a good first choice."),
    QT_TRANSLATE_NOOP("Core", "Falls along half a cosine: slow at first, slow at the end; usual for longer runs."),
    QT_TRANSLATE_NOOP("Core", "Name of the run, for its folder and its curve."),
    QT_TRANSLATE_NOOP("Core", "What is learnt."),
    QT_TRANSLATE_NOOP("Core", "The model to start from: a folder, a .gguf file, shelf:NAME, hub:ORG/NAME, or a run folder."),
    QT_TRANSLATE_NOOP("Core", "The file or folder with the rows to learn from."),
    QT_TRANSLATE_NOOP("Core", "Rows held out for checking: a file, a fraction of the training rows such as 0.1, or none."),
    QT_TRANSLATE_NOOP("Core", "How the data is read; auto goes by its name and content."),
    QT_TRANSLATE_NOOP("Core", "How the file's bytes are letters; auto looks at them."),
    QT_TRANSLATE_NOOP("Core", "Which column plays which role, by name or by index; guessed when left out."),
    QT_TRANSLATE_NOOP("Core", "Only the first so many rows; 0 takes all."),
    QT_TRANSLATE_NOOP("Core", "Rows longer than so many tokens are cut; memory grows with it. Usual: 64 to 2048."),
    QT_TRANSLATE_NOOP("Core", "The chat format for instruction rows; auto takes the model's own."),
    QT_TRANSLATE_NOOP("Core", "Learn the answers only, or every token of the row."),
    QT_TRANSLATE_NOOP("Core", "Put several short rows into one sequence."),
    QT_TRANSLATE_NOOP("Core", "How often every row is seen. Usual: 1 to 5."),
    QT_TRANSLATE_NOOP("Core", "Stop after so many optimiser steps; 0 goes by the epochs."),
    QT_TRANSLATE_NOOP("Core", "Rows computed together; more is steadier and takes more memory. Usual: 4 to 32."),
    QT_TRANSLATE_NOOP("Core", "Batches summed before one step: a larger batch without its memory."),
    QT_TRANSLATE_NOOP("Core", "How far one step goes; left out, the method's own. Usual: 1e-3 to 2e-4 for LoRA, 2e-5 for full."),
    QT_TRANSLATE_NOOP("Core", "Pulls weights towards zero; usual: 0 to 0.1."),
    QT_TRANSLATE_NOOP("Core", "How the learning rate falls after the warm-up."),
    QT_TRANSLATE_NOOP("Core", "Steps over which the learning rate rises from zero."),
    QT_TRANSLATE_NOOP("Core", "Gradients longer than this are scaled down; 0 leaves them. Usual: 1."),
    QT_TRANSLATE_NOOP("Core", "Number format of the computation; auto takes bf16 only where it is faster."),
    QT_TRANSLATE_NOOP("Core", "Compute activations twice instead of keeping them: less memory, slower."),
    QT_TRANSLATE_NOOP("Core", "Same seed, same run."),
    QT_TRANSLATE_NOOP("Core", "Validate every so many steps; 0 only before and after."),
    QT_TRANSLATE_NOOP("Core", "Checkpoint every so many steps; 0 only at the end."),
    QT_TRANSLATE_NOOP("Core", "Report the loss every so many steps."),
    QT_TRANSLATE_NOOP("Core", "auto, cpu, cuda or cuda:1."),
};
// clang-format on

}  // namespace

std::span<const char* const> knownFieldLabels() {
    return kLabels;
}
std::span<const char* const> knownHelps() {
    return kHelps;
}

}  // namespace lathe
