// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/text/number_text.h"

#include <QCoreApplication>
#include <QLocale>
#include <cmath>

#include "core/run/metrics.h"

namespace lathe {

QString countText(int64_t count) {
    return QLocale().toString(qlonglong(count));
}

QString shortCountText(int64_t count) {
    const QLocale locale;
    const double value = double(count);
    if (value >= 1e9)
        return QCoreApplication::translate("NumberText", "%1 B").arg(locale.toString(value / 1e9, 'f', 1));
    if (value >= 1e6)
        return QCoreApplication::translate("NumberText", "%1 M").arg(locale.toString(value / 1e6, 'f', 1));
    if (value >= 1e4)
        return QCoreApplication::translate("NumberText", "%1 k").arg(locale.toString(value / 1e3, 'f', 1));
    return countText(count);
}

QString bytesText(int64_t bytes) {
    return QLocale().formattedDataSize(bytes, bytes < 10 * 1024 * 1024 && bytes >= 1024 * 1024 ? 2
                                              : bytes < 1024 * 1024                            ? 0
                                                                                               : 1);
}

QString percentText(double percent) {
    const int digits = percent >= 10 ? 1 : percent >= 0.01 || percent == 0 ? 2 : 4;
    return QCoreApplication::translate("NumberText", "%1 %").arg(QLocale().toString(percent, 'f', digits));
}

QString durationText(double seconds) {
    const auto whole = int64_t(std::llround(std::max(0.0, seconds)));
    if (whole < 60) return QCoreApplication::translate("NumberText", "%1 s").arg(whole);
    if (whole < 3600) {
        return QCoreApplication::translate("NumberText", "%1 min %2 s").arg(whole / 60).arg(whole % 60);
    }
    return QCoreApplication::translate("NumberText", "%1 h %2 min").arg(whole / 3600).arg(whole % 3600 / 60);
}

QString metricText(const std::string& name, double value) {
    if (!std::isfinite(value)) return QStringLiteral("–");
    if (isShareMetric(name)) return percentText(100 * value);
    return QLocale().toString(value, 'g', 4);
}

}  // namespace lathe
