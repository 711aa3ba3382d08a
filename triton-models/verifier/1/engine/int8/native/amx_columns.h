// Rows of activations in the order of the matrix unit.
#pragma once

#include "amx_registers.h"
#include "product.h"

namespace redraft {

// Terms of a product of two registers, which adds lines of weights times columns of activations.
constexpr int64_t kStep = kLineBytes;
constexpr int64_t kPartBytes = kLines * kStep;

// A 15-bit term is kSteps times its high part plus its low one, both of 8 bits.
constexpr int kLowBits = 7;
constexpr double kSteps = 1 << kLowBits;

// Columns of 16 rows in both parts: [steps, high and low, 16 groups of 4 terms, 16 rows, 4].
struct Columns {
    const int8_t* parts;
    int64_t num_steps;
    int64_t first_row;
    int64_t num_rows;
};

// Writes both parts of 16 rows from `first_row` on, zeros behind the last row and the last term.
void split_rows(const QuantisedRows& rows, int64_t first_row, int64_t num_steps, int8_t* parts);

}  // namespace redraft
