// SPDX-License-Identifier: GPL-3.0-or-later
// MainWindow's dealings with what is kept: files that are opened, saved or dropped, recent ones, the command
// that repeats a run, settings, the draft, runs that were cut off.
#include <QApplication>
#include <QClipboard>
#include <QDragEnterEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QMenu>
#include <QMessageBox>
#include <QMimeData>
#include <QSettings>
#include <QUndoStack>
#include <utility>

#include "core/base/files.h"
#include "core/base/resource_folder.h"
#include "core/config/recipe_yaml.h"
#include "core/formats/modelfile.h"
#include "core/run/base_model.h"
#include "core/run/store/run_store.h"
#include "ui/shell/help_window.h"
#include "ui/shell/main_window.h"
#include "ui/shell/resume_bar.h"
#include "ui/text/core_text.h"
#include "ui/text/plain_tool_tip.h"

namespace lathe {
namespace {

constexpr int kMaxRecent = 8;
constexpr int kMostDismissed = 200;
constexpr int kMostFaults = 12;  ///< in one message box

QString shellQuoted(const QString& text) {
    QString quoted = text;
    return "'" + quoted.replace("'", "'\\''") + "'";
}

bool isRecipeFile(const QFileInfo& file) {
    const QString ending = file.suffix().toLower();
    return ending == "yaml" || ending == "yml";
}

bool isModel(const QFileInfo& file) {
    if (modelfileAt(file.filePath().toStdString())) return true;
    return file.isDir() ? QFileInfo::exists(file.filePath() + "/config.json")
                        : file.suffix().toLower() == "gguf";
}

}  // namespace

void MainWindow::openPath(const QString& path) {
    if (isNamedBase(path.toStdString())) {
        m_draft.setValue("base", path.toStdString());
        goTo("base");
        return;
    }
    const QFileInfo file(path);
    if (!file.exists()) {
        showProblem(tr("Nothing is there"), tr("There is no file or folder %1.").arg(path));
        return;
    }
    const QString absolute = file.absoluteFilePath();
    const bool isRun = isRunFolder(absolute.toStdString());
    if (!m_context.backend && (isRun || isRecipeFile(file))) {
        m_waiting << absolute;
        say(m_context.engineError ? errorText(*m_context.engineError)
                                  : tr("%1 is opened as soon as the engine is loaded").arg(file.fileName()));
        return;
    }
    if (isRun) {
        showRun(absolute);
    } else if (isRecipeFile(file)) {
        openRecipe(absolute);
    } else if (isModel(file)) {
        m_draft.setValue("base", absolute.toStdString());
        goTo("base");
    } else {
        m_draft.setTrainingFile(absolute);
        goTo("data");
    }
    remember(absolute);
}

void MainWindow::openRecipe(const QString& path) {
    const ParsedRecipe parsed = readRecipe(path.toStdString(), {}, m_context.backend->catalog());
    const Recipe& recipe = parsed.recipe;
    const bool isRecipe = !recipe.task.empty() || !recipe.base.empty() || !recipe.data.train.empty();
    if (!parsed.faults.empty()) {
        QStringList faults;
        for (const RecipeFault& fault : parsed.faults) {
            if (faults.size() == kMostFaults) break;
            faults << QString::fromStdString(fault.text());
        }
        if (const int more = int(parsed.faults.size()) - kMostFaults; more > 0)
            faults << tr("and %n more", nullptr, more);
        showProblem(
            isRecipe ? tr("The recipe has faults") : tr("This is not a recipe; the form is unchanged"),
            faults.join("\n"));
    }
    if (!isRecipe) return;
    m_draft.setRecipe(recipe);
    goTo("method");
}

void MainWindow::showRun(const QString& folder) {
    if (m_controller.busy()) {
        say(tr("A run is in progress; %1 can be shown when it has ended").arg(QFileInfo(folder).fileName()));
        return;
    }
    repeatRun(folder);
    if (Page* train = page("train")) train->showRuns({folder});
    goTo("train");
}

void MainWindow::repeatRun(const QString& folder) {
    if (!m_context.backend) return;
    const ParsedRecipe parsed = readRunRecipe(folder.toStdString(), m_context.backend->catalog());
    // A recipe with faults still fills the form: every fault is shown at its field.
    if (!parsed.recipe.task.empty()) m_draft.setRecipe(parsed.recipe);
    goTo("method");
}

void MainWindow::resumeRun(const QString& folder) {
    if (!m_context.backend || m_controller.busy()) {
        m_resumeBar->show();
        say(tr("the engine is still loading"));
        return;
    }
    m_controller.resume(folder);
    goTo("train");
}

void MainWindow::keepDraft() {
    m_keepsDraft = true;
    // Unless the user has gone somewhere while the engine was loaded.
    if (m_current == m_pages.front().name) goTo(QSettings().value("window/page", m_current).toString());
    const std::string kept = QSettings().value("window/draft").toString().toStdString();
    if (kept.empty() || !m_context.backend) return;
    m_draft.setRecipe(parseRecipe(kept, "draft", {}, m_context.backend->catalog()).recipe);
    m_draft.undoStack()->clear();
}

void MainWindow::newRecipe() {
    m_draft.setRecipe(Recipe{});
    goTo("task");
}

void MainWindow::chooseFile() {
    QSettings settings;
    const QString file =
        QFileDialog::getOpenFileName(this, tr("Open"), settings.value("window/folder").toString(),
                                     tr("Recipes, models and data (*.yaml *.yml *.gguf *.json *.jsonl *.csv "
                                        "*.tsv *.txt *.conll);;All files (*)"));
    if (file.isEmpty()) return;
    settings.setValue("window/folder", QFileInfo(file).absolutePath());
    openPath(file);
}

void MainWindow::saveRecipe() {
    if (tellRefusals(tr("The recipe was not saved"))) return;
    const std::string& name = m_draft.recipe().name;
    const QString suggested =
        (name.empty() ? QStringLiteral("recipe") : QString::fromStdString(name)) + ".yaml";
    const QString file =
        QFileDialog::getSaveFileName(this, tr("Save recipe as"), suggested, tr("Recipes (*.yaml)"));
    if (file.isEmpty()) return;
    const Result<void> written = writeFile(file.toStdString(), recipeToYaml(m_draft.recipe()));
    if (!written) {
        showProblem(tr("The recipe was not saved"), errorText(written.error()));
        return;
    }
    remember(file);
    say(tr("Saved %1").arg(QFileInfo(file).fileName()));
}

void MainWindow::copyAsCommand() {
    if (tellRefusals(tr("The command was not copied"))) return;
    const Recipe& recipe = m_draft.recipe();
    const std::string yaml = recipeToYaml(recipe);
    // Named after its content, so that a command copied earlier keeps repeating what it was copied for.
    const std::string name =
        (recipe.name.empty() ? "recipe" : recipe.name) + "-" + sha256(yaml).substr(0, 8) + ".yaml";
    const std::filesystem::path folder = dataHome() / "recipes";
    const Result<void> made = makeFolder(folder);
    const Result<void> written = made ? writeFile(folder / name, yaml) : made;
    if (!written) {
        showProblem(tr("The command was not copied"), errorText(written.error()));
        return;
    }
    const QString program = QApplication::applicationDirPath() + "/lathe-run";
    const QString file = QString::fromStdString((folder / name).string());
    QApplication::clipboard()->setText(shellQuoted(program) + " train " + shellQuoted(file));
    say(tr("The command that repeats this run is on the clipboard"));
}

void MainWindow::offerResume() {
    // What was cut off before the window was opened; a run of this window that ends is told on its page.
    if (!std::exchange(m_offered, true) || !m_resumeBar->isHidden())
        m_resumeBar->offer(m_library, QSettings().value("window/dismissed").toStringList());
}

void MainWindow::dismiss(const QString& run) {
    QSettings settings;
    QStringList dismissed = settings.value("window/dismissed").toStringList();
    dismissed.prepend(run);
    settings.setValue("window/dismissed", QStringList(dismissed.mid(0, kMostDismissed)));
    m_resumeBar->offer(m_library, dismissed);
}

void MainWindow::restoreSettings() {
    const QSettings settings;
    restoreGeometry(settings.value("window/geometry").toByteArray());
    fillRecent();
}

void MainWindow::saveGeometryNow() {
    QSettings().setValue("window/geometry", saveGeometry());
}

void MainWindow::saveDraft() {
    m_draftTimer.stop();
    if (m_keepsDraft)
        QSettings().setValue("window/draft", QString::fromStdString(recipeToYaml(m_draft.recipe())));
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event) {
    if (event->mimeData()->hasUrls()) event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent* event) {
    for (const QUrl& url : event->mimeData()->urls())
        if (url.isLocalFile()) openPath(url.toLocalFile());
    event->acceptProposedAction();
}

void MainWindow::remember(const QString& path) {
    QSettings settings;
    QStringList recent = settings.value("window/recent").toStringList();
    recent.removeAll(path);
    recent.prepend(path);
    while (recent.size() > kMaxRecent) recent.removeLast();
    settings.setValue("window/recent", recent);
    fillRecent();
}

void MainWindow::fillRecent() {
    m_recent->clear();
    const QStringList recent = QSettings().value("window/recent").toStringList();
    for (const QString& path : recent) {
        QAction* action =
            m_recent->addAction(QFileInfo(path).fileName(), this, [this, path] { openPath(path); });
        action->setToolTip(plainToolTip(path));
        action->setEnabled(QFileInfo::exists(path));
    }
    m_recent->setEnabled(!recent.isEmpty());
}

void MainWindow::showHelp() {
    const auto resources = resourceFolder();
    if (!resources) return say(tr("the program was moved away from its help pages"));
    if (!m_help) m_help = new HelpWindow(QString::fromStdString((*resources / "help").string()), this);
    m_help->setLanguage(m_language.code());
    m_help->showPage(m_current == "method" ? "methods.md"
                     : m_current == "runs" ? "run-folder.md"
                                           : "recipe.md");
    m_help->show();
    m_help->raise();
    m_help->activateWindow();
}

void MainWindow::showAbout() {
    auto* box =
        new QMessageBox(QMessageBox::NoIcon, tr("About Lathe"),
                        tr("Lathe %1\nA workbench for fine-tuning language models.").arg(LATHE_VERSION),
                        QMessageBox::Ok, this);
    box->setTextFormat(Qt::PlainText);
    box->setInformativeText(tr(
        "Free software under the GNU General Public License, version 3 or later (GPL-3.0-or-later). It comes "
        "without any warranty. Built with Qt, LibTorch, QCustomPlot, SentencePiece and yaml-cpp."));
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->open();
}

}  // namespace lathe
