#include "attention.h"

#include <algorithm>
#include <vector>

#include "attention_products.h"

namespace redraft {
namespace {

constexpr int64_t kMostRows = 512;  // Of a tile: the more, the less often keys are read again.

struct Call {
    const Attention& attention;
    const Pass& pass;
    const Queries& queries;
    const float* keys;
    const float* values;
    float* output;
};

// The tokens [begin, end) of a chunk with the heads [first_head, end_head), which share their keys. A row is one of the
// heads of one token.
struct Tile {
    const Chunk* chunk;
    int64_t first_row;
    int64_t begin;
    int64_t end;
    int64_t first_head;
    int64_t end_head;

    int64_t num_heads() const { return end_head - first_head; }
    int64_t num_rows() const { return (end - begin) * num_heads(); }
};

// What a thread keeps of a tile from block to block, by rows.
struct Buffers {
    Scratch queries, scores, sums, softmax;
};

// The keys that a token attends to.
Span seen_by(const Attention& attention, const Chunk& chunk, int64_t token) {
    const int64_t end = chunk.first_position + token + 1;
    return {attention.window ? std::max<int64_t>(0, end - attention.window) : 0, end};
}

// The queries of a tile one below the other, scaled. [rows, key_dim]
void gather_queries(const Call& call, const Tile& tile, float* gathered) {
    const float scaling = static_cast<float>(call.attention.scaling);
    for (int64_t token = tile.begin; token < tile.end; ++token) {
        for (int64_t head = tile.first_head; head < tile.end_head; ++head) {
            const float* query = call.queries.values + (tile.first_row + token) * call.queries.token_stride +
                                 head * call.queries.head_stride;
            for (int64_t dim = 0; dim < call.attention.key_dim; ++dim) {
                *gathered++ = query[dim] * scaling;
            }
        }
    }
}

void shrink(float* sums, int64_t length, float factor) {
    for (int64_t dim = 0; dim < length; dim += kLanes) {
        store(sums + dim, load(sums + dim) * set(factor));
    }
}

// The scores of a block become weights; what the rows have summed up so far becomes relative to them.
void soften_rows(const Call& call, const Tile& tile, Span block, float* scores, Softmax* softmax, float* sums) {
    const int64_t length = round_up(call.attention.value_dim, kLanes);
    const int64_t end = round_up(block.end - block.begin, kStepKeys);
    for (int64_t row = 0; row < tile.num_rows(); ++row) {
        const Span seen = seen_by(call.attention, *tile.chunk, tile.begin + row / tile.num_heads());
        const Span within{std::max(seen.begin, block.begin) - block.begin, std::min(seen.end, block.end) - block.begin};
        float* of_row = scores + row * kScoreStride;
        if (within.begin >= within.end) {
            std::fill(of_row, of_row + end, 0.0f);
        } else {
            shrink(sums + row * length, length, soften(of_row, within, end, softmax[row]));
        }
    }
}

// Divides the sums by the sums of their weights.
void write_outputs(const Call& call, const Tile& tile, const float* sums, const Softmax* softmax) {
    const int64_t dim = call.attention.value_dim;
    const int64_t length = round_up(dim, kLanes);
    for (int64_t row = 0; row < tile.num_rows(); ++row) {
        const int64_t token = tile.first_row + tile.begin + row / tile.num_heads();
        const int64_t head = tile.first_head + row % tile.num_heads();
        float* output = call.output + (token * call.attention.num_heads + head) * dim;
        const Floats share = set(1.0f / sum_of_lanes(load(softmax[row].totals)));
        for (int64_t index = 0; index < dim; index += kLanes) {
            store_from(output, index, dim, load(sums + row * length + index) * share);
        }
    }
}

// Block after block of the keys that any row sees: scores, weights, values.
void attend_tile(const Call& call, const Tile& tile) {
    thread_local Buffers buffers;
    const Attention& attention = call.attention;
    const int64_t kv_head = tile.first_head / (attention.num_heads / attention.num_kv_heads);
    const Span read{seen_by(attention, *tile.chunk, tile.begin).begin,
                    seen_by(attention, *tile.chunk, tile.end - 1).end};
    const auto cached = [&](const float* heads, int64_t dim) {
        return Cached{heads + kv_head * dim, tile.chunk->slots, read.end, attention.num_kv_heads * dim, dim};
    };
    const Cached keys = cached(call.keys, attention.key_dim), values = cached(call.values, attention.value_dim);
    const int64_t num_rows = round_up(tile.num_rows(), TileProducts::kRows);
    const int64_t num_sums = num_rows * round_up(attention.value_dim, kLanes);
    float* queries = buffers.queries.of<float>(num_rows * attention.key_dim);
    float* scores = buffers.scores.of<float>(num_rows * kScoreStride);
    float* sums = buffers.sums.of<float>(num_sums);
    Softmax* softmax = buffers.softmax.of<Softmax>(num_rows);
    gather_queries(call, tile, queries);
    std::fill(sums, sums + num_sums, 0.0f);
    std::fill(softmax, softmax + num_rows, Softmax{-kInfinity, {}});

    TileProducts products(queries, tile.num_rows(), attention.key_dim);
    for (int64_t first = read.begin / kBlockKeys * kBlockKeys; first < read.end; first += kBlockKeys) {
        const Span block{first, std::min(first + kBlockKeys, read.end)};
        products.score(keys, block, scores);
        soften_rows(call, tile, block, scores, softmax, sums);
        products.add_values(values, block, scores, sums);
    }
    write_outputs(call, tile, sums, softmax);
}

// Tiles of equal size, enough for all threads where there are enough tokens.
void append_tiles(std::vector<Tile>& tiles, const Call& call, const Chunk& chunk, int64_t first_row) {
    const Attention& attention = call.attention;
    const int64_t group = attention.num_heads / attention.num_kv_heads;
    const int64_t num_threads = call.pass.num_threads;
    const int64_t for_threads = (chunk.num_tokens * attention.num_kv_heads + num_threads - 1) / num_threads;
    const int64_t most = std::clamp<int64_t>(std::min(for_threads, kMostRows / group), 1, chunk.num_tokens);
    const int64_t num_tiles = (chunk.num_tokens + most - 1) / most;
    const int64_t size = (chunk.num_tokens + num_tiles - 1) / num_tiles;
    for (int64_t begin = 0; begin < chunk.num_tokens; begin += size) {
        const int64_t end = std::min(begin + size, chunk.num_tokens);
        for (int64_t head = 0; head < attention.num_heads; head += group) {
            tiles.push_back({&chunk, first_row, begin, end, head, head + group});
        }
    }
}

// A tile for each head where there are fewer than threads.
void split_heads(std::vector<Tile>& tiles) {
    std::vector<Tile> split;
    for (const Tile& tile : tiles) {
        for (int64_t head = tile.first_head; head < tile.end_head; ++head) {
            split.push_back({tile.chunk, tile.first_row, tile.begin, tile.end, head, head + 1});
        }
    }
    tiles.swap(split);
}

}  // namespace

void attend(const Attention& attention, const Pass& pass, const Queries& queries, const float* keys,
            const float* values, float* output) {
    const Call call{attention, pass, queries, keys, values, output};
    std::vector<Tile> tiles;
    int64_t first_row = 0;
    for (const Chunk* chunk = pass.chunks; chunk < pass.chunks + pass.num_chunks; ++chunk) {
        append_tiles(tiles, call, *chunk, first_row);
        first_row += chunk->num_tokens;
    }
    if (static_cast<int64_t>(tiles.size()) < pass.num_threads) {
        split_heads(tiles);
    }
    // The last ones have most keys: begun first, they leave no thread waiting for the others.
    share(static_cast<int64_t>(tiles.size()), static_cast<int>(pass.num_threads),
          [&](int64_t index) { attend_tile(call, tiles[tiles.size() - 1 - static_cast<size_t>(index)]); });
}

}  // namespace redraft
