#include "rows.h"

#include <cmath>
#include <cstring>
#include <limits>

#include "lanes.h"

namespace redraft {

int64_t quantised_stride(int64_t num_terms) { return round_up(num_terms, kTerms); }

float quantise(const float* row, int64_t num_terms, int16_t* terms) {
    Floats highest = set(0.0f);
    bool is_usable = true;
    for (int64_t index = 0; index < num_terms; index += kLanes) {
        const Floats values = load_from(row, index, num_terms);
        is_usable &= is_finite(values);
        highest = maximum(highest, magnitudes(values));
    }
    const int64_t stride = quantised_stride(num_terms);
    if (!is_usable) {
        std::memset(terms, 0, static_cast<size_t>(stride) * sizeof(int16_t));
        return std::numeric_limits<float>::quiet_NaN();
    }
    const float scale = std::fmax(highest_lane(highest), 1e-30f) / (127 * 128);
    const Floats steps = set(1.0f / scale);
    for (int64_t index = 0; index < stride; index += kLanes) {
        const Floats values = index < num_terms ? load_from(row, index, num_terms) : set(0.0f);
        store_rounded(terms + index, values * steps);
    }
    return scale;
}

void normalise(const Norm& norm, const float* row, int64_t length, float* output) {
    Floats squares = set(0.0f);
    for (int64_t index = 0; index < length; index += kLanes) {
        const Floats values = load_from(row, index, length);
        squares = fused(values, values, squares);
    }
    const float mean = sum_of_lanes(squares) / static_cast<float>(length);
    const Floats factor = set(1.0f / std::sqrt(mean + static_cast<float>(norm.epsilon)));
    for (int64_t index = 0; index < length; index += kLanes) {
        const Floats values = load_from(row, index, length) * factor;
        store_from(output, index, length, values * load_from(norm.weight, index, length));
    }
}

void gate(const float* row, int64_t length, float* output) {
    for (int64_t index = 0; index < length; index += kLanes) {
        const Floats values = load_from(row, index, length);
        const Floats silu = values / (set(1.0f) + exponential(set(0.0f) - values));
        store_from(output, index, length, silu * load_from(row + length, index, length));
    }
}

void rotate(float* heads, int64_t num_heads, int64_t head_dim, const float* cosines, const float* sines) {
    const int64_t half = head_dim / 2;
    for (int64_t head = 0; head < num_heads; ++head) {
        float* first = heads + head * head_dim;
        float* second = first + half;
        for (int64_t index = 0; index < half; ++index) {
            const float before = first[index];
            first[index] = before * cosines[index] - second[index] * sines[index];
            second[index] = second[index] * cosines[half + index] + before * sines[half + index];
        }
    }
}

}  // namespace redraft
