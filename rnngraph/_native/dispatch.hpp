// The kernels, each built once for each instruction set.
#pragma once

#include <string>
#include <vector>

#include "communities.hpp"
#include "distances.hpp"
#include "graph.hpp"
#include "inference/products.hpp"
#include "paths.hpp"
#include "training/scan.hpp"
#include "triads.hpp"
#include "walks.hpp"

namespace rnngraph {

struct Kernels {
    OutBits out_bits;
    PathsOf paths;
    DistancesOf distances;
    TriadsOf triads;
    PerronRootOf perron_root;
    PagerankOf pagerank;
    CommunitiesOf communities;
    Scan scan;
    Products products;
};
// Those for the widest instructions that this machine has, or for the set chosen by name.
const Kernels& kernels();
std::vector<std::string> instruction_sets();
void use_instruction_set(const std::string& name);

}  // namespace rnngraph
