// SPDX-License-Identifier: GPL-3.0-or-later
// One step of the flow: a heading with actions, a scrolling body, and what the rail says about it.
#pragma once

#include <QHBoxLayout>
#include <QStringList>
#include <QVBoxLayout>
#include <QWidget>

#include "ui/pages/page_context.h"

class QLabel;
class QScrollArea;

namespace lathe {

class Page : public QWidget {
    Q_OBJECT

  public:
    Page(const PageContext& context, QWidget* parent);

    /// Sets every text again; called once after construction and after each change of language.
    virtual void retranslate() = 0;
    /// The short grey note beside the step in the rail ("LoRA 8").
    virtual QString railNote() const { return {}; }
    /// The same of the recipe of the run in progress, where the page has a part of it.
    virtual QString railNoteOf(const Recipe&) const { return {}; }
    virtual int faultCount() const { return 0; }
    /// True = the rail shows a tick.
    virtual bool complete() const { return false; }
    /// Run folders another page sends here (see runsChosen); pages that show runs override it.
    virtual void showRuns(const QStringList& folders);
    /// Brings the editor of a setting into sight and gives it the focus: "train.epochs", "method.rank".
    virtual void showField(const Lack& lack);

  Q_SIGNALS:
    void goTo(const QString& page);  ///< task data base method train evaluate compare try runs
    void startRequested();
    /// Asks the window to open `page` with these run folders.
    void runsChosen(const QStringList& folders, const QString& page);
    /// railNote, faultCount or complete may have changed for a reason that is not in the draft.
    void railChanged();

  protected:
    const PageContext& context() const { return m_context; }
    QVBoxLayout* body() const { return m_body; }
    QHBoxLayout* headerActions() const { return m_actions; }
    /// Why nothing can be asked of the engine yet: it is loading, or could not be loaded.
    QString engineText() const;
    void setHeading(const QString& title, const QString& subtitle);

  private:
    const PageContext& m_context;
    QLabel* m_title;
    QLabel* m_subtitle;
    QHBoxLayout* m_actions;
    QVBoxLayout* m_body;
    QScrollArea* m_area;
};

}  // namespace lathe
