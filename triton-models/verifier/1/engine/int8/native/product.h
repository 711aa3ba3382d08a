// Exact products of quantised rows with int8 weights.
#pragma once

#include "abi.h"

namespace redraft {

// Rows of 15-bit integers, zeros behind the last term of each, and a scale for each row.
struct QuantisedRows {
    const int16_t* terms;
    const float* scales;
    int64_t num_rows;
    int64_t stride;
};

// [num_rows, num_outputs], added to what `output` holds where `adds`.
void multiply(const Linear& layer, const QuantisedRows& rows, float* output, bool adds, int num_threads);

}  // namespace redraft
