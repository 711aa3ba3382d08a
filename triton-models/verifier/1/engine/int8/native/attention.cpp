#include "attention.h"

#include <algorithm>
#include <vector>

#include "lanes.h"
#include "scores.h"
#include "team.h"

namespace redraft {
namespace {

constexpr int64_t kMostTileTokens = 16;
constexpr int kMostHeads = 8;
constexpr int64_t kAhead = 16;  // Keys whose values are asked for before they are needed.
constexpr int64_t kMostScores = 1 << 16;  // What a thread's cache holds.

struct Call {
    const Attention& attention;
    const Pass& pass;
    const Queries& queries;
    const float* keys;
    const float* values;
    float* output;
};

// The tokens [begin, end) of a chunk with the heads [first_head, end_head), which share their keys.
struct Part {
    const Chunk* chunk;
    int64_t first_row;
    int64_t begin;
    int64_t end;
    int64_t first_head;
    int64_t end_head;
};

// Some heads of one token, whose scores lie one below the other.
struct Group {
    const float* weights;
    int64_t stride;
    int num_heads;
    Span seen;
};

// Adds up `kVectors` vectors of the values of all keys seen, for R heads.
template <int R, int kVectors>
void add_values(const Group& group, const Call& call, const int32_t* slots, const float* values, int64_t first_dim,
                float* outputs) {
    const Attention& attention = call.attention;
    const int64_t value_dim = attention.value_dim;
    const int64_t slot_stride = attention.num_kv_heads * value_dim;
    Floats sums[R][kVectors] = {};
    for (int64_t key = group.seen.begin; key < group.seen.end; ++key) {
        const float* value = values + slots[key] * slot_stride;
        if (key + kAhead < group.seen.end) {
            const float* later = values + slots[key + kAhead] * slot_stride + first_dim;
            for (int index = 0; index < kVectors; ++index) {
                _mm_prefetch(later + index * kLanes, _MM_HINT_T0);
            }
        }
        Floats parts[kVectors];
        for (int index = 0; index < kVectors; ++index) {
            parts[index] = load_from(value, first_dim + index * kLanes, value_dim);
        }
        for (int head = 0; head < R; ++head) {
            const Floats weight = set(group.weights[head * group.stride + key]);
            for (int index = 0; index < kVectors; ++index) {
                sums[head][index] = fused(weight, parts[index], sums[head][index]);
            }
        }
    }
    for (int head = 0; head < R; ++head) {
        for (int index = 0; index < kVectors; ++index) {
            store_from(outputs + head * value_dim, first_dim + index * kLanes, value_dim, sums[head][index]);
        }
    }
}

template <int R>
void attend_heads(const Group& group, const Call& call, const int32_t* slots, const float* values, float* outputs) {
    if constexpr (R > 1) {
        if (group.num_heads < R) {
            return attend_heads<R - 1>(group, call, slots, values, outputs);
        }
    }
    constexpr int kVectors = 2;
    const int64_t value_dim = call.attention.value_dim;
    int64_t dim = 0;
    for (; dim + kVectors * kLanes <= value_dim; dim += kVectors * kLanes) {
        add_values<R, kVectors>(group, call, slots, values, dim, outputs);
    }
    for (; dim < value_dim; dim += kLanes) {
        add_values<R, 1>(group, call, slots, values, dim, outputs);
    }
}

// The queries of a part one below the other, scaled. [tokens × heads, key_dim]
void gather_queries(const Call& call, const Part& part, float* gathered) {
    const float scaling = static_cast<float>(call.attention.scaling);
    for (int64_t token = part.begin; token < part.end; ++token) {
        for (int64_t head = part.first_head; head < part.end_head; ++head) {
            const float* query = call.queries.values + (part.first_row + token) * call.queries.token_stride +
                                 head * call.queries.head_stride;
            for (int64_t dim = 0; dim < call.attention.key_dim; ++dim) {
                *gathered++ = query[dim] * scaling;
            }
        }
    }
}

void attend_part(const Call& call, const Part& part) {
    thread_local Scratch query_scratch, score_scratch;
    const Attention& attention = call.attention;
    const int64_t num_heads = part.end_head - part.first_head;
    const int64_t num_rows = (part.end - part.begin) * num_heads;
    const int64_t kv_head = part.first_head / (attention.num_heads / attention.num_kv_heads);
    const int32_t* slots = part.chunk->slots;
    const auto seen_by = [&](int64_t token) {
        const int64_t end = part.chunk->first_position + token + 1;
        return Span{attention.window ? std::max<int64_t>(0, end - attention.window) : 0, end};
    };
    float* queries = query_scratch.of<float>(num_rows * attention.key_dim);
    gather_queries(call, part, queries);

    // A key has the same lane for every query: the one that its position gives it.
    const Span read{seen_by(part.begin).begin / kKeys * kKeys, seen_by(part.end - 1).end};
    const int64_t stride = round_up(read.end - read.begin, kKeys);
    float* scores = score_scratch.of<float>(num_rows * stride);
    const Keys keys{call.keys + kv_head * attention.key_dim, slots, attention.num_kv_heads * attention.key_dim,
                    attention.key_dim};
    score(keys, read, queries, num_rows, scores, stride);

    const float* values = call.values + kv_head * attention.value_dim;
    for (int64_t row = 0; row < num_rows; row += num_heads) {
        const int64_t token = part.begin + row / num_heads;
        const Span seen = seen_by(token);
        for (int64_t head = 0; head < num_heads; ++head) {
            soften(scores + (row + head) * stride, {seen.begin - read.begin, seen.end - read.begin});
        }
        float* outputs = call.output + ((part.first_row + token) * attention.num_heads + part.first_head) *
                                           attention.value_dim;
        for (int64_t head = 0; head < num_heads; head += kMostHeads) {
            const float* weights = scores + (row + head) * stride - read.begin;
            const int count = static_cast<int>(std::min<int64_t>(kMostHeads, num_heads - head));
            attend_heads<kMostHeads>({weights, stride, count, seen}, call, slots, values,
                                     outputs + head * attention.value_dim);
        }
    }
}

// Parts of so many tokens that their scores stay in the cache.
void append_parts(std::vector<Part>& parts, const Attention& attention, const Chunk& chunk, int64_t first_row) {
    const int64_t group = attention.num_heads / attention.num_kv_heads;
    const int64_t num_keys = chunk.first_position + chunk.num_tokens;
    const int64_t size = std::clamp<int64_t>(kMostScores / (group * num_keys), 1, kMostTileTokens);
    for (int64_t begin = 0; begin < chunk.num_tokens; begin += size) {
        const int64_t end = std::min(begin + size, chunk.num_tokens);
        for (int64_t head = 0; head < attention.num_heads; head += group) {
            parts.push_back({&chunk, first_row, begin, end, head, head + group});
        }
    }
}

// A part for each head where there are fewer than threads.
void split_heads(std::vector<Part>& parts) {
    std::vector<Part> split;
    for (const Part& part : parts) {
        for (int64_t head = part.first_head; head < part.end_head; ++head) {
            split.push_back({part.chunk, part.first_row, part.begin, part.end, head, head + 1});
        }
    }
    parts.swap(split);
}

}  // namespace

void attend(const Attention& attention, const Pass& pass, const Queries& queries, const float* keys,
            const float* values, float* output) {
    const Call call{attention, pass, queries, keys, values, output};
    std::vector<Part> parts;
    int64_t first_row = 0;
    for (const Chunk* chunk = pass.chunks; chunk < pass.chunks + pass.num_chunks; ++chunk) {
        append_parts(parts, attention, *chunk, first_row);
        first_row += chunk->num_tokens;
    }
    if (static_cast<int64_t>(parts.size()) < pass.num_threads) {
        split_heads(parts);
    }
    share(static_cast<int64_t>(parts.size()), static_cast<int>(pass.num_threads),
          [&](int64_t index) { attend_part(call, parts[static_cast<size_t>(index)]); });
}

}  // namespace redraft
