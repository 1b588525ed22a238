// A recurrent network run over a few sequences, forward and backward through time.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>

#include "training/network.hpp"

namespace rnngraph {

// Sequences side by side, each in a lane of its own. They end together: lane k starts at the first step at which
// more than k lanes are active, and lanes are sorted by length, longest first.
constexpr int32_t kSamples = 32;

enum class Target : int32_t { last_class, step_class, value };

struct Chunk {
    int32_t n_steps = 0, n_rows = 0;
    const int32_t* active = nullptr;   // (n_steps,) lanes that have started
    const int32_t* tokens = nullptr;   // (n_steps, kSamples), 0 where nothing comes in
    const float* features = nullptr;   // (n_steps, n_features, kSamples)
    Target target = Target::last_class;
    const int32_t* classes = nullptr;  // (kSamples,) or (n_steps, kSamples), -1: not scored
    const float* values = nullptr;     // (kSamples,)
};

struct Score {
    double loss = 0;  // summed over what is scored
    int64_t n_right = 0;
};

// Aligned numbers that keep their memory. They are 0 where they are new.
class Numbers {
  public:
    float* get(int64_t n) {
        if (n > size_) {
            const size_t bytes = (n * sizeof(float) + 63) / 64 * 64;
            data_.reset(static_cast<float*>(std::aligned_alloc(64, bytes)));
            if (!data_) { size_ = 0; throw std::bad_alloc(); }
            size_ = n;
            std::fill_n(data_.get(), bytes / sizeof(float), 0.0f);
        }
        return data_.get();
    }

  private:
    struct Free {
        void operator()(float* p) const { std::free(p); }
    };
    std::unique_ptr<float[], Free> data_;
    int64_t size_ = 0;
};

// What a thread works in: made for one network after the other.
struct Scratch {
    Numbers states, memories, slots, outputs, carried, carried_memories, towards, logits;
    Numbers tables, table_sums, sums;
};

// The kernels of a scan, each built once for each instruction set.
struct Scan {
    // To be called whenever the numbers of the network changed, and before the first chunk.
    void (*prepare)(const Network&, const float* numbers, Scratch&);
    // Adds to the score, and to what gradient() will return: the gradient of scale * loss.
    void (*learn)(const Network&, const float* numbers, const Chunk&, float scale, Scratch&, Score&);
    // The gradient of all chunks since it was last called, (n_numbers,).
    void (*gradient)(const Network&, const float* numbers, Scratch&, float* gradient);
    // Adds to the score; `most`, one a unit, cell after cell, becomes the largest |state| seen, or is null.
    void (*score)(const Network&, const float* numbers, const Chunk&, Scratch&, Score&, float* most);
};

}  // namespace rnngraph
