// SPDX-License-Identifier: GPL-3.0-or-later
// How many CPU threads tensor work takes.
#pragma once

namespace lathe {

/// What LibTorch or the user's OMP_NUM_THREADS chose for this process.
int usualThreads();

/// For a program that paints while it trains: the usual number, with a core left to it where that takes all.
int threadsBesideWindow();

/// Sets the number for the tensor work that the calling thread starts from now on; 0 = the usual one.
void useThreads(int count);

}  // namespace lathe
