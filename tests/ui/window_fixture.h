// SPDX-License-Identifier: GPL-3.0-or-later
// A main window over a fake engine, with its settings and runs in a folder of its own.
#pragma once

#include <QApplication>
#include <QLabel>
#include <QPushButton>
#include <QSettings>
#include <QtTest/QtTest>

#include "tests/support/support.h"
#include "tests/ui/fake_backend.h"
#include "ui/shell/main_window.h"

namespace lathe::test {

class WindowFixture {
  protected:
    void open() {
        m_folder.emplace();
        QSettings::setDefaultFormat(QSettings::IniFormat);
        QSettings::setPath(QSettings::IniFormat, QSettings::UserScope,
                           QString::fromStdString(m_folder->path().string()));
        m_backend.emplace();
        m_theme = std::make_unique<Theme>();
        m_theme->apply(*qApp, ThemeKind::Light);
        m_language = std::make_unique<Language>();
        m_window = std::make_unique<MainWindow>(*m_theme, *m_language, m_folder->path());
        m_window->resize(1280, 720);
        m_window->show();
    }
    void close() {
        m_window.reset();
        m_language.reset();
    }

    /// Keys and the focus need a window that is active.
    bool activate() const {
        m_window->activateWindow();
        return QTest::qWaitForWindowActive(m_window.get());
    }

    /// Whether a label on the screen has the text in it.
    bool shows(const QString& text) const {
        for (const QLabel* label : m_window->findChildren<QLabel*>())
            if (label->isVisible() && label->text().contains(text)) return true;
        return false;
    }

    QString recipeFile() const {
        return QString::fromStdString(
            m_folder
                ->write("r.yaml",
                        "lathe: 1\ntask: classification\nbase: b\ndata: {train: t.csv}\n"
                        "method: {name: lora, rank: 5}\n")
                .string());
    }

    QPushButton* primaryButton() const { return m_window->findChild<QPushButton*>("start"); }

    std::optional<test::TemporaryFolder> m_folder;
    std::optional<FakeBackend> m_backend;
    std::unique_ptr<Theme> m_theme;
    std::unique_ptr<Language> m_language;
    std::unique_ptr<MainWindow> m_window;
};

}  // namespace lathe::test
