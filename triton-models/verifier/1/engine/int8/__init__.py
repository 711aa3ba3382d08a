"""Integer weights on a CPU, by which the logits of a token do not depend on what else is in the pass, to the last bit.

Products are of int8 weights with a scale per output channel and 15-bit activations with a scale per token. Their sums
are integers, the same in any order and therefore for any number of rows, any cutting into tiles and any number of
threads. What lies between the products is computed per element or per row, in one of two ways; a process takes one of
them for everything:

native  a library in C++ (see `engine.int8.native`), where the CPU has the instructions and the library is there or can
        be compiled. A decoder layer is one call. It adds the floats of a row in one order, whatever rows are beside
        it: attention in the order of the keys' positions, over a plain cache.
torch   everywhere else, and for what the library does not have. Attention rounds its operands to grids, the multiples
        of a power of two: float32 numbers on one grid add exactly as long as their sum stays below 2^24 steps of it,
        which leaves the rest to float32 products. Norms and softmax reduce each row by itself. Functions of elements,
        such as exp, may differ in the last bit between a vector's lanes and the elements left over behind the last
        whole vector, so rows are padded to whole vectors.

Positions are read from a table. The weights are one file for both ways.
"""
