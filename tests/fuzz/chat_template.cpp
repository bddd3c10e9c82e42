// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/fuzz/target.h"

LATHE_FUZZ_TARGET(chat_template)
