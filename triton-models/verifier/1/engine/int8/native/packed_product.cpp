#include "packed_product.h"

#include <cstring>

#include "team.h"

namespace redraft {
namespace {

constexpr int64_t kChunkTerms = kLaneTerms / 32 * 32;
constexpr int kVectors = 4;
constexpr int kTileChannels = kVectors * kLanes;

// Terms [begin, end) of all rows, and the weights [pair of terms, kChannels, 2] that they are multiplied by.
struct PackedChunk {
    const QuantisedRows& rows;
    const int16_t* weights;
    int64_t begin;
    int64_t end;
};

// Up to a vector's terms of a channel, zeros behind its last one.
Floats load_pairs(const int8_t* weights, int64_t term, int64_t num_terms) {
    if (term + kTerms <= num_terms) {
        _mm_prefetch(weights + term + 8 * kTerms, _MM_HINT_T0);
        return as_floats(widen_weights(weights + term));
    }
    int8_t last[kTerms] = {};
    std::copy(weights + term, weights + num_terms, last);
    return as_floats(widen_weights(last));
}

// Channels behind the last one are the last one again.
void pack(const Linear& layer, int64_t first_channel, int64_t begin, int64_t end, int16_t* packed) {
    for (int group = 0; group < kChannels; group += kLanes) {
        const int8_t* weights[kLanes];
        for (int lane = 0; lane < kLanes; ++lane) {
            const int64_t channel = std::min(first_channel + group + lane, layer.num_outputs - 1);
            weights[lane] = layer.weight + channel * layer.num_inputs;
        }
        for (int64_t term = begin; term < end; term += kTerms) {
            Floats pairs[kLanes];
#pragma GCC unroll 16
            for (int lane = 0; lane < kLanes; ++lane) {
                pairs[lane] = load_pairs(weights[lane], term, layer.num_inputs);
            }
            transpose(pairs);
            int16_t* of_pairs = packed + (term - begin) * kChannels + 2 * group;
#pragma GCC unroll 16
            for (int pair = 0; pair < kLanes; ++pair) {
                store(reinterpret_cast<float*>(of_pairs + pair * 2 * kChannels), pairs[pair]);
            }
        }
    }
}

// Adds R rows' sums to totals [rows, kChannels].
template <int R>
void add_tile(const PackedChunk& chunk, int64_t first_row, int first_channel, double* totals) {
    Sums sums[R][kVectors];
#pragma GCC unroll 6
    for (int row = 0; row < R; ++row) {
#pragma GCC unroll 4
        for (int index = 0; index < kVectors; ++index) {
            sums[row][index] = no_sums();
        }
    }
    const int64_t stride = chunk.rows.stride;
    const int16_t* terms = chunk.rows.terms + first_row * stride + chunk.begin;
    const int16_t* weights = chunk.weights + 2 * first_channel;
    for (int64_t term = 0; term < chunk.end - chunk.begin; term += 2, weights += 2 * kChannels) {
        decltype(load_terms(nullptr)) of_channels[kVectors];
#pragma GCC unroll 4
        for (int index = 0; index < kVectors; ++index) {
            of_channels[index] = load_terms(weights + index * kTerms);
        }
#pragma GCC unroll 6
        for (int row = 0; row < R; ++row) {
            const auto pair = repeat_pair(terms + row * stride + term);
#pragma GCC unroll 4
            for (int index = 0; index < kVectors; ++index) {
                sums[row][index] = add_products(sums[row][index], pair, of_channels[index]);
            }
        }
    }
#pragma GCC unroll 6
    for (int row = 0; row < R; ++row) {
#pragma GCC unroll 4
        for (int index = 0; index < kVectors; ++index) {
            add_lanes(totals + (first_row + row) * kChannels + first_channel + index * kLanes, sums[row][index]);
        }
    }
}

template <int R = kMostPackedTileRows>
void add_up_to(const PackedChunk& chunk, int64_t first_row, int64_t num_rows, double* totals) {
    if constexpr (R > 1) {
        if (num_rows < R) {
            return add_up_to<R - 1>(chunk, first_row, num_rows, totals);
        }
    }
    for (int channel = 0; channel < kChannels; channel += kTileChannels) {
        add_tile<R>(chunk, first_row, channel, totals);
    }
}

void multiply_block(const Linear& layer, const QuantisedRows& rows, const Output& output, int64_t first_channel) {
    thread_local Scratch packed_scratch, total_scratch;
    double* totals = total_scratch.of<double>(rows.num_rows * kChannels);
    std::fill(totals, totals + rows.num_rows * kChannels, 0.0);
    int16_t* packed = packed_scratch.of<int16_t>(kChunkTerms * kChannels);
    for (int64_t begin = 0; begin < rows.stride; begin += kChunkTerms) {
        const PackedChunk chunk{rows, packed, begin, std::min(begin + kChunkTerms, rows.stride)};
        pack(layer, first_channel, chunk.begin, chunk.end, packed);
        for (int64_t row = 0; row < rows.num_rows; row += kMostPackedTileRows) {
            add_up_to(chunk, row, std::min<int64_t>(kMostPackedTileRows, rows.num_rows - row), totals);
        }
    }
    const int64_t num_channels = std::min<int64_t>(kChannels, layer.num_outputs - first_channel);
    for (int64_t row = 0; row < rows.num_rows; ++row) {
        for (int64_t channel = 0; channel < num_channels; channel += 4) {
            const __m256d four = _mm256_loadu_pd(totals + row * kChannels + channel);
            write_four(layer, rows, output, row, first_channel + channel, four);
        }
    }
}

}  // namespace

void multiply_packed(const Linear& layer, const QuantisedRows& rows, const Output& output, int num_threads) {
    share((layer.num_outputs + kChannels - 1) / kChannels, num_threads,
          [&](int64_t block) { multiply_block(layer, rows, output, block * kChannels); });
}

}  // namespace redraft
