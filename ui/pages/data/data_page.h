// SPDX-License-Identifier: GPL-3.0-or-later
// Step 2: the rows, as the model will read them, with what is cut, dropped or wrong.
#pragma once

#include <QTimer>
#include <map>
#include <optional>

#include "ui/pages/page.h"

class QComboBox;
class QDoubleSpinBox;
class QGridLayout;
class QLineEdit;
class QPushButton;
class QSpinBox;

namespace lathe {

class Card;
class FlowLayout;
class Histogram;
class TokenView;
class WarningList;

class DataPage : public Page {
    Q_OBJECT

  public:
    DataPage(const PageContext& context, QWidget* parent);

    void retranslate() override;
    QString railNote() const override;
    QString railNoteOf(const Recipe& recipe) const override;
    int faultCount() const override { return m_error ? 1 : 0; }
    bool complete() const override;

    /// Takes a file as training data; format and columns are guessed anew.
    void openFile(const QString& file);

  protected:
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;

  private:
    void buildFile();
    /// A labelled box with the choices of a recipe field, beside the columns.
    struct Choice {
        const char* key;
        QWidget* holder;
        QLabel* label;
        QComboBox* combo;
    };
    Choice addChoice(const char* key);
    /// `items`: texts of the first choices; the others stay as recipes write them.
    static void nameChoice(const Choice& choice, const QString& name, const QString& help,
                           const QStringList& items);
    void buildPicture();
    void buildReport();
    void buildValidation();
    void connectEditors();

    /// Shows the draft and, when what is previewed has changed, asks for the preview again.
    void refresh();
    void ask();
    /// True when the engine reads the rows with the base's tokenizer; before that they are shown as words.
    bool engineAnswers() const;
    void takeEstimates();
    void take(const Result<Preview>& answer);
    void showPreview();
    void showColumns();
    void showRows();
    void showNotes();
    void showReport();
    void showValidation();
    void columnsEdited();
    void validationEdited();
    QStringList rolesShown() const;
    /// The rows are prompts: nothing in them is learnt.
    bool readsPrompts() const;
    bool hasTokens() const;

    QTimer m_delay;
    int m_asked = 0;  ///< number of the newest question; older answers are dropped
    QString m_askedFor;
    std::string m_shownFile;  ///< that m_preview is of
    bool m_reading = false;   ///< the newest question is not answered yet
    std::optional<Preview> m_preview;
    std::optional<Error> m_error;

    Card* m_fileCard;
    QLineEdit* m_file;
    QPushButton* m_choose;
    QLabel* m_startersLabel;
    QList<QPushButton*> m_starters;
    QWidget* m_columnsRow;
    Choice m_format, m_encoding, m_template, m_lossOn, m_packing;
    FlowLayout* m_columnsFlow;
    struct RoleEditor {
        QWidget* holder;
        QLabel* label;
        QComboBox* combo;
    };
    std::map<std::string, RoleEditor> m_roles;

    Card* m_errorCard;
    QLabel* m_errorText;
    QLabel* m_errorHint;
    WarningList* m_notes;  ///< what reading the rows ignored or guessed
    Card* m_rowsCard;
    QLabel* m_trainedLegend;
    QLabel* m_readLegend;
    TokenView* m_tokens;
    Card* m_lengthCard;
    QLabel* m_maxLengthLabel;
    QSpinBox* m_maxLength;
    Histogram* m_histogram;
    QWidget* m_reportRow;
    Card* m_countsCard;
    QGridLayout* m_counts;
    Card* m_learntCard;
    QGridLayout* m_learnt;
    Card* m_noticeCard;
    QLabel* m_notice;
    Card* m_validationCard;
    QComboBox* m_validationKind;
    QSpinBox* m_validationShare;
    QLineEdit* m_validationFile;
    QPushButton* m_validationChoose;
};

}  // namespace lathe
