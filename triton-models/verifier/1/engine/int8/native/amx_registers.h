// The registers of the matrix unit: 16 lines of 64 bytes each.
#pragma once

#include <immintrin.h>

#include <cstdint>

namespace redraft {

constexpr int kLines = 16;
constexpr int64_t kLineBytes = 64;

#if defined(__AMX_INT8__)

struct alignas(64) Configuration {
    uint8_t palette = 1;
    uint8_t first_line = 0;
    uint8_t reserved[14] = {};
    uint16_t bytes_per_line[16] = {64, 64, 64, 64, 64, 64, 64, 64};
    uint8_t num_lines[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};

// The registers of one thread while it holds this. Left in use they would be saved with every change of threads.
class Registers {
   public:
    Registers() {
        constexpr Configuration configuration;
        _tile_loadconfig(&configuration);
    }
    ~Registers() { _tile_release(); }
    Registers(const Registers&) = delete;
    Registers& operator=(const Registers&) = delete;
};

#endif

}  // namespace redraft
