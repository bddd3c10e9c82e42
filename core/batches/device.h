// SPDX-License-Identifier: GPL-3.0-or-later
// Where tensors live and in which precision they are computed, chosen from the recipe's words.
#pragma once

#include <ATen/ATen.h>

#include <string>

#include "core/base/result.h"

namespace lathe {

/// "auto" is the GPU when there is one, else the CPU. DeviceMissing for a GPU that is not there.
Result<at::Device> chooseDevice(const std::string& name);

/// "auto" is bf16 on GPUs that have it and fp32 elsewhere. Unsupported for bf16 on a GPU without it.
Result<at::ScalarType> choosePrecision(const std::string& name, at::Device device);

}  // namespace lathe
