#include <algorithm>

#include "attention_products.h"

namespace redraft {

float soften(float* scores, Span seen, int64_t end, Softmax& softmax) {
    Floats highest = set(softmax.highest);
    for (int64_t index = seen.begin / kLanes * kLanes; index < seen.end; index += kLanes) {
        const Floats values = between(load(scores + index), seen.begin - index, seen.end - index, set(-kInfinity));
        highest = maximum(highest, values);
    }
    const float before = softmax.highest;
    softmax.highest = highest_lane(highest);
    const Floats most = set(softmax.highest);
    const Floats shrunk = exponential(set(before) - most);
    Floats total = load(softmax.totals) * shrunk;
    for (int64_t index = 0; index < end; index += kLanes) {
        const Floats weights = exponential(load(scores + index) - most);
        const Floats seen_weights = between(weights, seen.begin - index, seen.end - index, set(0.0f));
        store(scores + index, seen_weights);
        total = total + seen_weights;
    }
    store(softmax.totals, total);
    alignas(64) float factors[kLanes];
    store(factors, shrunk);
    return factors[0];
}

}  // namespace redraft
