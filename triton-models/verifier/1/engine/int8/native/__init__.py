"""The integer pass in C++, for CPUs whose instructions make it pay; everything else has the path in torch.

build      compiles the sources once into the user's cache, for the best instruction set that the CPU has
library    loads what was built, checks it, and calls it on tensors
structures what Python and the library hand each other

A process takes one of the two paths for everything: their integer sums are the same, what lies between them is rounded
in another order.
"""
