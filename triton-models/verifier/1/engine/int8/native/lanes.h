// The vectors of the instruction set that this file is compiled for. Every operation treats all lanes alike, so what an
// element becomes does not depend on the lane that it is in.
#pragma once

#include <immintrin.h>

#include <cstdint>
#include <limits>

#if defined(__AVX512F__)
#include "lanes_avx512.h"
#else
#include "lanes_avx2.h"
#endif

namespace redraft {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

inline int64_t round_up(int64_t value, int64_t multiple) { return (value + multiple - 1) / multiple * multiple; }

// Each pair of terms times its pair of weights, added to their lane. In assembly, since GCC copies sums that could stay
// where they are, and then has too few registers for a tile.
inline Sums add_products(Sums sums, Sums terms, Sums weights) {
#if defined(__AVX512VNNI__)
    asm("vpdpwssd %2, %1, %0" : "+v"(sums) : "v"(terms), "v"(weights));
#elif defined(__AVXVNNI__)
    asm("%{vex%} vpdpwssd %2, %1, %0" : "+x"(sums) : "x"(terms), "x"(weights));
#else
    Sums products;
    asm("vpmaddwd %3, %2, %1\n\tvpaddd %1, %0, %0" : "+v"(sums), "=&v"(products) : "v"(terms), "v"(weights));
#endif
    return sums;
}

// The elements from `index` on, zeros behind the last one.
inline Floats load_from(const float* values, int64_t index, int64_t count) {
    return index + kLanes <= count ? load(values + index) : load_first(values + index, static_cast<int>(count - index));
}

inline void store_from(float* values, int64_t index, int64_t count, Floats vector) {
    if (index + kLanes <= count) {
        store(values + index, vector);
    } else {
        store_first(values + index, static_cast<int>(count - index), vector);
    }
}

// Within 2 units in the last place: Taylor's polynomial on half a binary digit around 0, times a power of two.
inline Floats exponential(Floats x) {
    // What is not a number passes both, since each returns its second operand then.
    x = minimum(set(88.0f), maximum(set(-87.0f), x));
    const Floats power = round_to_integers(x * set(1.44269504f));
    // The logarithm of 2 in two parts, of which the first has so few digits that its multiples are exact.
    Floats rest = fused(power, set(-0.693359375f), x);
    rest = fused(power, set(2.12194440e-4f), rest);
    constexpr float kCoefficients[] = {1.0f / 720, 1.0f / 120, 1.0f / 24, 1.0f / 6, 1.0f / 2, 1.0f, 1.0f};
    Floats value = set(1.0f / 5040);
    for (const float coefficient : kCoefficients) {
        value = fused(value, rest, set(coefficient));
    }
    return value * power_of_two(power);
}

// Four sums, in the order of the arguments, of lanes whose own sum fits 32 bits.
inline __m256d sums_of_four_small(__m256i a, __m256i b, __m256i c, __m256i d) {
    const __m256i pairs = _mm256_hadd_epi32(_mm256_hadd_epi32(a, b), _mm256_hadd_epi32(c, d));
    return _mm256_cvtepi32_pd(_mm_add_epi32(_mm256_castsi256_si128(pairs), _mm256_extracti128_si256(pairs, 1)));
}

// The same of numbers that are integers below 2^53.
inline __m256d sums_of_four(__m256d a, __m256d b, __m256d c, __m256d d) {
    const __m256d ab = _mm256_hadd_pd(a, b);
    const __m256d cd = _mm256_hadd_pd(c, d);
    return _mm256_permute2f128_pd(ab, cd, 0x20) + _mm256_permute2f128_pd(ab, cd, 0x31);
}

}  // namespace redraft
