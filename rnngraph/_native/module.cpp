// What Python sees of the core. Arrays come in as bytes, whatever is wrong with them is said
// before this point; what is checked here again is what would make the core read beyond them.
#include <limits>
#include <stdexcept>

#include "components.hpp"
#include "cores.hpp"
#include "dispatch.hpp"
#include "features.hpp"
#include "inference/bindings.hpp"
#include "python.hpp"
#include "tasks.hpp"
#include "training/bindings.hpp"

using namespace rnngraph;

namespace {

using Bytes = nb::ndarray<const uint8_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using Square = nb::ndarray<const uint8_t, nb::ndim<2>, nb::c_contig, nb::device::cpu>;

int32_t checked_size(int64_t n) {
    if (n < 1 || n > std::numeric_limits<int32_t>::max() - 1)
        throw std::invalid_argument("a graph must have 1 to 2^31 - 2 nodes");
    return static_cast<int32_t>(n);
}

auto profile(Bytes masks, const std::vector<int64_t>& sizes, uint32_t groups, int threads) {
    std::vector<int64_t> start{0};
    for (int64_t n : sizes) start.push_back(start.back() + int64_t{checked_size(n)} * n);
    if (start.back() != static_cast<int64_t>(masks.size()))
        throw std::invalid_argument("the masks must fill the buffer");
    const auto n_graphs = static_cast<int64_t>(sizes.size());
    const size_t width = columns().size();
    std::vector<double> table(n_graphs * width);
    interruptible([&](std::atomic<bool>& stop) {
        // Many graphs: one a thread. Few: all threads within one after the other.
        const bool many = n_graphs >= threads;
        each(n_graphs, many ? threads : 1, [&](int64_t k) {
            if (stop) return;
            measure(masks.data() + start[k], static_cast<int32_t>(sizes[k]), groups,
                    many ? 1 : threads, stop, &table[k * width]);
        });
    });
    return array(std::move(table), {static_cast<size_t>(n_graphs), width});
}

Graph read(Square adjacency) {
    if (adjacency.shape(0) != adjacency.shape(1))
        throw std::invalid_argument("the matrix must be square");
    Graph graph;
    graph.read(adjacency.data(), checked_size(static_cast<int64_t>(adjacency.shape(0))));
    return graph;
}

nb::dict paths(const Graph& graph, bool counts, int threads) {
    Paths p;
    interruptible([&](std::atomic<bool>& stop) { shortest_paths(graph, counts, threads, stop, p); });
    nb::dict parts;
    parts["reached_out"] = array(std::move(p.reached_out));
    parts["reached_in"] = array(std::move(p.reached_in));
    parts["total_out"] = array(std::move(p.total_out));
    parts["total_in"] = array(std::move(p.total_in));
    parts["inverse_out"] = array(std::move(p.inverse_out));
    parts["inverse_in"] = array(std::move(p.inverse_in));
    parts["eccentricity"] = array(std::vector<int64_t>(p.eccentricity.begin(), p.eccentricity.end()));
    parts["lengths"] = array(std::move(p.lengths));
    if (counts) {
        parts["betweenness"] = array(std::move(p.betweenness));
        parts["edge_betweenness"] = array(std::move(p.edge_betweenness));
    }
    return parts;
}

nb::dict triads(const Graph& graph) {
    Triads t;
    interruptible([&](std::atomic<bool>&) { kernels().triads(graph, t); });
    nb::dict parts;
    parts["cycle"] = array(std::move(t.cycle));
    parts["middleman"] = array(std::move(t.middleman));
    parts["in_"] = array(std::move(t.in));
    parts["out"] = array(std::move(t.out));
    parts["census"] = array(std::vector<int64_t>(t.census.begin(), t.census.end()));
    return parts;
}

}  // namespace

NB_MODULE(_core, module) {
    module.doc() = "The compiled core of rnngraph; see rnngraph._native.";
    module.def("instruction_sets", &instruction_sets);
    module.def("use_instruction_set", &use_instruction_set);
    module.def("columns", [] {
        std::vector<std::tuple<std::string, uint32_t>> list;
        for (const Column& column : columns()) list.emplace_back(column.name, column.groups);
        return list;
    });
    module.def("profile", &profile, nb::arg("masks").noconvert(), nb::arg("sizes"), nb::arg("groups"), nb::arg("threads"));
    nb::class_<Graph>(module, "Graph")
        .def("__init__", [](Graph* self, Square adjacency) { new (self) Graph(read(adjacency)); },
             nb::arg("adjacency").noconvert())
        .def("paths", &paths, nb::arg("counts"), nb::arg("threads"))
        .def("triads", &triads)
        .def("strong_components", [](const Graph& g) {
            std::vector<int32_t> labels;
            strong_components(g, labels);
            return array(std::vector<int64_t>(labels.begin(), labels.end()));
        })
        .def("weak_components", [](const Graph& g) {
            std::vector<int32_t> labels;
            weak_components(g, labels);
            return array(std::vector<int64_t>(labels.begin(), labels.end()));
        })
        .def("spectral_radius", [](const Graph& g) {
            std::vector<int32_t> labels;
            const int32_t k = strong_components(g, labels);
            std::vector<double> eigenvector;
            const double radius = spectral_radius(g, labels, k, eigenvector);
            return std::make_tuple(radius, array(std::move(eigenvector)));
        })
        .def("pagerank", [](const Graph& g) {
            std::vector<double> rank;
            kernels().pagerank(g, rank);
            return array(std::move(rank));
        })
        .def("core_numbers", [](const Graph& g) {
            std::vector<int64_t> cores;
            core_numbers(g, cores);
            return array(std::move(cores));
        })
        .def("communities", [](const Graph& g) {
            std::vector<int32_t> labels;
            kernels().communities(g, labels);
            return array(std::vector<int64_t>(labels.begin(), labels.end()));
        });
    bind_training(module);
    bind_inference(module);
}
