// SPDX-License-Identifier: GPL-3.0-or-later
// A folder to choose: those that are suggested by their names, or another one by a dialog.
#pragma once

#include <QComboBox>
#include <QList>
#include <string>

namespace lathe {

struct NamedFolder {
    QString name, folder;
    bool operator==(const NamedFolder&) const = default;
};

class FolderBox : public QComboBox {
    Q_OBJECT

  public:
    explicit FolderBox(QWidget* parent = nullptr);

    void setSuggestions(const QList<NamedFolder>& suggestions);
    /// Shows it without saying so; an empty one is none.
    void setFolder(const QString& folder);
    void retranslate();

  Q_SIGNALS:
    void folderChosen(const QString& folder);

  private:
    void fill();
    void choose(int index);

    QList<NamedFolder> m_suggestions;
    QString m_folder;
};

}  // namespace lathe
