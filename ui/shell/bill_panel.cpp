// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/bill_panel.h"

#include <QLabel>
#include <QScrollArea>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/charts/bar.h"
#include "ui/charts/layer_map.h"
#include "ui/text/catalog_text.h"
#include "ui/text/core_text.h"
#include "ui/text/number_text.h"

namespace lathe {
namespace {

constexpr int kWidth = 268;
enum Part { kTuning = 1, kActivations = 2, kWeights = 5 };  // indices of the theme's series

QLabel* makeLabel(const char* role, QBoxLayout& layout) {
    auto* label = new QLabel;
    label->setProperty("role", role);
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    layout.addWidget(label);
    return label;
}

/// The linear layer that carries the most of the method, as an example.
const LayerShare* exampleLayer(const Bill& bill) {
    const LayerShare* best = nullptr;
    for (const LayerShare& layer : bill.layers)
        if (layer.added > 0 && layer.in > 0 && (!best || layer.added > best->added)) best = &layer;
    return best;
}

}  // namespace

BillPanel::BillPanel(const PageContext& context, QWidget* parent) : QFrame(parent), m_context(context) {
    setObjectName("bill");
    setFixedWidth(kWidth);
    auto* inside = new QWidget;
    inside->setObjectName("scrolled");
    auto* all = new QVBoxLayout(inside);
    all->setContentsMargins(14, 14, 14, 14);
    all->setSpacing(12);
    auto* area = new QScrollArea;
    area->setWidget(inside);
    area->setWidgetResizable(true);
    area->setFrameShape(QFrame::NoFrame);
    area->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    area->setFocusPolicy(Qt::NoFocus);
    auto* outer = new QVBoxLayout(this);
    outer->setContentsMargins(1, 0, 0, 0);
    outer->addWidget(area);

    const auto section = [&](bool rule) {
        auto* box = new QWidget;
        auto* layout = new QVBoxLayout(box);
        layout->setContentsMargins(0, 0, 0, 0);
        layout->setSpacing(4);
        if (rule) {
            auto* line = new QFrame;
            line->setObjectName("rule");
            layout->addWidget(line);
            layout->addSpacing(6);
        }
        all->addWidget(box);
        return box;
    };
    m_heading = makeLabel("strong", *all);
    m_message = makeLabel("muted", *all);
    m_form = makeLabel("muted", *all);
    m_form->setObjectName("billOfForm");

    m_counts = section(false);
    auto& counts = *static_cast<QVBoxLayout*>(m_counts->layout());
    m_trainedName = makeLabel("muted", counts);
    m_trained = makeLabel("big", counts);
    m_share = makeLabel("muted", counts);
    m_shareBar = new Bar(context.theme);
    counts.addWidget(m_shareBar);
    m_formula = makeLabel("small", counts);

    m_memory = section(true);
    auto& memory = *static_cast<QVBoxLayout*>(m_memory->layout());
    m_memoryName = makeLabel("muted", memory);
    auto* total = new QHBoxLayout;
    m_total = makeLabel("title", *total);
    m_total->setWordWrap(false);
    m_totalNote = makeLabel("small", *total);
    total->setStretch(1, 1);
    memory.addLayout(total);
    m_memoryBar = new Bar(context.theme);
    memory.addWidget(m_memoryBar);
    m_weights = addLine(memory, kWeights);
    m_tuning = addLine(memory, kTuning);
    m_activations = addLine(memory, kActivations);
    m_process = addLine(memory);
    m_memoryNote = makeLabel("fault", memory);

    QWidget* work = section(true);
    auto& lines = *static_cast<QVBoxLayout*>(work->layout());
    for (Line* line : {&m_adapterDisk, &m_baseDisk, &m_rows, &m_steps, &m_time}) *line = addLine(lines);

    m_change = section(true);
    auto& change = *static_cast<QVBoxLayout*>(m_change->layout());
    m_changeName = makeLabel("muted", change);
    m_layers = new LayerMap(context.theme);
    change.addWidget(m_layers);
    all->addStretch(1);

    connect(&context.estimates, &Estimates::billsChanged, this, &BillPanel::showAll);
    connect(&context.estimates, &Estimates::runBillChanged, this, &BillPanel::showAll);
    connect(&context.estimates, &Estimates::previewChanged, this, &BillPanel::showAll);
    connect(&context.draft, &RecipeDraft::changed, this, &BillPanel::showAll);
    connect(&context.draft, &RecipeDraft::baseFactsChanged, this, &BillPanel::showAll);
    connect(&context.theme, &Theme::changed, this, &BillPanel::showAll);
    connect(&context.controller, &TrainingController::stateChanged, this, &BillPanel::showAll);
    connect(&context.controller, &TrainingController::runStarted, this, [this] {
        m_progress.reset();
        showAll();
    });
    connect(&context.controller, &TrainingController::eventsArrived, this,
            [this](const std::vector<Event>& events) {
                const bool counted = m_progress.parameters().has_value();
                for (const Event& event : events) m_progress.add(event);
                if (m_progress.parameters().has_value() != counted) showAll();
                showProgress();
            });
    retranslate();
}

BillPanel::Line BillPanel::addLine(QVBoxLayout& section, int series) {
    auto* row = new QHBoxLayout;
    row->setSpacing(6);
    if (series >= 0) {
        auto* dot = new Bar(m_context.theme);
        dot->setFixedSize(10, 10);
        const auto paint = [this, dot, series] { dot->setFraction(1, series); };
        connect(&m_context.theme, &Theme::changed, dot, paint);
        paint();
        row->addWidget(dot);
    }
    Line line{new QLabel, new QLabel};
    line.name->setTextFormat(Qt::PlainText);
    // The number is what must be read: a long name in a wide font gives way to it.
    line.name->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    line.value->setTextFormat(Qt::PlainText);
    line.value->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    row->addWidget(line.name, 1);
    row->addWidget(line.value);
    section.addLayout(row);
    return line;
}

void BillPanel::retranslate() {
    setAccessibleName(tr("Bill"));
    m_trainedName->setText(tr("Trained parameters"));
    m_memoryName->setText(tr("Memory while training"));
    m_weights.name->setText(tr("Weights"));
    m_tuning.name->setText(tr("Adapter, optimiser"));
    m_activations.name->setText(tr("Activations"));
    m_process.name->setText(tr("Rows, tokenizer, libraries"));
    m_adapterDisk.name->setText(tr("Result on disk"));
    m_baseDisk.name->setText(tr("Base on disk (shared)"));
    m_rows.name->setText(tr("Rows to learn from"));
    m_steps.name->setText(tr("Steps"));
    m_time.name->setText(tr("Time left"));
    m_changeName->setText(tr("What changes"));
    m_layers->retranslate();
    showAll();
}

const Bill* BillPanel::shownBill() const {
    const Estimates& estimates = m_context.estimates;
    if (m_context.controller.busy()) return estimates.runBill();
    return estimates.bills().empty() ? nullptr : &estimates.bills().front();
}

void BillPanel::showAll() {
    const bool busy = m_context.controller.busy();
    const Bill* bill = shownBill();
    m_heading->setText(busy ? tr("Bill of the run") : tr("Bill"));
    m_counts->setVisible(bill || (busy && m_progress.parameters()));
    m_memory->setVisible(bill);
    m_change->setVisible(bill && !bill->layers.empty());
    m_message->setText(bill || busy ? QString() : draftMessage());
    m_message->setVisible(!m_message->text().isEmpty());
    showCounts(bill);
    if (bill) {
        showMemory(*bill);
        m_layers->setBill(*bill);
    }
    showForm();
    showWork(bill);
    showProgress();
}

QString BillPanel::draftMessage() const {
    const Estimates& estimates = m_context.estimates;
    if (estimates.baseError()) return errorText(*estimates.baseError());
    if (estimates.billsError()) return errorText(*estimates.billsError());
    if (m_context.draft.recipe().base.empty()) return tr("Choose a base to see what training will cost.");
    if (m_context.engineError)
        return tr("The engine could not be loaded: %1").arg(errorText(*m_context.engineError));
    return m_context.backend ? tr("Counting…") : tr("The engine is loading…");
}

void BillPanel::showForm() {
    const QString text = m_context.controller.busy() ? formText() : QString();
    m_form->setText(text);
    m_form->setVisible(!text.isEmpty());
}

/// What the form would train, where that is not what the run trains.
QString BillPanel::formText() const {
    const Estimates& estimates = m_context.estimates;
    if (estimates.bills().empty()) {
        const bool faulty = estimates.baseError() || estimates.billsError();
        return faulty ? tr("Form: %1").arg(draftMessage()) : QString();
    }
    const Bill& form = estimates.bills().front();
    const Bill* run = estimates.runBill();
    if (!run || (run->method == form.method && run->trainable == form.trainable &&
                 run->memory.total() == form.memory.total()))
        return {};
    return tr("Form: %1, %2 trained parameters, ≈ %3")
        .arg(methodTitle(form.method, form.title), countText(form.trainable), bytesText(form.memory.total()));
}

void BillPanel::showCounts(const Bill* bill) {
    // What the run has counted itself is the truth about it.
    const auto& counted = m_progress.parameters();
    const bool measured = m_context.controller.busy() && counted;
    if (!bill && !measured) return;
    const double percent = measured ? counted->percent : bill->percent;
    m_trained->setText(countText(measured ? counted->trainable : bill->trainable));
    m_share->setText(
        tr("%1 of %2").arg(percentText(percent), countText(measured ? counted->total : bill->total)));
    m_shareBar->setFraction(percent / 100, kTuning);
    const LayerShare* example = bill ? exampleLayer(*bill) : nullptr;
    m_formula->setVisible(example);
    if (example)
        m_formula->setText(tr("for example a linear %1 × %2 = %3 frozen → %4 trained")
                               .arg(example->out)
                               .arg(example->in)
                               .arg(countText(example->in * example->out), countText(example->added)));
}

void BillPanel::showMemory(const Bill& bill) {
    const MemoryBill& memory = bill.memory;
    const int64_t tuning = memory.adapter + memory.gradients + memory.optimizer;
    const double whole = double(std::max<int64_t>(1, memory.total()));
    const Theme& theme = m_context.theme;
    m_memoryBar->setParts(
        {{double(memory.weights) / whole, theme.seriesColor(kWeights)},
         {double(tuning) / whole, theme.seriesColor(kTuning)},
         {double(memory.activations + memory.temporary) / whole, theme.seriesColor(kActivations)}});
    m_weights.value->setText(bytesText(memory.weights));
    m_tuning.value->setText(bytesText(tuning));
    m_tuning.name->setToolTip(
        tr("Adapter %1, gradients %2, optimiser %3")
            .arg(bytesText(memory.adapter), bytesText(memory.gradients), bytesText(memory.optimizer)));
    m_activations.value->setText(bytesText(memory.activations + memory.temporary));
    m_activations.name->setToolTip(tr("Kept for the backward pass %1, for a moment %2")
                                       .arg(bytesText(memory.activations), bytesText(memory.temporary)));
    m_process.value->setText(bytesText(memory.process));
    QStringList notes;
    for (const Note& note : bill.notes)
        notes << warningTitle(note.code) + ": " + QString::fromStdString(note.message + "; " + note.hint);
    m_memoryNote->setText(notes.join('\n'));
    m_memoryNote->setVisible(!notes.isEmpty());
}

void BillPanel::showWork(const Bill* bill) {
    const QString unknown = QStringLiteral("–");
    const bool busy = m_context.controller.busy();
    const auto& recipe = m_context.controller.runRecipe();
    const std::optional<BaseFacts>& facts = m_context.draft.baseFacts();
    const std::optional<Preview>& preview = m_context.estimates.preview();
    const bool sameBase = !busy || (recipe && recipe->base == m_context.draft.recipe().base);
    const int64_t rows = busy ? m_context.estimates.runRows() : preview ? preview->train.rows : 0;
    m_adapterDisk.value->setText(bill ? bytesText(bill->adapterBytes) : unknown);
    m_baseDisk.value->setText(facts && sameBase ? bytesText(facts->sizeBytes) : unknown);
    m_rows.value->setText(rows > 0 ? countText(rows) : unknown);
}

void BillPanel::showProgress() {
    const bool busy = m_context.controller.busy();
    const int64_t steps = busy ? m_progress.last().maxSteps : m_context.estimates.steps();
    m_steps.value->setText(steps > 0 ? countText(steps) : QStringLiteral("–"));
    const double left = busy ? m_progress.secondsLeft() : -1;
    m_time.value->setText(left >= 0 ? durationText(left) : busy ? QStringLiteral("–") : tr("once it runs"));
    const Bill* bill = shownBill();
    if (!bill) return;
    const int64_t measured = busy ? m_progress.peakBytes() : 0;
    const QString predicted = bytesText(bill->memory.total());
    m_total->setText(measured > 0 ? bytesText(measured) : tr("≈ %1").arg(predicted));
    m_totalNote->setText(measured > 0 ? tr("measured · %1 predicted").arg(predicted) : tr("predicted"));
}

}  // namespace lathe
