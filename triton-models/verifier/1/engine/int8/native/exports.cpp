// The functions that Python calls. Each answers 0, or 1 where memory is lacking.
#include <new>

#include "abi.h"
#include "amx_product.h"
#include "attention.h"
#include "choice.h"
#include "layer.h"
#include "quantised_rows.h"

namespace redraft {

namespace {

template <class Run>
int answered(const Run& run) {
    try {
        run();
        return 0;
    } catch (const std::bad_alloc&) {
        return 1;
    }
}

void run_decoder(const Decoder& decoder, const Pass& pass, float* hidden, const Caches& caches,
                 const Answers& answers) {
    for (int64_t layer = 0; layer < decoder.num_layers; ++layer) {
        run_layer(decoder.layers[layer], pass, hidden, caches.keys[layer], caches.values[layer]);
    }
    const int num_threads = static_cast<int>(pass.num_threads);
    const int64_t length = decoder.head.num_inputs;
    const auto normed = [&](int64_t answer, float* prepared) {
        normalise(decoder.norm, hidden + answers.rows[answer] * length, length, prepared);
        return prepared;
    };
    choose(decoder.head, quantise_rows(answers.num_rows, length, num_threads, normed), answers.chosen, answers.margins,
           num_threads);
}

}  // namespace
}  // namespace redraft

using namespace redraft;

extern "C" {

// libgomp's GOMP_parallel; without it all work is done by the caller.
void redraft_set_team(RunTeam team) { run_team = team; }

// Whether this process may use what the library was compiled for. Asked once, before anything else.
int redraft_is_allowed() { return !kHasAmx || allow_amx(); }

// [num_rows, num_inputs] → [num_rows, num_outputs]
int redraft_linear(const Linear* layer, const float* rows, int64_t num_rows, float* output, int64_t num_threads) {
    return answered([&] {
        const int threads = static_cast<int>(num_threads);
        multiply(*layer, quantise_rows(rows, num_rows, layer->num_inputs, threads), output, false, threads);
    });
}

// Queries with these strides → [num_rows, num_heads, value_dim]; cosines and sines are not read.
int redraft_attention(const Attention* attention, const Pass* pass, const float* queries, int64_t token_stride,
                      int64_t head_stride, const float* keys, const float* values, float* output) {
    return answered(
        [&] { attend(*attention, *pass, {queries, token_stride, head_stride}, keys, values, output); });
}

// See run_layer.
int redraft_layer(const Layer* layer, const Pass* pass, float* hidden, float* keys, float* values) {
    return answered([&] {
        with_crew(static_cast<int>(pass->num_threads), [&] { run_layer(*layer, *pass, hidden, keys, values); });
    });
}

// All layers over the embedded tokens [num_rows, K], which are overwritten, and the choices after some of them.
int redraft_decoder(const Decoder* decoder, const Pass* pass, float* hidden, const Caches* caches,
                    const Answers* answers) {
    return answered([&] {
        with_crew(static_cast<int>(pass->num_threads),
                  [&] { run_decoder(*decoder, *pass, hidden, *caches, *answers); });
    });
}

// For tests: one row each.
float redraft_quantise(const float* row, int64_t num_terms, int16_t* terms) { return quantise(row, num_terms, terms); }
void redraft_gate(const float* row, int64_t length, float* output) { gate(row, length, output); }
void redraft_normalise(const Norm* norm, const float* row, int64_t length, float* output) {
    normalise(*norm, row, length, output);
}
}
