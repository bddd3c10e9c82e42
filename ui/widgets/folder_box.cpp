// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/folder_box.h"

#include <QFileDialog>
#include <QFileInfo>
#include <QSignalBlocker>
#include <algorithm>

#include "ui/text/plain_tool_tip.h"

namespace lathe {
namespace {
constexpr int kShortestName = 12;
}

FolderBox::FolderBox(QWidget* parent) : QComboBox(parent) {
    setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    setMinimumContentsLength(kShortestName);
    connect(this, &QComboBox::activated, this, &FolderBox::choose);
    fill();
}

void FolderBox::setSuggestions(const QList<NamedFolder>& suggestions) {
    if (suggestions == m_suggestions) return;
    m_suggestions = suggestions;
    fill();
}

void FolderBox::setFolder(const QString& folder) {
    m_folder = folder;
    fill();
}

void FolderBox::retranslate() {
    fill();
}

void FolderBox::fill() {
    const QSignalBlocker blocker(this);
    clear();
    if (m_folder.isEmpty()) addItem(tr("none chosen"), QString());
    for (const NamedFolder& suggestion : std::as_const(m_suggestions)) {
        addItem(suggestion.name, suggestion.folder);
        setItemData(count() - 1, plainToolTip(suggestion.folder), Qt::ToolTipRole);
    }
    if (findData(m_folder) < 0) addItem(QFileInfo(m_folder).fileName(), m_folder);
    // The last one has no folder: it asks for one.
    addItem(tr("Choose a folder…"));
    setCurrentIndex(findData(m_folder));
}

void FolderBox::choose(int index) {
    QString folder = itemData(index).toString();
    if (index == count() - 1)
        folder = QFileDialog::getExistingDirectory(this, tr("Choose a folder"), QFileInfo(m_folder).path());
    if (!folder.isEmpty() && folder != m_folder) {
        m_folder = folder;
        Q_EMIT folderChosen(folder);
    }
    fill();
}

}  // namespace lathe
