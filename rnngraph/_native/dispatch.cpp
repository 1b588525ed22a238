// The kernels for the widest instructions that this machine has.
#include "dispatch.hpp"

#include <atomic>
#include <stdexcept>

namespace rnngraph {

#define DECLARE(isa)                                                                        \
    namespace isa {                                                                         \
    void out_bits(const uint8_t*, int32_t, uint64_t*);                                      \
    void paths(const Graph&, bool, int, const std::atomic<bool>&, Paths&);                  \
    bool distances(const Graph&, Paths&);                                                   \
    void triads(const Graph&, Triads&);                                                     \
    double perron_root(const Graph&, const std::vector<int32_t>&, const std::vector<int32_t>&, \
                       std::vector<double>&);                                               \
    void pagerank(const Graph&, std::vector<double>&);                                      \
    void communities(const Graph&, std::vector<int32_t>&);                                  \
    extern const Scan scan;                                                                 \
    extern const Products products;                                                         \
    }
#define KERNELS(isa) {isa::out_bits, isa::paths, isa::distances, isa::triads, isa::perron_root, \
                      isa::pagerank, isa::communities, isa::scan, isa::products}
DECLARE(baseline)
#if defined(__x86_64__)
DECLARE(avx2)
DECLARE(avx512)
#endif

namespace {

struct Choice {
    const char* name;
    bool available;
    Kernels kernels;
};

// The widest last.
const std::vector<Choice>& choices() {
    static const std::vector<Choice> all = {
        {"baseline", true, KERNELS(baseline)},
#if defined(__x86_64__)
        {"avx2",
         __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
             __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt"),
         KERNELS(avx2)},
        {"avx512",
         __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
             __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
             __builtin_cpu_supports("avx512vpopcntdq"),
         KERNELS(avx512)},
#endif
    };
    return all;
}

const Choice*& chosen() {
    static const Choice* choice = [] {
        const Choice* widest = nullptr;
        for (const Choice& one : choices())
            if (one.available) widest = &one;
        return widest;
    }();
    return choice;
}

}  // namespace

const Kernels& kernels() { return chosen()->kernels; }

std::vector<std::string> instruction_sets() {
    std::vector<std::string> names;
    for (const Choice& one : choices())
        if (one.available) names.emplace_back(one.name);
    return names;
}

void use_instruction_set(const std::string& name) {
    for (const Choice& one : choices())
        if (one.available && one.name == name) {
            chosen() = &one;
            return;
        }
    throw std::invalid_argument("this machine does not have the instruction set " + name);
}

}  // namespace rnngraph
