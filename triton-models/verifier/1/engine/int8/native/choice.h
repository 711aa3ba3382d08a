// Greedy choices of rows, whose logits are never in memory all at once.
#pragma once

#include "product.h"

namespace redraft {

// The highest output of each row, the lowest channel of equal ones, and its distance to the second; no number where
// an output is none.
void choose(const Linear& head, const QuantisedRows& rows, int32_t* chosen, float* margins, int num_threads);

}  // namespace redraft
