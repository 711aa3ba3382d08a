#include "choice.h"

#include <algorithm>

#include "outputs.h"
#include "team.h"

namespace redraft {
namespace {

// Channels whose outputs for all rows stay in the cache until they are read.
constexpr int64_t kMostOutputs = 1 << 18;
constexpr int64_t kLeastChannels = 1024;
constexpr int64_t kMostChannels = 4096;

struct Choice {
    float highest = -kInfinity;
    float second = -kInfinity;
    int64_t channel = 0;
    bool is_number = true;

    // Channels come in any order within a block, and equal ones are told apart by their number.
    void add(float value, int64_t of_channel) {
        if (value > highest || (value == highest && of_channel < channel)) {
            second = highest;
            highest = value;
            channel = of_channel;
        } else {
            second = std::max(second, value);
        }
        is_number &= value == value;
    }

    void add(const Choice& later) {
        const float seconds = std::max(std::min(highest, later.highest), std::max(second, later.second));
        if (later.highest > highest) {
            highest = later.highest;
            channel = later.channel;
        }
        second = seconds;
        is_number &= later.is_number;
    }
};

// Each lane keeps the highest and the second of what passes it. Channels are counted in floats, which are exact here.
Choice choose_among(const float* outputs, int64_t count) {
    Floats highest = set(-kInfinity), second = highest, channels = set(0.0f), first = set(0.0f);
    bool is_number = true;
    int64_t index = 0;
    for (; index + kLanes <= count; index += kLanes) {
        const Floats values = load(outputs + index);
        is_number &= !has_nan(values);
        second = maximum(second, minimum(values, highest));
        channels = where_above(values, highest, first, channels);
        highest = maximum(values, highest);
        first = first + set(static_cast<float>(kLanes));
    }
    float of_lanes[3][kLanes];
    store(of_lanes[0], highest);
    store(of_lanes[1], second);
    store(of_lanes[2], channels);
    Choice choice;
    choice.channel = count;
    for (int lane = 0; lane < kLanes && index > 0; ++lane) {
        choice.add(of_lanes[0][lane], static_cast<int64_t>(of_lanes[2][lane]) + lane);
        choice.second = std::max(choice.second, of_lanes[1][lane]);
    }
    for (; index < count; ++index) {
        choice.add(outputs[index], index);
    }
    choice.is_number &= is_number;
    return choice;
}

// The channels [first, first + count) as a layer of their own.
Linear part_of(const Linear& layer, int64_t first, int64_t count) {
    const float* bias = layer.bias ? layer.bias + first : nullptr;
    return {layer.weight + first * layer.num_inputs, layer.scales + first, bias, layer.num_inputs, count};
}

}  // namespace

void choose(const Linear& head, const QuantisedRows& rows, int32_t* chosen, float* margins, int num_threads) {
    thread_local Scratch choice_scratch;
    const int64_t size = std::clamp(kMostOutputs / rows.num_rows / kChannels * kChannels, kLeastChannels, kMostChannels);
    const int64_t num_blocks = (head.num_outputs + size - 1) / size;
    Choice* choices = choice_scratch.of<Choice>(num_blocks * rows.num_rows);
    share(num_blocks, num_threads, [&](int64_t block) {
        thread_local Scratch output_scratch;
        const int64_t count = std::min(size, head.num_outputs - block * size);
        float* outputs = output_scratch.of<float>(rows.num_rows * count);
        multiply(part_of(head, block * size, count), rows, outputs, false, 1);
        for (int64_t row = 0; row < rows.num_rows; ++row) {
            Choice choice = choose_among(outputs + row * count, count);
            choice.channel += block * size;
            choices[block * rows.num_rows + row] = choice;
        }
    });
    for (int64_t row = 0; row < rows.num_rows; ++row) {
        Choice choice = choices[row];
        for (int64_t block = 1; block < num_blocks; ++block) {
            choice.add(choices[block * rows.num_rows + row]);
        }
        chosen[row] = static_cast<int32_t>(choice.channel);
        margins[row] = choice.is_number ? choice.highest - choice.second : std::numeric_limits<float>::quiet_NaN();
    }
}

}  // namespace redraft
