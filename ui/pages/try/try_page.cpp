// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/try/try_page.h"

#include <QDoubleSpinBox>
#include <QElapsedTimer>
#include <QLabel>
#include <QLocale>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QShortcut>
#include <QSignalBlocker>
#include <QSpinBox>
#include <cmath>

#include "ui/bridge/answer.h"
#include "ui/charts/probability_bars.h"
#include "ui/text/core_text.h"
#include "ui/text/run_text.h"
#include "ui/widgets/card.h"
#include "ui/widgets/run_box.h"

namespace lathe {
namespace {

constexpr int kBase = 0;
constexpr int kTuned = 1;

/// Each word with its tag behind it, if that is not "O".
QString taggedText(const Prediction& prediction) {
    QStringList words;
    for (std::size_t i = 0; i < prediction.tokens.size(); ++i) {
        QString word = QString::fromStdString(prediction.tokens[i]);
        const std::string& tag = prediction.tags[i];
        if (!tag.empty() && tag != "O") word += QStringLiteral(" [%1]").arg(QString::fromStdString(tag));
        words.append(word);
    }
    return words.join(QLatin1Char(' '));
}

}  // namespace

TryPage::TryPage(const PageContext& context, QWidget* parent)
    : Page(context, parent), m_library(context.library) {
    buildControls();
    buildSides();
    connect(&m_library, &RunLibrary::runsChanged, this, &TryPage::showChoices);
    connect(&context.controller, &TrainingController::backendReady, this, &TryPage::showMode);
    connect(&context.controller, &TrainingController::stateChanged, this, [this] {
        showChoices();
        m_library.refresh();  // a run that ended can be tried, and one that is paused
    });
    connect(&context.controller, &TrainingController::eventsArrived, this, [this] {
        if (isPaused(this->context().controller.runFolder())) showChoices();  // it went a step on
    });
    retranslate();
    m_library.refresh();
}

void TryPage::buildControls() {
    m_runLabel = new QLabel;
    m_runLabel->setProperty("role", "muted");
    m_run = new RunBox;
    m_run->setObjectName("tryRun");
    m_run->setMinimumContentsLength(24);
    m_runLabel->setBuddy(m_run);
    headerActions()->addWidget(m_runLabel);
    headerActions()->addWidget(m_run);
    connect(m_run, &QComboBox::currentIndexChanged, this, &TryPage::showMode);

    m_promptCard = new Card;
    m_prompt = new QPlainTextEdit;
    m_prompt->setObjectName("tryPrompt");
    m_prompt->setTabChangesFocus(true);
    m_prompt->setFixedHeight(fontMetrics().height() * 5);
    m_promptCard->body()->addWidget(m_prompt);
    m_answerLabel = new QLabel;
    m_answer = new QPlainTextEdit;
    m_answer->setObjectName("tryAnswer");
    m_answer->setTabChangesFocus(true);
    m_answer->setFixedHeight(fontMetrics().height() * 4);
    m_answerLabel->setBuddy(m_answer);
    m_promptCard->body()->addWidget(m_answerLabel);
    m_promptCard->body()->addWidget(m_answer);
    auto* line = new QHBoxLayout;
    line->setSpacing(8);
    m_generation = new QWidget;
    auto* settings = new QHBoxLayout(m_generation);
    settings->setContentsMargins(0, 0, 0, 0);
    m_temperatureLabel = new QLabel;
    m_temperature = new QDoubleSpinBox;
    m_temperature->setRange(0, 5);
    m_temperature->setSingleStep(0.1);
    m_temperatureLabel->setBuddy(m_temperature);
    m_tokensLabel = new QLabel;
    m_tokens = new QSpinBox;
    m_tokens->setRange(1, 4096);
    m_tokens->setValue(128);
    m_tokensLabel->setBuddy(m_tokens);
    for (QWidget* widget : {static_cast<QWidget*>(m_temperatureLabel), static_cast<QWidget*>(m_temperature),
                            static_cast<QWidget*>(m_tokensLabel), static_cast<QWidget*>(m_tokens)})
        settings->addWidget(widget);
    m_hint = new QLabel;
    m_hint->setProperty("role", "muted");
    m_hint->setWordWrap(true);
    m_ask = new QPushButton;
    m_ask->setObjectName("tryAsk");
    line->addWidget(m_generation);
    line->addWidget(m_hint, 1);
    line->addWidget(m_ask);
    m_promptCard->body()->addLayout(line);
    body()->addWidget(m_promptCard);
    connect(m_ask, &QPushButton::clicked, this, &TryPage::askOrStop);
    connect(m_prompt, &QPlainTextEdit::textChanged, this, &TryPage::showMode);
    connect(m_answer, &QPlainTextEdit::textChanged, this, &TryPage::showMode);
    // While this page is open the window leaves the keys to it.
    auto* shortcut = new QShortcut(QKeySequence(Qt::CTRL | Qt::Key_Return), this);
    connect(shortcut, &QShortcut::activated, m_ask, &QPushButton::click);
}

void TryPage::buildSides() {
    auto* row = new QHBoxLayout;
    row->setSpacing(12);
    for (Side& side : m_sides) {
        side.card = new Card;
        side.state = new QLabel;
        side.state->setProperty("role", "muted");
        side.state->setTextFormat(Qt::PlainText);
        side.card->header()->addWidget(side.state);
        side.text = new QPlainTextEdit;
        side.text->setReadOnly(true);
        side.text->setFrameShape(QFrame::NoFrame);
        side.text->setMinimumHeight(fontMetrics().height() * 12);
        side.bars = new ProbabilityBars(context().theme);
        side.card->body()->addWidget(side.bars);
        side.card->body()->addWidget(side.text, 1);
        side.card->body()->addStretch(0);
        row->addWidget(side.card, 1);
    }
    body()->addLayout(row, 1);
}

void TryPage::showEvent(QShowEvent* event) {
    Page::showEvent(event);
    m_library.refresh();
}

void TryPage::showRuns(const QStringList& folders) {
    if (folders.isEmpty()) return;
    m_run->choose(folders.first());
    showChoices();
}

const RunRow* TryPage::chosenRun() const {
    const QString folder = m_run->currentData().toString();
    return folder.isEmpty() ? nullptr : m_library.find(folder.toStdString());
}

bool TryPage::isPaused(const QString& folder) const {
    const TrainingController& controller = context().controller;
    return controller.state() == TrainingController::State::Paused && folder == controller.runFolder();
}

bool TryPage::classifies() const {
    const RunRow* run = chosenRun();
    return run && run->summary.record.task == "classification" && !rates();
}

bool TryPage::rates() const {
    const RunRow* run = chosenRun();
    return run && labelKindOf(run->summary.record.problemType) == LabelKind::Number;
}

bool TryPage::tags() const {
    const RunRow* run = chosenRun();
    return run && run->summary.record.task == "token_classification";
}

bool TryPage::judges() const {
    const RunRow* run = chosenRun();
    return run && run->summary.record.task == "reward_model";
}

void TryPage::showChoices() {
    const TrainingController& controller = context().controller;
    {
        const QSignalBlocker blocker(m_run);
        m_run->clear();
        for (const RunRow& row : m_library.runs()) {
            const RunStatus status = row.summary.record.status;
            const QString folder = QString::fromStdString(row.summary.folder.string());
            QString title = choiceText(row.summary);
            if (isPaused(folder))
                title = controller.step() > 0
                            ? tr("%1 · paused at step %2").arg(title, QString::number(controller.step()))
                            : tr("%1 · paused").arg(title);
            else if (!hasResult(status))
                continue;
            m_run->addItem(title, folder);
        }
        m_run->settle(controller.runFolder());
    }
    showMode();
}

void TryPage::showMode() {
    const RunBackend* backend = context().controller.backend();
    const RunRow* run = chosenRun();
    const bool labels = classifies();
    const auto state = context().controller.state();
    const bool training = context().controller.busy() && state != TrainingController::State::Paused;
    m_generation->setVisible(!labels && !rates() && !tags() && !judges());
    m_answerLabel->setVisible(judges());
    m_answer->setVisible(judges());
    for (Side& side : m_sides) {
        side.bars->setVisible(labels);
        side.text->setVisible(!labels);
    }
    m_promptCard->setTitle(labels    ? tr("Text to classify")
                           : rates() ? tr("Text to rate")
                           : tags()  ? tr("Text to tag")
                                     : tr("Prompt"));
    m_hint->setText(!backend   ? engineText()
                    : !run     ? tr("No finished run yet. Train one, then try it here.")
                    : training ? tr("A run is going on. Pause it to try the model, or wait.")
                               : QString());
    const bool written = !m_prompt->toPlainText().trimmed().isEmpty() &&
                         (!judges() || !m_answer->toPlainText().trimmed().isEmpty());
    m_ask->setEnabled(m_busy ? !m_stopped : backend && run && !training && written);
    m_ask->setText(m_busy ? tr("Stop") : askText());
    Q_EMIT railChanged();
}

void TryPage::ask() {
    if (m_busy || !m_ask->isEnabled()) return;
    m_busy = true;
    m_stopped = false;
    const QString folder = m_run->currentData().toString();
    m_question = {m_question.number + 1,
                  isPaused(folder) ? std::string() : folder.toStdString(),
                  m_prompt->toPlainText().toStdString(),
                  m_answer->toPlainText().toStdString(),
                  {},
                  judges()                            ? &TryPage::judge
                  : classifies() || rates() || tags() ? &TryPage::predict
                                                      : &TryPage::generate};
    m_question.settings.temperature = m_temperature->value();
    m_question.settings.maxNewTokens = m_tokens->value();
    for (Side& side : m_sides) {
        side.text->clear();
        side.bars->setProbabilities({});
        side.state->clear();
    }
    showMode();
    askSide(kBase);
}

void TryPage::askSide(int side) {
    (this->*m_question.put)(side);
}

QString TryPage::askText() const {
    return judges() ? tr("Judge") : classifies() ? tr("Classify") : rates() ? tr("Rate") : tr("Answer");
}

void TryPage::askBoth(const QString& prompt) {
    m_prompt->setPlainText(prompt);
    ask();
}

void TryPage::generate(int side) {
    const int asked = m_question.number;
    m_sides[std::size_t(side)].state->setText(tr("writing…"));
    QElapsedTimer clock;
    clock.start();
    const auto piece = onUiThread(this, [this, side, asked](const std::string& text) {
        if (asked != m_question.number) return;
        QPlainTextEdit* view = m_sides[std::size_t(side)].text;
        view->moveCursor(QTextCursor::End);
        view->insertPlainText(QString::fromStdString(text));
    });
    const auto answer = onUiThread(this, [this, side, asked, clock](const Result<std::string>& text) {
        if (asked != m_question.number) return;
        if (!text.ok()) return fail(side, text.error());
        // The whole answer replaces the pieces: what was held back at the end is in it.
        m_sides[std::size_t(side)].text->setPlainText(QString::fromStdString(text.value()));
        finish(side, tr("%1 s").arg(QLocale().toString(double(clock.elapsed()) / 1000, 'f', 1)));
    });
    context().controller.backend()->generate(m_question.target, side == kTuned, m_question.prompt,
                                             m_question.settings, piece, answer);
}

void TryPage::predict(int side) {
    const int asked = m_question.number;
    m_sides[std::size_t(side)].state->setText(tr("reading…"));
    const auto answer =
        onUiThread(this, [this, side, asked](const Result<std::vector<Prediction>>& predictions) {
            if (asked != m_question.number) return;
            if (!predictions.ok()) return fail(side, predictions.error());
            if (predictions.value().empty()) return finish(side, {});
            const Prediction& prediction = predictions.value().front();
            if (!prediction.tokens.empty()) {
                m_sides[std::size_t(side)].text->setPlainText(taggedText(prediction));
                return finish(side, {});
            }
            if (prediction.kind == LabelKind::Number) {
                m_sides[std::size_t(side)].text->setPlainText(QLocale().toString(prediction.value, 'g', 6));
                return finish(side, {});
            }
            std::vector<std::pair<QString, double>> bars;
            for (const auto& [label, probability] : prediction.probabilities)
                bars.emplace_back(QString::fromStdString(label), probability);
            m_sides[std::size_t(side)].bars->setProbabilities(std::move(bars),
                                                              prediction.kind == LabelKind::Several);
            finish(side, QString::fromStdString(prediction.label));
        });
    context().controller.backend()->predict(m_question.target, side == kTuned, {m_question.prompt}, answer);
}

void TryPage::judge(int side) {
    const int asked = m_question.number;
    m_sides[std::size_t(side)].state->setText(tr("reading…"));
    const auto answer = onUiThread(this, [this, side, asked](const Result<AnswerScore>& score) {
        if (asked != m_question.number) return;
        if (!score.ok()) return fail(side, score.error());
        const std::optional<double>& reward = score.value().reward;
        m_sides[std::size_t(side)].text->setPlainText(
            reward && std::isfinite(*reward) ? tr("Reward %1").arg(QLocale().toString(*reward, 'f', 3))
                                             : tr("This model gives no reward."));
        finish(side, {});
    });
    context().controller.backend()->score(m_question.target, side == kTuned, m_question.prompt,
                                          m_question.answer, answer);
}

void TryPage::finish(int side, const QString& state) {
    m_sides[std::size_t(side)].state->setText(state);
    if (side == kTuned || m_stopped) {
        m_busy = false;
        showMode();
    } else {
        askSide(kTuned);
    }
}

void TryPage::askOrStop() {
    if (!m_busy) return ask();
    m_stopped = true;
    context().controller.backend()->stopAnswers();
    showMode();
}

void TryPage::fail(int side, const Error& error) {
    Side& shown = m_sides[std::size_t(side)];
    if (error.code == ErrorCode::Stopped) {  // what was written stays
        shown.state->setText(tr("stopped"));
        m_busy = false;
        return showMode();
    }
    shown.state->setText(tr("failed"));
    const QString hint = errorHint(error);
    shown.bars->hide();
    shown.text->show();
    shown.text->setPlainText(hint.isEmpty() ? errorText(error) : errorText(error) + QLatin1Char('\n') + hint);
    m_busy = false;
    showMode();
}

void TryPage::retranslate() {
    setHeading(tr("Try"), tr("the base and the tuned model on one prompt"));
    m_runLabel->setText(tr("Run"));
    m_run->setAccessibleName(tr("Run to try"));
    m_run->setToolTip(tr("The run whose result answers on the right"));
    m_run->setPlaceholderText(tr("no run yet"));
    m_prompt->setPlaceholderText(tr("Write something, then press Ctrl+Return"));
    m_prompt->setAccessibleName(tr("Prompt"));
    m_answerLabel->setText(tr("Answer to judge"));
    m_answer->setAccessibleName(tr("Answer to judge"));
    m_temperatureLabel->setText(tr("Temperature"));
    m_temperature->setAccessibleName(tr("Temperature"));
    m_temperature->setToolTip(
        tr("0 always takes the likeliest token; higher is more surprising. Usual: 0 to 1."));
    m_tokensLabel->setText(tr("Longest answer"));
    m_tokens->setAccessibleName(tr("Longest answer in tokens"));
    m_tokens->setToolTip(tr("Tokens after which the answer is cut. Usual: 64 to 512."));
    m_sides[kBase].card->setTitle(tr("Base"));
    m_sides[kTuned].card->setTitle(tr("Tuned"));
    m_sides[kBase].text->setAccessibleName(tr("Answer of the base"));
    m_sides[kTuned].text->setAccessibleName(tr("Answer of the tuned model"));
    showMode();
}

QString TryPage::railNote() const {
    const RunRow* run = chosenRun();
    return run ? runTitle(run->summary).left(14) : QString();
}

}  // namespace lathe
