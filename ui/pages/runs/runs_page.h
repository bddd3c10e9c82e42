// SPDX-License-Identifier: GPL-3.0-or-later
// Every run on disk: how it went, its curve and numbers; renamed, noted, repeated, resumed, thrown away.
#pragma once

#include <functional>

#include "ui/models/run_list_model.h"
#include "ui/pages/page.h"
#include "ui/state/run_library.h"

class QLineEdit;
class QPushButton;
class QTableView;

namespace lathe {

class Card;
class ChainStrip;

class RunsPage : public Page {
    Q_OBJECT

  public:
    RunsPage(const PageContext& context, QWidget* parent);

    void retranslate() override;
    QString railNote() const override;
    void showRuns(const QStringList& folders) override;

  protected:
    void showEvent(QShowEvent* event) override;

  private:
    void buildList();
    void buildDetail();
    void connectActions();
    void showSelection();
    void select(const QStringList& folders);
    QStringList selectedFolders() const;
    /// The one selected run, or null when none or several are selected.
    const RunRow* selectedRun() const;
    void repeatRun();
    void resumeRun();
    void trashRuns();
    void moveToTrash(const QStringList& folders);
    void saveNote();
    /// Reads run.json, changes it and writes it back, off the UI thread; a run that is going on is left
    /// alone.
    void changeRecord(const QString& folder, std::function<void(RunRecord&)> change);
    void report(const Error& error);

    RunLibrary& m_library;
    RunListModel m_model;
    RunFilterModel m_filter;
    QStringList m_selected;  ///< kept while the list is read again
    QLineEdit* m_search;
    QPushButton* m_refresh;
    Card* m_listCard;
    QTableView* m_table;
    QLabel* m_empty;
    Card* m_detail;
    ChainStrip* m_chain;
    QLabel* m_facts;
    QLabel* m_failure;
    QLabel* m_noteLabel;
    QLineEdit* m_note;
    QPushButton* m_show;
    QPushButton* m_evaluate;
    QPushButton* m_compare;
    QPushButton* m_try;
    QPushButton* m_repeat;
    QPushButton* m_resume;
    QPushButton* m_trash;
    QLabel* m_error;
};

}  // namespace lathe
