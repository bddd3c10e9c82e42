// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/caught_error.h"

#include <c10/util/Exception.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <exception>
#include <new>
#include <stdexcept>

#include "core/base/ascii.h"

namespace lathe {
namespace {

/// How LibTorch and the libraries below it say that an allocation failed. Not all of them throw a type of
/// its own for it: the CPU's allocator throws a plain c10::Error.
constexpr std::array<const char*, 7> kAllocatorTexts{
    "can't allocate memory",  "not enough memory",          "out of memory",
    "cannot allocate memory", "cublas_status_alloc_failed", "storage size calculation overflowed",
    "std::bad_alloc"};

bool saysOutOfMemory(const std::string& what) {
    const std::string lower = lowerAscii(what);
    return std::any_of(kAllocatorTexts.begin(), kAllocatorTexts.end(),
                       [&](const char* text) { return lower.find(text) != std::string::npos; });
}

/// ": 17179869184 bytes were asked for at once", where the allocator says so.
std::string askedFor(const std::string& what) {
    static const std::string kBefore = "you tried to allocate ";
    const auto at = what.find(kBefore);
    if (at == std::string::npos) return {};
    const double bytes = std::strtod(what.c_str() + at + kBefore.size(), nullptr);
    char text[80];
    std::snprintf(text, sizeof text, ": %.1f MiB were asked for at once", bytes / (1 << 20));
    return bytes > 0 ? text : "";
}

Error outOfMemory(const std::string& what, const char* remedy) {
    return {ErrorCode::OutOfMemory, "there was not enough memory" + askedFor(what), "", remedy};
}

Error mistake(const std::string& what, const char* place) {
    return {ErrorCode::Internal, what, place, "this is a mistake in Lathe; please report it"};
}

}  // namespace

Error caughtError(const char* remedy) {
    try {
        throw;
    } catch (const c10::OutOfMemoryError& error) {
        return outOfMemory(error.what_without_backtrace(), remedy);
    } catch (const std::bad_alloc&) {
        return outOfMemory("", remedy);
    } catch (const std::length_error&) {  // a container longer than the address space
        return outOfMemory("", remedy);
    } catch (const c10::Error& error) {
        const std::string what = error.what_without_backtrace();
        return saysOutOfMemory(what) ? outOfMemory(what, remedy) : mistake(what, "LibTorch");
    } catch (const std::exception& error) {
        return saysOutOfMemory(error.what()) ? outOfMemory(error.what(), remedy) : mistake(error.what(), "");
    } catch (...) {
        return mistake("something that is not an exception was thrown", "");
    }
}

}  // namespace lathe
