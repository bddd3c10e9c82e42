// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/page_list.h"

#include "ui/pages/base/base_page.h"
#include "ui/pages/compare/compare_page.h"
#include "ui/pages/data/data_page.h"
#include "ui/pages/evaluate/evaluate_page.h"
#include "ui/pages/method/method_page.h"
#include "ui/pages/runs/runs_page.h"
#include "ui/pages/task/task_page.h"
#include "ui/pages/train/train_page.h"
#include "ui/pages/try/try_page.h"

namespace lathe {

std::vector<PageEntry> makePages(const PageContext& context, QWidget* parent) {
    return {
        {"task", "fine-tune", new TaskPage(context, parent)},
        {"data", "fine-tune", new DataPage(context, parent)},
        {"base", "fine-tune", new BasePage(context, parent)},
        {"method", "fine-tune", new MethodPage(context, parent)},
        {"train", "fine-tune", new TrainPage(context, parent)},
        {"evaluate", "look", new EvaluatePage(context, parent)},
        {"compare", "look", new ComparePage(context, parent)},
        {"try", "look", new TryPage(context, parent)},
        {"runs", "library", new RunsPage(context, parent)},
    };
}

}  // namespace lathe
