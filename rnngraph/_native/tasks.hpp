// Spreading numbered tasks over threads, so that no result depends on how many there are.
#pragma once

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace rnngraph {

// Call task(k) for k in 0 .. n - 1, each once, on up to `threads` threads, this one among them.
// The first exception is thrown again here, when all threads have ended.
template <class Task>
void each(int64_t n, int threads, Task task) {
    std::atomic<int64_t> next{0};
    std::exception_ptr error;
    std::mutex lock;
    auto work = [&] {
        try {
            for (int64_t k = next++; k < n; k = next++) task(k);
        } catch (...) {
            next = n;
            std::lock_guard<std::mutex> hold(lock);
            if (!error) error = std::current_exception();
        }
    };
    const int64_t wanted = std::min<int64_t>(threads, n) - 1;
    std::vector<std::thread> others;
    others.reserve(std::max<int64_t>(wanted, 0));
    try {
        for (int64_t t = 0; t < wanted; ++t) others.emplace_back(work);
    } catch (const std::system_error&) {
        // The machine gives no more: those that there are do the work.
    }
    work();
    for (auto& other : others) other.join();
    if (error) std::rethrow_exception(error);
}

// Have part k filled by task(k, part), and merge(part) called for k = 0, 1, ... in this order:
// sums of floating-point numbers then have the same bits whatever the number of threads. A part
// that is done before its turn is laid by, up to two for each thread.
template <class Part, class Task, class Merge>
void in_order(int32_t n, int threads, Task task, Merge merge) {
    std::mutex lock;
    std::condition_variable freed;
    std::vector<std::unique_ptr<Part>> done(n), idle;
    int32_t merged = 0, in_use = 0;
    bool failed = false;
    auto take = [&](int32_t k) {
        std::unique_lock<std::mutex> hold(lock);
        // The part whose turn it is never waits, or none would be merged.
        freed.wait(hold, [&] { return in_use < 2 * threads || merged == k || failed; });
        ++in_use;
        if (idle.empty()) return std::make_unique<Part>();
        auto part = std::move(idle.back());
        idle.pop_back();
        return part;
    };
    auto give = [&](int32_t k, std::unique_ptr<Part> part) {
        std::lock_guard<std::mutex> hold(lock);
        done[k] = std::move(part);
        for (; merged < n && done[merged]; ++merged) {
            merge(*done[merged]);
            idle.push_back(std::move(done[merged]));
            --in_use;
        }
        freed.notify_all();
    };
    each(n, threads, [&](int64_t task_number) {
        const auto k = static_cast<int32_t>(task_number);
        try {
            auto part = take(k);
            task(k, *part);
            give(k, std::move(part));
        } catch (...) {
            std::lock_guard<std::mutex> hold(lock);
            failed = true;
            freed.notify_all();
            throw;
        }
    });
}

}  // namespace rnngraph
