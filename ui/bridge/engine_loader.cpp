// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/engine_loader.h"

#include <QCoreApplication>
#include <QDir>
#include <QLibrary>

namespace lathe {

Result<std::unique_ptr<RunBackend>> openEngine() {
    using Factory = RunBackend* (*)();
    const QString file = QDir(QCoreApplication::applicationDirPath()).filePath("lathe_engine_module");
    // The library stays loaded to the end: LibTorch does not survive being unloaded.
    QLibrary library(file);
    const auto factory = reinterpret_cast<Factory>(library.resolve("latheCreateBackend"));
    if (!factory)
        return Error{ErrorCode::FileUnreadable,
                     "the engine could not be loaded: " + library.errorString().toStdString(),
                     file.toStdString(), "Build the target lathe_engine_module beside the program"};
    return std::unique_ptr<RunBackend>(factory());
}

EngineLoader::~EngineLoader() {
    if (m_thread) m_thread->wait();
}

void EngineLoader::start() {
    m_error.reset();
    m_thread.reset(QThread::create([this] {
        Result<std::unique_ptr<RunBackend>> engine = openEngine();
        if (engine)
            m_backend = std::move(engine).value();
        else
            m_error = engine.error();
    }));
    connect(m_thread.get(), &QThread::finished, this, [this] {
        if (m_error)
            Q_EMIT failed(*m_error);
        else
            Q_EMIT loaded();
    });
    m_thread->start();
}

}  // namespace lathe
