// SPDX-License-Identifier: GPL-3.0-or-later
// The look: colours as tokens in a light and a dark set, one style sheet and one palette made from them.
#pragma once

#include <QApplication>
#include <QColor>
#include <QList>
#include <QObject>
#include <QVector>

namespace lathe {

struct Tokens {
    QColor background, card, line, text, muted, accent, accentSoft, good, warn, trainedToken,
        trainedTokenText;
    QList<QColor> series;
};

enum class ThemeKind { System, Light, Dark };

class Theme : public QObject {
    Q_OBJECT

  public:
    explicit Theme(QObject* parent = nullptr);

    const Tokens& tokens() const { return m_tokens; }
    ThemeKind kind() const { return m_kind; }
    bool isDark() const { return m_dark; }

    /// Sets palette, font and style sheet of the whole program; System follows the lightness of the desktop.
    void apply(QApplication& application, ThemeKind kind);

    /// The series colour and the dash pattern (empty = solid) for any index; both repeat.
    QColor seriesColor(int index) const;
    static QVector<qreal> dash(int index);

  Q_SIGNALS:
    void changed();

  private:
    Tokens m_tokens;
    ThemeKind m_kind = ThemeKind::Light;
    bool m_dark = false;
    bool m_systemDark = false;
};

}  // namespace lathe
