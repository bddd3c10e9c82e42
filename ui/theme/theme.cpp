// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/theme/theme.h"

#include <QFont>
#include <QPalette>

namespace lathe {
namespace {

QList<QColor> okabeIto() {
    return {QColor(0x00, 0x72, 0xB2), QColor(0xE6, 0x9F, 0x00), QColor(0x00, 0x9E, 0x73),
            QColor(0xD5, 0x5E, 0x00), QColor(0xCC, 0x79, 0xA7), QColor(0x56, 0xB4, 0xE9)};
}

Tokens lightTokens() {
    Tokens t;
    t.background = QColor(0xF6, 0xF7, 0xF9);
    t.card = QColor(0xFF, 0xFF, 0xFF);
    t.line = QColor(0xE1, 0xE4, 0xE8);
    t.text = QColor(0x1F, 0x23, 0x28);
    t.muted = QColor(0x65, 0x6D, 0x76);
    t.accent = QColor(0x00, 0x72, 0xB2);
    t.accentSoft = QColor(0xEA, 0xF3, 0xF9);
    t.good = QColor(0x00, 0x78, 0x5A);
    t.warn = QColor(0xB4, 0x53, 0x09);
    t.trainedToken = QColor(0xCD, 0xEB, 0xDD);
    t.trainedTokenText = QColor(0x04, 0x55, 0x3B);
    t.series = okabeIto();
    return t;
}

Tokens darkTokens() {
    Tokens t;
    t.background = QColor(0x16, 0x19, 0x1D);
    t.card = QColor(0x1F, 0x23, 0x29);
    t.line = QColor(0x30, 0x36, 0x3D);
    t.text = QColor(0xE6, 0xEA, 0xEF);
    t.muted = QColor(0x98, 0xA2, 0xAE);
    t.accent = QColor(0x56, 0xB4, 0xE9);
    t.accentSoft = QColor(0x1B, 0x2B, 0x38);
    t.good = QColor(0x3F, 0xBF, 0x94);
    t.warn = QColor(0xE8, 0xA3, 0x3D);
    t.trainedToken = QColor(0x0E, 0x4A, 0x37);
    t.trainedTokenText = QColor(0x9F, 0xE5, 0xC9);
    t.series = okabeIto();
    return t;
}

QPalette paletteOf(const Tokens& t) {
    QPalette palette;
    palette.setColor(QPalette::Window, t.background);
    palette.setColor(QPalette::WindowText, t.text);
    palette.setColor(QPalette::Base, t.card);
    palette.setColor(QPalette::AlternateBase, t.background);
    palette.setColor(QPalette::Text, t.text);
    palette.setColor(QPalette::PlaceholderText, t.muted);
    palette.setColor(QPalette::Button, t.card);
    palette.setColor(QPalette::ButtonText, t.text);
    palette.setColor(QPalette::BrightText, t.card);
    palette.setColor(QPalette::Highlight, t.accent);
    palette.setColor(QPalette::HighlightedText, t.card);
    palette.setColor(QPalette::Link, t.accent);
    palette.setColor(QPalette::ToolTipBase, t.card);
    palette.setColor(QPalette::ToolTipText, t.text);
    palette.setColor(QPalette::Mid, t.line);
    palette.setColor(QPalette::Midlight, t.line);
    palette.setColor(QPalette::Light, t.card);
    palette.setColor(QPalette::Dark, t.line);
    palette.setColor(QPalette::Shadow, t.line);
    for (QPalette::ColorRole role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText})
        palette.setColor(QPalette::Disabled, role, t.muted);
    return palette;
}

// Names in braces are replaced by the tokens. The fixed properties are: tone (cards, labels), role (type
// sizes).
const char* const kStyleSheet = R"(
QToolTip { background: {card}; color: {text}; border: 1px solid {line}; padding: 4px; }
QFrame#card { background: {card}; border: 1px solid {line}; border-radius: 8px; }
QFrame#card[tone="accent"] { background: {accentSoft}; border-color: {accent}; }
QFrame#card[tone="warn"] { border-color: {warn}; }
QFrame#topBar { background: {card}; border: none; border-bottom: 1px solid {line}; }
QFrame#rail { background: {card}; border: none; border-right: 1px solid {line}; }
QFrame#bill { background: {card}; border: none; border-left: 1px solid {line}; }
QFrame#statusBar { background: {card}; border: none; border-top: 1px solid {line}; }
QFrame#resumeBar { background: {card}; border: none; border-bottom: 1px solid {warn}; }
QFrame#rule { background: {line}; border: none; max-height: 1px; min-height: 1px; }
QScrollArea, QScrollArea > QWidget > QWidget#scrolled { background: transparent; border: none; }
QLabel { background: transparent; }
QLabel[role="title"] { font-size: {title}px; font-weight: 600; }
QLabel[role="big"] { font-size: {big}px; font-weight: 600; }
QLabel[role="strong"] { font-weight: 600; }
QLabel[role="muted"] { color: {muted}; }
QLabel[role="small"] { color: {muted}; font-size: {small}px; }
QLabel[role="section"] { color: {muted}; font-size: {small}px; font-weight: 600; letter-spacing: 1px; }
QLabel[role="warn"] { color: {warn}; }
QLabel[role="good"] { color: {good}; }
QLabel[role="fault"] { color: {warn}; font-size: {small}px; }
QPushButton { background: {card}; color: {text}; border: 1px solid {line}; border-radius: 6px;
  padding: 4px 12px; min-height: 18px; }
QPushButton:hover, QPushButton:focus { border-color: {accent}; }
QPushButton:pressed { background: {accentSoft}; }
QPushButton:disabled { color: {muted}; }
QPushButton[primary="true"] {
    background: {accent}; color: {onAccent}; border-color: {accent}; font-weight: 600;
}
QPushButton[primary="true"]:focus { border-color: {text}; }
QPushButton[primary="true"]:disabled { background: {line}; color: {muted}; border-color: {line}; }
QToolButton { background: transparent; color: {text}; border: none; padding: 2px; }
QToolButton#chip { background: {card}; color: {muted}; border: 1px solid {line}; border-radius: {chip}px;
  padding: 3px 10px; }
QToolButton#chip:hover, QToolButton#chip:focus { border-color: {accent}; }
QToolButton#chip:checked { background: {accentSoft}; color: {accent}; border-color: {accent}; }
QToolButton#chip::menu-indicator { image: none; }
QToolButton#menuButton { padding: 4px 8px; border-radius: 6px; color: {muted}; }
QToolButton#menuButton:hover, QToolButton#menuButton:focus { background: {accentSoft}; color: {accent}; }
QToolButton#menuButton::menu-indicator { image: none; }
QToolButton#reset { color: {accent}; padding: 0; }
QToolButton#step { text-align: left; border-radius: 6px; padding: 0; }
QToolButton#step:focus { border: 1px solid {accent}; }
QLineEdit, QSpinBox, QDoubleSpinBox, QComboBox { background: {card}; color: {text}; border: 1px solid {line};
  border-radius: 6px; padding: 3px 6px; min-height: 18px; selection-background-color: {accent};
  selection-color: {onAccent}; }
QLineEdit#name { background: transparent; border-color: transparent; color: {muted}; }
QLineEdit#name:hover { border-color: {line}; }
QLineEdit#name:focus { border-color: {accent}; color: {text}; }
QPlainTextEdit, QTextEdit { background: {card}; color: {text}; border: 1px solid {line}; border-radius: 6px;
  padding: 4px; selection-background-color: {accent}; selection-color: {onAccent}; }
QLineEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QComboBox:focus, QPlainTextEdit:focus,
QTextEdit:focus {
  border-color: {accent}; }
QComboBox::drop-down { border: none; width: 18px; }
QComboBox::down-arrow { image: url(:/icons/{arrow}.svg); width: 10px; height: 10px; }
QComboBox QAbstractItemView { background: {card}; color: {text}; border: 1px solid {line};
  selection-background-color: {accentSoft}; selection-color: {accent}; outline: none; }
QSpinBox::up-button, QDoubleSpinBox::up-button { border: none; width: 16px; subcontrol-position: top right; }
QSpinBox::down-button, QDoubleSpinBox::down-button {
    border: none; width: 16px; subcontrol-position: bottom right;
}
QSpinBox::up-arrow, QDoubleSpinBox::up-arrow { image: url(:/icons/{arrowUp}.svg); width: 8px; height: 8px; }
QSpinBox::down-arrow, QDoubleSpinBox::down-arrow { image: url(:/icons/{arrow}.svg); width: 8px; height: 8px; }
QCheckBox, QRadioButton { background: transparent; spacing: 6px; }
QCheckBox::indicator {
    width: 14px; height: 14px; border: 1px solid {muted}; border-radius: 4px; background: {card};
}
QCheckBox::indicator:hover, QCheckBox::indicator:focus { border-color: {accent}; }
QCheckBox::indicator:checked { background: {accent}; border-color: {accent}; image: url(:/icons/{tick}.svg); }
QSlider::groove:horizontal { height: 4px; border-radius: 2px; background: {line}; }
QSlider::sub-page:horizontal { height: 4px; border-radius: 2px; background: {accent}; }
QSlider::handle:horizontal {
    width: 14px; height: 14px; margin: -5px 0; border-radius: 7px; background: {accent};
}
QSlider::handle:horizontal:focus { border: 2px solid {text}; width: 10px; height: 10px; }
QProgressBar { background: {line}; border: none; border-radius: 2px; max-height: 5px; min-height: 5px; }
QProgressBar::chunk { background: {accent}; border-radius: 2px; }
QHeaderView { background: {card}; border: none; }
QHeaderView::section { background: {card}; color: {muted}; border: none; border-bottom: 1px solid {line};
  padding: 4px 8px; font-weight: normal; }
QTableView, QTreeView, QListView { background: {card}; color: {text}; border: none; gridline-color: {line};
  outline: none; selection-background-color: {accentSoft}; selection-color: {text};
  alternate-background-color: {card}; }
QTableView::item { border-bottom: 1px solid {line}; padding: 2px 8px; }
QTableView::item:selected { background: {accentSoft}; color: {text}; }
QTableCornerButton::section { background: {card}; border: none; }
QMenu { background: {card}; color: {text}; border: 1px solid {line}; padding: 4px; }
QMenu::item { padding: 5px 24px 5px 12px; border-radius: 4px; }
QMenu::item:selected { background: {accentSoft}; color: {accent}; }
QMenu::item:disabled { color: {muted}; }
QMenu::separator { height: 1px; background: {line}; margin: 4px 8px; }
QAbstractScrollArea::corner { background: transparent; border: none; }
QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }
QScrollBar::handle:vertical { background: {line}; border-radius: 4px; min-height: 24px; margin: 1px; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 0; }
QScrollBar::handle:horizontal { background: {line}; border-radius: 4px; min-width: 24px; margin: 1px; }
QScrollBar::handle:hover { background: {muted}; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QSplitter::handle { background: transparent; }
QTabWidget::pane { border: none; }
QTabBar::tab {
    background: transparent; color: {muted}; padding: 4px 10px; border-bottom: 2px solid transparent;
}
QTabBar::tab:selected { color: {accent}; border-bottom-color: {accent}; }
)";

QString styleSheetOf(const Tokens& t, bool dark, int pixelSize) {
    const QList<std::pair<QString, QString>> words = {
        {"{background}", t.background.name()},
        {"{card}", t.card.name()},
        {"{line}", t.line.name()},
        {"{text}", t.text.name()},
        {"{muted}", t.muted.name()},
        {"{accent}", t.accent.name()},
        {"{accentSoft}", t.accentSoft.name()},
        {"{good}", t.good.name()},
        {"{warn}", t.warn.name()},
        {"{onAccent}", (dark ? t.background : t.card).name()},
        {"{arrow}", dark ? "arrow-down-dark" : "arrow-down"},
        {"{arrowUp}", dark ? "arrow-up-dark" : "arrow-up"},
        {"{tick}", dark ? "tick-dark" : "tick"},
        {"{title}", QString::number(pixelSize * 18 / 13)},
        {"{big}", QString::number(pixelSize * 24 / 13)},
        {"{small}", QString::number(pixelSize * 11 / 13)},
        {"{chip}", QString::number(pixelSize * 12 / 13)},
    };
    QString sheet = QString::fromLatin1(kStyleSheet);
    for (const auto& [name, value] : words) sheet.replace(name, value);
    return sheet;
}

constexpr int kBasePixels = 13;

}  // namespace

Theme::Theme(QObject* parent)
    : QObject(parent),
      m_tokens(lightTokens()),
      m_systemDark(QApplication::palette().color(QPalette::Window).lightness() < 128) {
}

void Theme::apply(QApplication& application, ThemeKind kind) {
    m_kind = kind;
    m_dark = kind == ThemeKind::Dark || (kind == ThemeKind::System && m_systemDark);
    m_tokens = m_dark ? darkTokens() : lightTokens();
    QFont font = QApplication::font();
    font.setPixelSize(kBasePixels);
    application.setFont(font);
    application.setPalette(paletteOf(m_tokens));
    application.setStyleSheet(styleSheetOf(m_tokens, m_dark, kBasePixels));
    Q_EMIT changed();
}

QColor Theme::seriesColor(int index) const {
    const auto count = m_tokens.series.size();
    QColor color = m_tokens.series[((index % count) + count) % count];
    // The first series is the accent, which is lighter on dark ground; its light twin is the last series.
    if (m_dark && index % count == 0) color = m_tokens.accent;
    if (m_dark && index % count == count - 1) color = m_tokens.series.first();
    return color;
}

QVector<qreal> Theme::dash(int index) {
    static const QVector<QVector<qreal>> patterns = {{},           {4, 2}, {1, 2},
                                                     {6, 2, 1, 2}, {8, 3}, {3, 2, 1, 2, 1, 2}};
    const auto count = patterns.size();
    return patterns[((index % count) + count) % count];
}

}  // namespace lathe
