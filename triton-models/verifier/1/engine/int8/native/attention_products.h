// Products of a tile of queries with one block of keys after the other, and of their weights with the values.
#pragma once

#include <algorithm>
#include <cstdint>

#include "amx_registers.h"
#include "lanes.h"
#include "team.h"

namespace redraft {

// Keys of a block, which begins at a multiple of it. What is summed up block by block depends on nothing else.
constexpr int64_t kBlockKeys = 256;

// Weights are read in steps of so many keys; what a step has behind its block are zeros.
constexpr int64_t kStepKeys = 32;

// Keys or values between those at work and those that the memory is asked for.
constexpr int64_t kAhead = 32;

// Rows of scores lie so far apart that they do not take each other's place in the cache.
constexpr int64_t kScoreStride = kBlockKeys + 16;

struct Span {
    int64_t begin;
    int64_t end;
};

// One head's keys or values: that of position p begins `slots[p]` slots behind the first.
struct Cached {
    const float* values;
    const int32_t* slots;
    int64_t num_positions;
    int64_t slot_stride;
    int64_t dim;

    const float* at(int64_t position) const { return values + slots[position] * slot_stride; }

    // Asks the memory for some positions, as far as there are so many. GCC drops calls of a function that does no more.
    __attribute__((always_inline)) void fetch(int64_t begin, int64_t end) const {
        constexpr int64_t kLine = 64 / sizeof(float);
        for (int64_t position = begin; position < std::min(end, num_positions); ++position) {
            for (int64_t index = 0; index < dim; index += kLine) {
                _mm_prefetch(at(position) + index, _MM_HINT_T0);
            }
        }
    }
};

// Some rows of queries, and what a thread needs to compute with them. No row takes part in what another one becomes.
class TileProducts {
   public:
    // Rows that are computed together at best; buffers have room for a multiple of it.
    static const int64_t kRows;

    // Reads queries [num_rows, dim] as long as it lives.
    TileProducts(const float* queries, int64_t num_rows, int64_t dim);

    // scores [num_rows, kScoreStride]: those of the block's keys, in the order of their positions.
    void score(const Cached& keys, Span block, float* scores);

    // Adds weights [num_rows, kScoreStride] times the block's values to sums [num_rows, round_up(dim, kLanes)]. Weights
    // behind the block are zeros up to the end of its last step. A value that is not finite counts as zero, since a
    // weight of zero must hide it; such a sequence is known by its keys.
    void add_values(const Cached& values, Span block, const float* weights, float* sums);

   private:
#if defined(__AMX_BF16__)
    Registers registers_;
    const uint16_t* queries_;
    int64_t num_rows_;
    int64_t length_;
#else
    const float* queries_;
    int64_t num_rows_;
    int64_t dim_;
#endif
};

// Softmax over keys that come block by block.
struct Softmax {
    float highest;
    alignas(64) float totals[kLanes];
};

// Replaces the scores of the keys seen by their weights relative to the highest score so far, and all others by zeros,
// up to `end`, a multiple of the lanes. Returns what the sums so far have to be multiplied by.
float soften(float* scores, Span seen, int64_t end, Softmax& softmax);

}  // namespace redraft
