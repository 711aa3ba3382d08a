// Rows made ready for a product, in memory that the calling thread keeps for the next ones.
#pragma once

#include "product.h"
#include "rows.h"
#include "team.h"

namespace redraft {

struct RowBuffers {
    Scratch terms, scales, prepared;
};

inline thread_local RowBuffers row_buffers;

// Quantises each row after `prepare(row, prepared)`, which leaves there what to quantise.
template <class Prepare>
QuantisedRows quantise_rows(int64_t num_rows, int64_t length, int num_threads, const Prepare& prepare) {
    const int64_t stride = quantised_stride(length);
    int16_t* terms = row_buffers.terms.of<int16_t>(num_rows * stride);
    float* scales = row_buffers.scales.of<float>(num_rows);
    float* prepared = row_buffers.prepared.of<float>(num_rows * length);
    share(num_rows, num_threads, [&](int64_t row) {
        const float* ready = prepare(row, prepared + row * length);
        scales[row] = quantise(ready, length, terms + row * stride);
    });
    return {terms, scales, num_rows, stride};
}

// Quantises rows [num_rows, length] as they are.
inline QuantisedRows quantise_rows(const float* rows, int64_t num_rows, int64_t length, int num_threads) {
    return quantise_rows(num_rows, length, num_threads, [&](int64_t row, float*) { return rows + row * length; });
}

}  // namespace redraft
