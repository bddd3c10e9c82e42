// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/rail.h"

#include <QAbstractButton>
#include <QKeyEvent>
#include <QLabel>
#include <QPainter>
#include <QVBoxLayout>

#include "ui/text/plain_tool_tip.h"

namespace lathe {
namespace {
constexpr int kWidth = 176;
constexpr int kStepHeight = 32;
constexpr int kCircle = 18;
}  // namespace

/// One line of the rail, painted by hand: circle, name, note.
class RailStep : public QAbstractButton {
  public:
    RailStep(const Theme& theme, QString page, int number, QWidget* parent)
        : QAbstractButton(parent), m_theme(theme), m_page(std::move(page)), m_number(number) {
        setCheckable(true);
        setFocusPolicy(Qt::StrongFocus);
        setFixedHeight(kStepHeight);
        setCursor(Qt::PointingHandCursor);
    }

    const QString& page() const { return m_page; }

    void setState(const QString& note, bool complete, int faults, const QString& next) {
        if (note == m_note && complete == m_complete && faults == m_faults && next == m_next) return;
        m_note = note;
        m_complete = complete;
        m_faults = faults;
        m_next = next;
        describe();
    }

    void describe() {
        const QString next = m_next.isEmpty() ? QString() : Rail::tr("form: %1").arg(m_next);
        QStringList parts{text(), m_note, next};
        parts.removeAll(QString());
        setAccessibleDescription(QStringList(parts.mid(1)).join(" · "));
        setToolTip(plainToolTip(parts.join(" · ")));
        update();
    }

  protected:
    void paintEvent(QPaintEvent*) override {
        const Tokens& tokens = m_theme.tokens();
        QPainter painter(this);
        painter.setRenderHint(QPainter::Antialiasing);
        const QRectF box = QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5);
        if (isChecked() || underMouse()) {
            painter.setPen(Qt::NoPen);
            painter.setBrush(isChecked() ? tokens.accentSoft : tokens.background);
            painter.drawRoundedRect(box, 6, 6);
        }
        if (hasFocus()) {
            painter.setPen(QPen(tokens.accent, 1));
            painter.setBrush(Qt::NoBrush);
            painter.drawRoundedRect(box, 6, 6);
        }
        paintCircle(painter, tokens);
        paintWords(painter, tokens);
    }

  private:
    void paintCircle(QPainter& painter, const Tokens& tokens) const {
        const QRectF circle(8, (height() - kCircle) / 2.0, kCircle, kCircle);
        const bool ticked = m_complete && m_faults == 0 && !isChecked();
        const QColor edge = m_faults > 0 ? tokens.warn : isChecked() ? tokens.accent : tokens.line;
        painter.setPen(ticked ? QPen(Qt::NoPen) : QPen(edge, 1));
        painter.setBrush(ticked ? tokens.good : tokens.card);
        painter.drawEllipse(circle);
        if (ticked) {
            painter.setPen(QPen(tokens.card, 1.6, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
            const QPointF middle = circle.center();
            const QPolygonF tick{middle + QPointF(-3.5, 0.3), middle + QPointF(-1, 2.8),
                                 middle + QPointF(3.8, -2.4)};
            painter.drawPolyline(tick);
            return;
        }
        QFont small = font();
        small.setPixelSize(font().pixelSize() * 10 / 13);
        painter.setFont(small);
        painter.setPen(m_faults > 0 ? tokens.warn : isChecked() ? tokens.accent : tokens.muted);
        const QString inside = m_faults > 0   ? "!"
                               : m_number > 0 ? QString::number(m_number)
                                              : QStringLiteral("·");
        painter.drawText(circle, Qt::AlignCenter, inside);
    }

    void paintWords(QPainter& painter, const Tokens& tokens) const {
        QFont name = font();
        name.setBold(isChecked());
        painter.setFont(name);
        painter.setPen(isChecked() ? tokens.accent : tokens.text);
        const QRectF area = rect().adjusted(35, 0, -8, 0);
        painter.drawText(area, Qt::AlignLeft | Qt::AlignVCenter, text());
        const int taken = QFontMetrics(name).horizontalAdvance(text()) + 8;
        QFont small = font();
        small.setPixelSize(font().pixelSize() * 11 / 13);
        painter.setFont(small);
        painter.setPen(tokens.muted);
        const QString note = m_faults > 0 ? QString::number(m_faults) : m_note;
        const auto draw = [&](const QRectF& place, const QString& text) {
            painter.drawText(place, Qt::AlignRight | Qt::AlignVCenter,
                             QFontMetrics(small).elidedText(text, Qt::ElideRight, int(area.width()) - taken));
        };
        if (m_next.isEmpty()) return draw(area, note);
        // The run's above, the form's below.
        draw(area.adjusted(0, 1, 0, -area.height() / 2), note);
        draw(area.adjusted(0, area.height() / 2, 0, -1), Rail::tr("form: %1").arg(m_next));
    }

    const Theme& m_theme;
    QString m_page;
    int m_number;
    QString m_note, m_next;
    bool m_complete = false;
    int m_faults = 0;
};

Rail::Rail(const Theme& theme, QWidget* parent)
    : QFrame(parent), m_theme(theme), m_layout(new QVBoxLayout(this)) {
    setObjectName("rail");
    setFixedWidth(kWidth);
    m_layout->setContentsMargins(8, 12, 8, 12);
    m_layout->setSpacing(2);
    m_layout->addStretch(1);
    connect(&theme, &Theme::changed, this, qOverload<>(&QWidget::update));
}

void Rail::addSection(const QString& key) {
    auto* label = new QLabel;
    label->setProperty("role", "section");
    label->setContentsMargins(8, 8, 0, 4);
    m_sections.append({key, label});
    m_layout->insertWidget(m_layout->count() - 1, label);
}

void Rail::addStep(const QString& page, int number) {
    auto* added = new RailStep(m_theme, page, number, this);
    connect(added, &QAbstractButton::clicked, this, [this, page] { Q_EMIT chosen(page); });
    m_steps.append(added);
    m_layout->insertWidget(m_layout->count() - 1, added);
}

void Rail::setSectionTitle(const QString& key, const QString& title) {
    for (const auto& [name, label] : m_sections)
        if (name == key) label->setText(title.toUpper());
}

void Rail::setStepTitle(const QString& page, const QString& title) {
    if (RailStep* found = step(page)) {
        found->setText(title);
        found->setAccessibleName(title);
        found->describe();
    }
}

void Rail::setStepState(const QString& page, const QString& note, bool complete, int faults,
                        const QString& next) {
    if (RailStep* found = step(page)) found->setState(note, complete, faults, next);
}

void Rail::setCurrent(const QString& page) {
    for (RailStep* each : m_steps) {
        each->setChecked(each->page() == page);
        // One stop of the Tab key: the arrows go from step to step.
        each->setFocusPolicy(each->isChecked() ? Qt::StrongFocus : Qt::ClickFocus);
        each->update();
    }
}

void Rail::keyPressEvent(QKeyEvent* event) {
    const int direction = event->key() == Qt::Key_Down ? 1 : event->key() == Qt::Key_Up ? -1 : 0;
    if (direction == 0) {
        QFrame::keyPressEvent(event);
        return;
    }
    for (qsizetype i = 0; i < m_steps.size(); ++i) {
        if (!m_steps[i]->hasFocus()) continue;
        const qsizetype next = std::clamp<qsizetype>(i + direction, 0, m_steps.size() - 1);
        m_steps[next]->setFocus(Qt::TabFocusReason);
        Q_EMIT chosen(m_steps[next]->page());
        return;
    }
}

RailStep* Rail::step(const QString& page) const {
    for (RailStep* each : m_steps)
        if (each->page() == page) return each;
    return nullptr;
}

}  // namespace lathe
