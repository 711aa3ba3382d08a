// What Python and this library hand each other. Every field has 8 bytes; the fields' order is that of structures.py.
#pragma once

#include <cstdint>

namespace redraft {

// A linear layer: weights [num_outputs, num_inputs], a scale and perhaps a bias (else null) for each output.
struct Linear {
    const int8_t* weight;
    const float* scales;
    const float* bias;
    int64_t num_inputs;
    int64_t num_outputs;
};

// Tokens that follow each other in a sequence, and the slot of each of its positions up to the last of them.
struct Chunk {
    int64_t num_tokens;
    int64_t first_position;
    const int32_t* slots;
};

// One forward over the tokens of all chunks, back to back. Cosines and sines: [num_rows, head_dim].
struct Pass {
    const Chunk* chunks;
    int64_t num_chunks;
    int64_t num_rows;
    const float* cosines;
    const float* sines;
    int64_t num_threads;
};

// Keys [slots, num_kv_heads, key_dim], values [slots, num_kv_heads, value_dim]; a window of 0 is none.
struct Attention {
    int64_t num_heads;
    int64_t num_kv_heads;
    int64_t key_dim;
    int64_t value_dim;
    int64_t window;
    double scaling;
};

struct Norm {
    const float* weight;
    double epsilon;
};

// A decoder layer with rotary positions and a gated MLP of SiLU.
struct Layer {
    Norm input_norm;
    Linear qkv;
    Attention attention;
    Linear output;
    Norm mlp_norm;
    Linear gate_up;
    Linear down;
};

// All of a model behind its embedding.
struct Decoder {
    const Layer* layers;
    int64_t num_layers;
    Norm norm;
    Linear head;
};

// Keys and values of each layer.
struct Caches {
    float* const* keys;
    float* const* values;
};

// Rows of a pass whose next token is asked for. Chosen tokens and their margins: [num_rows].
struct Answers {
    const int64_t* rows;
    int64_t num_rows;
    int32_t* chosen;
    float* margins;
};

}  // namespace redraft
