// SPDX-License-Identifier: GPL-3.0-or-later
// Curves over steps: raw data faint with a bold smoothed line, points for evaluations, labels at the line's
// end.
#pragma once

#include <QList>
#include <QWidget>
#include <memory>

#include "ui/theme/theme.h"

namespace lathe {

class CurvePlot : public QWidget {
    Q_OBJECT

  public:
    enum class Style {
        Line,      ///< one line, never smoothed
        Smoothed,  ///< raw data faint, the smoothed line bold
        Points,    ///< a dashed line with a disc at each value
    };

    explicit CurvePlot(const Theme& theme, QWidget* parent = nullptr);
    ~CurvePlot() override;

    /// Makes a series or changes its look; `color` is the index into the theme's series, `dash` into its
    /// dashes. Where ends have labels its name stands there, followed by the last value if `withValue`.
    void setSeries(int id, const QString& name, int color, int dash, Style style = Style::Smoothed,
                   bool withValue = false);
    void removeSeries(int id);
    /// Adds values at the end; xs must not go down.
    void append(int id, const QList<double>& xs, const QList<double>& ys);
    /// Drops all series and marks.
    void clear();
    /// A dotted upright line with a text at its top: a warning, a checkpoint.
    void addMark(double x, const QString& text);
    /// The same text for all marks, in another language.
    void setMarkText(const QString& text);

    void setTitle(const QString& title);  ///< what the vertical axis shows, in words, above it
    void setXLabel(const QString& label);
    /// 0 = the raw line only … 0.99 = very smooth (weight of the past in the running mean).
    void setSmoothing(double weight);
    void setLogScale(bool on);
    /// The horizontal axis reaches at least from 0 to `end`.
    void setXEnd(double end);
    void setEndLabels(bool on);
    void resetZoom();
    bool isEmpty() const;

    bool exportPng(const QString& file) const;
    bool exportSvg(const QString& file) const;
    bool exportPdf(const QString& file) const;

  private:
    class Impl;
    std::unique_ptr<Impl> m_impl;
};

}  // namespace lathe
