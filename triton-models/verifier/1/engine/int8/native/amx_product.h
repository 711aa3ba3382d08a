// The product for many rows on the matrix unit of CPUs that have AMX.
#pragma once

#include "outputs.h"

namespace redraft {

#if defined(__AMX_INT8__)
constexpr bool kHasAmx = true;
#else
constexpr bool kHasAmx = false;
#endif

// From so many rows on it is faster than the vector unit.
constexpr int64_t kLeastAmxRows = 5;

// Terms whose products with one part of the activations 31 bits hold in any case.
constexpr int64_t kMostAmxTerms = INT32_MAX / (127 * 127);

// Whether the system lets this process use the matrix unit, which it has to be asked; false where there is none.
bool allow_amx();

void multiply_amx(const Linear& layer, const QuantisedRows& rows, const Output& output, int num_threads);

}  // namespace redraft
