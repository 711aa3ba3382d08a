"""Passes on an NVIDIA GPU: bfloat16 or float16, by one call of a variable-length kernel per layer.

shape    the sizes of a pass's tensors, rounded up to a few buckets
inputs   all integers of a pass in one block: filled in pinned memory, sent by one copy
graph    the launches of one shape, captured at the load, replayed over inputs that stay where they are
output   argmax and margins in one tensor: one copy back, and the only place where the host waits

Padding tokens write to slots that no sequence owns, padding chunks have no tokens. A pass without a graph (larger than
the largest bucket, more chunks than the most, or with a further branch) runs the same function without one.

Where the number of tokens in a pass must not change a row's answer, three things are done: passes of up to 512 tokens
have six sizes, so that a plain step and a draft of up to 63 tokens run the very same kernels; products are not split
along the dimension that they sum over; attention does not split the keys. Whether rows are then the same bits for other
sizes depends on the card's kernels, so it is measured (bench/gpu), not promised.
"""
