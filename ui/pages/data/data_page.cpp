// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/data/data_page.h"

#include <QComboBox>
#include <QDragEnterEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QGridLayout>
#include <QLabel>
#include <QLineEdit>
#include <QMimeData>
#include <QPushButton>
#include <QSignalBlocker>
#include <QSpinBox>

#include "core/config/label_kind.h"
#include "core/data/roles/columns.h"
#include "ui/bridge/background.h"
#include "ui/charts/histogram.h"
#include "ui/state/data_sample.h"
#include "ui/state/starter_data.h"
#include "ui/text/catalog_text.h"
#include "ui/text/core_text.h"
#include "ui/text/number_text.h"
#include "ui/text/path_text.h"
#include "ui/widgets/card.h"
#include "ui/widgets/flow_layout.h"
#include "ui/widgets/token_view.h"
#include "ui/widgets/warning_list.h"

namespace lathe {
namespace {

constexpr int kPreviewRows = 4;
constexpr int kAskDelayMs = 120;

void emptyGrid(QGridLayout* grid) {
    while (QLayoutItem* item = grid->takeAt(0)) {
        delete item->widget();
        delete item;
    }
}

void addFact(QGridLayout* grid, const QString& name, const QString& value) {
    const int row = grid->rowCount();
    auto* label = new QLabel(name);
    label->setTextFormat(Qt::PlainText);
    auto* number = new QLabel(value);
    number->setTextFormat(Qt::PlainText);
    number->setAlignment(Qt::AlignRight);
    grid->addWidget(label, row, 0);
    grid->addWidget(number, row, 1);
}

}  // namespace

DataPage::DataPage(const PageContext& context, QWidget* parent) : Page(context, parent) {
    setAcceptDrops(true);
    m_delay.setSingleShot(true);
    m_delay.setInterval(kAskDelayMs);
    connect(&m_delay, &QTimer::timeout, this, &DataPage::ask);
    buildFile();
    buildPicture();
    buildReport();
    buildValidation();
    body()->addStretch(1);
    connectEditors();
    connect(&context.draft, &RecipeDraft::changed, this, &DataPage::refresh);
    connect(&context.draft, &RecipeDraft::baseFactsChanged, this, &DataPage::showRows);
    connect(&context.controller, &TrainingController::backendReady, this, &DataPage::refresh);
    connect(&context.estimates, &Estimates::previewChanged, this, &DataPage::takeEstimates);
    connect(&context.estimates, &Estimates::checked, this, [this] {
        if (m_reading) takeEstimates();
    });
    connect(&context.theme, &Theme::changed, this, &DataPage::retranslate);
    showPreview();
    refresh();
}

void DataPage::buildFile() {
    m_fileCard = new Card;
    m_file = new QLineEdit;
    m_file->setObjectName("data.train");
    m_choose = new QPushButton;
    auto* line = new QHBoxLayout;
    line->setSpacing(8);
    line->addWidget(m_file, 1);
    line->addWidget(m_choose);
    m_fileCard->body()->addLayout(line);

    auto* starterRow = new QWidget;
    auto* starters = new FlowLayout(starterRow);
    m_startersLabel = new QLabel;
    m_startersLabel->setProperty("role", "muted");
    starters->addWidget(m_startersLabel);
    for (const QString& file : starterDataFiles()) {
        auto* button = new QPushButton;
        button->setProperty("file", file);
        connect(button, &QPushButton::clicked, this, [this, file] { openFile(file); });
        starters->addWidget(button);
        m_starters.append(button);
    }
    starterRow->setVisible(!m_starters.isEmpty());
    m_fileCard->body()->addWidget(starterRow);

    m_columnsRow = new QWidget;
    m_columnsFlow = new FlowLayout(m_columnsRow, 12);
    m_format = addChoice("data.format");
    m_encoding = addChoice("data.encoding");
    m_template = addChoice("data.template");
    m_lossOn = addChoice("data.loss_on");
    m_packing = addChoice("data.packing");
    m_fileCard->body()->addWidget(m_columnsRow);
    body()->addWidget(m_fileCard);

    m_errorCard = new Card;
    m_errorCard->setTone("warn");
    m_errorText = new QLabel;
    m_errorHint = new QLabel;
    m_errorHint->setProperty("role", "muted");
    for (QLabel* label : {m_errorText, m_errorHint}) {
        label->setTextFormat(Qt::PlainText);
        label->setWordWrap(true);
        label->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
        m_errorCard->body()->addWidget(label);
    }
    m_errorCard->hide();
    body()->addWidget(m_errorCard);
    m_notes = new WarningList;
    body()->addWidget(m_notes);
}

void DataPage::buildPicture() {
    m_rowsCard = new Card;
    m_trainedLegend = new QLabel;
    m_trainedLegend->setObjectName("trainedLegend");
    m_readLegend = new QLabel;
    m_readLegend->setProperty("role", "muted");
    m_rowsCard->header()->addWidget(m_trainedLegend);
    m_rowsCard->header()->addWidget(m_readLegend);
    m_tokens = new TokenView(context().theme);
    m_rowsCard->body()->addWidget(m_tokens);
    body()->addWidget(m_rowsCard);

    m_lengthCard = new Card;
    m_maxLengthLabel = new QLabel;
    m_maxLengthLabel->setProperty("role", "muted");
    m_maxLength = new QSpinBox;
    m_maxLength->setRange(4, 1048576);
    m_maxLength->setSingleStep(16);
    m_maxLength->setKeyboardTracking(false);
    m_maxLengthLabel->setBuddy(m_maxLength);
    m_lengthCard->header()->addWidget(m_maxLengthLabel);
    m_lengthCard->header()->addWidget(m_maxLength);
    m_histogram = new Histogram(context().theme);
    m_lengthCard->body()->addWidget(m_histogram);
    body()->addWidget(m_lengthCard);
}

void DataPage::buildReport() {
    m_reportRow = new QWidget;
    auto* row = new QHBoxLayout(m_reportRow);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(12);
    m_countsCard = new Card;
    m_counts = new QGridLayout;
    m_countsCard->body()->addLayout(m_counts);
    m_countsCard->body()->addStretch(1);
    m_learntCard = new Card;
    m_learnt = new QGridLayout;
    m_learntCard->body()->addLayout(m_learnt);
    m_learntCard->body()->addStretch(1);
    m_noticeCard = new Card;
    m_noticeCard->setTone("warn");
    m_notice = new QLabel;
    m_notice->setTextFormat(Qt::PlainText);
    m_notice->setWordWrap(true);
    m_noticeCard->body()->addWidget(m_notice);
    m_noticeCard->body()->addStretch(1);
    for (Card* card : {m_countsCard, m_learntCard, m_noticeCard}) row->addWidget(card, 1);
    body()->addWidget(m_reportRow);
}

void DataPage::buildValidation() {
    m_validationCard = new Card;
    auto* line = new QHBoxLayout;
    line->setSpacing(8);
    m_validationKind = new QComboBox;
    for (const char* kind : {"none", "share", "file"})
        m_validationKind->addItem(QString(), QString::fromLatin1(kind));
    m_validationShare = new QSpinBox;
    m_validationShare->setRange(1, 90);
    m_validationShare->setValue(10);
    m_validationShare->setKeyboardTracking(false);
    m_validationFile = new QLineEdit;
    m_validationChoose = new QPushButton;
    line->addWidget(m_validationKind);
    line->addWidget(m_validationShare);
    line->addWidget(m_validationFile, 1);
    line->addWidget(m_validationChoose);
    line->addStretch(0);
    m_validationCard->body()->addLayout(line);
    body()->addWidget(m_validationCard);
}

void DataPage::connectEditors() {
    RecipeDraft& draft = context().draft;
    connect(m_file, &QLineEdit::editingFinished, this, [this, &draft] {
        const QString file = typedPath(m_file->text());
        if (file.toStdString() != draft.recipe().data.train) openFile(file);
    });
    connect(m_choose, &QPushButton::clicked, this, [this] {
        const QString file = QFileDialog::getOpenFileName(
            this, tr("Choose training data"), QFileInfo(typedPath(m_file->text())).absolutePath(),
            tr("Data (*.json *.jsonl *.csv *.tsv *.txt *.conll);;All files (*)"));
        if (!file.isEmpty()) openFile(file);
    });
    for (const Choice& choice : {m_format, m_encoding, m_template, m_lossOn, m_packing})
        connect(choice.combo, &QComboBox::activated, this, [choice, &draft](int index) {
            draft.setValue(choice.key, choice.combo->itemData(index).toString().toStdString());
        });
    connect(m_maxLength, &QSpinBox::valueChanged, this,
            [&draft](int length) { draft.setValue("data.max_length", int64_t(length)); });
    connect(m_histogram, &Histogram::cutMoved, m_maxLength, &QSpinBox::setValue);
    connect(m_validationKind, &QComboBox::activated, this, &DataPage::validationEdited);
    connect(m_validationShare, &QSpinBox::valueChanged, this, &DataPage::validationEdited);
    connect(m_validationFile, &QLineEdit::editingFinished, this, &DataPage::validationEdited);
    connect(m_validationChoose, &QPushButton::clicked, this, [this] {
        const QString file = QFileDialog::getOpenFileName(
            this, tr("Choose validation data"), QFileInfo(typedPath(m_file->text())).absolutePath());
        if (file.isEmpty()) return;
        m_validationFile->setText(file);
        validationEdited();
    });
}

void DataPage::openFile(const QString& file) {
    context().draft.setTrainingFile(file);
}

void DataPage::dragEnterEvent(QDragEnterEvent* event) {
    const QList<QUrl> urls = event->mimeData()->urls();
    if (urls.size() == 1 && QFileInfo::exists(urls.first().toLocalFile())) event->acceptProposedAction();
}

void DataPage::dropEvent(QDropEvent* event) {
    const QList<QUrl> urls = event->mimeData()->urls();
    if (urls.size() != 1) return;
    event->acceptProposedAction();
    openFile(urls.first().toLocalFile());
}

void DataPage::refresh() {
    const Recipe& recipe = context().draft.recipe();
    if (!m_file->hasFocus()) m_file->setText(pathText(QString::fromStdString(recipe.data.train)));
    {
        const QSignalBlocker blocker(m_maxLength);
        m_maxLength->setValue(int(std::min<int64_t>(recipe.data.maxLength, m_maxLength->maximum())));
    }
    for (const Choice& choice : {m_format, m_encoding, m_template, m_lossOn, m_packing}) {
        const auto value = std::get<std::string>(recipeValue(recipe, choice.key));
        choice.combo->setCurrentIndex(std::max(0, choice.combo->findData(QString::fromStdString(value))));
    }
    const auto shape = rowShapeOf(recipe.task);
    m_template.holder->setVisible(shape && isConversational(*shape));
    m_lossOn.holder->setVisible(shape == RowShape::Conversation);
    const Catalog* catalog = context().draft.catalog();
    const TaskEntry* task = catalog ? catalog->task(recipe.task) : nullptr;
    m_packing.holder->setVisible(task && task->packs);
    showValidation();
    // Only what changes the rows asks again: the learning rate does not read the file a second time.
    Recipe question;
    question.task = recipe.task;
    question.base = recipe.base;
    question.data = recipe.data;
    QString key = QString::number(int(engineAnswers()));
    key += QString::number(int(labelKindOf(recipe.objective.values)));
    for (const Field& field : recipeFields())
        key += QLatin1Char('\n') + QString::fromStdString(fieldValueToText(recipeValue(question, field.key)));
    if (key == m_askedFor) return;
    m_askedFor = key;
    ++m_asked;
    m_reading = !recipe.data.train.empty();
    if (recipe.data.train != m_shownFile) {
        // The rows of another file would pass for this one's.
        m_shownFile = recipe.data.train;
        m_preview.reset();
        m_error.reset();
        showPreview();
    }
    m_delay.start();
    Q_EMIT railChanged();
}

void DataPage::ask() {
    const Recipe recipe = context().draft.recipe();
    const int asked = m_asked;
    if (recipe.data.train.empty()) {
        m_preview.reset();
        m_error.reset();
        m_reading = false;
        showPreview();
        return;
    }
    if (engineAnswers()) {
        takeEstimates();
        return;
    }
    runInBackground(
        this, [recipe] { return sampleData(recipe, kPreviewRows); },
        [this, asked](const Result<Preview>& answer) {
            if (asked == m_asked) take(answer);
        });
}

bool DataPage::engineAnswers() const {
    const Recipe& recipe = context().draft.recipe();
    return context().controller.backend() && !recipe.base.empty() && !recipe.task.empty();
}

void DataPage::takeEstimates() {
    if (!engineAnswers() || context().draft.recipe().data.train.empty()) return;
    const Estimates& estimates = context().estimates;
    if (estimates.isReading()) return;
    if (estimates.preview()) {
        take(*estimates.preview());
    } else if (estimates.previewError()) {
        take(*estimates.previewError());
    }
}

void DataPage::take(const Result<Preview>& answer) {
    m_reading = false;
    if (answer.ok()) {
        m_preview = answer.value();
        m_error.reset();
    } else {
        m_preview.reset();
        m_error = answer.error();
    }
    showPreview();
    Q_EMIT railChanged();
}

bool DataPage::hasTokens() const {
    return m_preview && !m_preview->rows.empty() && !m_preview->rows.front().ids.empty();
}

void DataPage::showPreview() {
    m_errorCard->setVisible(m_error.has_value());
    if (m_error) {
        m_errorText->setText(errorText(*m_error));
        m_errorHint->setText(errorHint(*m_error));
        m_errorHint->setVisible(!m_errorHint->text().isEmpty());
    }
    for (QWidget* widget :
         {static_cast<QWidget*>(m_rowsCard), static_cast<QWidget*>(m_lengthCard), m_reportRow})
        widget->setVisible(m_preview.has_value());
    m_columnsRow->setVisible(m_preview || m_error);
    m_validationCard->setVisible(!context().draft.recipe().data.train.empty());
    showNotes();
    retranslate();
}

void DataPage::showNotes() {
    m_notes->clear();
    if (!m_preview) return;
    for (const DataReport* report : {&m_preview->train, &m_preview->validation})
        for (const Note& note : report->notes) m_notes->add(note);
}

void DataPage::showReport() {
    if (!m_preview) return;
    const DataReport& report = m_preview->train;
    const int64_t cut = context().draft.recipe().data.maxLength;
    const QString cutText = hasTokens()
                                ? tr("longest row %1: %2 cut").arg(countText(cut), countText(report.cut))
                                : tr("longest row %1 tokens").arg(countText(cut));
    m_histogram->setData(report.lengthHistogram, kHistogramBin, cut, cutText);
    emptyGrid(m_counts);
    addFact(m_counts, tr("training"), countText(report.rows));
    if (m_preview->validation.rows > 0)
        addFact(m_counts, tr("validation"), countText(m_preview->validation.rows));
    if (hasTokens()) addFact(m_counts, tr("cut"), countText(report.cut));
    addFact(m_counts, tr("dropped"), countText(report.dropped));
    emptyGrid(m_learnt);
    const bool labels = !report.labelCounts.empty();
    const bool numbers = labelKindOf(context().draft.recipe().objective.values) == LabelKind::Number;
    m_learntCard->setVisible(!readsPrompts() && !numbers);
    m_learntCard->setTitle(labels ? tr("Labels") : hasTokens() ? tr("Trained tokens") : tr("Words to learn"));
    if (labels) {
        int shown = 0;
        for (const auto& [label, count] : report.labelCounts) {
            if (++shown > 6) break;
            addFact(m_learnt, QString::fromStdString(label).left(40), countText(count));
        }
        if (report.labelCounts.size() > 6)
            addFact(m_learnt, tr("and %1 more").arg(report.labelCounts.size() - 6), {});
    } else if (report.tokens > 0) {
        const double share = 100.0 * double(report.trainedTokens) / double(report.tokens);
        addFact(m_learnt, tr("learnt"),
                tr("%1 · %2").arg(countText(report.trainedTokens), percentText(share)));
        addFact(m_learnt, tr("read only"), countText(report.tokens - report.trainedTokens));
    }
    QStringList reasons;
    for (const std::string& reason : report.reasons) reasons.append(QString::fromStdString(reason));
    m_noticeCard->setVisible(!reasons.isEmpty());
    m_noticeCard->setTitle(tr("Rows left out"));
    m_notice->setText(reasons.join(QLatin1Char('\n')));
}

bool DataPage::complete() const {
    return !context().draft.recipe().data.train.empty() && m_preview && !m_error && !m_reading;
}

QString DataPage::railNote() const {
    return m_preview ? countText(m_preview->train.rows) : QString();
}

QString DataPage::railNoteOf(const Recipe& recipe) const {
    const int64_t rows = context().estimates.runRows();
    if (rows > 0) return countText(rows);
    return recipe.data.train == context().draft.recipe().data.train
               ? railNote()
               : QFileInfo(QString::fromStdString(recipe.data.train)).fileName();
}

}  // namespace lathe
