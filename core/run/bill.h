// SPDX-License-Identifier: GPL-3.0-or-later
// What a method costs on a base: counts and memory by part, as values for the window and `lathe-run params`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/note.h"

namespace lathe {

/// The most that a run has at once, by what it is for. Bytes.
struct MemoryBill {
    int64_t weights = 0, adapter = 0, gradients = 0, optimizer = 0;
    int64_t activations = 0;  ///< kept for the backward pass
    int64_t temporary = 0;    ///< of the largest operation, and holes in the heap
    int64_t process = 0;      ///< tokenizer, rows and libraries, beyond what the program has at its start
    int64_t total() const {
        return weights + adapter + gradients + optimizer + activations + temporary + process;
    }
};

/// How one kind of linear layer is changed, for the drawing of the method: d x k frozen, r (d + k) trained.
struct LayerShare {
    std::string module;       ///< "encoder.layer.0.attention.self.query"
    int block = -1;           ///< index of the transformer block, -1 outside
    int64_t parameters = 0;   ///< of the base module
    int64_t trained = 0;      ///< base parameters that train (full, freeze)
    int64_t added = 0;        ///< adapter parameters that train
    int64_t in = 0, out = 0;  ///< of a linear layer, 0 otherwise
};

struct Bill {
    std::string method;
    std::string title;
    int64_t trainable = 0;
    int64_t total = 0;  ///< base, new head and adapter; tied weights once
    double percent = 0;
    int64_t adapterBytes = 0;  ///< the result on disk
    MemoryBill memory;
    std::vector<LayerShare> layers;
    int blocks = 0;
    std::vector<Note> notes;  ///< code memory_short: more than there is, and the change that would fit
};

}  // namespace lathe
