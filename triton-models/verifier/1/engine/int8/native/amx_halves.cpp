#include "amx_halves.h"

#if defined(__AMX_BF16__)

#include <algorithm>

namespace redraft {
namespace {

// The high and the low parts of 16 numbers.
struct Parts {
    __m256i high;
    __m256i low;
};

Parts split(Floats numbers) {
    const __m256i high = reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(numbers));
    const __m512i widened = _mm512_slli_epi32(_mm512_cvtepu16_epi32(high), 16);
    return {high, reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(numbers - as_floats(widened)))};
}

void store_halves(Half* halves, __m256i vector) { _mm256_storeu_si256(reinterpret_cast<__m256i*>(halves), vector); }

// The lanes of the elements from `index` on that there are.
__mmask16 lanes_from(int64_t index, int64_t count) {
    return first_lanes(static_cast<int>(std::clamp<int64_t>(count - index, 0, kLanes)));
}

Floats joined(__m256i first, __m256i second) {
    return as_floats(_mm512_inserti64x4(_mm512_castsi256_si512(first), second, 1));
}

// Two vectors as pairs of their elements.
__m512i interleave(__m256i first, __m256i second) {
    return _mm512_or_si512(_mm512_cvtepu16_epi32(first), _mm512_slli_epi32(_mm512_cvtepu16_epi32(second), 16));
}

}  // namespace

void split_queries(const float* queries, int64_t num_rows, int64_t dim, int64_t length, Half* halves, int64_t low) {
    for (int64_t index = 0; index < length; index += kLanes) {
        const __mmask16 lanes = lanes_from(index, dim);
        for (int64_t row = 0; row < num_rows; ++row) {
            const Parts parts = split(_mm512_maskz_loadu_ps(lanes, queries + row * dim + index));
            store_halves(halves + row * length + index, parts.high);
            store_halves(halves + row * length + index + low, parts.low);
        }
    }
}

void split_weights(const float* weights, int64_t num_rows, int64_t num_steps, Half* halves) {
    for (int64_t row = 0; row < num_rows; ++row) {
        for (int64_t index = 0; index < num_steps * kTileTerms; index += kLanes) {
            const Parts parts = split(load(weights + row * kScoreStride + index));
            store_halves(halves + row * kWeightStride + index, parts.high);
            store_halves(halves + (kLines + row) * kWeightStride + index, parts.low);
        }
    }
}

void pack_keys(const Cached& keys, int64_t first, int64_t end, Half* packed) {
    for (int64_t dim = 0; dim < keys.dim; dim += kTileTerms) {
        const __mmask16 lanes = lanes_from(dim, keys.dim), later_lanes = lanes_from(dim + kLanes, keys.dim);
        Floats high[kLanes], low[kLanes];
#pragma GCC unroll 16
        for (int lane = 0; lane < kLanes; ++lane) {
            const bool is_within = first + lane < end;
            const float* key = keys.at(is_within ? first + lane : end - 1) + dim;
            const Parts parts = split(_mm512_maskz_loadu_ps(is_within ? lanes : 0, key));
            const Parts later = split(_mm512_maskz_loadu_ps(is_within ? later_lanes : 0, key + kLanes));
            high[lane] = joined(parts.high, later.high);
            low[lane] = joined(parts.low, later.low);
        }
        transpose(high);
        transpose(low);
        for (int pair = 0; pair < kPairs; ++pair, packed += kTileTerms) {
            _mm512_storeu_ps(packed, high[pair]);
            _mm512_storeu_ps(packed + kTileHalves, low[pair]);
        }
        packed += kTileHalves;
    }
}

void pack_values(const Cached& values, int64_t first, int64_t end, Half* packed) {
    for (int64_t dim = 0; dim < values.dim; dim += kLanes, packed += kTileHalves) {
        const __mmask16 lanes = lanes_from(dim, values.dim);
        for (int64_t position = first; position < first + kTileTerms; position += 2, packed += kTileTerms) {
            Parts parts[2];
            for (int key = 0; key < 2; ++key) {
                const bool is_within = position + key < end;
                const float* value = values.at(is_within ? position + key : end - 1) + dim;
                parts[key] = split(finite_or_zero(_mm512_maskz_loadu_ps(is_within ? lanes : 0, value)));
            }
            _mm512_storeu_si512(packed, interleave(parts[0].high, parts[1].high));
            _mm512_storeu_si512(packed + kTileHalves, interleave(parts[0].low, parts[1].low));
        }
    }
}

}  // namespace redraft

#endif
