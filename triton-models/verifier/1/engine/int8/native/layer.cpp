#include "layer.h"

#include <cstring>

#include "attention.h"
#include "quantised_rows.h"

namespace redraft {
namespace {

// Buffers of one thread's passes, used again by every layer.
struct Buffers {
    Scratch heads, attended, gates;
};

thread_local Buffers buffers;

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
    const int64_t length = layer.output.num_inputs;
    float* heads = buffers.heads.of<float>(pass.num_rows * layer.qkv.num_outputs);
    run_normed(layer.input_norm, layer.qkv, hidden, pass.num_rows, heads, num_threads);
    rotate_and_cache(layer, pass, heads, keys, values);
    float* attended = buffers.attended.of<float>(pass.num_rows * length);
    attend(shape, pass, {heads, layer.qkv.num_outputs, shape.key_dim}, keys, values, attended);
    multiply(layer.output, quantise_rows(attended, pass.num_rows, length, num_threads), hidden, true, num_threads);
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

}  // namespace

void run_layer(const Layer& layer, const Pass& pass, float* hidden, float* keys, float* values) {
    run_attention(layer, pass, hidden, keys, values);
    run_mlp(layer, pass, hidden);
}

}  // namespace redraft
