"""Tensor parallelism: one model on several devices, each with a shard of the weights and the KV cache.

Each device has a process. Rank 0 is the one that Triton runs. It decides everything: admission, blocks, what runs in a
pass. It starts the other ranks, its workers, and tells them over pipes what it is about to do to its model and its
cache; they do the same to theirs, and meet it in the sums over all ranks that the layers make. Hugging Face's plan says
which layer is cut how.

A rank that fails is out of step with the others for good, so the whole instance ends, as where a GPU is lost.
"""
