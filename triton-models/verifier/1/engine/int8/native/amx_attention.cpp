#include "amx_halves.h"

#if defined(__AMX_BF16__)

#include <algorithm>

namespace redraft {
namespace {

constexpr int64_t kKeys = 2 * kLanes;  // Keys whose scores are computed at a time.
constexpr int64_t kFourVectors = 4 * kLanes;

// 16 queries times 32 keys.
void score_tile(const Half* queries, int64_t length, int64_t low, const Half* keys, int64_t num_key_halves,
                float* scores) {
    _tile_zero(0);
    _tile_zero(1);
    for (int64_t dim = 0; dim < length; dim += kTileTerms, keys += 2 * kTileHalves) {
        _tile_loadd(2, queries + dim, length * 2);
        _tile_loadd(4, keys, kLineBytes);
        _tile_dpbf16ps(0, 2, 4);
        _tile_loadd(5, keys + num_key_halves, kLineBytes);
        _tile_dpbf16ps(1, 2, 5);
        _tile_loadd(6, keys + kTileHalves, kLineBytes);
        _tile_dpbf16ps(0, 2, 6);
        _tile_loadd(7, keys + num_key_halves + kTileHalves, kLineBytes);
        _tile_dpbf16ps(1, 2, 7);
        _tile_loadd(3, queries + low + dim, length * 2);
        _tile_dpbf16ps(0, 3, 4);
        _tile_dpbf16ps(1, 3, 5);
    }
    _tile_stored(0, scores, kScoreStride * 4);
    _tile_stored(1, scores + kLanes, kScoreStride * 4);
}

// Adds 16 rows of weights times values to 16 rows of sums, four vectors of them, the registers 0 to 3.
void add_four(const Half* weights, const Half* values, int64_t num_steps, int64_t step_halves, float* sums,
              int64_t length) {
    const int64_t stride = length * 4;
    _tile_loadd(0, sums, stride);
    _tile_loadd(1, sums + kLanes, stride);
    _tile_loadd(2, sums + 2 * kLanes, stride);
    _tile_loadd(3, sums + 3 * kLanes, stride);
    for (int64_t step = 0; step < num_steps; ++step, weights += kTileTerms, values += step_halves) {
        _tile_loadd(4, weights, kWeightStride * 2);
        _tile_loadd(5, weights + kLines * kWeightStride, kWeightStride * 2);
        _tile_loadd(6, values, kLineBytes);
        _tile_dpbf16ps(0, 4, 6);
        _tile_loadd(7, values + 2 * kTileHalves, kLineBytes);
        _tile_dpbf16ps(1, 4, 7);
        _tile_dpbf16ps(0, 5, 6);
        _tile_dpbf16ps(1, 5, 7);
        _tile_loadd(6, values + 4 * kTileHalves, kLineBytes);
        _tile_dpbf16ps(2, 4, 6);
        _tile_loadd(7, values + 6 * kTileHalves, kLineBytes);
        _tile_dpbf16ps(3, 4, 7);
        _tile_dpbf16ps(2, 5, 6);
        _tile_dpbf16ps(3, 5, 7);
        _tile_loadd(6, values + 1 * kTileHalves, kLineBytes);
        _tile_dpbf16ps(0, 4, 6);
        _tile_loadd(7, values + 3 * kTileHalves, kLineBytes);
        _tile_dpbf16ps(1, 4, 7);
        _tile_loadd(6, values + 5 * kTileHalves, kLineBytes);
        _tile_dpbf16ps(2, 4, 6);
        _tile_loadd(7, values + 7 * kTileHalves, kLineBytes);
        _tile_dpbf16ps(3, 4, 7);
    }
    _tile_stored(0, sums, stride);
    _tile_stored(1, sums + kLanes, stride);
    _tile_stored(2, sums + 2 * kLanes, stride);
    _tile_stored(3, sums + 3 * kLanes, stride);
}

// The same for one vector.
void add_one(const Half* weights, const Half* values, int64_t num_steps, int64_t step_halves, float* sums,
             int64_t length) {
    _tile_loadd(0, sums, length * 4);
    for (int64_t step = 0; step < num_steps; ++step, weights += kTileTerms, values += step_halves) {
        _tile_loadd(4, weights, kWeightStride * 2);
        _tile_loadd(5, weights + kLines * kWeightStride, kWeightStride * 2);
        _tile_loadd(6, values, kLineBytes);
        _tile_loadd(7, values + kTileHalves, kLineBytes);
        _tile_dpbf16ps(0, 4, 6);
        _tile_dpbf16ps(0, 5, 6);
        _tile_dpbf16ps(0, 4, 7);
    }
    _tile_stored(0, sums, length * 4);
}

}  // namespace

const int64_t TileProducts::kRows = kLines;

TileProducts::TileProducts(const float* queries, int64_t num_rows, int64_t dim) : num_rows_(num_rows) {
    thread_local Scratch scratch;
    length_ = round_up(dim, kTileTerms);
    const int64_t num_halves = round_up(num_rows, kLines) * length_;
    Half* halves = scratch.of<Half>(2 * num_halves);
    split_queries(queries, num_rows, dim, length_, halves, num_halves);
    queries_ = halves;
}

void TileProducts::score(const Cached& keys, Span block, float* scores) {
    thread_local Scratch scratch;
    const int64_t num_key_halves = 2 * kLanes * length_;
    const int64_t low = round_up(num_rows_, kLines) * length_;
    Half* packed = scratch.of<Half>(2 * num_key_halves);
    for (int64_t first = block.begin; first < block.end; first += kKeys) {
        keys.fetch(first + kAhead, first + kAhead + kKeys);
        pack_keys(keys, first, block.end, packed);
        pack_keys(keys, first + kLanes, block.end, packed + num_key_halves);
        for (int64_t row = 0; row < num_rows_; row += kLines) {
            score_tile(queries_ + row * length_, length_, low, packed, num_key_halves,
                       scores + row * kScoreStride + first - block.begin);
        }
    }
}

void TileProducts::add_values(const Cached& values, Span block, const float* weights, float* sums) {
    thread_local Scratch value_scratch, weight_scratch;
    const int64_t length = round_up(values.dim, kLanes);
    const int64_t step_halves = length / kLanes * 2 * kTileHalves;
    const int64_t num_keys = block.end - block.begin, num_steps = (num_keys + kTileTerms - 1) / kTileTerms;
    Half* packed = value_scratch.of<Half>(num_steps * step_halves);
    for (int64_t step = 0; step < num_steps; ++step) {
        const int64_t first = block.begin + step * kTileTerms;
        values.fetch(first + kAhead, first + kAhead + kTileTerms);
        pack_values(values, first, block.end, packed + step * step_halves);
    }
    Half* halves = weight_scratch.of<Half>(2 * kLines * kWeightStride);
    for (int64_t row = 0; row < num_rows_; row += kLines) {
        split_weights(weights + row * kScoreStride, std::min<int64_t>(kLines, num_rows_ - row), num_steps, halves);
        float* of_rows = sums + row * length;
        int64_t dim = 0;
        for (; dim + kFourVectors <= length; dim += kFourVectors) {
            add_four(halves, packed + dim / kLanes * 2 * kTileHalves, num_steps, step_halves, of_rows + dim, length);
        }
        for (; dim < length; dim += kLanes) {
            add_one(halves, packed + dim / kLanes * 2 * kTileHalves, num_steps, step_halves, of_rows + dim, length);
        }
    }
}

}  // namespace redraft

#endif
