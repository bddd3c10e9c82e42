// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/language.h"

#include <QCoreApplication>
#include <QLibraryInfo>
#include <QLocale>

namespace lathe {

void Language::apply(const QString& code) {
    const QLocale locale = code.isEmpty() ? QLocale::system() : QLocale(code);
    m_code = locale.language() == QLocale::Chinese ? "zh_CN" : "en";
    // Numbers go with the words; of the system's own language its habits are kept.
    const QLocale system = QLocale::system();
    const QLocale wanted(m_code == "en" ? QStringLiteral("en_US") : m_code);
    QLocale::setDefault(system.language() == wanted.language() ? system : wanted);
    QCoreApplication::removeTranslator(&m_qt);
    QCoreApplication::removeTranslator(&m_lathe);
    // English, too: its file has the plural forms.
    if (m_code != "en" && m_qt.load("qtbase_" + m_code, QLibraryInfo::path(QLibraryInfo::TranslationsPath)))
        QCoreApplication::installTranslator(&m_qt);
    if (m_lathe.load(":/i18n/lathe_" + m_code + ".qm")) QCoreApplication::installTranslator(&m_lathe);
}

}  // namespace lathe
