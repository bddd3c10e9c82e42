// SPDX-License-Identifier: GPL-3.0-or-later
// The chain that a run belongs to as a strip: its stages with ticks, and a button that drafts the next one.
#pragma once

#include "ui/pages/page_context.h"
#include "ui/state/run_chain.h"
#include "ui/widgets/card.h"

class QPushButton;

namespace lathe {

class FlowLayout;

class ChainStrip : public Card {
    Q_OBJECT

  public:
    explicit ChainStrip(const PageContext& context, QWidget* parent = nullptr);

    /// Reads the run's chain in the background; hidden until it is there, and for a run without one.
    void showRun(const QString& folder);
    void clear();
    void retranslate();

  Q_SIGNALS:
    /// The draft is now the next stage's recipe.
    void nextDrafted();

  private:
    /// The chain of the run among those of the library, off the UI thread.
    void find();
    void fill();
    void addLink(const ChainLink& link, int number);
    void draftNext();

    const PageContext& m_context;
    QString m_folder;  ///< the run that was asked for last
    RunChain m_chain;
    QWidget* m_stages;
    FlowLayout* m_flow;
    QPushButton* m_next;
};

}  // namespace lathe
