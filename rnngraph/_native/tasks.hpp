// Spreading numbered tasks over threads, so that no result depends on how many there are.
#pragma once

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
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
    std::vector<std::thread> others;
    for (int64_t t = 1; t < std::min<int64_t>(threads, n); ++t) others.emplace_back(work);
    work();
    for (auto& other : others) other.join();
    if (error) std::rethrow_exception(error);
}

// Have part k filled by task(k, part), and merge(part) called for k = 0, 1, ... in this order:
// sums of floating-point numbers then have the same bits whatever the number of threads.
template <class Part, class Task, class Merge>
void in_order(int32_t n, int threads, Task task, Merge merge) {
    std::mutex lock;
    std::condition_variable turn;
    int32_t merged = 0;
    bool failed = false;
    each(n, threads, [&](int64_t k) {
        thread_local Part part;
        try {
            task(static_cast<int32_t>(k), part);
            std::unique_lock<std::mutex> hold(lock);
            turn.wait(hold, [&] { return merged == k || failed; });
            if (!failed) merge(part);
            ++merged;
        } catch (...) {
            std::lock_guard<std::mutex> hold(lock);
            failed = true;
            turn.notify_all();
            throw;
        }
        turn.notify_all();
    });
}

}  // namespace rnngraph
