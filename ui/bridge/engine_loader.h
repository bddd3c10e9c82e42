// SPDX-License-Identifier: GPL-3.0-or-later
// Opens the engine module beside the program, so that the window's first frame need not wait for LibTorch.
#pragma once

#include <QObject>
#include <QThread>
#include <memory>

#include "core/run/run_backend.h"

namespace lathe {

/// Opens the module and makes the engine, on the calling thread; takes up to seconds.
Result<std::unique_ptr<RunBackend>> openEngine();

/// Does so on a thread of its own and tells when it is done.
class EngineLoader : public QObject {
    Q_OBJECT

  public:
    using QObject::QObject;
    ~EngineLoader() override;

    /// Again after failed(), too.
    void start();
    /// After loaded(): hands the engine over, once.
    std::unique_ptr<RunBackend> take() { return std::move(m_backend); }

  Q_SIGNALS:
    void loaded();
    void failed(const lathe::Error& error);

  private:
    std::unique_ptr<QThread> m_thread;
    std::unique_ptr<RunBackend> m_backend;
    std::optional<Error> m_error;
};

}  // namespace lathe
