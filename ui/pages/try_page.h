// SPDX-License-Identifier: GPL-3.0-or-later
// Base and tuned side by side: the same prompt answered by both, the same text classified by both, or the
// same answer judged by both.
#pragma once

#include <array>

#include "ui/models/run_library.h"
#include "ui/pages/page.h"

class QComboBox;
class QDoubleSpinBox;
class QPlainTextEdit;
class QPushButton;
class QSpinBox;

namespace lathe {

class Card;
class ProbabilityBars;

class TryPage : public Page {
    Q_OBJECT

  public:
    TryPage(const PageContext& context, QWidget* parent);

    void retranslate() override;
    QString railNote() const override;
    void showRuns(const QStringList& folders) override;

    /// Asks both sides, as if the prompt had been typed; nothing happens while the page cannot ask.
    void askBoth(const QString& prompt);
    bool answering() const { return m_busy; }

  protected:
    void showEvent(QShowEvent* event) override;

  private:
    struct Side {
        Card* card = nullptr;
        QPlainTextEdit* text = nullptr;
        ProbabilityBars* bars = nullptr;
        QLabel* state = nullptr;
    };

    void buildControls();
    void buildSides();
    void showChoices();
    void showMode();
    void ask();
    /// Asks one side; the tuned side follows when the base's answer is there.
    void generate(int side, int asked);
    void predict(int side, int asked);
    void judge(int side, int asked);
    QString askText() const;
    /// The question that the run's task answers.
    void askSide(int side, int asked);
    void finish(int side, int asked, const QString& state);
    void fail(int side, const Error& error);
    /// What the engine is asked about: the run's folder, or "" for the paused run's model in memory.
    std::string target() const;
    bool classifies() const;
    bool rates() const;  ///< gives a number
    bool tags() const;
    bool judges() const;
    const RunRow* chosenRun() const;

    RunLibrary m_library;
    QString m_wanted;  ///< folder to choose once the library has read it
    int m_asked = 0;
    bool m_busy = false;

    QComboBox* m_run;
    QLabel* m_runLabel;
    QLabel* m_temperatureLabel;
    QDoubleSpinBox* m_temperature;
    QLabel* m_tokensLabel;
    QSpinBox* m_tokens;
    QWidget* m_generation;
    Card* m_promptCard;
    QPlainTextEdit* m_prompt;
    QLabel* m_answerLabel;
    QPlainTextEdit* m_answer;  ///< to be judged by a reward model
    QPushButton* m_ask;
    QLabel* m_hint;
    std::array<Side, 2> m_sides;  ///< base, tuned
};

}  // namespace lathe
