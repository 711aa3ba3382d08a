// Eight lanes, with AVX2 and FMA, and AVX-VNNI where it is compiled for.
#pragma once

namespace redraft {

using Floats = __m256;
using Sums = __m256i;
constexpr int kLanes = 8;

// Rows of a tile of products: what the registers hold beside four channels, eight, and four vectors of channels.
constexpr int kMostTileRows = 2;
constexpr int kMostWideTileRows = 1;
constexpr int kMostPackedTileRows = 2;

inline Floats set(float value) { return _mm256_set1_ps(value); }
inline Floats load(const float* values) { return _mm256_loadu_ps(values); }
inline __m256i lane_numbers() { return _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7); }
inline __m256i first_lanes(int count) { return _mm256_cmpgt_epi32(_mm256_set1_epi32(count), lane_numbers()); }
inline Floats load_first(const float* values, int count) { return _mm256_maskload_ps(values, first_lanes(count)); }
inline void store(float* values, Floats vector) { _mm256_storeu_ps(values, vector); }
inline void store_first(float* values, int count, Floats vector) {
    _mm256_maskstore_ps(values, first_lanes(count), vector);
}
inline Floats fused(Floats a, Floats b, Floats c) { return _mm256_fmadd_ps(a, b, c); }
inline Floats maximum(Floats a, Floats b) { return _mm256_max_ps(a, b); }
inline Floats minimum(Floats a, Floats b) { return _mm256_min_ps(a, b); }
inline Floats magnitudes(Floats a) { return _mm256_andnot_ps(set(-0.0f), a); }
inline Floats round_to_integers(Floats a) { return _mm256_round_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
inline Floats power_of_two(Floats power) {
    const __m256i exponent = _mm256_add_epi32(_mm256_cvtps_epi32(power), _mm256_set1_epi32(127));
    return _mm256_castsi256_ps(_mm256_slli_epi32(exponent, 23));
}

inline float sum_of_lanes(Floats a) {
    const __m128 half = _mm256_castps256_ps128(a) + _mm256_extractf128_ps(a, 1);
    const __m128 quarter = half + _mm_movehl_ps(half, half);
    return _mm_cvtss_f32(_mm_add_ss(quarter, _mm_shuffle_ps(quarter, quarter, 1)));
}

inline float highest_lane(Floats a) {
    const __m128 half = _mm_max_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
    const __m128 quarter = _mm_max_ps(half, _mm_movehl_ps(half, half));
    return _mm_cvtss_f32(_mm_max_ss(quarter, _mm_shuffle_ps(quarter, quarter, 1)));
}

inline bool is_finite(Floats a) {
    return _mm256_movemask_ps(_mm256_cmp_ps(magnitudes(a), set(std::numeric_limits<float>::max()), _CMP_LE_OQ)) == 0xFF;
}

inline Floats finite_or_zero(Floats a) {
    return _mm256_and_ps(_mm256_cmp_ps(magnitudes(a), set(std::numeric_limits<float>::max()), _CMP_LE_OQ), a);
}

inline bool has_nan(Floats a) { return _mm256_movemask_ps(_mm256_cmp_ps(a, a, _CMP_UNORD_Q)) != 0; }

// The third where the first is above the second, and the fourth elsewhere.
inline Floats where_above(Floats a, Floats b, Floats then, Floats otherwise) {
    return _mm256_blendv_ps(otherwise, then, _mm256_cmp_ps(a, b, _CMP_GT_OQ));
}

inline int within_lanes(int64_t count) { return static_cast<int>(count < 0 ? 0 : count > kLanes ? kLanes : count); }

// The lanes [begin, end), and `other` elsewhere.
inline Floats between(Floats a, int64_t begin, int64_t end, Floats other) {
    const __m256i is_within = _mm256_andnot_si256(first_lanes(within_lanes(begin)), first_lanes(within_lanes(end)));
    return _mm256_blendv_ps(other, a, _mm256_castsi256_ps(is_within));
}

inline void store_rounded(int16_t* values, Floats vector) {
    const __m256i rounded = _mm256_cvtps_epi32(vector);
    const __m128i packed = _mm_packs_epi32(_mm256_castsi256_si128(rounded), _mm256_extracti128_si256(rounded, 1));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(values), packed);
}

// Rows become columns.
inline void transpose(Floats (&rows)[kLanes]) {
    alignas(32) float columns[kLanes][kLanes];
    for (int row = 0; row < kLanes; ++row) {
        alignas(32) float values[kLanes];
        store(values, rows[row]);
        for (int column = 0; column < kLanes; ++column) {
            columns[column][row] = values[column];
        }
    }
    for (int column = 0; column < kLanes; ++column) {
        rows[column] = load(columns[column]);
    }
}

// Terms of a product that one vector holds.
constexpr int kTerms = 16;

inline Sums no_sums() { return _mm256_setzero_si256(); }
inline __m256i load_terms(const int16_t* terms) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(terms));
}
inline __m256i widen_weights(const int8_t* weights) {
    return _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(weights)));
}

// A pair of terms in every lane.
inline __m256i repeat_pair(const int16_t* pair) {
    int32_t both;
    __builtin_memcpy(&both, pair, sizeof(both));
    return _mm256_set1_epi32(both);
}

inline Floats as_floats(__m256i a) { return _mm256_castsi256_ps(a); }

inline void add_lanes(double* totals, Sums sums) {
    const __m256d low = _mm256_cvtepi32_pd(_mm256_castsi256_si128(sums));
    const __m256d high = _mm256_cvtepi32_pd(_mm256_extracti128_si256(sums, 1));
    _mm256_storeu_pd(totals, _mm256_loadu_pd(totals) + low);
    _mm256_storeu_pd(totals + 4, _mm256_loadu_pd(totals + 4) + high);
}

inline __m256i halves_added(Sums a) { return a; }

inline __m256d quarters_added(Sums a) {
    return _mm256_cvtepi32_pd(_mm256_castsi256_si128(a)) + _mm256_cvtepi32_pd(_mm256_extracti128_si256(a, 1));
}

}  // namespace redraft
