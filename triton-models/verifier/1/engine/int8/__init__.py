"""Integer weights on a CPU, by which the logits of a token do not depend on what else is in the pass, to the last bit.

What sums over many terms is made of integers, whose sum is the same in any order and therefore for any number of rows,
any cutting into tiles and any number of threads:

product  int8 activations with a scale per token, int8 weights with a scale per output channel, sums in int32
grid     the multiples of a power of two; float32 numbers on one grid add exactly as long as their sum stays below
         2^24 steps of it, so attention rounds its operands to grids and leaves the rest to float32 products

All else is done per element or per row: norms and softmax reduce each row by itself, positions are read from a table.
Functions that are computed per element, such as exp, may differ in the last bit between a vector's lanes and the
elements left over behind the last whole vector, so rows are padded to whole vectors.
"""
