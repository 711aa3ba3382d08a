"""The verifying engine: token ids in, the model's greedy choices out. It knows neither text nor Triton.

Words, from the whole to its parts:

sequence  the tokens of one edit, whose K and V are cached between its steps
step      what is asked of one sequence at a time: cached tokens to keep, a prefix, and branches to verify after it
branch    a draft, that is tokens that continue the prefix; the branches of a step do not see each other
lane      tokens of a step that follow each other: the prefix with branch 0, or one further branch
chunk     the tokens of a lane that run in one pass; a lane that does not fit is cut (chunked prefill)
pass      one forward of the model over the chunks of many sequences, packed back to back without padding
slot      room for the K and V of one token in every layer
block     adjacent slots, the unit in which sequences are given room; several may share those of a common beginning

Letters in shapes: T packed tokens of a pass, N chunks, H query heads, G key/value heads, D head dimension,
S keys of a chunk, V vocabulary.
"""
