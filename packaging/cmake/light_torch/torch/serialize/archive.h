// SPDX-License-Identifier: GPL-3.0-or-later
// Stands in front of LibTorch's header of this name. torch/nn/module.h needs the archives' names alone, for
// which the real header brings in TorchScript and costs every file of the engine two seconds. Code that needs
// the archives includes torch/serialize/input-archive.h and output-archive.h.
#pragma once

namespace torch::serialize {

class InputArchive;
class OutputArchive;

}  // namespace torch::serialize
