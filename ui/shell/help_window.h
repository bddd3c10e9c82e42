// SPDX-License-Identifier: GPL-3.0-or-later
// The help pages of resources/help in a window of their own, in the language of the window.
#pragma once

#include <QDialog>

class QListWidget;
class QTextBrowser;
class QUrl;

namespace lathe {

class HelpWindow : public QDialog {
    Q_OBJECT

  public:
    /// `folder` holds en/ and zh_CN/ with the same pages.
    explicit HelpWindow(QString folder, QWidget* parent = nullptr);

    /// A page by the name of its file ("methods.md"); with `heading` as links name it ("virtual-tokens"),
    /// that section. A page that the language lacks is shown in English.
    void showPage(const QString& file, const QString& heading = {});
    void setLanguage(const QString& code);

  private:
    QString pathOf(const QString& file) const;
    void follow(const QUrl& link);
    void goToHeading(const QString& heading);

    QString m_folder, m_language = "en", m_file;
    QListWidget* m_pages;
    QTextBrowser* m_text;
};

}  // namespace lathe
