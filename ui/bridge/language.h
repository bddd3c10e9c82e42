// SPDX-License-Identifier: GPL-3.0-or-later
// The window's language, switched while it runs.
#pragma once

#include <QString>
#include <QTranslator>

namespace lathe {

class Language {
  public:
    /// "en", "zh_CN", or "" for the system's. Widgets get a LanguageChange event.
    void apply(const QString& code);
    const QString& code() const { return m_code; }

  private:
    QString m_code = "en";
    QTranslator m_lathe, m_qt;
};

}  // namespace lathe
