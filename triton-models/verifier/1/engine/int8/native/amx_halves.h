// Numbers in the order of the matrix unit, as its products of bfloat16 take them.
//
// A float32 is split into two bfloat16 that hold 16 of its binary digits; of their products, that of the two low parts
// is left out. A sum takes its terms in the order of their positions, whatever the other lines of a register hold.
#pragma once

#include "attention_products.h"

namespace redraft {

using Half = uint16_t;

constexpr int64_t kPairs = kLines;          // Lines of a register: two terms after the other in every lane.
constexpr int64_t kTileTerms = 2 * kPairs;  // Terms of a product of two registers.
constexpr int64_t kTileHalves = kLines * kTileTerms;
static_assert(kTileTerms == kStepKeys);
constexpr int64_t kWeightStride = kBlockKeys + kTileTerms;

// Queries [num_rows, dim] as rows of high parts and, `low` behind them, of low parts, zeros up to the length.
void split_queries(const float* queries, int64_t num_rows, int64_t dim, int64_t length, Half* halves, int64_t low);

// The weights of some steps as rows of high parts and, kLines rows behind them, of low parts.
void split_weights(const float* weights, int64_t num_rows, int64_t num_steps, Half* halves);

// 16 keys from `first` on as columns of pairs, zeros behind the block. [steps, high and low, pairs, keys, 2]
void pack_keys(const Cached& keys, int64_t first, int64_t end, Half* packed);

// 32 values from `first` on as pairs, zeros behind the block. [vectors, high and low, pairs, 16, 2]
void pack_values(const Cached& values, int64_t first, int64_t end, Half* packed);

}  // namespace redraft
