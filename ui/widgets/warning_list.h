// SPDX-License-Identifier: GPL-3.0-or-later
// The warnings of a run, one under the other: what each is about, at which step, the figures, and what to do.
#pragma once

#include <QList>
#include <cstdint>

#include "core/base/note.h"
#include "core/run/events/events.h"
#include "ui/widgets/card.h"

class QLabel;
class QPushButton;

namespace lathe {

/// Hidden while there are none, and once it was closed until the next one comes.
class WarningList : public Card {
    Q_OBJECT

  public:
    explicit WarningList(QWidget* parent = nullptr);

    /// `step`: the last one that was logged before. One that is there already is not repeated.
    void add(const WarningEvent& warning, int64_t step);
    /// What reading a file ignored, guessed or left out.
    void add(const Note& note) { add({note.code, noteText(note), note.hint}, 0); }
    void clear();
    void retranslate();

  private:
    struct Entry {
        WarningEvent warning;
        int64_t step = 0;
        QLabel *title, *detail;
    };

    void setOpen(bool open);
    void fill(const Entry& entry) const;

    QList<Entry> m_entries;
    QLabel* m_more;         ///< how many are not listed
    int64_t m_dropped = 0;  ///< beyond those that are listed
    bool m_open = true;     ///< with figures and hints
    bool m_chosen = false;  ///< by the user
    QPushButton *m_toggle, *m_close;
};

}  // namespace lathe
