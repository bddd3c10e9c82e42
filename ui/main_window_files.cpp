// SPDX-License-Identifier: GPL-3.0-or-later
// MainWindow's dealings with files: opening, saving, dropping, recent ones, the command that repeats a run.
#include <QApplication>
#include <QClipboard>
#include <QDragEnterEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QMenu>
#include <QMessageBox>
#include <QMimeData>
#include <QSettings>

#include "core/base/files.h"
#include "core/config/recipe_yaml.h"
#include "core/formats/modelfile.h"
#include "core/run/base_model.h"
#include "core/run/run_store.h"
#include "ui/bridge/core_text.h"
#include "ui/main_window.h"

namespace lathe {
namespace {

constexpr int kMaxRecent = 8;

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
    if (isRunFolder(absolute.toStdString())) {
        showRun(absolute);
    } else if (isRecipeFile(file)) {
        openRecipe(absolute);
    } else if (isModel(file)) {
        m_draft.setValue("base", absolute.toStdString());
        goTo("base");
    } else {
        m_draft.setValue("data.train", absolute.toStdString());
        goTo("data");
    }
    remember(absolute);
}

void MainWindow::openRecipe(const QString& path) {
    static const Catalog kEmpty;
    const ParsedRecipe parsed =
        readRecipe(path.toStdString(), {}, m_context.backend ? m_context.backend->catalog() : kEmpty);
    m_draft.setRecipe(parsed.recipe);
    if (m_context.backend && !parsed.faults.empty()) {
        QStringList faults;
        for (const RecipeFault& fault : parsed.faults) faults << QString::fromStdString(fault.text());
        showProblem(tr("The recipe has faults"), faults.join("\n"));
    }
    goTo("method");
}

void MainWindow::newRecipe() {
    m_draft.setRecipe(Recipe{});
    goTo("task");
}

void MainWindow::chooseFile() {
    const QString file =
        QFileDialog::getOpenFileName(this, tr("Open"), {},
                                     tr("Recipes, models and data (*.yaml *.yml *.gguf *.json *.jsonl *.csv "
                                        "*.tsv *.txt *.conll);;All files (*)"));
    if (!file.isEmpty()) openPath(file);
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

void MainWindow::dragEnterEvent(QDragEnterEvent* event) {
    if (event->mimeData()->hasUrls() && !m_controller.busy()) event->acceptProposedAction();
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
        action->setToolTip(path);
        action->setEnabled(QFileInfo::exists(path));
    }
    m_recent->setEnabled(!recent.isEmpty());
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
