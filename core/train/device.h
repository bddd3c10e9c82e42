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

/// The largest amount of memory used so far: the device allocator's on a GPU, the process's elsewhere.
int64_t peakMemoryBytes(at::Device device);

/// Waits for the device and gives unused memory back to the system; nothing on the CPU.
void releaseDeviceMemory(at::Device device);

}  // namespace lathe
