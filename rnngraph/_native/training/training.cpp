#include "training/training.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "dispatch.hpp"

namespace rnngraph {

Packed::Packed(const Sequences& all, const int64_t* order, int64_t n, int64_t batch_size, int32_t padding) {
    const bool pads = padding >= 0;
    std::vector<int64_t> rows(order, order + n);
    int64_t n_steps = 0;
    for (int64_t first = 0; first < n; first += batch_size) {
        const int64_t end = std::min(n, first + batch_size);
        std::stable_sort(rows.begin() + first, rows.begin() + end,
                         [&](int64_t a, int64_t b) { return all.lengths[a] > all.lengths[b]; });
        Batch batch{static_cast<int32_t>(chunks.size()), 0, 0};
        for (int64_t k = first; k < end; k += kSamples) {
            Chunk chunk;
            chunk.n_steps = static_cast<int32_t>(all.lengths[rows[pads ? first : k]]);
            chunk.n_rows = static_cast<int32_t>(std::min<int64_t>(kSamples, end - k));
            chunk.target = all.target;
            chunks.push_back(chunk);
            n_steps += chunk.n_steps;
        }
        batch.end_chunk = static_cast<int32_t>(chunks.size());
        for (int64_t k = first; k < end; ++k) {
            if (all.target != Target::step_class) {
                ++batch.n_scored;
                continue;
            }
            const int32_t* classes = all.classes + rows[k] * all.n_steps;
            batch.n_scored += std::count_if(classes, classes + all.lengths[rows[k]], [](int32_t c) { return c >= 0; });
        }
        batches.push_back(batch);
    }
    const bool each_step = all.target == Target::step_class;
    active_.assign(n_steps, 0);
    if (all.tokens) tokens_.assign(n_steps * kSamples, pads ? padding : 0);
    else features_.assign(n_steps * all.n_features * kSamples, 0);
    if (all.target == Target::value) values_.assign(chunks.size() * kSamples, 0);
    else classes_.assign((each_step ? n_steps : static_cast<int64_t>(chunks.size())) * kSamples, -1);

    int64_t step = 0;
    for (const Batch& batch : batches) {
        const int64_t first_row = (&batch - batches.data()) * batch_size;
        for (int32_t c = batch.first_chunk; c < batch.end_chunk; ++c) {
            Chunk& chunk = chunks[c];
            chunk.active = &active_[step];
            if (all.tokens) chunk.tokens = &tokens_[step * kSamples];
            else chunk.features = &features_[step * all.n_features * kSamples];
            if (all.target == Target::value) chunk.values = &values_[int64_t{c} * kSamples];
            else chunk.classes = &classes_[(each_step ? step : c) * kSamples];
            for (int32_t lane = 0; lane < chunk.n_rows; ++lane) {
                const int64_t row = rows[first_row + int64_t{c - batch.first_chunk} * kSamples + lane];
                const int64_t length = all.lengths[row], start = pads ? step : step + chunk.n_steps - length;
                // Those after it are no longer: they start at the same step, or later.
                std::fill(&active_[start], &active_[step] + chunk.n_steps, lane + 1);
                for (int64_t t = 0; t < length; ++t) {
                    if (all.tokens) tokens_[(start + t) * kSamples + lane] = all.tokens[row * all.n_steps + t];
                    else
                        for (int64_t f = 0; f < all.n_features; ++f)
                            features_[((start + t) * all.n_features + f) * kSamples + lane] =
                                all.features[(row * all.n_steps + t) * all.n_features + f];
                    if (each_step) classes_[(start + t) * kSamples + lane] = all.classes[row * all.n_steps + t];
                }
                if (all.target == Target::last_class) classes_[int64_t{c} * kSamples + lane] = all.classes[row];
                if (all.target == Target::value) values_[int64_t{c} * kSamples + lane] = all.values[row];
            }
            step += chunk.n_steps;
        }
    }
}

namespace {

// Kingma & Ba (2015), arXiv:1412.6980, and Loshchilov & Hutter (2019), arXiv:1711.05101, as in torch.
void update(int64_t n, const float* gradient, Learner& to, const Settings& settings, float rate) {
    // 1 - beta by itself: from a rounded beta it would be off by 7e-6.
    constexpr float kBeta1 = 0.9f, kBeta2 = 0.999f, kNew1 = 0.1f, kNew2 = 0.001f, kEpsilon = 1e-8f;
    ++to.n_updates;
    float *p = to.numbers, *first = to.first, *second = to.second;
    const auto decay = static_cast<float>(settings.weight_decay);
    if (settings.optimizer == Optimizer::sgd) {
        const auto momentum = static_cast<float>(settings.momentum);
        for (int64_t k = 0; k < n; ++k) {
            first[k] = momentum * first[k] + (gradient[k] + decay * p[k]);
            p[k] -= rate * first[k];
        }
        return;
    }
    const bool decoupled = settings.optimizer == Optimizer::adamw;
    const auto steps = static_cast<double>(to.n_updates);
    const auto size = static_cast<float>(rate / (1 - std::pow(0.9, steps)));
    const auto root = static_cast<float>(std::sqrt(1 - std::pow(0.999, steps)));
    const float keep = decoupled ? 1 - rate * decay : 1, added = decoupled ? 0 : decay;
    for (int64_t k = 0; k < n; ++k) {
        const float g = gradient[k] + added * p[k];
        first[k] = kBeta1 * first[k] + kNew1 * g;
        second[k] = kBeta2 * second[k] + kNew2 * g * g;
        p[k] = keep * p[k] - size * first[k] / (std::sqrt(second[k]) / root + kEpsilon);
    }
}

double norm(const std::vector<float>& gradient) {
    // Several sums that do not wait for each other.
    double squares[8] = {};
    size_t k = 0;
    for (; k + 8 <= gradient.size(); k += 8)
        for (int j = 0; j < 8; ++j) squares[j] += double{gradient[k + j]} * gradient[k + j];
    for (; k < gradient.size(); ++k) squares[0] += double{gradient[k]} * gradient[k];
    return std::sqrt(std::accumulate(squares, squares + 8, 0.0));
}

}  // namespace

void learn_epoch(const Network& net, Learner& learner, const Packed& data, const Settings& settings, const float* rates,
                 Scratch& scratch, const std::atomic<bool>& stop, Learned& to) {
    const Scan& scan = kernels().scan;
    std::vector<float> gradient(net.n_numbers);
    double loss = 0, norms = 0;
    int64_t n_scored = 0, done = 0;
    for (size_t b = 0; b < data.batches.size() && !stop; ++b) {
        const Packed::Batch& batch = data.batches[b];
        scan.prepare(net, learner.numbers, scratch);
        Score score;
        const float scale = 1.0f / static_cast<float>(std::max<int64_t>(1, batch.n_scored));
        for (int32_t c = batch.first_chunk; c < batch.end_chunk; ++c)
            scan.learn(net, learner.numbers, data.chunks[c], scale, scratch, score);
        scan.gradient(net, learner.numbers, scratch, gradient.data());
        const double length = norm(gradient);
        if (!std::isfinite(score.loss) || !std::isfinite(length)) {
            to.diverged_at = static_cast<int64_t>(b);
            break;
        }
        loss += score.loss;
        n_scored += batch.n_scored;
        norms += length;
        to.norm_max = std::max(to.norm_max, length);
        ++done;
        // The constant is torch's.
        const auto shrink = static_cast<float>(std::min(1.0, settings.clip / (length + 1e-6)));
        if (shrink < 1)
            for (float& g : gradient) g *= shrink;
        update(net.n_numbers, gradient.data(), learner, settings, rates[b]);
    }
    const double nothing = std::numeric_limits<double>::quiet_NaN();
    to.loss = n_scored && to.diverged_at < 0 ? loss / static_cast<double>(n_scored) : nothing;
    to.norm_mean = done ? norms / static_cast<double>(done) : nothing;
    if (!done) to.norm_max = nothing;
}

void score_all(const Network& net, const float* numbers, const Packed& data, Scratch& scratch,
               const std::atomic<bool>& stop, Scored& to) {
    const Scan& scan = kernels().scan;
    int64_t units = 0, n_scored = 0;
    for (const Cell& cell : net.cells) units += cell.n;
    to.most.assign(units, 0);
    scan.prepare(net, numbers, scratch);
    Score score;
    for (const Packed::Batch& batch : data.batches) {
        if (stop) return;
        n_scored += batch.n_scored;
        for (int32_t c = batch.first_chunk; c < batch.end_chunk; ++c)
            scan.score(net, numbers, data.chunks[c], scratch, score, to.most.data());
    }
    const auto scored = static_cast<double>(n_scored);
    to.loss = score.loss / scored;
    to.accuracy = data.chunks.empty() || data.chunks[0].target == Target::value
                      ? std::numeric_limits<double>::quiet_NaN()
                      : static_cast<double>(score.n_right) / scored;
}

}  // namespace rnngraph
