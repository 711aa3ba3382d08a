#include "attention_products.h"

#if !defined(__AMX_BF16__)

#include <algorithm>

namespace redraft {
namespace {

constexpr int kTileRows = 8;
constexpr int kKeys = 2 * kLanes;  // Keys whose scores are computed at a time.

// The keys [first, first + kKeys) as columns, zeros behind the block. [dim, kKeys]
void copy_columns(const Cached& keys, int64_t first, int64_t end, float* columns) {
    for (int64_t dim = 0; dim < keys.dim; dim += kLanes) {
        for (int half = 0; half < kKeys; half += kLanes) {
            Floats lines[kLanes];
#pragma GCC unroll 16
            for (int lane = 0; lane < kLanes; ++lane) {
                const int64_t position = first + half + lane;
                lines[lane] = position < end ? load_from(keys.at(position), dim, keys.dim) : set(0.0f);
            }
            transpose(lines);
#pragma GCC unroll 16
            for (int lane = 0; lane < kLanes; ++lane) {
                if (dim + lane < keys.dim) {
                    store(columns + (dim + lane) * kKeys + half, lines[lane]);
                }
            }
        }
    }
}

template <int R>
void score_rows(const float* columns, int64_t dim, const float* queries, float* scores) {
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
        store(scores + row * kScoreStride, sums[row][0]);
        store(scores + row * kScoreStride + kLanes, sums[row][1]);
    }
}

// The values of a block one below the other. [keys, length]
void copy_values(const Cached& values, Span block, int64_t length, float* copies) {
    for (int64_t position = block.begin; position < block.end; ++position, copies += length) {
        values.fetch(position + kAhead, position + kAhead + 1);
        for (int64_t dim = 0; dim < length; dim += kLanes) {
            store(copies + dim, finite_or_zero(load_from(values.at(position), dim, values.dim)));
        }
    }
}

// Adds `kVectors` vectors of the values of all keys for R rows, in the order of the keys.
template <int R, int kVectors>
void add_vectors(const float* values, int64_t length, int64_t num_keys, const float* weights, float* sums) {
    Floats totals[R][kVectors];
    for (int row = 0; row < R; ++row) {
        for (int index = 0; index < kVectors; ++index) {
            totals[row][index] = load(sums + row * length + index * kLanes);
        }
    }
    for (int64_t key = 0; key < num_keys; ++key) {
        for (int row = 0; row < R; ++row) {
            const Floats weight = set(weights[row * kScoreStride + key]);
            for (int index = 0; index < kVectors; ++index) {
                totals[row][index] = fused(weight, load(values + key * length + index * kLanes), totals[row][index]);
            }
        }
    }
    for (int row = 0; row < R; ++row) {
        for (int index = 0; index < kVectors; ++index) {
            store(sums + row * length + index * kLanes, totals[row][index]);
        }
    }
}

template <int R>
void add_rows(const float* values, int64_t length, int64_t num_keys, const float* weights, float* sums) {
    int64_t dim = 0;
    for (; dim + 2 * kLanes <= length; dim += 2 * kLanes) {
        add_vectors<R, 2>(values + dim, length, num_keys, weights, sums + dim);
    }
    for (; dim < length; dim += kLanes) {
        add_vectors<R, 1>(values + dim, length, num_keys, weights, sums + dim);
    }
}

// Calls run with a constant number of rows, at most kTileRows, and the first of them, for all rows.
template <int R = kTileRows, class Run>
void for_rows(int64_t first, int64_t num_rows, const Run& run) {
    for (; first + R <= num_rows; first += R) {
        run(std::integral_constant<int, R>(), first);
    }
    if constexpr (R > 1) {
        for_rows<R - 1>(first, num_rows, run);
    }
}

}  // namespace

const int64_t TileProducts::kRows = 1;

TileProducts::TileProducts(const float* queries, int64_t num_rows, int64_t dim)
    : queries_(queries), num_rows_(num_rows), dim_(dim) {}

void TileProducts::score(const Cached& keys, Span block, float* scores) {
    thread_local Scratch scratch;
    float* columns = scratch.of<float>(keys.dim * kKeys);
    for (int64_t first = block.begin; first < block.end; first += kKeys) {
        keys.fetch(first + kKeys, first + 2 * kKeys);
        copy_columns(keys, first, block.end, columns);
        float* written = scores + first - block.begin;
        for_rows(0, num_rows_, [&](auto count, int64_t row) {
            score_rows<count()>(columns, dim_, queries_ + row * dim_, written + row * kScoreStride);
        });
    }
}

void TileProducts::add_values(const Cached& values, Span block, const float* weights, float* sums) {
    thread_local Scratch scratch;
    const int64_t length = round_up(values.dim, kLanes);
    float* copies = scratch.of<float>(kBlockKeys * length);
    copy_values(values, block, length, copies);
    for_rows(0, num_rows_, [&](auto count, int64_t row) {
        add_rows<count()>(copies, length, block.end - block.begin, weights + row * kScoreStride, sums + row * length);
    });
}

}  // namespace redraft

#endif
