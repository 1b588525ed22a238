// What Python sees of sparse inference.
#include "inference/bindings.hpp"

#include <limits>
#include <stdexcept>
#include <string>

#include "dispatch.hpp"
#include "inference/cell.hpp"
#include "python.hpp"

namespace rnngraph {
namespace {

template <class T, int dims>
using In = nb::ndarray<const T, nb::ndim<dims>, nb::c_contig, nb::device::cpu>;
template <int dims>
using Out = nb::ndarray<float, nb::ndim<dims>, nb::c_contig, nb::device::cpu>;

void require(bool met, const char* rule) {
    if (!met) throw std::invalid_argument(rule);
}

Values values_of(const std::string& name) {
    static const char* const names[] = {"float32", "bfloat16", "int8"};
    for (int k = 0; k < 3; ++k)
        if (name == names[k]) return static_cast<Values>(k);
    throw std::invalid_argument("no such values: " + name);
}

// (where each row's weights start, their columns, the weights in units of its scale, the scales, number of columns)
using MatrixSpec = std::tuple<In<int64_t, 1>, In<int32_t, 1>, In<float, 1>, In<float, 1>, int32_t>;

Matrix matrix(const MatrixSpec& spec, Values values, const Products& products) {
    const auto& [start, column, weight, scale, n_columns] = spec;
    const std::span<const uint8_t> places = products.places[static_cast<size_t>(values)];
    const auto n_rows = static_cast<int64_t>(scale.size()), n = static_cast<int64_t>(column.size());
    require(n_rows >= 1 && n_columns >= 1, "a matrix must have a row and a column");
    require(n_rows < std::numeric_limits<int32_t>::max() - static_cast<int64_t>(places.size()) &&
                n_columns < std::numeric_limits<int32_t>::max() - kWindow,
            "a matrix must have fewer than 2^31 rows and columns");
    require(static_cast<int64_t>(start.size()) == n_rows + 1 && start(0) == 0 && start(n_rows) == n,
            "rows must start within the weights");
    require(static_cast<int64_t>(weight.size()) == n, "as many weights as columns");
    for (int64_t row = 0; row < n_rows; ++row) {
        require(start(row) <= start(row + 1) && start(row + 1) <= n, "rows must start one after the other");
        for (int64_t e = start(row); e < start(row + 1); ++e)
            require(column(e) >= (e > start(row) ? column(e - 1) + 1 : 0) && column(e) < n_columns,
                    "columns must rise within a row");
    }
    return laid_out(static_cast<int32_t>(n_rows), n_columns, values, start.data(), column.data(), weight.data(),
                    scale.data(), places);
}

SparseCell cell(const std::string& kind, const std::string& values, const MatrixSpec& input, const MatrixSpec& hidden,
                In<float, 1> bias_input, In<float, 1> bias_hidden) {
    SparseCell made;
    made.kind = kind_of(kind);
    made.products = &kernels().products;
    made.input = matrix(input, values_of(values), *made.products);
    made.hidden = matrix(hidden, values_of(values), *made.products);
    const auto rows = static_cast<size_t>(made.hidden.n_rows);
    require(made.hidden.n_rows == int64_t{n_gates(made.kind)} * made.n_units(), "hidden weights must fit the units");
    require(made.input.n_rows == made.hidden.n_rows, "input weights must fit the units");
    require(bias_input.size() == rows && bias_hidden.size() == rows, "biases must fit the units");
    made.bias_input.assign(bias_input.data(), bias_input.data() + rows);
    made.bias_hidden.assign(bias_hidden.data(), bias_hidden.data() + rows);
    return made;
}

void run_cell(const SparseCell& cell, In<float, 2> x, In<int64_t, 1> batch_size, bool backward, Out<2> h,
              std::optional<Out<2>> c, Out<2> out) {
    const auto n = static_cast<size_t>(cell.n_units());
    require(batch_size.size() >= 1 && x.shape(1) == static_cast<size_t>(cell.input.n_columns),
            "the input must fit the cell");
    int64_t rows = 0;
    for (size_t t = 0; t < batch_size.size(); ++t) {
        require(batch_size(t) >= 1 && batch_size(t) <= (t ? batch_size(t - 1) : static_cast<int64_t>(h.shape(0))),
                "batch sizes must not rise");
        rows += batch_size(t);
    }
    require(static_cast<int64_t>(x.shape(0)) == rows, "the input must fit the batch sizes");
    require(out.shape(0) == x.shape(0) && out.shape(1) == n && h.shape(1) == n, "the states must fit the cell");
    require(h.shape(0) < (1 << 24), "a batch must have fewer than 2^24 sequences");
    require(c.has_value() == (cell.kind == Kind::lstm), "an LSTM has a memory, other cells do not");
    require(!c || (c->shape(0) == h.shape(0) && c->shape(1) == n), "the memory must fit the states");
    const PackedInput input{x.data(), batch_size.data(), static_cast<int64_t>(batch_size.size())};
    float* memory = c ? c->data() : nullptr;
    nb::gil_scoped_release release;
    run(cell, input, backward, h.data(), memory, out.data());
}

}  // namespace

void bind_inference(nb::module_& module) {
    nb::class_<SparseCell>(module, "SparseCell")
        .def("__init__",
             [](SparseCell* self, const std::string& kind, const std::string& values, const MatrixSpec& input,
                const MatrixSpec& hidden, In<float, 1> bias_input, In<float, 1> bias_hidden) {
                 new (self) SparseCell(cell(kind, values, input, hidden, bias_input, bias_hidden));
             })
        .def("run", &run_cell, nb::arg("x"), nb::arg("batch_size"), nb::arg("backward"), nb::arg("h").noconvert(),
             nb::arg("c").noconvert().none(), nb::arg("out").noconvert());
}

}  // namespace rnngraph
