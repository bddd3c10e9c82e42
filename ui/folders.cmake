# SPDX-License-Identifier: GPL-3.0-or-later
# The folders of ui in order, as core/folders.cmake. Of two folders below pages neither includes the other.
set(lathe_ui_order theme text bridge state models charts widgets pages pages/base pages/task pages/data
  pages/method pages/train pages/evaluate pages/compare pages/try pages/runs shell)
