#include "amx_columns.h"

#if defined(__AMX_INT8__)

#include "lanes.h"

namespace redraft {
namespace {

__m512i narrowed(__m512i low, __m512i high) {
    const __m512i first = _mm512_castsi256_si512(_mm512_cvtepi16_epi8(low));
    return _mm512_inserti64x4(first, _mm512_cvtepi16_epi8(high), 1);
}

// 64 terms from `step` on, zeros behind the last one.
void load_step(const QuantisedRows& rows, int64_t row, int64_t step, __m512i (&terms)[2]) {
    for (int half = 0; half < 2; ++half) {
        const int64_t term = step * kStep + half * kTerms;
        const bool is_there = row < rows.num_rows && term < rows.stride;
        terms[half] = is_there ? load_terms(rows.terms + row * rows.stride + term) : _mm512_setzero_si512();
    }
}

}  // namespace

void split_rows(const QuantisedRows& rows, int64_t first_row, int64_t num_steps, int8_t* parts) {
    const __m512i half_step = _mm512_set1_epi16(1 << (kLowBits - 1));
    for (int64_t step = 0; step < num_steps; ++step, parts += 2 * kPartBytes) {
        Floats high_lines[kLines], low_lines[kLines];
        for (int line = 0; line < kLines; ++line) {
            __m512i terms[2], high[2], low[2];
            load_step(rows, first_row + line, step, terms);
            for (int half = 0; half < 2; ++half) {
                high[half] = _mm512_srai_epi16(_mm512_add_epi16(terms[half], half_step), kLowBits);
                low[half] = _mm512_sub_epi16(terms[half], _mm512_slli_epi16(high[half], kLowBits));
            }
            high_lines[line] = as_floats(narrowed(high[0], high[1]));
            low_lines[line] = as_floats(narrowed(low[0], low[1]));
        }
        transpose(high_lines);
        transpose(low_lines);
        for (int line = 0; line < kLines; ++line) {
            store(reinterpret_cast<float*>(parts) + line * kLanes, high_lines[line]);
            store(reinterpret_cast<float*>(parts + kPartBytes) + line * kLanes, low_lines[line]);
        }
    }
}

}  // namespace redraft

#endif
