// Sixteen lanes, with AVX-512, and its VNNI where it is compiled for.
#pragma once

namespace redraft {

using Floats = __m512;
using Sums = __m512i;
constexpr int kLanes = 16;

// Rows of a tile of products: what the registers hold beside four channels, eight, and four vectors of channels.
constexpr int kMostTileRows = 4;
constexpr int kMostWideTileRows = 2;
constexpr int kMostPackedTileRows = 6;

inline Floats set(float value) { return _mm512_set1_ps(value); }
inline Floats load(const float* values) { return _mm512_loadu_ps(values); }
inline __mmask16 first_lanes(int count) { return static_cast<__mmask16>((1u << count) - 1); }
inline Floats load_first(const float* values, int count) { return _mm512_maskz_loadu_ps(first_lanes(count), values); }
inline void store(float* values, Floats vector) { _mm512_storeu_ps(values, vector); }
inline void store_first(float* values, int count, Floats vector) {
    _mm512_mask_storeu_ps(values, first_lanes(count), vector);
}
inline Floats fused(Floats a, Floats b, Floats c) { return _mm512_fmadd_ps(a, b, c); }
inline Floats maximum(Floats a, Floats b) { return _mm512_max_ps(a, b); }
inline Floats minimum(Floats a, Floats b) { return _mm512_min_ps(a, b); }
inline Floats magnitudes(Floats a) { return _mm512_abs_ps(a); }
inline Floats round_to_integers(Floats a) {
    return _mm512_roundscale_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}
inline Floats power_of_two(Floats power) { return _mm512_scalef_ps(set(1.0f), power); }
inline float sum_of_lanes(Floats a) { return _mm512_reduce_add_ps(a); }
inline float highest_lane(Floats a) { return _mm512_reduce_max_ps(a); }
inline bool is_finite(Floats a) {
    return _mm512_cmp_ps_mask(magnitudes(a), set(std::numeric_limits<float>::max()), _CMP_LE_OQ) == 0xFFFF;
}

inline Floats finite_or_zero(Floats a) {
    return _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(magnitudes(a), set(std::numeric_limits<float>::max()), _CMP_LE_OQ), a);
}

inline bool has_nan(Floats a) { return _mm512_cmp_ps_mask(a, a, _CMP_UNORD_Q) != 0; }

// The third where the first is above the second, and the fourth elsewhere.
inline Floats where_above(Floats a, Floats b, Floats then, Floats otherwise) {
    return _mm512_mask_mov_ps(otherwise, _mm512_cmp_ps_mask(a, b, _CMP_GT_OQ), then);
}

// The lanes [begin, end), and `other` elsewhere.
inline Floats between(Floats a, int64_t begin, int64_t end, Floats other) {
    const unsigned low = begin <= 0 ? 0u : begin >= kLanes ? 0xFFFFu : (1u << begin) - 1;
    const unsigned high = end <= 0 ? 0u : end >= kLanes ? 0xFFFFu : (1u << end) - 1;
    return _mm512_mask_mov_ps(other, static_cast<__mmask16>(high & ~low), a);
}

inline void store_rounded(int16_t* values, Floats vector) {
    const __m256i rounded = _mm512_cvtsepi32_epi16(_mm512_cvtps_epi32(vector));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(values), rounded);
}

// Rows become columns.
inline void transpose(Floats (&rows)[kLanes]) {
    const __m512i count = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
#pragma GCC unroll 4
    for (int step = 1; step < kLanes; step *= 2) {
        // Lanes whose number has the step's digit change places with the other row's lanes that lack it.
        const __m512i digit = _mm512_set1_epi32(step);
        const __mmask16 has_digit = _mm512_test_epi32_mask(count, digit);
        const __m512i second = _mm512_set1_epi32(kLanes);
        const __m512i low = _mm512_mask_add_epi32(count, has_digit, _mm512_sub_epi32(count, digit), second);
        const __m512i high = _mm512_mask_add_epi32(_mm512_add_epi32(count, digit), has_digit, count, second);
#pragma GCC unroll 16
        for (int row = 0; row < kLanes; ++row) {
            if (!(row & step)) {
                const Floats first = rows[row];
                rows[row] = _mm512_permutex2var_ps(first, low, rows[row + step]);
                rows[row + step] = _mm512_permutex2var_ps(first, high, rows[row + step]);
            }
        }
    }
}

// Terms of a product that one vector holds.
constexpr int kTerms = 32;

inline Sums no_sums() { return _mm512_setzero_si512(); }
inline __m512i load_terms(const int16_t* terms) { return _mm512_loadu_si512(terms); }
inline __m512i widen_weights(const int8_t* weights) {
    return _mm512_cvtepi8_epi16(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(weights)));
}

// A pair of terms in every lane.
inline __m512i repeat_pair(const int16_t* pair) {
    int32_t both;
    __builtin_memcpy(&both, pair, sizeof(both));
    return _mm512_set1_epi32(both);
}

inline Floats as_floats(__m512i a) { return _mm512_castsi512_ps(a); }

inline void add_lanes(double* totals, Sums sums) {
    const __m512d low = _mm512_cvtepi32_pd(_mm512_castsi512_si256(sums));
    const __m512d high = _mm512_cvtepi32_pd(_mm512_extracti64x4_epi64(sums, 1));
    _mm512_storeu_pd(totals, _mm512_loadu_pd(totals) + low);
    _mm512_storeu_pd(totals + 8, _mm512_loadu_pd(totals + 8) + high);
}

inline __m256i halves_added(Sums a) {
    return _mm256_add_epi32(_mm512_castsi512_si256(a), _mm512_extracti64x4_epi64(a, 1));
}

inline __m256d quarters_added(Sums a) {
    const __m512d low = _mm512_cvtepi32_pd(_mm512_castsi512_si256(a));
    const __m512d both = low + _mm512_cvtepi32_pd(_mm512_extracti64x4_epi64(a, 1));
    return _mm512_castpd512_pd256(both) + _mm512_extractf64x4_pd(both, 1);
}

}  // namespace redraft
