#include "product.h"

#include <algorithm>
#include <cstring>

#include "amx_product.h"
#include "lanes.h"
#include "outputs.h"
#include "packed_product.h"
#include "team.h"

namespace redraft {
namespace {

constexpr int kMostChannels = 8;
// Channels that one thread takes: behind the last of them it asks for weights that another one will multiply.
constexpr int64_t kMostRunChannels = 256;
constexpr int kLine = 64;

// A lane adds a pair of products for every vector of terms.
constexpr int64_t kBlockTerms = kLaneTerms / 2 * kTerms;

struct Block {
    const Linear& layer;
    const QuantisedRows& rows;
    float* output;
    bool adds;
    int64_t first_channel;
    const int8_t* weights[kChannels];
};

template <int R, int C>
void add_terms(const int16_t* rows, int64_t stride, const int8_t* const* weights, int64_t begin, int64_t end,
               __m256d (&totals)[R][C / 4]) {
    Sums sums[R][C];
#pragma GCC unroll 6
    for (int row = 0; row < R; ++row) {
#pragma GCC unroll 8
        for (int channel = 0; channel < C; ++channel) {
            sums[row][channel] = no_sums();
        }
    }
    for (int64_t term = begin; term < end; term += kTerms) {
        // The processor's own prefetching loses its way where a channel ends and the next tile begins.
        for (int line = 0; line < C * kTerms; line += kLine) {
            _mm_prefetch(weights[0] + kMostChannels * stride + C * term + line, _MM_HINT_T1);
        }
        decltype(widen_weights(nullptr)) widened[C];
#pragma GCC unroll 8
        for (int channel = 0; channel < C; ++channel) {
            widened[channel] = widen_weights(weights[channel] + term);
        }
#pragma GCC unroll 6
        for (int row = 0; row < R; ++row) {
            const auto terms = load_terms(rows + row * stride + term);
#pragma GCC unroll 8
            for (int channel = 0; channel < C; ++channel) {
                sums[row][channel] = add_products(sums[row][channel], terms, widened[channel]);
            }
        }
    }
    const bool is_small = end - begin <= kLaneTerms;
#pragma GCC unroll 6
    for (int row = 0; row < R; ++row) {
#pragma GCC unroll 2
        for (int four = 0; four < C / 4; ++four) {
            const Sums* of = sums[row] + 4 * four;
            totals[row][four] +=
                is_small ? sums_of_four_small(halves_added(of[0]), halves_added(of[1]), halves_added(of[2]),
                                              halves_added(of[3]))
                         : sums_of_four(quarters_added(of[0]), quarters_added(of[1]), quarters_added(of[2]),
                                        quarters_added(of[3]));
        }
    }
}

template <int R, int C>
void multiply_tile(const Block& block, int64_t first_row, int channel) {
    const QuantisedRows& rows = block.rows;
    __m256d totals[R][C / 4] = {};
    const int16_t* terms = rows.terms + first_row * rows.stride;
    for (int64_t begin = 0; begin < rows.stride; begin += kBlockTerms) {
        const int64_t end = std::min(begin + kBlockTerms, rows.stride);
        add_terms<R, C>(terms, rows.stride, block.weights + channel, begin, end, totals);
    }
    for (int row = 0; row < R; ++row) {
        for (int four = 0; four < C / 4; ++four) {
            const int64_t written = block.first_channel + channel + 4 * four;
            if (written < block.layer.num_outputs) {
                write_four(block.layer, block.rows, {block.output, block.adds}, first_row + row, written,
                           totals[row][four]);
            }
        }
    }
}

template <int C, int R = kMostTileRows>
void multiply_up_to(const Block& block, int64_t first_row, int64_t num_rows, int channel) {
    if constexpr (R > 1) {
        if (num_rows < R) {
            return multiply_up_to<C, R - 1>(block, first_row, num_rows, channel);
        }
    }
    multiply_tile<R, C>(block, first_row, channel);
}

// All rows pass by a few channels at a time: meanwhile the next ones' weights arrive.
template <int C>
void multiply_block(const Block& block, int num_channels) {
    constexpr int kMostRows = C == kMostChannels ? kMostWideTileRows : kMostTileRows;
    const int64_t num_rows = block.rows.num_rows;
    const int64_t num_tiles = (num_rows + kMostRows - 1) / kMostRows;
    for (int channel = 0; channel < num_channels; channel += C) {
        for (int64_t tile = 0; tile < num_tiles; ++tile) {
            const int64_t first_row = tile * num_rows / num_tiles;
            const int64_t end_row = (tile + 1) * num_rows / num_tiles;
            multiply_up_to<C, kMostRows>(block, first_row, end_row - first_row, channel);
        }
    }
}

// Where the weights of the block's channels begin; behind the last channel they are the last one's again.
void find_weights(Block& block, int num_channels) {
    const Linear& layer = block.layer;
    thread_local Scratch scratch;
    const int64_t stride = block.rows.stride;
    const bool is_padded = stride != layer.num_inputs;
    int8_t* padded = is_padded ? scratch.of<int8_t>(kChannels * stride) : nullptr;
    for (int index = 0; index < kChannels; ++index) {
        const int64_t channel = std::min<int64_t>(block.first_channel + index, layer.num_outputs - 1);
        block.weights[index] = layer.weight + channel * layer.num_inputs;
        if (is_padded && index < round_up(num_channels, kMostChannels)) {
            int8_t* copy = padded + index * stride;
            std::memset(copy, 0, static_cast<size_t>(stride));
            std::memcpy(copy, block.weights[index], static_cast<size_t>(layer.num_inputs));
            block.weights[index] = copy;
        }
    }
}

void multiply_channels(Block block, int num_channels) {
    find_weights(block, num_channels);
    if (block.rows.num_rows <= kMostWideTileRows) {
        multiply_block<kMostChannels>(block, num_channels);
    } else {
        multiply_block<4>(block, num_channels);
    }
}

}  // namespace

void multiply(const Linear& layer, const QuantisedRows& rows, float* output, bool adds, int num_threads) {
    if (kHasAmx && rows.num_rows >= kLeastAmxRows && layer.num_inputs <= kMostAmxTerms) {
        return multiply_amx(layer, rows, {output, adds}, num_threads);
    }
    if (rows.num_rows >= kLeastPackedRows) {
        return multiply_packed(layer, rows, {output, adds}, num_threads);
    }
    int64_t size = kMostRunChannels;
    while (size > kMostChannels && layer.num_outputs < 4 * num_threads * size) {
        size /= 2;
    }
    share((layer.num_outputs + size - 1) / size, num_threads, [&](int64_t run) {
        const int64_t end = std::min((run + 1) * size, layer.num_outputs);
        for (int64_t channel = run * size; channel < end; channel += kChannels) {
            const int num_channels = static_cast<int>(std::min<int64_t>(kChannels, end - channel));
            multiply_channels({layer, rows, output, adds, channel, {}}, num_channels);
        }
    });
}

}  // namespace redraft
