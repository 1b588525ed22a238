// Arrays that go back to Python, and long work that a user can interrupt.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <atomic>
#include <chrono>
#include <future>
#include <utility>
#include <vector>

namespace rnngraph {

namespace nb = nanobind;

template <class T>
nb::ndarray<nb::numpy, T> array(std::vector<T>&& values, std::vector<size_t> shape = {}) {
    auto* kept = new std::vector<T>(std::move(values));
    nb::capsule owner(kept, [](void* p) noexcept { delete static_cast<std::vector<T>*>(p); });
    if (shape.empty()) shape = {kept->size()};
    return nb::ndarray<nb::numpy, T>(kept->data(), shape.size(), shape.data(), owner);
}

// Run long work without the interpreter lock, and end it when the user interrupts.
template <class Work>
void interruptible(Work work) {
    std::atomic<bool> stop{false};
    bool interrupted = false;
    {
        nb::gil_scoped_release release;
        auto done = std::async(std::launch::async, [&] { work(stop); });
        while (done.wait_for(std::chrono::milliseconds(50)) != std::future_status::ready) {
            nb::gil_scoped_acquire acquire;
            if (!stop && PyErr_CheckSignals() != 0) {
                interrupted = true;
                stop = true;
            }
        }
        done.get();
    }
    if (interrupted) throw nb::python_error();
}

}  // namespace rnngraph
