// What Python sees of the training of networks.
#include "training/bindings.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>

#include "python.hpp"
#include "tasks.hpp"
#include "training/network.hpp"
#include "training/training.hpp"

namespace rnngraph {
namespace {

template <class T, int dims>
using In = nb::ndarray<const T, nb::ndim<dims>, nb::c_contig, nb::device::cpu>;
using Vector = nb::ndarray<float, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using Flat = nb::ndarray<const float, nb::c_contig, nb::device::cpu>;

void require(bool met, const char* rule) {
    if (!met) throw std::invalid_argument(rule);
}

// (layer it reads or -1, layer it is on, input pattern or none, hidden pattern)
using CellSpec = std::tuple<int32_t, int32_t, std::optional<In<uint8_t, 2>>, In<uint8_t, 2>>;

Network network(const std::string& cell, int32_t n_tokens, int32_t n_features, const std::vector<int32_t>& layers,
                const std::vector<CellSpec>& specs, In<uint8_t, 2> readout) {
    Network net;
    net.kind = kind_of(cell);
    require(n_tokens >= 0 && n_features >= 0 && n_tokens + n_features > 0, "something must come in");
    net.n_tokens = n_tokens;
    net.n_features = n_features;
    net.layer_size = layers;
    require(!layers.empty() && !specs.empty(), "a network must have a layer and a cell");
    for (const auto& [from, layer, input, hidden] : specs) {
        Cell made;
        require(layer >= 0 && layer < static_cast<int32_t>(layers.size()), "a cell must be on a layer");
        require(from >= kOutside && from < layer, "a cell must read an earlier layer, or what comes in");
        require(net.cells.empty() || net.cells.back().layer <= layer, "cells must come in the order of their layers");
        made.n = layers[layer];
        made.from = from;
        made.layer = layer;
        require(static_cast<int32_t>(hidden.shape(0)) == made.n && static_cast<int32_t>(hidden.shape(1)) == made.n,
                "a hidden pattern must be square");
        made.hidden.read(hidden.data(), made.n, made.n);
        if (!net.looks_up(made) || net.embeds()) {
            const int32_t sources = from == kOutside ? n_features : layers[from];
            require(input && static_cast<int32_t>(input->shape(0)) == made.n && static_cast<int32_t>(input->shape(1)) == sources,
                    "an input pattern must fit its units and sources");
            made.input.read(input->data(), made.n, sources);
        }
        net.cells.push_back(std::move(made));
    }
    for (int32_t layer = 0; layer < static_cast<int32_t>(layers.size()); ++layer) {
        bool held = false;
        for (const Cell& one : net.cells) held |= one.layer == layer;
        require(held, "a layer must have a cell");
    }
    require(static_cast<int32_t>(readout.shape(1)) == layers.back() && readout.shape(0) > 0, "the readout must fit the last layer");
    net.readout.read(readout.data(), static_cast<int32_t>(readout.shape(0)), layers.back());
    net.lay_out();
    return net;
}

std::vector<size_t> sizes(const Network& net) {
    std::vector<size_t> found;
    const size_t gates = n_gates(net.kind);
    for (const Cell& cell : net.cells) {
        const size_t n = cell.n;
        const size_t sources = cell.from != kOutside ? net.layer_size[cell.from] : net.n_features ? net.n_features : net.n_tokens;
        for (size_t size : {gates * n * sources, gates * n * n, gates * n, gates * n}) found.push_back(size);
    }
    if (net.embeds()) found.push_back(size_t(net.n_tokens) * net.n_features);
    found.push_back(size_t(net.readout.n_targets) * net.readout.n_sources);
    found.push_back(net.readout.n_targets);
    return found;
}

auto pack(const Network& net, const std::vector<Flat>& weights) {
    const std::vector<size_t> expected = sizes(net);
    require(weights.size() == expected.size(), "a network has so many arrays of weights");
    std::vector<const float*> from;
    for (size_t k = 0; k < weights.size(); ++k) {
        require(weights[k].size() == expected[k], "an array of weights must fit the network");
        from.push_back(weights[k].data());
    }
    std::vector<float> numbers(net.n_numbers);
    net.pack(from, numbers.data());
    return array(std::move(numbers));
}

nb::list unpack(const Network& net, In<float, 1> numbers) {
    require(static_cast<int64_t>(numbers.size()) == net.n_numbers, "the numbers must be those of the network");
    std::vector<std::vector<float>> weights;
    std::vector<float*> to;
    for (size_t size : sizes(net)) weights.emplace_back(size, 0.0f);
    for (auto& values : weights) to.push_back(values.data());
    net.unpack(numbers.data(), to);
    nb::list list;
    for (auto& values : weights) list.append(array(std::move(values)));
    return list;
}

using Tokens = std::optional<In<int32_t, 2>>;
using Features = std::optional<In<float, 3>>;
using Classes = std::optional<nb::ndarray<const int32_t, nb::c_contig, nb::device::cpu>>;
using Values = std::optional<In<float, 1>>;

// Sequences, and the arrays that they lie in.
struct Held {
    Sequences sequences;
    Tokens tokens;
    Features features;
    In<int64_t, 1> lengths;
    Classes classes;
    Values values;
    int32_t max_token = -1, max_class = -1;
};

Held hold(Tokens tokens, Features features, In<int64_t, 1> lengths, Classes classes, Values values) {
    require(tokens.has_value() != features.has_value(), "either tokens or features come in");
    require(classes.has_value() != values.has_value(), "targets are either classes or values");
    Sequences to;
    to.n = static_cast<int64_t>(lengths.size());
    to.lengths = lengths.data();
    const auto n = static_cast<size_t>(to.n);
    if (tokens) {
        require(tokens->shape(0) == n, "as many rows of tokens as lengths");
        to.n_steps = static_cast<int64_t>(tokens->shape(1));
        to.tokens = tokens->data();
    } else {
        require(features->shape(0) == n, "as many rows of features as lengths");
        to.n_steps = static_cast<int64_t>(features->shape(1));
        to.n_features = static_cast<int64_t>(features->shape(2));
        to.features = features->data();
    }
    for (int64_t k = 0; k < to.n; ++k) require(to.lengths[k] >= 1 && to.lengths[k] <= to.n_steps, "a length is out of range");
    if (values) {
        require(values->size() == n, "as many values as lengths");
        to.target = Target::value;
        to.values = values->data();
    } else {
        const bool each_step = classes->ndim() == 2;
        require(classes->size() == (each_step ? n * to.n_steps : n), "as many targets as sequences or steps");
        to.target = each_step ? Target::step_class : Target::last_class;
        to.classes = classes->data();
    }
    Held held{to, std::move(tokens), std::move(features), std::move(lengths), std::move(classes), std::move(values)};
    if (to.tokens)
        for (int64_t row = 0; row < to.n; ++row)
            for (int64_t t = 0; t < to.lengths[row]; ++t) {
                require(to.tokens[row * to.n_steps + t] >= 0, "a token is out of range");
                held.max_token = std::max(held.max_token, to.tokens[row * to.n_steps + t]);
            }
    if (to.classes)
        for (size_t k = 0; k < held.classes->size(); ++k) held.max_class = std::max(held.max_class, to.classes[k]);
    return held;
}

// What would make the core read beyond an array.
void check(const Network& net, const Held& held) {
    if (held.tokens) require(held.max_token < net.n_tokens, "a token is out of range");
    else require(net.n_tokens == 0 && net.n_features == held.sequences.n_features, "features must be those of the network");
    require(held.max_class < net.readout.n_targets, "a class is out of range");
}

Packed packed(const Held& held, In<int64_t, 1> order, int64_t batch_size, int32_t padding) {
    require(padding < 0 || (held.tokens && held.sequences.target != Target::step_class), "only tokens with one target are padded");
    require(batch_size >= 1, "a batch must hold a sequence");
    for (size_t k = 0; k < order.size(); ++k) require(order.data()[k] >= 0 && order.data()[k] < held.sequences.n, "the order names no such sequence");
    return Packed(held.sequences, order.data(), static_cast<int64_t>(order.size()), batch_size, padding);
}

// Orders of data, packed when the first network needs them and let go after the last.
class Orders {
  public:
    Orders(const Sequences& data, const std::vector<In<int64_t, 1>>& orders, int64_t batch_size, int32_t padding, const std::vector<int32_t>& order_of)
        : data_(data), batch_size_(batch_size), padding_(padding), slots_(orders.size()) {
        for (size_t k = 0; k < orders.size(); ++k) {
            slots_[k].order = orders[k].data();
            slots_[k].n = static_cast<int64_t>(orders[k].size());
        }
        for (int32_t k : order_of) ++slots_[k].users;
    }

    std::shared_ptr<const Packed> take(int32_t k) {
        Slot& slot = slots_[k];
        std::lock_guard<std::mutex> hold(slot.lock);
        if (!slot.packed) slot.packed = std::make_shared<Packed>(data_, slot.order, slot.n, batch_size_, padding_);
        auto packed = slot.packed;
        if (--slot.users == 0) slot.packed.reset();
        return packed;
    }

  private:
    struct Slot {
        std::mutex lock;
        const int64_t* order = nullptr;
        int64_t n = 0, users = 0;
        std::shared_ptr<const Packed> packed;
    };
    const Sequences& data_;
    int64_t batch_size_;
    int32_t padding_;
    std::vector<Slot> slots_;
};

nb::dict learn(const std::vector<const Network*>& networks, const std::vector<Vector>& numbers, const std::vector<Vector>& first,
               const std::vector<Vector>& second, const std::vector<int64_t>& n_updates, const std::vector<int32_t>& order_of,
               const Held& held, const std::vector<In<int64_t, 1>>& orders, int64_t batch_size, int32_t padding, int optimizer, double weight_decay,
               double clip, double momentum, In<float, 1> rates, int threads) {
    const size_t n = networks.size();
    const Sequences& data = held.sequences;
    require(numbers.size() == n && first.size() == n && second.size() == n && n_updates.size() == n && order_of.size() == n,
            "one of each for each network");
    require(optimizer >= 0 && optimizer <= 2 && batch_size >= 1, "no such optimizer or batch");
    for (const auto& order : orders) {
        require(rates.size() == (order.size() + batch_size - 1) / batch_size, "a rate for each batch");
        for (size_t k = 0; k < order.size(); ++k) require(order.data()[k] >= 0 && order.data()[k] < data.n, "the order names no such sequence");
    }
    for (size_t k = 0; k < n; ++k) {
        check(*networks[k], held);
        require(padding < 0 || (held.tokens && padding < networks[k]->n_tokens && data.target != Target::step_class), "padding must be a token, with one target a sequence");
        require(order_of[k] >= 0 && order_of[k] < static_cast<int32_t>(orders.size()), "no such order");
        for (const Vector* vector : {&numbers[k], &first[k], &second[k]})
            require(static_cast<int64_t>(vector->size()) == networks[k]->n_numbers, "vectors must be those of the network");
    }
    const Settings settings{static_cast<Optimizer>(optimizer), weight_decay, clip, momentum};
    std::vector<double> loss(n), mean(n), most(n), seconds(n);
    std::vector<int64_t> diverged(n), updates(n);
    Orders packed(data, orders, batch_size, padding, order_of);
    interruptible([&](std::atomic<bool>& stop) {
        each(static_cast<int64_t>(n), threads, [&](int64_t k) {
            if (stop) return;
            const auto start = std::chrono::steady_clock::now();
            thread_local Scratch scratch;
            Learner learner{numbers[k].data(), first[k].data(), second[k].data(), n_updates[k]};
            Learned learned;
            learn_epoch(*networks[k], learner, *packed.take(order_of[k]), settings, rates.data(), scratch, stop, learned);
            loss[k] = learned.loss;
            mean[k] = learned.norm_mean;
            most[k] = learned.norm_max;
            diverged[k] = learned.diverged_at;
            updates[k] = learner.n_updates;
            seconds[k] = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        });
    });
    nb::dict found;
    found["train_loss"] = array(std::move(loss));
    found["gradient_norm_mean"] = array(std::move(mean));
    found["gradient_norm_max"] = array(std::move(most));
    found["diverged_at"] = array(std::move(diverged));
    found["n_updates"] = array(std::move(updates));
    found["seconds"] = array(std::move(seconds));
    return found;
}

nb::tuple score(const std::vector<const Network*>& networks, const std::vector<In<float, 1>>& numbers, const Held& held,
                const Packed& data, int threads) {
    const size_t n = networks.size();
    require(numbers.size() == n, "one of each for each network");
    for (size_t k = 0; k < n; ++k) {
        check(*networks[k], held);
        require(static_cast<int64_t>(numbers[k].size()) == networks[k]->n_numbers, "vectors must be those of the network");
    }
    std::vector<Scored> scored(n);
    std::vector<double> seconds(n);
    interruptible([&](std::atomic<bool>& stop) {
        each(static_cast<int64_t>(n), threads, [&](int64_t k) {
            const auto start = std::chrono::steady_clock::now();
            thread_local Scratch scratch;
            score_all(*networks[k], numbers[k].data(), data, scratch, stop, scored[k]);
            seconds[k] = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        });
    });
    std::vector<double> loss, accuracy;
    nb::list most;
    for (Scored& one : scored) {
        loss.push_back(one.loss);
        accuracy.push_back(one.accuracy);
        most.append(array(std::move(one.most)));
    }
    return nb::make_tuple(array(std::move(loss)), array(std::move(accuracy)), most, array(std::move(seconds)));
}

}  // namespace

void bind_training(nb::module_& module) {
    nb::class_<Network>(module, "Network")
        .def("__init__", [](Network* self, const std::string& cell, int32_t n_tokens, int32_t n_features, const std::vector<int32_t>& layers,
                            const std::vector<CellSpec>& cells, In<uint8_t, 2> readout) {
            new (self) Network(network(cell, n_tokens, n_features, layers, cells, readout));
        })
        .def_ro("n_numbers", &Network::n_numbers)
        .def("pack", &pack)
        .def("unpack", &unpack)
        .def("mask", [](Network& net, const std::vector<Flat>& masks) {
            auto live = pack(net, masks);
            const auto* values = static_cast<const float*>(live.data());
            net.live.assign(values, values + net.n_numbers);
        });
    nb::class_<Held>(module, "Sequences")
        .def("__init__", [](Held* self, Tokens tokens, Features features, In<int64_t, 1> lengths, Classes classes, Values values) {
            new (self) Held(hold(std::move(tokens), std::move(features), std::move(lengths), std::move(classes), std::move(values)));
        }, nb::arg("tokens").none(), nb::arg("features").none(), nb::arg("lengths"), nb::arg("classes").none(), nb::arg("values").none());
    nb::class_<Packed>(module, "Packed")
        .def("__init__", [](Packed* self, const Held& held, In<int64_t, 1> order, int64_t batch_size, int32_t padding) {
            new (self) Packed(packed(held, order, batch_size, padding));
        });
    module.def("learn", &learn);
    module.def("score", &score);
}

}  // namespace rnngraph
