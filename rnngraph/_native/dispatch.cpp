// The kernels for the widest instructions that this machine has.
#include <stdexcept>

#include "distances.hpp"
#include "features.hpp"

namespace rnngraph {

#define DECLARE(isa)                                                                        \
    namespace isa {                                                                         \
    void paths(const Graph&, bool, int, const std::atomic<bool>&, Paths&);                  \
    bool distances(const Graph&, Paths&);                                                   \
    void triads(const Graph&, Triads&);                                                     \
    }
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
        {"baseline", true, {baseline::paths, baseline::distances, baseline::triads}},
#if defined(__x86_64__)
        {"avx2",
         __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
             __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt"),
         {avx2::paths, avx2::distances, avx2::triads}},
        {"avx512",
         __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
             __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
             __builtin_cpu_supports("avx512vpopcntdq"),
         {avx512::paths, avx512::distances, avx512::triads}},
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
