// What is done to one row, in one order of operations, whatever rows there are beside it.
#pragma once

#include <cstdint>

#include "abi.h"

namespace redraft {

// Elements between the beginnings of two quantised rows.
int64_t quantised_stride(int64_t num_terms);

// 15-bit integers and the scale by which they are about the row. A row that is not finite becomes zeros, its scale NaN.
float quantise(const float* row, int64_t num_terms, int16_t* terms);

// The row divided by its root mean square, times the weights.
void normalise(const Norm& norm, const float* row, int64_t length, float* output);

// SiLU of the first half times the second half.
void gate(const float* row, int64_t length, float* output);

// Rotates heads [num_heads, head_dim] by their position's angles [head_dim].
void rotate(float* heads, int64_t num_heads, int64_t head_dim, const float* cosines, const float* sines);

}  // namespace redraft
