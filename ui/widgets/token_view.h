// SPDX-License-Identifier: GPL-3.0-or-later
// Rows of tokens as the model reads them, wrapped like text, the trained ones coloured.
#pragma once

#include <QList>
#include <QStringList>
#include <QWidget>
#include <vector>

namespace lathe {

class Theme;

struct TokenRow {
    QStringList pieces;
    std::vector<int32_t> ids;   ///< empty while there is no tokenizer and the pieces are words
    std::vector<bool> trained;  ///< one a piece; empty = none
    QString label;              ///< shown at the end of the row; may be empty
    bool labelTrained = true;   ///< the class that is learnt; otherwise it only names the row
};

class TokenView : public QWidget {
    Q_OBJECT

  public:
    explicit TokenView(const Theme& theme, QWidget* parent = nullptr);

    void setRows(QList<TokenRow> rows);
    const QList<TokenRow>& rows() const { return m_rows; }

    bool hasHeightForWidth() const override { return true; }
    int heightForWidth(int width) const override;
    QSize sizeHint() const override;

  protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    bool event(QEvent* event) override;

  private:
    struct Box {
        QRect rect;
        int row = 0;
        int token = 0;  ///< -1 for the row's label
    };
    std::vector<Box> boxes(int width, int* height) const;

    const Theme& m_theme;
    QList<TokenRow> m_rows;
};

}  // namespace lathe
