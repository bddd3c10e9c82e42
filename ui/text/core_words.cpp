// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/text/core_words.h"

#include <QtGlobal>

namespace lathe {
namespace {

// clang-format off
constexpr const char* kLabels[] = {
    QT_TRANSLATE_NOOP("Field", "Split special tokens"),
    QT_TRANSLATE_NOOP("Field", "Train last blocks"),
    QT_TRANSLATE_NOOP("Field", "Train modules"),
    QT_TRANSLATE_NOOP("Field", "Train head"),
    QT_TRANSLATE_NOOP("Field", "Rank"),
    QT_TRANSLATE_NOOP("Field", "Alpha"),
    QT_TRANSLATE_NOOP("Field", "Dropout"),
    QT_TRANSLATE_NOOP("Field", "Target modules"),
    QT_TRANSLATE_NOOP("Field", "Use rslora"),
    QT_TRANSLATE_NOOP("Field", "Ensure weight tying"),
    QT_TRANSLATE_NOOP("Field", "Bias"),
    QT_TRANSLATE_NOOP("Field", "Init"),
    QT_TRANSLATE_NOOP("Field", "Rank pattern"),
    QT_TRANSLATE_NOOP("Field", "Alpha pattern"),
    QT_TRANSLATE_NOOP("Field", "Exclude modules"),
    QT_TRANSLATE_NOOP("Field", "Layers to transform"),
    QT_TRANSLATE_NOOP("Field", "Modules to save"),
    QT_TRANSLATE_NOOP("Field", "Gradient"),
    QT_TRANSLATE_NOOP("Field", "D initial"),
    QT_TRANSLATE_NOOP("Field", "Projection seed"),
    QT_TRANSLATE_NOOP("Field", "Feedforward modules"),
    QT_TRANSLATE_NOOP("Field", "Target rank"),
    QT_TRANSLATE_NOOP("Field", "Warmup share"),
    QT_TRANSLATE_NOOP("Field", "Final share"),
    QT_TRANSLATE_NOOP("Field", "Every"),
    QT_TRANSLATE_NOOP("Field", "Beta1"),
    QT_TRANSLATE_NOOP("Field", "Beta2"),
    QT_TRANSLATE_NOOP("Field", "Orthogonality"),
    QT_TRANSLATE_NOOP("Field", "Placement"),
    QT_TRANSLATE_NOOP("Field", "Reduction factor"),
    QT_TRANSLATE_NOOP("Field", "Activation"),
    QT_TRANSLATE_NOOP("Field", "Scaling"),
    QT_TRANSLATE_NOOP("Field", "Adapter name"),
    QT_TRANSLATE_NOOP("Field", "Virtual tokens"),
    QT_TRANSLATE_NOOP("Field", "Init text"),
    QT_TRANSLATE_NOOP("Field", "Projection"),
    QT_TRANSLATE_NOOP("Field", "Projection hidden"),
    QT_TRANSLATE_NOOP("Field", "Encoder"),
    QT_TRANSLATE_NOOP("Field", "Encoder hidden"),
    QT_TRANSLATE_NOOP("Field", "Regression"),
    QT_TRANSLATE_NOOP("Field", "Multi label"),
    QT_TRANSLATE_NOOP("Field", "Loss"),
    QT_TRANSLATE_NOOP("Field", "Beta"),
    QT_TRANSLATE_NOOP("Field", "Label smoothing"),
    QT_TRANSLATE_NOOP("Field", "Center rewards coefficient"),
    QT_TRANSLATE_NOOP("Field", "Algorithm"),
    QT_TRANSLATE_NOOP("Field", "Reward"),
    QT_TRANSLATE_NOOP("Field", "Generations"),
    QT_TRANSLATE_NOOP("Field", "Max new tokens"),
    QT_TRANSLATE_NOOP("Field", "Temperature"),
    QT_TRANSLATE_NOOP("Field", "Top p"),
    QT_TRANSLATE_NOOP("Field", "KL coefficient"),
    QT_TRANSLATE_NOOP("Field", "Missing EOS penalty"),
    QT_TRANSLATE_NOOP("Field", "Iterations"),
    QT_TRANSLATE_NOOP("Field", "Minibatches"),
    QT_TRANSLATE_NOOP("Field", "Clip range"),
    QT_TRANSLATE_NOOP("Field", "Clip range high"),
    QT_TRANSLATE_NOOP("Field", "Scale rewards"),
    QT_TRANSLATE_NOOP("Field", "Loss type"),
    QT_TRANSLATE_NOOP("Field", "Mask truncated completions"),
    QT_TRANSLATE_NOOP("Field", "Gamma"),
    QT_TRANSLATE_NOOP("Field", "Lam"),
    QT_TRANSLATE_NOOP("Field", "Vf coef"),
    QT_TRANSLATE_NOOP("Field", "Cliprange value"),
    QT_TRANSLATE_NOOP("Field", "Weight"),
    QT_TRANSLATE_NOOP("Field", "Target"),
    QT_TRANSLATE_NOOP("Field", "Unit"),
    QT_TRANSLATE_NOOP("Field", "Text"),
    QT_TRANSLATE_NOOP("Field", "Ignore case"),
    QT_TRANSLATE_NOOP("Field", "Pattern"),
    QT_TRANSLATE_NOOP("Field", "Form"),
    QT_TRANSLATE_NOOP("Field", "Attempt"),
    QT_TRANSLATE_NOOP("Field", "Model"),
    QT_TRANSLATE_NOOP("Field", "Label"),
    QT_TRANSLATE_NOOP("Field", "Name"),
    QT_TRANSLATE_NOOP("Field", "Task"),
    QT_TRANSLATE_NOOP("Field", "Base"),
    QT_TRANSLATE_NOOP("Field", "Train"),
    QT_TRANSLATE_NOOP("Field", "Validation"),
    QT_TRANSLATE_NOOP("Field", "Format"),
    QT_TRANSLATE_NOOP("Field", "Encoding"),
    QT_TRANSLATE_NOOP("Field", "Columns"),
    QT_TRANSLATE_NOOP("Field", "Limit"),
    QT_TRANSLATE_NOOP("Field", "Stratify"),
    QT_TRANSLATE_NOOP("Field", "Split seed"),
    QT_TRANSLATE_NOOP("Field", "Max length"),
    QT_TRANSLATE_NOOP("Field", "Template"),
    QT_TRANSLATE_NOOP("Field", "Loss on"),
    QT_TRANSLATE_NOOP("Field", "Packing"),
    QT_TRANSLATE_NOOP("Field", "Epochs"),
    QT_TRANSLATE_NOOP("Field", "Max steps"),
    QT_TRANSLATE_NOOP("Field", "Batch size"),
    QT_TRANSLATE_NOOP("Field", "Gradient accumulation"),
    QT_TRANSLATE_NOOP("Field", "Learning rate"),
    QT_TRANSLATE_NOOP("Field", "Learning rates"),
    QT_TRANSLATE_NOOP("Field", "Weight decay"),
    QT_TRANSLATE_NOOP("Field", "Schedule"),
    QT_TRANSLATE_NOOP("Field", "Warmup steps"),
    QT_TRANSLATE_NOOP("Field", "Max grad norm"),
    QT_TRANSLATE_NOOP("Field", "Precision"),
    QT_TRANSLATE_NOOP("Field", "Quantization"),
    QT_TRANSLATE_NOOP("Field", "Gradient checkpointing"),
    QT_TRANSLATE_NOOP("Field", "Seed"),
    QT_TRANSLATE_NOOP("Field", "Eval every"),
    QT_TRANSLATE_NOOP("Field", "Save every"),
    QT_TRANSLATE_NOOP("Field", "Save minutes"),
    QT_TRANSLATE_NOOP("Field", "Log every"),
    QT_TRANSLATE_NOOP("Field", "Device"),
};

constexpr const char* kHelps[] = {
    QT_TRANSLATE_NOOP("Core", "How many of the last blocks train, with what follows them (pooler, last "
                              "norm); 0 none. Usual: 1 to 4."),
    QT_TRANSLATE_NOOP("Core", "More that trains, by module name (pooler, q_proj, layers.3) or kind: "
                              "embeddings, norms, biases."),
    QT_TRANSLATE_NOOP("Core", "Whether the task head trains; a new classification head always does."),
    QT_TRANSLATE_NOOP("Core", "The inner size r of B·A: how much the change can express. Usual: 4 to 64."),
    QT_TRANSLATE_NOOP("Core", "The change is scaled by alpha / rank. Usual: rank to twice the rank."),
    QT_TRANSLATE_NOOP("Core", "Share of the inputs of A left out while training. Usual: 0 to 0.1."),
    QT_TRANSLATE_NOOP("Core", "Scale by alpha / √rank instead, steadier at high ranks."),
    QT_TRANSLATE_NOOP("Core", "Which biases of the base train too: none, all, or those of the chosen "
                              "layers."),
    QT_TRANSLATE_NOOP("Core", "Other ranks for some layers, by name: {v_proj: 16}; of names that fit a "
                              "layer the first counts."),
    QT_TRANSLATE_NOOP("Core", "Other alphas for some layers, by name: {v_proj: 32}; of names that fit a "
                              "layer the first counts."),
    QT_TRANSLATE_NOOP("Core", "For a base whose head shares its table with the embedding: when "
                              "modules_to_save names one of the two, train both as one. Otherwise they "
                              "part."),
    QT_TRANSLATE_NOOP("Core", "How A and B start: as in PEFT (B at 0), A normal, or from the base's largest "
                              "singular values (pissa) or its QR factors (olora), which often learn faster."),
    QT_TRANSLATE_NOOP("Core", "The layers that are changed: names, all-linear, or a regular expression; left "
                              "out, the usual ones of the base. LoRA takes embeddings by name, too."),
    QT_TRANSLATE_NOOP("Core", "Layers among those that are left as they are, by name."),
    QT_TRANSLATE_NOOP("Core", "Only these blocks, by number from 0; left out, all of them."),
    QT_TRANSLATE_NOOP("Core", "Modules that train whole and are saved with the adapter, by name."),
    QT_TRANSLATE_NOOP("Core", "Plain: B's own gradient, as in the paper. Projected: the gradient that moves "
                              "the weight as full training would, as in PEFT; wants a smaller learning "
                              "rate."),
    QT_TRANSLATE_NOOP("Core", "The inner size r of the shared pair. Usual: 256 to 1024."),
    QT_TRANSLATE_NOOP("Core", "What the inner vector starts at. Usual: 0.1."),
    QT_TRANSLATE_NOOP("Core", "The seed of the shared pair; adapters of one base should have the same."),
    QT_TRANSLATE_NOOP("Core", "The linear layers that are scaled: names, all-linear, or a regular "
                              "expression; left out, keys, values and the last feed-forward layer."),
    QT_TRANSLATE_NOOP("Core", "Those of the layers whose inputs are scaled instead of their outputs; left "
                              "out, the usual ones of the base."),
    QT_TRANSLATE_NOOP("Core", "The inner size every layer starts with. Usual: half more than target_rank."),
    QT_TRANSLATE_NOOP("Core", "The inner size that is left on average. Usual: 4 to 16."),
    QT_TRANSLATE_NOOP("Core", "The change is scaled by alpha / rank; 0 stands for the rank. Usual: rank to "
                              "twice the rank."),
    QT_TRANSLATE_NOOP("Core", "Share of the steps before anything is taken away. Usual: 0.1."),
    QT_TRANSLATE_NOOP("Core", "Share of the steps at the end in which the sizes stay. Usual: 0.3."),
    QT_TRANSLATE_NOOP("Core", "Steps between two choices of what is taken away. Usual: 1 to 10."),
    QT_TRANSLATE_NOOP("Core", "How slowly the importance of a direction changes. Usual: 0.85."),
    QT_TRANSLATE_NOOP("Core", "How slowly the uncertainty of that importance changes. Usual: 0.85."),
    QT_TRANSLATE_NOOP("Core", "Weight of the penalty that keeps the directions at right angles. Usual: 0.1 "
                              "to 0.5."),
    QT_TRANSLATE_NOOP("Core", "Where the narrow layers sit: behind each block (pfeiffer), behind attention "
                              "and feed-forward (houlsby), or beside the feed-forward (parallel)."),
    QT_TRANSLATE_NOOP("Core", "The hidden size divided by this is the narrow size. Usual: 2 to 64."),
    QT_TRANSLATE_NOOP("Core", "The function between the way down and the way up. Usual: relu; silu for "
                              "houlsby."),
    QT_TRANSLATE_NOOP("Core", "What the way up's result is multiplied with. Usual: 1; 4 for parallel."),
    QT_TRANSLATE_NOOP("Core", "Share of the way up's result left out while training. Usual: 0 to 0.1."),
    QT_TRANSLATE_NOOP("Core", "How the layers start: changing nothing (zero), or small and random as in "
                              "AdapterHub (default)."),
    QT_TRANSLATE_NOOP("Core", "The name that AdapterHub's files have in every key."),
    QT_TRANSLATE_NOOP("Core", "How many trained vectors stand in front of every text; they take as much of "
                              "the context. Usual: 10 to 100."),
    QT_TRANSLATE_NOOP("Core", "What the vectors start as: random numbers, embeddings of random words, or "
                              "those of a text."),
    QT_TRANSLATE_NOOP("Core", "The text whose words they start as, with init: text. Usual: the task in a "
                              "sentence."),
    QT_TRANSLATE_NOOP("Core", "Make the vectors with a small network while training, which can be steadier; "
                              "the result is the same kind."),
    QT_TRANSLATE_NOOP("Core", "The inner size of that network; 0 stands for the size of a key. Usual: 128 to "
                              "1024."),
    QT_TRANSLATE_NOOP("Core", "The network that makes the vectors; none once they are finished."),
    QT_TRANSLATE_NOOP("Core", "Its inner size; 0 stands for the base's hidden size. Usual: 128 to 1024."),
    QT_TRANSLATE_NOOP("Core", "The label column holds a number, such as a rating, and the model learns to "
                              "give it."),
    QT_TRANSLATE_NOOP("Core", "A text may have several labels, or none: a JSON list, or names with | between "
                              "them."),
    QT_TRANSLATE_NOOP("Core", "What is made of the lead of the better answer: sigmoid is DPO itself, hinge "
                              "stops at a lead, ipo aims at a fixed one, kto judges each answer by itself, "
                              "against the mean of its batch: its loss depends on train.batch_size, and "
                              "train.gradient_accumulation is no larger batch for it."),
    QT_TRANSLATE_NOOP("Core", "How closely the model is held to the one it started from; less lets it go "
                              "further. Usual: 0.01 to 0.5."),
    QT_TRANSLATE_NOOP("Core", "The share of pairs that may be the wrong way round; sigmoid only. Usual: 0, "
                              "noisy pairs 0.1."),
    QT_TRANSLATE_NOOP("Core", "Pulls the two scores of a pair towards a sum of 0; usual: 0, or 0.01 where "
                              "scores drift away."),
    QT_TRANSLATE_NOOP("Core", "grpo compares several answers to the same prompt; ppo learns beside it what "
                              "reward is to be expected."),
    QT_TRANSLATE_NOOP("Core", "What an answer is rewarded for: rules, a reward model or a classifier, "
                              "several of them weighted."),
    QT_TRANSLATE_NOOP("Core", "Answers to each prompt; left out, 8 for grpo and 1 for ppo. More is steadier "
                              "and takes longer."),
    QT_TRANSLATE_NOOP("Core", "Where an answer is cut off; the time of a step grows with it. Usual: 32 to "
                              "512."),
    QT_TRANSLATE_NOOP("Core", "How freely answers are sampled; lower keeps closer to the likeliest one. "
                              "Usual: 0.7 to 1."),
    QT_TRANSLATE_NOOP("Core", "Sample from the likeliest tokens that together have this probability. Usual: "
                              "1."),
    QT_TRANSLATE_NOOP("Core", "How closely the model is held to the one it started from; left out, 0 for "
                              "grpo and 0.05 for ppo."),
    QT_TRANSLATE_NOOP("Core", "Taken from the reward of an answer that was cut off before it ended. Usual: 0 "
                              "to 1."),
    QT_TRANSLATE_NOOP("Core", "How often the answers of a step are learnt from; left out, 1 for grpo and 4 "
                              "for ppo."),
    QT_TRANSLATE_NOOP("Core", "Updates of the weights in which the answers of a step are learnt from each "
                              "time. Usual: 1 to 4."),
    QT_TRANSLATE_NOOP("Core", "How far the odds of a token may move within a step before it teaches no more. "
                              "Usual: 0.2."),
    QT_TRANSLATE_NOOP("Core", "The same upwards; left out, clip_range. Usual: 0.2 to 0.28."),
    QT_TRANSLATE_NOOP("Core", "grpo: what the lead over the other answers is divided by: their spread, that "
                              "of the whole step, or nothing."),
    QT_TRANSLATE_NOOP("Core", "grpo: dapo gives every token the same weight, grpo every answer, bnpo every "
                              "batch; dr_grpo divides by max_new_tokens."),
    QT_TRANSLATE_NOOP("Core", "Answers that were cut off before they ended teach nothing."),
    QT_TRANSLATE_NOOP("Core", "ppo: what a reward is still worth one token earlier. Usual: 1."),
    QT_TRANSLATE_NOOP("Core", "ppo: how far advantages look ahead rather than trust the value head. Usual: "
                              "0.95."),
    QT_TRANSLATE_NOOP("Core", "ppo: the weight of the value head's loss. Usual: 0.1."),
    QT_TRANSLATE_NOOP("Core", "ppo: how far the value head may move within a step. Usual: 0.2."),
    QT_TRANSLATE_NOOP("Core", "How long an answer is to be."),
    QT_TRANSLATE_NOOP("Core", "What is counted; characters for Chinese."),
    QT_TRANSLATE_NOOP("Core", "What the answer is to have in it."),
    QT_TRANSLATE_NOOP("Core", "Whether small and capital letters are the same."),
    QT_TRANSLATE_NOOP("Core", "The regular expression; \\A and \\z stand for begin and end."),
    QT_TRANSLATE_NOOP("Core", "What a wrong number is worth; an answer without one gets 0."),
    QT_TRANSLATE_NOOP("Core", "The form."),
    QT_TRANSLATE_NOOP("Core", "The run folder of the reward model or the classifier."),
    QT_TRANSLATE_NOOP("Core", "Of a classifier: the label that answers are to have."),
    QT_TRANSLATE_NOOP("Core", "How much this reward counts beside the others; below 0 it counts against an "
                              "answer. Usual: 1."),
    QT_TRANSLATE_NOOP("Core", "The learning rate stays the same after the warm-up; for short trials."),
    QT_TRANSLATE_NOOP("Core", "Falls in a straight line to zero at the last step; a good first choice."),
    QT_TRANSLATE_NOOP("Core", "Falls along half a cosine: slow at first, slow at the end; usual for longer "
                              "runs."),
    QT_TRANSLATE_NOOP("Core", "Name of the run, for its folder and its curve."),
    QT_TRANSLATE_NOOP("Core", "What is learnt."),
    QT_TRANSLATE_NOOP("Core", "The model to start from: a folder, a .gguf file, shelf:NAME, hub:ORG/NAME, or "
                              "a run folder."),
    QT_TRANSLATE_NOOP("Core", "The file or folder with the rows to learn from."),
    QT_TRANSLATE_NOOP("Core", "Rows held out for checking: a file, a fraction of the training rows such as "
                              "0.1, or none."),
    QT_TRANSLATE_NOOP("Core", "How the data is read; auto goes by its name and content."),
    QT_TRANSLATE_NOOP("Core", "How the file's bytes are letters; auto looks at them."),
    QT_TRANSLATE_NOOP("Core", "Which column plays which role, by name or by index; guessed when left out."),
    QT_TRANSLATE_NOOP("Core", "Only the first so many rows; 0 takes all."),
    QT_TRANSLATE_NOOP("Core", "Hold out the same share of each class; none takes rows regardless of their "
                              "label. For classification with a fraction as validation."),
    QT_TRANSLATE_NOOP("Core", "Which rows a fraction holds out: same seed, same rows, whatever train.seed "
                              "is."),
    QT_TRANSLATE_NOOP("Core", "Rows longer than so many tokens are cut; memory grows with it. Usual: 64 to "
                              "2048."),
    QT_TRANSLATE_NOOP("Core", "The chat format for instruction rows; auto takes the model's own."),
    QT_TRANSLATE_NOOP("Core", "Control tokens spelled out in the contents of messages are text; off, they "
                              "become those tokens."),
    QT_TRANSLATE_NOOP("Core", "Learn the answers only, or every token of the row."),
    QT_TRANSLATE_NOOP("Core", "Put several short rows into one sequence."),
    QT_TRANSLATE_NOOP("Core", "How often every row is seen. Usual: 1 to 5."),
    QT_TRANSLATE_NOOP("Core", "Stop after so many optimiser steps; 0 goes by the epochs."),
    QT_TRANSLATE_NOOP("Core", "Rows computed together; more is steadier and takes more memory. Usual: 4 to "
                              "32."),
    QT_TRANSLATE_NOOP("Core", "Batches summed before one step: a larger batch without its memory."),
    QT_TRANSLATE_NOOP("Core", "Other learning rates for some of what trains, by parts of its names: "
                              "{classifier: 1e-4, lora_B: 1e-2}."),
    QT_TRANSLATE_NOOP("Core", "How far one step goes; left out, the method's own, for preferences a tenth of "
                              "it. Usual: 1e-3 to 2e-4 for LoRA, 2e-5 for full."),
    QT_TRANSLATE_NOOP("Core", "Pulls weights towards zero; usual: 0 to 0.1."),
    QT_TRANSLATE_NOOP("Core", "How the learning rate falls after the warm-up."),
    QT_TRANSLATE_NOOP("Core", "Steps over which the learning rate rises from zero."),
    QT_TRANSLATE_NOOP("Core", "Gradients longer than this are scaled down; 0 leaves them. Usual: 1."),
    QT_TRANSLATE_NOOP("Core", "Number format of the computation; auto takes bf16 only where it is faster."),
    QT_TRANSLATE_NOOP("Core", "Keep the frozen base's matrices in 8 bits or in 4 (nf4, as in QLoRA): a large "
                              "base in little memory, a little slower. For methods that add to the base."),
    QT_TRANSLATE_NOOP("Core", "Compute activations twice instead of keeping them: less memory, slower."),
    QT_TRANSLATE_NOOP("Core", "Same seed, same run."),
    QT_TRANSLATE_NOOP("Core", "Validate every so many steps; 0 only before and after."),
    QT_TRANSLATE_NOOP("Core", "Checkpoint every so many steps; 0 only at the end."),
    QT_TRANSLATE_NOOP("Core", "Checkpoint also when this many minutes have passed since the last one; 0 "
                              "goes by save_every alone."),
    QT_TRANSLATE_NOOP("Core", "Report the loss every so many steps."),
    QT_TRANSLATE_NOOP("Core", "auto, cpu, cuda or cuda:1."),
    QT_TRANSLATE_NOOP("Core", "set train.learning_rate and train.learning_rates above 0, or leave them out"),
    QT_TRANSLATE_NOOP("Core", "set train.warmup_steps to about a tenth of the steps, or train longer"),
    QT_TRANSLATE_NOOP("Core", "train on rows with other labels too; is the file sorted, and data.limit set?"),
    QT_TRANSLATE_NOOP("Core", "see which tokens are trained with lathe-run preview, and what the method "
                              "trains"),
    QT_TRANSLATE_NOOP("Core", "raise reinforcement.max_new_tokens"),
    QT_TRANSLATE_NOOP("Core", "raise reinforcement.temperature or generations, or take a reward that tells "
                              "answers apart"),
    QT_TRANSLATE_NOOP("Core", "use a lower learning rate (a tenth is a good try) or more warm-up"),
    QT_TRANSLATE_NOOP("Core", "raise the learning rate or train longer; are text and labels the right "
                              "columns?"),
    QT_TRANSLATE_NOOP("Core", "try another learning rate, more steps or more rows; an earlier evaluation may "
                              "be better"),
    QT_TRANSLATE_NOOP("Core", "train for fewer steps, or use more rows, a smaller rank, dropout or weight "
                              "decay"),
    QT_TRANSLATE_NOOP("Core", "see to it that one process alone trains it"),
    QT_TRANSLATE_NOOP("Core", "write method.dropout: 0"),
    QT_TRANSLATE_NOOP("Core", "see lathe-run preview"),
    QT_TRANSLATE_NOOP("Core", "raise data.max_length if their ends matter"),
    QT_TRANSLATE_NOOP("Core", "start from the base itself for another rank or other targets"),
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
