// A decoder layer over the rows of a pass.
#pragma once

#include "abi.h"

namespace redraft {

// Replaces the hidden states [num_rows, K] by those behind the layer, and caches the rows' keys and values.
void run_layer(const Layer& layer, const Pass& pass, float* hidden, float* keys, float* values);

}  // namespace redraft
