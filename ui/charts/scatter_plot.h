// SPDX-License-Identifier: GPL-3.0-or-later
// Quality against trainable parameters (log axis): labelled points, and the band that is good enough.
#pragma once

#include <QList>
#include <QWidget>
#include <memory>

#include "ui/theme/theme.h"

namespace lathe {

struct ScatterPoint {
    QString label;
    double x = 0;  ///< trainable parameters, > 0
    double y = 0;
    int color = 0;        ///< index into the theme's series
    bool strong = false;  ///< drawn larger: the answer
    bool joined = true;   ///< part of the dashed line from point to point; false = a lone square
};

class ScatterPlot : public QWidget {
    Q_OBJECT

  public:
    explicit ScatterPlot(const Theme& theme, QWidget* parent = nullptr);
    ~ScatterPlot() override;

    void setPoints(const QList<ScatterPoint>& points);
    /// The shaded range of good enough values with its label; low = high takes it away.
    void setBand(double low, double high, const QString& label);
    void setTitle(const QString& title);
    void setXLabel(const QString& label);
    /// Values are shares and shown as percent.
    void setPercent(bool on);

    bool exportPng(const QString& file) const;
    bool exportSvg(const QString& file) const;
    bool exportPdf(const QString& file) const;

  private:
    class Impl;
    std::unique_ptr<Impl> m_impl;
};

}  // namespace lathe
