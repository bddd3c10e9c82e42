// SPDX-License-Identifier: GPL-3.0-or-later
// Step 3: the model to start from: the shelf, a folder or a GGUF file, its facts and a drawing of its layers.
#pragma once

#include <QList>
#include <atomic>
#include <memory>

#include "core/formats/shelf.h"
#include "ui/pages/page.h"

class QGridLayout;
class QProgressBar;
class QPushButton;

namespace lathe {

class Card;
class LayerMap;
class WarningList;

class BasePage : public Page {
    Q_OBJECT

  public:
    BasePage(const PageContext& context, QWidget* parent);

    void retranslate() override;
    QString railNote() const override;
    QString railNoteOf(const Recipe& recipe) const override;
    int faultCount() const override;
    bool complete() const override;

    /// Takes a folder, a .gguf file, shelf:NAME or hub:ORG/NAME as the base.
    void openBase(const QString& base);
    ~BasePage() override;

  protected:
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;

  private:
    struct ShelfRow {
        ShelfItem item;
        QLabel* title;
        QLabel* facts;
        QProgressBar* progress;
        QPushButton* button;
        std::shared_ptr<std::atomic<bool>> stop{};  ///< while it is fetched
    };

    void buildShelf();
    void buildOwn();
    void buildError();
    void buildFacts();
    void showShelf();
    void showRecent();
    void showFacts();
    void fetch(int row);
    /// Asks what is being fetched to end.
    void stopFetching();
    void remember(const QString& base);

    QList<ShelfRow> m_shelf;
    Card* m_shelfCard;
    QLabel* m_shelfError;
    Card* m_ownCard;
    QPushButton* m_folder;
    QPushButton* m_file;
    QLabel* m_dropHint;
    QVBoxLayout* m_recent;
    Card* m_errorCard;
    QLabel* m_error;
    QLabel* m_errorHint;
    Card* m_factsCard;
    QLabel* m_path;
    QGridLayout* m_facts;
    WarningList* m_notes;  ///< where the base's files disagree, and what of them is not used
    Card* m_layersCard;
    LayerMap* m_layers;
};

}  // namespace lathe
