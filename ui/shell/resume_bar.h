// SPDX-License-Identifier: GPL-3.0-or-later
// A line across the window about a run that was cut off: resume it, run it again, or leave it.
#pragma once

#include <QFrame>

#include "ui/state/run_library.h"

class QLabel;
class QPushButton;

namespace lathe {

class ResumeBar : public QFrame {
    Q_OBJECT

  public:
    explicit ResumeBar(QWidget* parent = nullptr);

    /// Shows the newest of the runs that were interrupted and are none of `dismissed`; hides when there is
    /// none.
    void offer(const RunLibrary& library, const QStringList& dismissed);
    /// What to dismiss the run by: its folder and when it was started.
    static QString keyOf(const RunSummary& run);
    void retranslate();

  Q_SIGNALS:
    void resumeAsked(const QString& folder);
    void repeatAsked(const QString& folder);
    void dismissed(const QString& key);

  private:
    void showText();

    RunRow m_run;
    QLabel* m_text;
    QPushButton *m_resume, *m_repeat, *m_dismiss;
};

}  // namespace lathe
