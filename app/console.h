// SPDX-License-Identifier: GPL-3.0-or-later
// How lathe-run speaks: JSON lines for programs, text and a progress bar for people, exit codes for both.
#pragma once

#include <optional>
#include <string>

#include "core/base/note.h"
#include "core/base/result.h"
#include "core/config/recipe.h"
#include "core/run/events/events.h"

namespace lathe {

enum ExitCode { kExitDone = 0, kExitFailed = 1, kExitUsage = 2, kExitStopped = 3 };

/// The options every command takes.
struct CommonOptions {
    bool json = false;   ///< one JSON object a line on stdout and nothing else there
    bool quiet = false;  ///< no text for people
    std::string device = "auto";
    int threads = 0;  ///< 0 = all cores
};

/// What several runs of one command tell theirs apart by: a key of each event and its value.
struct EventLabel {
    std::string key, value;
};

class Console {
  public:
    explicit Console(const CommonOptions& options) : m_options(options) {}

    bool json() const { return m_options.json; }
    /// One JSON line on stdout, with --json only.
    void line(const OrderedJson& object) const;
    /// The same of an object that is text already.
    void jsonLine(const std::string& object) const;
    /// One line of text on stdout, without --json only.
    void text(const std::string& line) const;
    /// Each note as a line of text, behind its title.
    void notes(const std::vector<Note>& notes, const std::string& title) const;
    /// A piece of text as it is, at once, without --json only.
    void piece(const std::string& text) const;
    /// An event as the mode asks: a JSON line with the label in it, or text and the progress bar.
    void event(const Event& event, const EventLabel& label = {});
    /// A bar on stderr where that is a terminal; it goes when all is done.
    void progress(int64_t done, int64_t total);

    /// `code`, or kExitFailed where the work was done but stdout could not take all of it.
    int exitCode(int code) const { return code == kExitDone && m_lost ? kExitFailed : code; }

    /// The error on stderr.
    void complain(const Error& error) const;
    /// The error on stderr (and as a JSON line with --json); gives kExitFailed, kExitUsage or kExitStopped.
    int fail(const Error& error) const;
    /// Every fault on stderr; gives kExitUsage.
    int fail(const std::vector<RecipeFault>& faults) const;
    /// The event's error on stderr, where there is one (with --json the event itself carried it on stdout);
    /// gives the exit code by how the run ended.
    int conclude(const FinishedEvent& finished) const;

  private:
    /// To stdout, at once. The first failure is reported; what follows is dropped, so that a run goes on.
    void write(const std::string& text) const;
    void bar(const StepEvent& step);
    void endBar();

    const CommonOptions& m_options;
    bool m_barShown = false;
    mutable bool m_lost = false;  ///< stdout has not taken all that was written
};

/// "74,498"
std::string groupedNumber(int64_t value);
/// "12.3 MiB"
std::string byteText(int64_t bytes);
/// "85.0 %" for a share such as accuracy, "0.3512" for others.
std::string metricText(const std::string& name, double value);
/// "accuracy 85.0 %, loss 0.3512"
std::string metricsText(const std::map<std::string, double>& metrics);

}  // namespace lathe
