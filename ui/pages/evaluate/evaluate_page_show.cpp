// SPDX-License-Identifier: GPL-3.0-or-later
// What the Evaluate page says about an evaluation: metrics, labels, rows, answers.
#include <QGridLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLocale>
#include <QMenu>
#include <QPlainTextEdit>
#include <QStyle>
#include <QTableWidget>
#include <algorithm>
#include <cmath>

#include "core/run/metrics.h"
#include "ui/charts/confusion_matrix.h"
#include "ui/pages/evaluate/evaluate_page.h"
#include "ui/text/catalog_text.h"
#include "ui/text/number_text.h"
#include "ui/text/path_text.h"
#include "ui/text/plain_tool_tip.h"
#include "ui/widgets/card.h"
#include "ui/widgets/chip.h"
#include "ui/widgets/plain_table.h"
#include "ui/widgets/warning_list.h"

namespace lathe {
namespace {

/// In the order in which they are shown, the first few that there are.
constexpr const char* kShownMetrics[] = {
    "f1",        "accuracy", "macro_f1",   "reward_accuracy", "reward_margin", "bleu", "chrf",
    "precision", "recall",   "perplexity", "pearson",         "spearman",      "mae",  "loss"};
constexpr int kMostLabels = 9, kMostRows = 8;  ///< of a table before it scrolls
constexpr int kWidestCell = 180,
              kWordsWidth = 360;          ///< of a row's labels and answers: one, and all beside its text
constexpr std::size_t kLabelsBeside = 3;  ///< more of them take the width for their matrix

void setRole(QLabel* label, const char* role) {
    label->setProperty("role", role);
    label->style()->unpolish(label);
    label->style()->polish(label);
}

QLabel* plainLabel(const QString& text, const char* role = "") {
    auto* label = new QLabel(text);
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    label->setProperty("role", role);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    label->setAlignment(Qt::AlignTop | Qt::AlignLeft);
    return label;
}

/// One line, for a cell.
QString oneLine(const std::string& text) {
    return QString::fromStdString(text).simplified();
}

QString lossText(double loss) {
    return std::isfinite(loss) ? QLocale().toString(loss, 'f', 3) : QStringLiteral("–");
}

QString outcomeText(const RowOutcome& outcome) {
    const QString got = oneLine(outcome.got);
    if (!outcome.probability || got.isEmpty()) return got;
    return got + QLatin1Char(' ') + percentText(100 * *outcome.probability);
}

}  // namespace

void EvaluatePage::buildResults() {
    m_results = new QWidget;
    auto* all = new QVBoxLayout(m_results);
    all->setContentsMargins(0, 0, 0, 0);
    all->setSpacing(12);
    m_what = plainLabel({}, "muted");
    all->addWidget(m_what);
    m_notes = new WarningList;
    all->addWidget(m_notes);
    auto* tiles = new QHBoxLayout;
    tiles->setSpacing(12);
    for (Tile& tile : m_tiles) {
        tile.card = new Card;
        tile.title = plainLabel({}, "muted");
        tile.title->setWordWrap(false);
        tile.value = plainLabel({}, "big");
        tile.value->setWordWrap(false);
        tile.before = plainLabel({}, "small");
        for (QLabel* label : {tile.title, tile.value, tile.before}) {
            label->setTextInteractionFlags(Qt::NoTextInteraction);
            label->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
            tile.card->body()->addWidget(label);
        }
        tile.card->body()->addStretch(1);
        tile.card->body()->setSpacing(2);
        tiles->addWidget(tile.card, 1);
    }
    all->addLayout(tiles);
    all->addWidget(buildLabels());
    m_answerCard = new Card;
    all->addWidget(m_answerCard);
    buildRows();
    all->addWidget(m_rowCard);
    body()->addWidget(m_results);
    body()->addStretch(1);
}

QWidget* EvaluatePage::buildLabels() {
    m_labels = new QWidget;
    auto* row = new QHBoxLayout(m_labels);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(12);
    m_matrixCard = new Card;
    m_matrixBefore = new Chip;
    m_matrixCard->header()->addWidget(m_matrixBefore);
    m_matrix = new ConfusionMatrix(context().theme);
    m_cell = plainLabel({}, "small");
    m_matrixCard->body()->addWidget(m_matrix);
    m_matrixCard->body()->addWidget(m_cell);
    m_matrixCard->body()->addStretch(1);
    m_labelCard = new Card;
    m_labelTable = makePlainTable();
    m_labelCard->body()->addWidget(m_labelTable);
    m_labelCard->body()->addStretch(1);
    row->addWidget(m_matrixCard, 3);
    row->addWidget(m_labelCard, 5);
    connect(m_matrixBefore, &Chip::toggled, this, &EvaluatePage::showMatrix);
    connect(m_matrix, &ConfusionMatrix::described, m_cell, &QLabel::setText);
    return m_labels;
}

void EvaluatePage::buildRows() {
    m_rowCard = new Card;
    m_changed = new Chip;
    m_rowCard->header()->addWidget(m_changed);
    m_rows = makePlainTable();
    m_rows->setObjectName("evaluateRows");
    m_rows->setSelectionMode(QAbstractItemView::SingleSelection);
    m_row = new QPlainTextEdit;
    m_row->setObjectName("evaluateRow");
    m_row->setReadOnly(true);
    m_row->setTabChangesFocus(true);
    m_row->setFixedHeight(fontMetrics().height() * 7);
    m_rowCard->body()->addWidget(m_rows);
    m_rowCard->body()->addWidget(m_row);
    connect(m_changed, &Chip::toggled, this, &EvaluatePage::showRowTable);
    connect(m_rows, &QTableWidget::itemSelectionChanged, this, &EvaluatePage::showRow);
}

void EvaluatePage::showResults() {
    m_results->setVisible(m_evaluation.has_value());
    if (!m_evaluation) return;
    const QString file = pathText(QString::fromStdString(m_evaluation->data.string()));
    const QString rows = countText(m_evaluation->rows);
    m_what->setText(m_evaluation->heldOut
                        ? tr("%1 · %2 held-out rows of %3").arg(m_evaluatedTitle, rows, file)
                        : tr("%1 · %2 rows of %3").arg(m_evaluatedTitle, rows, file));
    m_notes->clear();
    for (const Note& note : m_evaluation->notes) m_notes->add(note);
    const bool labelled = !m_evaluation->now.labels.empty();
    const bool matrix = !m_evaluation->now.confusion.empty();
    m_labels->setVisible(labelled);
    const bool beside = m_evaluation->now.labels.size() <= kLabelsBeside;
    static_cast<QBoxLayout*>(m_labels->layout())
        ->setDirection(beside ? QBoxLayout::LeftToRight : QBoxLayout::TopToBottom);
    m_matrixCard->setVisible(matrix);
    for (int action : {1, 2}) m_exportMenu->actions().at(action)->setEnabled(matrix);
    m_matrixBefore->setVisible(m_evaluation->before.has_value());
    m_changed->setVisible(m_evaluation->before.has_value());
    showMetrics();
    showMatrix();
    showLabels();
    showAnswers();
    showRowTable();
}

void EvaluatePage::showMetrics() {
    const Evaluation& evaluation = *m_evaluation;
    auto metrics = evaluation.now.metrics;
    metrics["loss"] = evaluation.now.loss;
    std::size_t shown = 0;
    for (const char* name : kShownMetrics) {
        const auto value = metrics.find(name);
        if (value == metrics.end() || shown == m_tiles.size() - 1) continue;
        std::optional<double> before;
        if (evaluation.before && std::string(name) == "loss") before = evaluation.before->loss;
        if (evaluation.before && evaluation.before->metrics.contains(name))
            before = evaluation.before->metrics.at(name);
        showTile(m_tiles[shown++], name, value->second, before);
    }
    if (const auto rate = evaluation.winRate()) {
        Tile& tile = m_tiles[shown++];
        showTile(tile, "win_rate", *rate, std::nullopt);
        tile.before->setText(tr("%1 rows better, %2 worse")
                                 .arg(countText(evaluation.rowsBetter), countText(evaluation.rowsWorse)));
        tile.card->setToolTip(tr("The share of rows whose expected answer has a lower loss than before"));
    }
    for (std::size_t i = 0; i < m_tiles.size(); ++i) m_tiles[i].card->setVisible(i < shown);
}

void EvaluatePage::showTile(Tile& tile, const std::string& metric, double value,
                            const std::optional<double>& before) {
    tile.title->setText(metricTitle(metric));
    tile.value->setText(metricText(metric, value));
    tile.card->setToolTip({});
    tile.card->setAccessibleName(tile.title->text() + QLatin1Char(' ') + tile.value->text());
    setRole(tile.before, "small");
    tile.before->clear();
    if (!before) return;
    const double change = value - *before;
    const QString sign = change > 0   ? QStringLiteral("+")
                         : change < 0 ? QStringLiteral("−")
                                      : QStringLiteral("±");
    const QString size = isShareMetric(metric) ? QLocale().toString(std::abs(100 * change), 'f', 1)
                                               : QLocale().toString(std::abs(change), 'g', 3);
    tile.before->setText(tr("before %1 (%2)").arg(metricText(metric, *before), sign + size));
    if (change != 0 && std::isfinite(change))
        setRole(tile.before, (change > 0) != !metricRises(metric) ? "good" : "warn");
}

void EvaluatePage::showMatrix() {
    if (!m_evaluation || m_evaluation->now.confusion.empty()) return;
    const bool before = m_matrixBefore->isChecked() && m_evaluation->before;
    const EvaluationSide& side = before ? *m_evaluation->before : m_evaluation->now;
    QStringList labels;
    for (const LabelScore& score : side.labels) labels.append(QString::fromStdString(score.label));
    m_matrix->setCounts(labels, side.confusion);
    m_cell->setText(m_matrix->sentence(m_matrix->currentRow(), m_matrix->currentColumn()));
}

void EvaluatePage::showLabels() {
    const Evaluation& evaluation = *m_evaluation;
    const bool entities = evaluation.now.confusion.empty() && evaluation.task == "token_classification";
    m_labelCard->setTitle(entities ? tr("Each kind of entity") : tr("Each label"));
    QStringList header{entities ? tr("Kind") : tr("Label"), tr("Precision"), tr("Recall"), tr("F1")};
    if (evaluation.before) header.append(tr("F1 before"));
    header.append(entities ? tr("There") : tr("Rows"));
    m_labelTable->clear();
    m_labelTable->setColumnCount(int(header.size()));
    m_labelTable->setHorizontalHeaderLabels(header);
    m_labelTable->setRowCount(int(evaluation.now.labels.size()));
    for (int row = 0; row < m_labelTable->rowCount(); ++row) {
        const LabelScore& score = evaluation.now.labels[std::size_t(row)];
        QStringList cells;
        for (const double share : {score.precision, score.recall, score.f1})
            cells.append(percentText(100 * share));
        if (evaluation.before) {
            const auto& earlier = evaluation.before->labels;
            const auto same = std::find_if(earlier.begin(), earlier.end(), [&](const LabelScore& other) {
                return other.label == score.label;
            });
            cells.append(same == earlier.end() ? QStringLiteral("–") : percentText(100 * same->f1));
        }
        cells.append(countText(score.support));
        const QString label = QString::fromStdString(score.label);
        auto* name = plainCell(label);
        name->setToolTip(plainToolTip(label));
        m_labelTable->setItem(row, 0, name);
        for (int i = 0; i < cells.size(); ++i) m_labelTable->setItem(row, i + 1, plainCell(cells[i], true));
    }
    m_labelTable->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    m_labelTable->horizontalHeader()->setSectionResizeMode(0, QHeaderView::Stretch);
    m_labelTable->horizontalHeader()->setDefaultAlignment(Qt::AlignRight | Qt::AlignVCenter);
    m_labelTable->horizontalHeaderItem(0)->setTextAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    fitTableHeight(*m_labelTable, kMostLabels);
}

const std::vector<EvaluatedRow>& EvaluatePage::listedRows() const {
    const bool changed = m_changed->isChecked() && m_evaluation->before;
    return changed ? m_evaluation->changed : m_evaluation->worst;
}

void EvaluatePage::showRowTable() {
    if (!m_evaluation) return;
    const auto& rows = listedRows();
    m_rowCard->setTitle(&rows == &m_evaluation->changed ? tr("Rows that changed most") : tr("Worst rows"));
    const auto any = [&](auto filled) { return std::any_of(rows.begin(), rows.end(), filled); };
    const bool expected = any([](const EvaluatedRow& row) { return !row.expected.empty(); });
    const bool got = any([](const EvaluatedRow& row) { return !row.now.got.empty(); });
    const bool before = m_evaluation->before.has_value();
    QStringList header{tr("Line"), tr("Text")};
    if (expected) header << tr("Expected");
    if (got && before) header << tr("Before");
    if (got) header << tr("Got");
    if (before) header << tr("Loss before");
    header << tr("Loss");
    const int numbers = before ? 2 : 1;
    m_rows->clear();
    m_rows->setColumnCount(int(header.size()));
    m_rows->setHorizontalHeaderLabels(header);
    m_rows->setRowCount(int(rows.size()));
    for (int row = 0; row < m_rows->rowCount(); ++row) {
        const EvaluatedRow& item = rows[std::size_t(row)];
        QStringList cells{countText(item.line), oneLine(item.text)};
        if (expected) cells << oneLine(item.expected);
        if (got && before) cells << (item.before ? oneLine(item.before->got) : QString());
        if (got) cells << outcomeText(item.now);
        if (before) cells << (item.before ? lossText(item.before->loss) : QString());
        cells << lossText(item.now.loss);
        for (int i = 0; i < cells.size(); ++i)
            m_rows->setItem(row, i, plainCell(cells[i], i == 0 || i >= cells.size() - numbers));
    }
    QHeaderView* columns = m_rows->horizontalHeader();
    columns->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    columns->setMaximumSectionSize(kWidestCell * 4);
    columns->setSectionResizeMode(QHeaderView::ResizeToContents);
    columns->setSectionResizeMode(1, QHeaderView::Stretch);
    const int words = m_rows->columnCount() - numbers;  // from column 2 up to this one
    const auto wanted = [&](int i) { return std::min(columns->sectionSize(i), kWidestCell); };
    int all = 0;
    for (int i = 2; i < words; ++i) all += wanted(i);
    for (int i = 2; i < words; ++i) {
        const int width = all > kWordsWidth ? wanted(i) * kWordsWidth / all : wanted(i);
        columns->setSectionResizeMode(i, QHeaderView::Interactive);
        columns->resizeSection(i, width);
    }
    for (int i = 0; i < m_rows->columnCount(); ++i)
        if (i == 0 || i >= m_rows->columnCount() - numbers)
            m_rows->horizontalHeaderItem(i)->setTextAlignment(Qt::AlignRight | Qt::AlignVCenter);
    fitTableHeight(*m_rows, kMostRows);
    if (!rows.empty()) m_rows->selectRow(0);
    showRow();
}

void EvaluatePage::showRow() {
    const auto& rows = listedRows();
    const int index = m_rows->selectionModel()->hasSelection() ? m_rows->currentRow() : -1;
    if (index < 0 || index >= int(rows.size())) return m_row->clear();
    const EvaluatedRow& row = rows[std::size_t(index)];
    QStringList parts{QString::fromStdString(row.text)};
    if (!row.expected.empty()) parts << tr("Expected: %1").arg(QString::fromStdString(row.expected));
    if (row.before && !row.before->got.empty())
        parts << tr("Before: %1").arg(QString::fromStdString(row.before->got));
    if (!row.now.got.empty()) parts << tr("Got: %1").arg(QString::fromStdString(row.now.got));
    m_row->setPlainText(parts.join(QLatin1Char('\n')));
}

void EvaluatePage::showAnswers() {
    const auto& answers = m_evaluation->answers;
    m_answerCard->setVisible(!answers.empty());
    delete m_answers;
    m_answers = new QWidget;
    auto* grid = new QGridLayout(m_answers);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setHorizontalSpacing(16);
    grid->setVerticalSpacing(6);
    const bool before = m_evaluation->before.has_value();
    QStringList heads{tr("Expected")};
    if (before) heads << tr("Before");
    heads << tr("Now");
    int line = 0;
    for (int i = 0; i < heads.size(); ++i) {
        grid->addWidget(plainLabel(heads[i], "section"), line, i);
        grid->setColumnStretch(i, 1);
    }
    for (const EvaluatedRow& row : answers) {
        grid->addWidget(plainLabel(oneLine(row.text), "muted"), ++line, 0, 1, int(heads.size()));
        ++line;
        std::vector<const std::string*> cells{&row.expected};
        if (before) cells.push_back(&row.before->got);
        cells.push_back(&row.now.got);
        for (int i = 0; i < int(cells.size()); ++i)
            grid->addWidget(plainLabel(QString::fromStdString(*cells[std::size_t(i)]).trimmed()), line, i);
        if (&row == &answers.back()) continue;
        auto* rule = new QFrame;
        rule->setObjectName("rule");
        grid->addWidget(rule, ++line, 0, 1, int(heads.size()));
    }
    m_answerCard->body()->addWidget(m_answers);
}

}  // namespace lathe
