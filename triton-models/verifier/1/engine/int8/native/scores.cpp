#include "scores.h"

#include <algorithm>

#include "team.h"

namespace redraft {
namespace {

constexpr int kMostRows = 8;
constexpr int kLine = 64 / sizeof(float);

// The keys [first, first + kKeys) as columns, zeros behind the last one. [dim, kKeys]
void gather_keys(const Keys& keys, int64_t first, int64_t end, float* columns) {
    for (int64_t dim = 0; dim < keys.dim; dim += kLanes) {
        for (int half = 0; half < kKeys; half += kLanes) {
            Floats block[kLanes];
#pragma GCC unroll 16
            for (int lane = 0; lane < kLanes; ++lane) {
                const int64_t position = first + half + lane;
                block[lane] = position < end
                                  ? load_from(keys.values + keys.slots[position] * keys.slot_stride, dim, keys.dim)
                                  : set(0.0f);
            }
            transpose(block);
#pragma GCC unroll 16
            for (int lane = 0; lane < kLanes; ++lane) {
                if (dim + lane < keys.dim) {
                    store(columns + (dim + lane) * kKeys + half, block[lane]);
                }
            }
        }
    }
}

void prefetch_keys(const Keys& keys, int64_t begin, int64_t end) {
    for (int64_t position = begin; position < end; ++position) {
        const float* key = keys.values + keys.slots[position] * keys.slot_stride;
        for (int64_t dim = 0; dim < keys.dim; dim += kLine) {
            _mm_prefetch(key + dim, _MM_HINT_T0);
        }
    }
}

template <int R>
void score_rows(const float* columns, int64_t dim, const float* queries, float* scores, int64_t stride) {
    Floats sums[R][2] = {};
    for (int64_t index = 0; index < dim; ++index) {
        const Floats low = load(columns + index * kKeys);
        const Floats high = load(columns + index * kKeys + kLanes);
        for (int row = 0; row < R; ++row) {
            const Floats query = set(queries[row * dim + index]);
            sums[row][0] = fused(query, low, sums[row][0]);
            sums[row][1] = fused(query, high, sums[row][1]);
        }
    }
    for (int row = 0; row < R; ++row) {
        store(scores + row * stride, sums[row][0]);
        store(scores + row * stride + kLanes, sums[row][1]);
    }
}

template <int R = kMostRows>
void score_up_to(int64_t count, const float* columns, int64_t dim, const float* queries, float* scores,
                 int64_t stride) {
    if constexpr (R > 1) {
        if (count < R) {
            return score_up_to<R - 1>(count, columns, dim, queries, scores, stride);
        }
    }
    score_rows<R>(columns, dim, queries, scores, stride);
}

}  // namespace

void score(const Keys& keys, Span read, const float* queries, int64_t num_rows, float* scores, int64_t stride) {
    thread_local Scratch scratch;
    float* columns = scratch.of<float>(keys.dim * kKeys);
    for (int64_t first = read.begin; first < read.end; first += kKeys) {
        prefetch_keys(keys, first + kKeys, std::min(first + 2 * kKeys, read.end));
        gather_keys(keys, first, read.end, columns);
        float* written = scores + first - read.begin;
        for (int64_t row = 0; row < num_rows; row += kMostRows) {
            const int64_t count = std::min<int64_t>(kMostRows, num_rows - row);
            score_up_to(count, columns, keys.dim, queries + row * keys.dim, written + row * stride, stride);
        }
    }
}

void soften(float* scores, Span seen) {
    const int64_t first = seen.begin / kLanes * kLanes;
    Floats highest = set(-kInfinity);
    for (int64_t index = first; index < seen.end; index += kLanes) {
        const Floats values = between(load(scores + index), seen.begin - index, seen.end - index, set(-kInfinity));
        highest = maximum(highest, values);
    }
    const Floats most = set(highest_lane(highest));
    Floats total = set(0.0f);
    for (int64_t index = first; index < seen.end; index += kLanes) {
        const Floats weights = exponential(load(scores + index) - most);
        const Floats seen_weights = between(weights, seen.begin - index, seen.end - index, set(0.0f));
        store(scores + index, seen_weights);
        total = total + seen_weights;
    }
    const Floats share = set(1.0f / sum_of_lanes(total));
    for (int64_t index = first; index < seen.end; index += kLanes) {
        store(scores + index, load(scores + index) * share);
    }
}

}  // namespace redraft
