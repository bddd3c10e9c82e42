// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/batches/device.h"

#include <ATen/DeviceAccelerator.h>

#include <charconv>

namespace lathe {

Result<at::Device> chooseDevice(const std::string& name) {
    if (name == "cpu") return at::Device(at::kCPU);
    const bool hasGpu = at::hasCUDA() && at::accelerator::deviceCount() > 0;
    if (name == "auto" || name.empty()) return hasGpu ? at::Device(at::kCUDA, 0) : at::Device(at::kCPU);

    int index = 0;
    const std::string digits = name.rfind("cuda:", 0) == 0 ? name.substr(5) : "0";
    const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), index);
    const bool wellFormed = failure == std::errc() && end == digits.data() + digits.size() && index >= 0;
    if ((name != "cuda" && name.rfind("cuda:", 0) != 0) || !wellFormed)
        return Error{ErrorCode::BadArgument, "\"" + name + "\" names no device", "device",
                     "use auto, cpu, cuda or cuda:1"};
    if (!hasGpu)
        return Error{ErrorCode::DeviceMissing, "there is no CUDA GPU that this LibTorch can use", name,
                     "use device: auto or cpu, or install the CUDA build of LibTorch"};
    if (index >= at::accelerator::deviceCount())
        return Error{ErrorCode::DeviceMissing,
                     "there are only " + std::to_string(at::accelerator::deviceCount()) + " GPUs", name,
                     "count from cuda:0"};
    return at::Device(at::kCUDA, static_cast<c10::DeviceIndex>(index));
}

Result<at::ScalarType> choosePrecision(const std::string& name, at::Device device) {
    if (name == "fp32") return at::kFloat;
    const bool deviceHasIt = device.is_cpu() || at::accelerator::getDeviceCapability(device.index())
                                                    .capability_data.supported_scalar_types.has_BFloat16;
    if (name == "bf16") {
        if (deviceHasIt) return at::kBFloat16;
        return Error{ErrorCode::Unsupported, "the GPU cannot compute in bf16", "train.precision",
                     "use precision: auto or fp32"};
    }
    // On CPUs bf16 was slower than fp32 wherever it was measured, so there it has to be asked for.
    return !device.is_cpu() && deviceHasIt ? at::kBFloat16 : at::kFloat;
}

}  // namespace lathe
