// SPDX-License-Identifier: GPL-3.0-or-later
// Class probabilities as labelled bars; the likeliest stands out, or every one above a half where a text may
// have several.
#pragma once

#include <QString>
#include <QWidget>
#include <utility>
#include <vector>

namespace lathe {

class Theme;

class ProbabilityBars : public QWidget {
    Q_OBJECT

  public:
    explicit ProbabilityBars(const Theme& theme, QWidget* parent = nullptr);

    /// Shown largest first, the first eight.
    void setProbabilities(std::vector<std::pair<QString, double>> probabilities, bool several = false);
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

  protected:
    void paintEvent(QPaintEvent* event) override;

  private:
    int rowHeight() const;

    const Theme& m_theme;
    std::vector<std::pair<QString, double>> m_probabilities;
    bool m_several = false;
};

}  // namespace lathe
