// The functions that Python calls. Each answers 0, or 1 where memory is lacking.
#include <algorithm>
#include <cstring>
#include <new>

#include "abi.h"
#include "attention.h"
#include "product.h"
#include "rows.h"
#include "team.h"

namespace redraft {

RunTeam run_team = nullptr;

namespace {

// Buffers of one thread's passes, used again by every layer.
struct Buffers {
    Scratch terms, scales, heads, attended, gates, normalised;
};

thread_local Buffers buffers;

// Quantises each row after `prepare(row, prepared)`, which leaves there what to quantise.
template <class Prepare>
QuantisedRows quantise_rows(int64_t num_rows, int64_t length, int num_threads, const Prepare& prepare) {
    const int64_t stride = quantised_stride(length);
    int16_t* terms = buffers.terms.of<int16_t>(num_rows * stride);
    float* scales = buffers.scales.of<float>(num_rows);
    float* prepared = buffers.normalised.of<float>(num_rows * length);
    share(num_rows, num_threads, [&](int64_t row) {
        const float* ready = prepare(row, prepared + row * length);
        scales[row] = quantise(ready, length, terms + row * stride);
    });
    return {terms, scales, num_rows, stride};
}

void run_linear(const Linear& layer, const float* rows, int64_t num_rows, float* output, bool adds, int num_threads) {
    const int64_t length = layer.num_inputs;
    const auto as_it_is = [&](int64_t row, float*) { return rows + row * length; };
    multiply(layer, quantise_rows(num_rows, length, num_threads, as_it_is), output, adds, num_threads);
}

// The product of rows after their norm.
void run_normed(const Norm& norm, const Linear& layer, const float* rows, int64_t num_rows, float* output,
                int num_threads) {
    const int64_t length = layer.num_inputs;
    const auto normed = [&](int64_t row, float* prepared) {
        normalise(norm, rows + row * length, length, prepared);
        return prepared;
    };
    multiply(layer, quantise_rows(num_rows, length, num_threads, normed), output, false, num_threads);
}

// Rotates queries and keys [row: heads of queries, keys, values] and puts keys and values into their slots.
void rotate_and_cache(const Layer& layer, const Pass& pass, float* heads, float* keys, float* values) {
    const Attention& shape = layer.attention;
    const int64_t dim = shape.key_dim, num_cached = shape.num_kv_heads * dim;
    const size_t num_bytes = static_cast<size_t>(num_cached) * sizeof(float);
    int64_t row = 0;
    for (const Chunk* chunk = pass.chunks; chunk < pass.chunks + pass.num_chunks; ++chunk) {
        for (int64_t token = 0; token < chunk->num_tokens; ++token, ++row) {
            float* of_row = heads + row * layer.qkv.num_outputs;
            rotate(of_row, shape.num_heads + shape.num_kv_heads, dim, pass.cosines + row * dim, pass.sines + row * dim);
            const int64_t slot = chunk->slots[chunk->first_position + token];
            std::memcpy(keys + slot * num_cached, of_row + shape.num_heads * dim, num_bytes);
            std::memcpy(values + slot * num_cached, of_row + shape.num_heads * dim + num_cached, num_bytes);
        }
    }
}

void run_attention(const Layer& layer, const Pass& pass, float* hidden, float* keys, float* values) {
    const Attention& shape = layer.attention;
    const int num_threads = static_cast<int>(pass.num_threads);
    float* heads = buffers.heads.of<float>(pass.num_rows * layer.qkv.num_outputs);
    run_normed(layer.input_norm, layer.qkv, hidden, pass.num_rows, heads, num_threads);
    rotate_and_cache(layer, pass, heads, keys, values);
    float* attended = buffers.attended.of<float>(pass.num_rows * shape.num_heads * shape.value_dim);
    attend(shape, pass, {heads, layer.qkv.num_outputs, shape.key_dim}, keys, values, attended);
    run_linear(layer.output, attended, pass.num_rows, hidden, true, num_threads);
}

void run_mlp(const Layer& layer, const Pass& pass, float* hidden) {
    const int num_threads = static_cast<int>(pass.num_threads);
    const int64_t length = layer.down.num_inputs;
    float* gates = buffers.gates.of<float>(pass.num_rows * 2 * length);
    run_normed(layer.mlp_norm, layer.gate_up, hidden, pass.num_rows, gates, num_threads);
    const auto gated = [&](int64_t row, float* prepared) {
        gate(gates + row * 2 * length, length, prepared);
        return prepared;
    };
    multiply(layer.down, quantise_rows(pass.num_rows, length, num_threads, gated), hidden, true, num_threads);
}

template <class Run>
int answered(const Run& run) {
    try {
        run();
        return 0;
    } catch (const std::bad_alloc&) {
        return 1;
    }
}

}  // namespace
}  // namespace redraft

using namespace redraft;

extern "C" {

// libgomp's GOMP_parallel; without it all work is done by the caller.
void redraft_set_team(RunTeam team) { run_team = team; }

// [num_rows, num_inputs] → [num_rows, num_outputs]
int redraft_linear(const Linear* layer, const float* rows, int64_t num_rows, float* output, int64_t num_threads) {
    return answered([&] { run_linear(*layer, rows, num_rows, output, false, static_cast<int>(num_threads)); });
}

// Queries with these strides → [num_rows, num_heads, value_dim]; cosines and sines are not read.
int redraft_attention(const Attention* attention, const Pass* pass, const float* queries, int64_t token_stride,
                      int64_t head_stride, const float* keys, const float* values, float* output) {
    return answered(
        [&] { attend(*attention, *pass, {queries, token_stride, head_stride}, keys, values, output); });
}

// Replaces the hidden states [num_rows, K] by those behind the layer, and caches the rows' keys and values.
int redraft_layer(const Layer* layer, const Pass* pass, float* hidden, float* keys, float* values) {
    return answered([&] {
        run_attention(*layer, *pass, hidden, keys, values);
        run_mlp(*layer, *pass, hidden);
    });
}

// For tests: one row each.
float redraft_quantise(const float* row, int64_t num_terms, int16_t* terms) { return quantise(row, num_terms, terms); }
void redraft_gate(const float* row, int64_t length, float* output) { gate(row, length, output); }
void redraft_normalise(const Norm* norm, const float* row, int64_t length, float* output) {
    normalise(*norm, row, length, output);
}
}
