// A sparse matrix that will not change again, laid out twice: for a few columns of numbers at a time, and for many.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace rnngraph {

enum class Values : int32_t { float32, bfloat16, int8 };

// Weights in units of their row's scale, in one of three forms.
struct Weights {
    std::vector<float> single;
    std::vector<uint16_t> half;
    std::vector<int8_t> byte;

    void append(Values values, float weight);
};

// Columns that a window shows.
constexpr int32_t kWindow = 32;

// Each of the rows of a group walks along its weights, from left to right. At every stop the group has a window of
// kWindow columns that begins no further right than the next weight of any of its rows, and each row whose next
// weight is in it takes it; the others wait, with a weight of 0. A group of equally long rows waits little: at 10 %
// of random weights two thirds of the places of 32 rows hold one, and with 3 weights in each 32 columns all do.
struct Windows {
    std::vector<int32_t> stops;   // by group, where its stops begin
    std::vector<int32_t> order;   // row of each place of each group; -1: none
    std::vector<uint8_t> advance; // columns that a stop is to the right of the one before, or of column 0
    std::vector<uint8_t> index;   // by stop, columns from the window's beginning to the weights
    Weights weights;              // by stop; 0 where a row waits
    bool full = false;            // nine of ten places hold a weight
};

// Weights of a row that are read together.
constexpr int32_t kRun = 16;

// Rows one after the other, those of most runs first: where their number seldom changes, it is foreseen. The last run
// is filled up with weights of 0 at the row's last column.
struct Rows {
    std::vector<int32_t> order;  // which row comes when
    std::vector<int32_t> runs;   // how many it has
    std::vector<uint16_t> near;  // columns, if all are below 2^16
    std::vector<int32_t> far;    // or else
    Weights weights;
};

struct Matrix {
    int32_t n_rows = 0, n_columns = 0;
    Values values = Values::float32;
    std::vector<float> scale;  // of each row
    Windows windows;
    Rows rows;
};

// Weights of rows start[0..n_rows], by row and column, in units of the row's scale. There are as many rows in a group
// as `places`, which says where the index of each lies within a stop.
Matrix laid_out(int32_t n_rows, int32_t n_columns, Values values, const int64_t* start, const int32_t* column,
                const float* weight, const float* scale, std::span<const uint8_t> places);

}  // namespace rnngraph
