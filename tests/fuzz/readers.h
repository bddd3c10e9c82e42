// SPDX-License-Identifier: GPL-3.0-or-later
// What strangers may send, each read by the real parser and then used as the program would use it.
#pragma once

#include <filesystem>
#include <span>

#include "core/base/result.h"

namespace lathe::fuzz {

struct Reader {
    const char* name;
    /// An error, or whatever the file holds has been used. Throws when the program contradicts itself.
    Result<void> (*read)(const std::filesystem::path&);
};

std::span<const Reader> readers();
/// Null when there is none.
const Reader* reader(const std::string& name);

/// A file in memory that can be opened by its path.
class MemoryFile {
  public:
    MemoryFile();
    ~MemoryFile();
    MemoryFile(const MemoryFile&) = delete;
    MemoryFile& operator=(const MemoryFile&) = delete;
    void write(const void* data, std::size_t size) const;
    std::filesystem::path path() const;

  private:
    int m_fd;
};

}  // namespace lathe::fuzz
