// The product for many rows, whose weights are first put in the order in which a vector has a channel in each lane.
#pragma once

#include "outputs.h"

namespace redraft {

// From so many rows on the new order costs less than it saves.
constexpr int64_t kLeastPackedRows = 96;

void multiply_packed(const Linear& layer, const QuantisedRows& rows, const Output& output, int num_threads);

}  // namespace redraft
