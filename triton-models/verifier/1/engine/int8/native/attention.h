// Attention of each query by itself: every sum runs over the keys in the order of their positions.
#pragma once

#include "abi.h"

namespace redraft {

// Where one token's queries begin, and where those of the next head and of the next token do.
struct Queries {
    const float* values;
    int64_t token_stride;
    int64_t head_stride;
};

// Writes [num_rows, num_heads, value_dim].
void attend(const Attention& attention, const Pass& pass, const Queries& queries, const float* keys,
            const float* values, float* output);

}  // namespace redraft
