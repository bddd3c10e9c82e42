// SPDX-License-Identifier: GPL-3.0-or-later
// Base and tuned side by side: the same prompt answered by both, the same text classified by both, or the
// same answer judged by both.
#pragma once

#include <array>

#include "ui/pages/page.h"
#include "ui/state/run_library.h"

class QDoubleSpinBox;
class QPlainTextEdit;
class QPushButton;
class QSpinBox;

namespace lathe {

class Card;
class ProbabilityBars;
class RunBox;

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
    /// What both sides are asked, whatever is chosen or typed before they have answered.
    struct Question {
        int number = 0;
        std::string target;  ///< the run's folder, or "" for the paused run's model in memory
        std::string prompt, answer;
        GenerateSettings settings;
        void (TryPage::*put)(int side) = nullptr;  ///< generate, predict or judge
    };

    void buildControls();
    void buildSides();
    void showChoices();
    void showMode();
    void ask();
    /// The button: asks, or while an answer comes stops it.
    void askOrStop();
    /// Asks one side; the tuned side follows when the base's answer is there.
    void askSide(int side);
    void generate(int side);
    void predict(int side);
    void judge(int side);
    QString askText() const;
    void finish(int side, const QString& state);
    void fail(int side, const Error& error);
    bool isPaused(const QString& folder) const;
    bool classifies() const;
    bool rates() const;  ///< gives a number
    bool tags() const;
    bool judges() const;
    const RunRow* chosenRun() const;

    RunLibrary& m_library;
    Question m_question;
    bool m_busy = false;
    bool m_stopped = false;  ///< the answer that comes is asked to end

    RunBox* m_run;
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
