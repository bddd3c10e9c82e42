// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/base/base_page.h"

#include <QDragEnterEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QGridLayout>
#include <QLabel>
#include <QMimeData>
#include <QProgressBar>
#include <QPushButton>
#include <QSettings>
#include <QStyle>

#include "core/formats/modelfile.h"
#include "ui/bridge/background.h"
#include "ui/charts/layer_map.h"
#include "ui/text/core_text.h"
#include "ui/text/number_text.h"
#include "ui/text/path_text.h"
#include "ui/text/plain_tool_tip.h"
#include "ui/widgets/card.h"
#include "ui/widgets/warning_list.h"

namespace lathe {
namespace {

constexpr int kRecentShown = 4;
const QString kRecentKey = QStringLiteral("recentBases");

const QLatin1String kShelf("shelf:");

QString shelfName(const ShelfItem& item) {
    return kShelf + QString::fromStdString(item.name);
}

/// What the menu and the rail call a base.
QString shortName(const QString& base) {
    if (base.startsWith(kShelf)) return base.mid(kShelf.size());
    return QFileInfo(base).fileName();
}

void setTone(QLabel* label, const char* role) {
    label->setProperty("role", role);
    label->style()->unpolish(label);
    label->style()->polish(label);
}

}  // namespace

BasePage::BasePage(const PageContext& context, QWidget* parent) : Page(context, parent) {
    setAcceptDrops(true);
    auto* top = new QHBoxLayout;
    top->setSpacing(12);
    buildShelf();
    buildOwn();
    top->addWidget(m_shelfCard, 3);
    top->addWidget(m_ownCard, 2);
    body()->addLayout(top);
    buildError();
    buildFacts();
    body()->addStretch(1);
    connect(&context.draft, &RecipeDraft::changed, this, [this] {
        showShelf();
        showFacts();
    });
    connect(&context.draft, &RecipeDraft::baseFactsChanged, this, &BasePage::showFacts);
    connect(&context.estimates, &Estimates::baseErrorChanged, this, &BasePage::showFacts);
    connect(&context.estimates, &Estimates::billsChanged, this, &BasePage::showFacts);
    retranslate();
}

void BasePage::buildShelf() {
    m_shelfCard = new Card;
    auto* grid = new QGridLayout;
    grid->setVerticalSpacing(10);
    grid->setHorizontalSpacing(12);
    grid->setColumnStretch(0, 1);
    for (const ShelfItem& item : shelfItems()) {
        const int row = int(m_shelf.size());
        ShelfRow shown{item, new QLabel(QString::fromStdString(item.title)), new QLabel, new QProgressBar,
                       new QPushButton};
        shown.title->setTextFormat(Qt::PlainText);
        shown.title->setProperty("role", "strong");
        shown.title->setWordWrap(true);
        shown.facts->setTextFormat(Qt::PlainText);
        shown.facts->setProperty("role", "muted");
        shown.progress->setRange(0, 0);
        shown.progress->setTextVisible(false);
        shown.progress->hide();
        auto* words = new QVBoxLayout;
        words->setSpacing(2);
        words->addWidget(shown.title);
        words->addWidget(shown.facts);
        words->addWidget(shown.progress);
        grid->addLayout(words, row, 0);
        grid->addWidget(shown.button, row, 1, Qt::AlignVCenter);
        connect(shown.button, &QPushButton::clicked, this, [this, row] {
            if (m_shelf[row].stop) {
                *m_shelf[row].stop = true;
                showShelf();
            } else if (shelfPath(m_shelf[row].item)) {
                openBase(shelfName(m_shelf[row].item));
            } else {
                fetch(row);
            }
        });
        m_shelf.append(shown);
    }
    m_shelfCard->body()->addLayout(grid);
    m_shelfError = new QLabel;
    m_shelfError->setTextFormat(Qt::PlainText);
    m_shelfError->setWordWrap(true);
    m_shelfError->setProperty("role", "warn");
    m_shelfError->hide();
    m_shelfCard->body()->addWidget(m_shelfError);
    m_shelfCard->body()->addStretch(1);
}

void BasePage::buildOwn() {
    m_ownCard = new Card;
    m_folder = new QPushButton;
    m_file = new QPushButton;
    auto* buttons = new QHBoxLayout;
    buttons->setSpacing(8);
    buttons->addWidget(m_folder);
    buttons->addWidget(m_file);
    buttons->addStretch(1);
    m_dropHint = new QLabel;
    m_dropHint->setProperty("role", "muted");
    m_dropHint->setWordWrap(true);
    m_recent = new QVBoxLayout;
    m_recent->setSpacing(4);
    m_ownCard->body()->addLayout(buttons);
    m_ownCard->body()->addWidget(m_dropHint);
    m_ownCard->body()->addLayout(m_recent);
    m_ownCard->body()->addStretch(1);
    connect(m_folder, &QPushButton::clicked, this, [this] {
        const QString folder = QFileDialog::getExistingDirectory(this, tr("Choose a model folder"));
        if (!folder.isEmpty()) openBase(folder);
    });
    connect(m_file, &QPushButton::clicked, this, [this] {
        const QString file =
            QFileDialog::getOpenFileName(this, tr("Choose a GGUF file"), QString(), tr("GGUF (*.gguf)"));
        if (!file.isEmpty()) openBase(file);
    });
}

void BasePage::buildError() {
    m_errorCard = new Card;
    m_errorCard->setTone("warn");
    m_error = new QLabel;
    m_errorHint = new QLabel;
    m_errorHint->setProperty("role", "muted");
    for (QLabel* label : {m_error, m_errorHint}) {
        label->setTextFormat(Qt::PlainText);
        label->setWordWrap(true);
        label->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
        m_errorCard->body()->addWidget(label);
    }
    body()->addWidget(m_errorCard);
}

void BasePage::buildFacts() {
    m_factsCard = new Card;
    m_path = new QLabel;
    m_path->setTextFormat(Qt::PlainText);
    m_path->setProperty("role", "muted");
    m_path->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_path->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_facts = new QGridLayout;
    m_facts->setHorizontalSpacing(24);
    m_facts->setVerticalSpacing(8);
    m_factsCard->body()->addWidget(m_path);
    m_factsCard->body()->addLayout(m_facts);
    body()->addWidget(m_factsCard);
    m_notes = new WarningList;
    body()->addWidget(m_notes);
    m_layersCard = new Card;
    m_layers = new LayerMap(context().theme);
    m_layersCard->body()->addWidget(m_layers);
    body()->addWidget(m_layersCard);
}

void BasePage::openBase(const QString& base) {
    if (!base.startsWith(kShelf)) remember(base);
    context().draft.setValue("base", base.toStdString());
}

void BasePage::remember(const QString& base) {
    QSettings settings;
    QStringList recent = settings.value(kRecentKey).toStringList();
    recent.removeAll(base);
    recent.prepend(base);
    settings.setValue(kRecentKey, QStringList(recent.mid(0, 10)));
    showRecent();
}

void BasePage::fetch(int row) {
    const auto stop = std::make_shared<std::atomic<bool>>(false);
    m_shelf[row].stop = stop;
    m_shelfError->hide();
    showShelf();
    runInBackground(
        this,
        [item = m_shelf[row].item, stop] {
            return fetchShelfItem(item, std::nullopt, [stop] { return stop->load(); });
        },
        [this, row](const Result<std::filesystem::path>& answer) {
            m_shelf[row].stop.reset();
            const bool failed = !answer.ok() && answer.error().code != ErrorCode::Stopped;
            m_shelfError->setVisible(failed);
            if (answer.ok()) {
                openBase(shelfName(m_shelf[row].item));
            } else if (failed) {
                m_shelfError->setText(errorText(answer.error()) + QLatin1Char('\n') +
                                      errorHint(answer.error()));
            }
            showShelf();
            this->context().estimates.refresh();
        });
}

BasePage::~BasePage() {
    stopFetching();
}

void BasePage::stopFetching() {
    for (const ShelfRow& row : m_shelf)
        if (row.stop) *row.stop = true;
}

void BasePage::showShelf() {
    const QString base = QString::fromStdString(context().draft.recipe().base);
    for (ShelfRow& row : m_shelf) {
        const bool fetched = shelfPath(row.item).has_value();
        const bool chosen = base == shelfName(row.item);
        const QString size = bytesText(int64_t(row.item.bytes));
        const QString licence = QString::fromStdString(row.item.licence);
        const bool made = row.item.isMade();
        const QString state = row.stop  ? (made ? tr("making") : tr("fetching"))
                              : fetched ? tr("on this computer")
                              : made    ? tr("not made yet")
                                        : tr("not fetched yet");
        row.facts->setText(tr("%1 · %2 · %3").arg(size, licence, state));
        row.progress->setVisible(bool(row.stop));
        row.button->setText(row.stop  ? tr("Cancel")
                            : chosen  ? tr("Chosen")
                            : fetched ? tr("Use")
                            : made    ? tr("Make")
                                      : tr("Fetch"));
        row.button->setEnabled(row.stop ? !row.stop->load() : !chosen);
        const QString title = QString::fromStdString(row.item.title);
        row.button->setAccessibleName(row.button->text() + QLatin1String(": ") + title);
        row.button->setToolTip(
            fetched ? tr("Start from this model")
            : made  ? tr("Make this model on this computer, with weights that have learnt nothing yet")
                    : tr("Fetch this model once over the network; it is checked by its hash"));
    }
}

void BasePage::showRecent() {
    while (QLayoutItem* item = m_recent->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    const QStringList recent = QSettings().value(kRecentKey).toStringList().mid(0, kRecentShown);
    for (const QString& base : recent) {
        auto* button = new QPushButton(fontMetrics().elidedText(shortName(base), Qt::ElideMiddle, 220));
        button->setToolTip(plainToolTip(base));
        button->setAccessibleName(tr("Recent base %1").arg(shortName(base)));
        button->setEnabled(QFileInfo::exists(base));
        connect(button, &QPushButton::clicked, this, [this, base] { openBase(base); });
        m_recent->addWidget(button);
    }
}

void BasePage::showFacts() {
    while (QLayoutItem* item = m_facts->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    const auto& facts = context().draft.baseFacts();
    const auto& error = context().estimates.baseError();
    m_errorCard->setVisible(error.has_value());
    if (error) {
        m_error->setText(errorText(*error));
        m_errorHint->setText(errorHint(*error));
    }
    m_factsCard->setVisible(facts.has_value());
    m_notes->clear();
    const std::vector<Bill>& bills = context().estimates.bills();
    const bool drawn = facts && !bills.empty() && !bills.front().layers.empty();
    m_layersCard->setVisible(drawn);
    Q_EMIT railChanged();
    if (!facts) return;
    if (drawn) m_layers->setBill(bills.front());
    const QString base = QString::fromStdString(context().draft.recipe().base);
    const ShelfItem* item =
        base.startsWith(kShelf) ? shelfItem(base.mid(kShelf.size()).toStdString()) : nullptr;
    const QString title = QString::fromStdString(item ? item->title : facts->title);
    m_factsCard->setTitle(title.isEmpty() ? shortName(QString::fromStdString(facts->path)) : title);
    m_path->setText(pathText(QString::fromStdString(facts->path)));
    m_path->setToolTip(plainToolTip(m_path->text()));
    const auto unknown = [](const std::string& text) {
        return text.empty() ? QStringLiteral("–") : QString::fromStdString(text);
    };
    const std::pair<QString, QString> shown[] = {
        {tr("Architecture"), unknown(facts->architecture)},
        {tr("Parameters"), countText(facts->parameters)},
        {tr("Blocks"), tr("%1 × %2 wide").arg(facts->blocks).arg(facts->hiddenSize)},
        {tr("Context"), tr("%1 tokens").arg(countText(facts->contextLength))},
        {tr("Tokenizer"),
         tr("%1, %2 tokens").arg(unknown(facts->tokenizerKind), countText(facts->vocabulary))},
        {tr("Chat template"), facts->chatFormat.empty() ? tr("none") : tr("its own")},
        {tr("Licence"), unknown(facts->licence)},
        {tr("On disk"), tr("%1, %2").arg(bytesText(facts->sizeBytes), unknown(facts->format))},
    };
    for (const Note& note : facts->notes) m_notes->add(note);
    int place = 0;
    for (const auto& [name, value] : shown) {
        auto* label = new QLabel(name);
        setTone(label, "muted");
        auto* text = new QLabel(value);
        text->setTextFormat(Qt::PlainText);
        text->setWordWrap(true);
        m_facts->addWidget(label, place / 4 * 2, place % 4);
        m_facts->addWidget(text, place / 4 * 2 + 1, place % 4, Qt::AlignTop);
        m_facts->setColumnStretch(place % 4, 1);
        ++place;
    }
}

void BasePage::dragEnterEvent(QDragEnterEvent* event) {
    const QList<QUrl> urls = event->mimeData()->urls();
    if (urls.size() != 1) return;
    const QFileInfo file(urls.first().toLocalFile());
    if (file.isDir() || file.suffix().toLower() == QLatin1String("gguf") ||
        modelfileAt(file.filePath().toStdString()))
        event->acceptProposedAction();
}

void BasePage::dropEvent(QDropEvent* event) {
    const QList<QUrl> urls = event->mimeData()->urls();
    if (urls.size() != 1) return;
    event->acceptProposedAction();
    openBase(urls.first().toLocalFile());
}

void BasePage::retranslate() {
    setHeading(tr("Base"), tr("the model to start from"));
    m_shelfCard->setTitle(tr("Shelf"));
    m_ownCard->setTitle(tr("From this computer"));
    m_notes->retranslate();
    m_folder->setText(tr("Model folder…"));
    m_folder->setToolTip(tr("A folder in the Hugging Face layout: config.json, tokenizer, safetensors"));
    m_file->setText(tr("GGUF file…"));
    m_file->setToolTip(tr("One file with weights and tokenizer"));
    m_dropHint->setText(tr("You can also drop a folder or a file here."));
    m_errorCard->setTitle(tr("This base cannot be used"));
    m_layersCard->setTitle(tr("What would change with the chosen method"));
    m_layers->retranslate();
    showShelf();
    showRecent();
    showFacts();
}

QString BasePage::railNote() const {
    return railNoteOf(context().draft.recipe());
}

QString BasePage::railNoteOf(const Recipe& recipe) const {
    return shortName(QString::fromStdString(recipe.base));
}

int BasePage::faultCount() const {
    return context().estimates.baseError() ? 1 : 0;
}

bool BasePage::complete() const {
    return !context().draft.recipe().base.empty() && context().draft.baseFacts().has_value();
}

}  // namespace lathe
