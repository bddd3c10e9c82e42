// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/mapped_guard.h"

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <mutex>

namespace lathe {
namespace {

/// One mapping. Places are used again and never freed, so that the handler can walk them at any moment.
struct Place {
    std::atomic<uintptr_t> begin{0}, end{0};  ///< 0: free
    std::atomic<bool> lost{false};
    Place* next = nullptr;
};

std::atomic<Place*> firstPlace{nullptr};
std::mutex placesMutex;  ///< for those who add and remove
struct sigaction before;
uintptr_t pageSize = 4096;

Place* placeOf(uintptr_t address) {
    for (Place* place = firstPlace.load(std::memory_order_acquire); place; place = place->next)
        if (place->begin <= address && address < place->end) return place;
    return nullptr;
}

/// Nothing is called here but what a signal handler may call, and mmap, which is one system call.
void onBusError(int number, siginfo_t* info, void* /*context*/) {
    const auto address = reinterpret_cast<uintptr_t>(info->si_addr);
    if (Place* place = placeOf(address)) {
        const uintptr_t begin = address / pageSize * pageSize,
                        end = (place->end + pageSize - 1) / pageSize * pageSize;
        place->lost = true;
        if (::mmap(reinterpret_cast<void*>(begin), end - begin, PROT_READ,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0) != MAP_FAILED)
            return;
    }
    // Not ours: the access is repeated under whoever handled it before, or the signal that was sent.
    ::sigaction(SIGBUS, &before, nullptr);
    if (info->si_code <= 0) ::raise(number);
}

void installOnce() {
    static const bool installed = [] {
        pageSize = static_cast<uintptr_t>(::sysconf(_SC_PAGESIZE));
        struct sigaction own {};
        own.sa_sigaction = onBusError;
        own.sa_flags = SA_SIGINFO | SA_NODEFER;
        sigemptyset(&own.sa_mask);
        return ::sigaction(SIGBUS, &own, &before) == 0;
    }();
    (void)installed;
}

}  // namespace

void guardMapping(const void* data, std::size_t size) {
    const std::scoped_lock lock(placesMutex);
    installOnce();
    Place* place = firstPlace;
    while (place && place->begin != 0) place = place->next;
    if (!place) {
        place = new Place;
        place->next = firstPlace;
        firstPlace.store(place, std::memory_order_release);
    }
    const auto begin = reinterpret_cast<uintptr_t>(data);
    place->lost = false;
    place->end = begin + size;
    place->begin = begin;
}

void unguardMapping(const void* data) {
    const std::scoped_lock lock(placesMutex);
    if (Place* place = placeOf(reinterpret_cast<uintptr_t>(data))) {
        place->end = 0;
        place->begin = 0;
    }
}

Result<void> checkMapping(std::span<const std::byte> bytes, const std::filesystem::path& path) {
    const Place* place = placeOf(reinterpret_cast<uintptr_t>(bytes.data()));
    if (bytes.empty() || (place && !place->lost)) return {};
    return Error{ErrorCode::FileUnreadable, "the file became shorter, or its disk failed, while it was read",
                 path.string(), "copy or write the file to its end first, then try again"};
}

}  // namespace lathe
