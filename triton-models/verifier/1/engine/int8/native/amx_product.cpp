#include "amx_product.h"

#if defined(__AMX_INT8__)

#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>
#include <vector>

#include "amx_columns.h"
#include "amx_registers.h"
#include "team.h"

namespace redraft {
namespace {

constexpr int64_t kBlockChannels = 2 * kLines;
constexpr int64_t kRunBlocks = 4;  // Blocks that one thread takes, of which it asks for the next while one is at work.

// Rows whose parts stay in the cache while all weights pass.
constexpr int64_t kGroupBytes = 1 << 20;

// Channels whose weights lie `stride` bytes apart.
struct Block {
    const int8_t* weights;
    int64_t stride;
    int64_t first_channel;
};

// What the unit leaves: [halves of the block, high and low, 16 channels, 16 rows].
struct alignas(64) BlockSums {
    int32_t parts[2][2][kLines][kLines];
};

void add_products(const Block& block, const Columns& columns, bool fetches_next, BlockSums& sums) {
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    const int8_t* parts = columns.parts;
    const int8_t* weights = block.weights;
    const int64_t stride = block.stride;
    for (int64_t step = 0; step < columns.num_steps; ++step, parts += 2 * kPartBytes, weights += kStep) {
        for (int64_t line = kBlockChannels; fetches_next && line < 2 * kBlockChannels; ++line) {
            _mm_prefetch(weights + line * stride, _MM_HINT_T1);
        }
        _tile_loadd(6, parts, kStep);
        _tile_loadd(4, weights, stride);
        _tile_dpbssd(0, 4, 6);
        _tile_loadd(7, parts + kPartBytes, kStep);
        _tile_dpbssd(1, 4, 7);
        _tile_loadd(5, weights + kLines * stride, stride);
        _tile_dpbssd(2, 5, 6);
        _tile_dpbssd(3, 5, 7);
    }
    _tile_stored(0, sums.parts[0][0], kStep);
    _tile_stored(1, sums.parts[0][1], kStep);
    _tile_stored(2, sums.parts[1][0], kStep);
    _tile_stored(3, sums.parts[1][1], kStep);
}

__m512d total(__m256i high, __m256i low) {
    return _mm512_cvtepi32_pd(high) * _mm512_set1_pd(kSteps) + _mm512_cvtepi32_pd(low);
}

// As `write_four`, for all channels of a vector.
void write_vector(const Linear& layer, const Output& output, float row_scale, int64_t row, int64_t channel, __m512i high,
                  __m512i low) {
    const __m256 first = _mm512_cvtpd_ps(total(_mm512_castsi512_si256(high), _mm512_castsi512_si256(low)));
    const __m256 second =
        _mm512_cvtpd_ps(total(_mm512_extracti64x4_epi64(high, 1), _mm512_extracti64x4_epi64(low, 1)));
    const Floats sums = _mm512_insertf32x8(_mm512_castps256_ps512(first), second, 1);
    Floats result = sums * load_from(layer.scales, channel, layer.num_outputs) * set(row_scale);
    if (layer.bias) {
        result = result + load_from(layer.bias, channel, layer.num_outputs);
    }
    float* written = output.values + row * layer.num_outputs;
    if (output.adds) {
        result = load_from(written, channel, layer.num_outputs) + result;
    }
    store_from(written, channel, layer.num_outputs, result);
}

void write_block(const Linear& layer, const QuantisedRows& rows, const Output& output, const Block& block,
                 const Columns& columns, const BlockSums& sums) {
    for (int half = 0; half < 2; ++half) {
        const int64_t channel = block.first_channel + half * kLines;
        if (channel >= layer.num_outputs) {
            return;
        }
        Floats of_rows[2][kLines];
        for (int part = 0; part < 2; ++part) {
            for (int line = 0; line < kLines; ++line) {
                of_rows[part][line] = load(reinterpret_cast<const float*>(sums.parts[half][part][line]));
            }
            transpose(of_rows[part]);
        }
        for (int line = 0; line < columns.num_rows; ++line) {
            const int64_t row = columns.first_row + line;
            write_vector(layer, output, rows.scales[row], row, channel, _mm512_castps_si512(of_rows[0][line]),
                         _mm512_castps_si512(of_rows[1][line]));
        }
    }
}

// The block's weights where they are, or a copy with zeros behind the last term and the last channel.
Block find_block(const Linear& layer, int64_t first_channel, int64_t num_steps) {
    const int64_t length = layer.num_inputs, stride = num_steps * kStep;
    const int8_t* weights = layer.weight + first_channel * length;
    const int64_t num_channels = std::min(kBlockChannels, layer.num_outputs - first_channel);
    if (length == stride && num_channels == kBlockChannels) {
        return {weights, stride, first_channel};
    }
    thread_local Scratch scratch;
    int8_t* copy = scratch.of<int8_t>(kBlockChannels * stride);
    std::memset(copy, 0, static_cast<size_t>(kBlockChannels * stride));
    for (int64_t channel = 0; channel < num_channels; ++channel) {
        std::memcpy(copy + channel * stride, weights + channel * length, static_cast<size_t>(length));
    }
    return {copy, stride, first_channel};
}

// The channels of some blocks for all columns.
void multiply_run(const Linear& layer, const QuantisedRows& rows, const Output& output, int64_t run,
                  const std::vector<Columns>& columns) {
    const Registers registers;
    const int64_t end = std::min((run + 1) * kRunBlocks * kBlockChannels, layer.num_outputs);
    for (int64_t channel = run * kRunBlocks * kBlockChannels; channel < end; channel += kBlockChannels) {
        const Block block = find_block(layer, channel, columns[0].num_steps);
        for (const Columns& of_rows : columns) {
            BlockSums sums;
            add_products(block, of_rows, &of_rows == &columns[0], sums);
            write_block(layer, rows, output, block, of_rows, sums);
        }
    }
}

// All channels of the rows [first_row, end_row).
void multiply_group(const Linear& layer, const QuantisedRows& rows, const Output& output, int64_t first_row,
                    int64_t end_row, int num_threads) {
    thread_local Scratch scratch;
    const int64_t num_steps = (layer.num_inputs + kStep - 1) / kStep;
    const int64_t num_bytes = num_steps * 2 * kPartBytes;
    std::vector<Columns> columns(static_cast<size_t>((end_row - first_row + kLines - 1) / kLines));
    int8_t* parts = scratch.of<int8_t>(static_cast<int64_t>(columns.size()) * num_bytes);
    share(static_cast<int64_t>(columns.size()), num_threads, [&](int64_t index) {
        const int64_t row = first_row + index * kLines;
        split_rows(rows, row, num_steps, parts + index * num_bytes);
        columns[static_cast<size_t>(index)] = {parts + index * num_bytes, num_steps, row,
                                               std::min<int64_t>(kLines, end_row - row)};
    });
    constexpr int64_t kRunChannels = kRunBlocks * kBlockChannels;
    share((layer.num_outputs + kRunChannels - 1) / kRunChannels, num_threads,
          [&](int64_t run) { multiply_run(layer, rows, output, run, columns); });
}

}  // namespace

bool allow_amx() {
    constexpr long kRequestPermission = 0x1023;  // ARCH_REQ_XCOMP_PERM
    constexpr long kTileData = 18;               // XFEATURE_XTILEDATA
    return syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
}

void multiply_amx(const Linear& layer, const QuantisedRows& rows, const Output& output, int num_threads) {
    const int64_t most_rows =
        std::max<int64_t>(kLines, kGroupBytes / (2 * round_up(layer.num_inputs, kStep)) / kLines * kLines);
    const int64_t num_groups = (rows.num_rows + most_rows - 1) / most_rows;
    const int64_t size = round_up((rows.num_rows + num_groups - 1) / num_groups, kLines);
    for (int64_t row = 0; row < rows.num_rows; row += size) {
        multiply_group(layer, rows, output, row, std::min(row + size, rows.num_rows), num_threads);
    }
}

}  // namespace redraft

#else

namespace redraft {

bool allow_amx() { return false; }

void multiply_amx(const Linear&, const QuantisedRows&, const Output&, int) {}

}  // namespace redraft

#endif
