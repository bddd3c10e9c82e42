// SPDX-License-Identifier: GPL-3.0-or-later
// What is thrown inside the engine as an error value, in one place: above all, which exceptions mean that
// the memory was not enough.
#pragma once

#include <functional>

#include "core/base/result.h"

namespace lathe {

/// What to change where training does not fit into memory.
inline constexpr char kSmallerRun[] =
    "halve train.batch_size and double train.gradient_accumulation, turn train.gradient_checkpointing on, "
    "lower data.max_length or the method's sizes, or pack the base with train.quantization: nf4";
/// And where a model is only opened or asked.
inline constexpr char kSmallerQuestion[] =
    "close other programs, ask with fewer or shorter texts at once, or take a smaller base";

/// The error for the exception that is being handled; to be called in a catch block only. OutOfMemory with
/// `remedy` as its hint where an allocation failed, on the CPU or a GPU; Internal otherwise.
Error caughtError(const char* remedy = kSmallerQuestion);

/// The result of `work`; what it throws is the error.
template <class T>
Result<T> withoutThrowing(const std::function<Result<T>()>& work, const char* remedy = kSmallerQuestion) {
    try {
        return work();
    } catch (...) {
        return caughtError(remedy);
    }
}

}  // namespace lathe
