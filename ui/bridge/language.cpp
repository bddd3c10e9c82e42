// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/language.h"

#include <QCoreApplication>
#include <QLibraryInfo>
#include <QLocale>

namespace lathe {

void Language::apply(const QString& code) {
    const QLocale locale = code.isEmpty() ? QLocale::system() : QLocale(code);
    m_code = locale.language() == QLocale::Chinese ? "zh_CN" : "en";
    QCoreApplication::removeTranslator(&m_qt);
    QCoreApplication::removeTranslator(&m_lathe);
    if (m_code == "en") return;
    if (m_qt.load("qtbase_" + m_code, QLibraryInfo::path(QLibraryInfo::TranslationsPath)))
        QCoreApplication::installTranslator(&m_qt);
    if (m_lathe.load(":/i18n/lathe_" + m_code + ".qm")) QCoreApplication::installTranslator(&m_lathe);
}

}  // namespace lathe
