// What becomes of an exact sum, by whichever way it was added up.
#pragma once

#include <algorithm>

#include "lanes.h"
#include "product.h"

namespace redraft {

constexpr int kChannels = 64;  // Channels whose weights stay in the cache while all rows pass.

// Terms whose products 31 bits hold in any case.
constexpr int64_t kHighestTerm = 127 * 128;
constexpr int64_t kLaneTerms = INT32_MAX / (kHighestTerm * 127);

struct Output {
    float* values;
    bool adds;
};

// Four numbers, of which those behind `count` are zeros.
inline __m128 load_four(const float* values, int64_t count) {
    if (count == 4) {
        return _mm_loadu_ps(values);
    }
    float four[4] = {};
    std::copy(values, values + count, four);
    return _mm_loadu_ps(four);
}

// Four outputs of a row. The operations are the same for all of them, however many lie before the last channel.
inline void write_four(const Linear& layer, const QuantisedRows& rows, const Output& output, int64_t row,
                       int64_t channel, __m256d totals) {
    const int64_t count = std::min<int64_t>(4, layer.num_outputs - channel);
    float* written = output.values + row * layer.num_outputs + channel;
    __m128 result = _mm256_cvtpd_ps(totals) * load_four(layer.scales + channel, count);
    result = result * _mm_set1_ps(rows.scales[row]);
    if (layer.bias) {
        result = result + load_four(layer.bias + channel, count);
    }
    if (output.adds) {
        result = load_four(written, count) + result;
    }
    if (count == 4) {
        _mm_storeu_ps(written, result);
    } else {
        float four[4];
        _mm_storeu_ps(four, result);
        std::copy(four, four + count, written);
    }
}

}  // namespace redraft
