// SPDX-License-Identifier: GPL-3.0-or-later
// The one place that knows every page: its name, in the order of the flow.
#pragma once

#include <QString>
#include <vector>

#include "ui/pages/page.h"

namespace lathe {

struct PageEntry {
    QString name;     ///< task data base method train evaluate compare try runs
    QString section;  ///< "fine-tune", "look" or "library"
    Page* page;
};

std::vector<PageEntry> makePages(const PageContext& context, QWidget* parent);

}  // namespace lathe
