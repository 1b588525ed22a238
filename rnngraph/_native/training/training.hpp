// Networks taught epoch by epoch: batches, gradient clipping, optimisers.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "training/network.hpp"
#include "training/scan.hpp"

namespace rnngraph {

// N sequences of up to n_steps steps; what lies beyond a sequence's length is never read.
struct Sequences {
    int64_t n = 0, n_steps = 0, n_features = 0;
    const int32_t* tokens = nullptr;   // (n, n_steps)
    const float* features = nullptr;   // (n, n_steps, n_features)
    const int64_t* lengths = nullptr;  // (n,)
    Target target = Target::last_class;
    const int32_t* classes = nullptr;  // (n,) or (n, n_steps), -1: not scored
    const float* values = nullptr;     // (n,)
};

// Batches of sequences, sorted by length within the batch, cut into chunks and laid out by step and
// lane. With `padding`, a token, they start together, and it follows them to the end of the longest.
class Packed {
  public:
    Packed(const Sequences&, const int64_t* order, int64_t n, int64_t batch_size, int32_t padding = -1);

    struct Batch {
        int32_t first_chunk, end_chunk;
        int64_t n_scored;
    };
    std::vector<Chunk> chunks;
    std::vector<Batch> batches;

  private:
    std::vector<int32_t> active_, tokens_, classes_;
    std::vector<float> features_, values_;
};

enum class Optimizer : int32_t { adamw, adam, sgd };

struct Settings {
    Optimizer optimizer = Optimizer::adamw;
    double weight_decay = 0, clip = 0, momentum = 0;
};

// What changes as a network learns. Moments are the optimiser's; SGD uses the first alone.
struct Learner {
    float *numbers, *first, *second;
    int64_t n_updates = 0;
};

struct Learned {
    double loss = 0;  // mean over what is scored, as the weights moved
    double norm_mean = 0, norm_max = 0;  // of the gradient of a batch, before it is clipped
    int64_t diverged_at = -1;  // batch whose loss or gradient was not finite; no update was made for it
};

// One pass over the batches; rates: the learning rate of each.
void learn_epoch(const Network&, Learner&, const Packed&, const Settings&, const float* rates,
                 Scratch&, const std::atomic<bool>& stop, Learned&);

struct Scored {
    double loss = 0, accuracy = 0;
    std::vector<float> most;  // largest |state| of each unit, cell after cell
};
void score_all(const Network&, const float* numbers, const Packed&, Scratch&,
               const std::atomic<bool>& stop, Scored&);

}  // namespace rnngraph
