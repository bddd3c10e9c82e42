// SPDX-License-Identifier: GPL-3.0-or-later
// A menu of runs that stays with the latest one until the user has chosen another.
#pragma once

#include <QComboBox>

namespace lathe {

/// The data of each item is its folder.
class RunBox : public QComboBox {
    Q_OBJECT

  public:
    explicit RunBox(QWidget* parent = nullptr);

    /// The user chose this run on another page; it is shown by settle() as soon as it is among the items.
    void choose(const QString& folder) { m_chosen = folder; }
    /// After the items were filled in, the newest first: shows the run the user chose, else `latest`, else
    /// the first.
    void settle(const QString& latest);
    /// The title of the chosen run as it is drawn: with "…" in its middle where the room ends.
    QString shownText() const;

  protected:
    void paintEvent(QPaintEvent* event) override;

  private:
    QString m_chosen;
};

}  // namespace lathe
