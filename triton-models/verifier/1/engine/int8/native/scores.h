// Products of queries and keys, and their softmax.
#pragma once

#include <cstdint>

#include "lanes.h"

namespace redraft {

constexpr int kKeys = 2 * kLanes;  // Keys whose scores are computed at a time.

struct Span {
    int64_t begin;
    int64_t end;
};

// One head's keys: that of position p begins `slots[p]` slots behind the first.
struct Keys {
    const float* values;
    const int32_t* slots;
    int64_t slot_stride;
    int64_t dim;
};

// scores[row * stride + p - read.begin] for the positions p of `read`, which begins at a multiple of kKeys.
void score(const Keys& keys, Span read, const float* queries, int64_t num_rows, float* scores, int64_t stride);

// Softmax over the span; the rest of its vectors becomes zeros.
void soften(float* scores, Span seen);

}  // namespace redraft
