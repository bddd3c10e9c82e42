// SPDX-License-Identifier: GPL-3.0-or-later
// The Bill: what the draft trains and costs, always in sight, replaced by measured values once a step has
// run.
#pragma once

#include <QFrame>

#include "ui/pages/page_context.h"
#include "ui/state/run_progress.h"

class QLabel;
class QVBoxLayout;

namespace lathe {

class Bar;
class LayerMap;

class BillPanel : public QFrame {
    Q_OBJECT

  public:
    explicit BillPanel(const PageContext& context, QWidget* parent = nullptr);
    void retranslate();

  private:
    struct Line {
        QLabel* name;
        QLabel* value;
    };

    Line addLine(QVBoxLayout& section, int series = -1);
    /// Of the run while one is in progress, else of the draft.
    const Bill* shownBill() const;
    void showAll();
    void showCounts(const Bill* bill);
    void showMemory(const Bill& bill);
    void showWork(const Bill* bill);
    /// What a step changes: the rest stays as it is.
    void showProgress();
    void showForm();
    QString formText() const;
    QString draftMessage() const;

    const PageContext& m_context;
    RunProgress m_progress;
    QLabel *m_heading, *m_message, *m_form;
    QWidget *m_counts, *m_memory, *m_change;
    QLabel *m_trainedName, *m_trained, *m_share, *m_formula;
    QLabel *m_memoryName, *m_total, *m_totalNote, *m_memoryNote, *m_changeName;
    Bar *m_shareBar, *m_memoryBar;
    Line m_weights, m_tuning, m_activations, m_process, m_adapterDisk, m_baseDisk, m_rows, m_steps, m_time;
    LayerMap* m_layers;
};

}  // namespace lathe
