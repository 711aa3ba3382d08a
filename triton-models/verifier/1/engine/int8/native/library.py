"""The native library of this process: loaded once, checked, and called on tensors."""

import ctypes
import functools
import logging
from ctypes import byref, c_float, c_int64, c_void_p
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from engine.int8.native.build import BuildError, library_file, usable_sets
from engine.int8.native.structures import Answers, Attention, Caches, Decoder, Layer, Linear, Norm, Pass
from engine.verify_step import Margins, TokenIds

logger = logging.getLogger(__name__)

MAPS = Path("/proc/self/maps")
HIGHEST_TERM = 127 * 128
"""Largest magnitude of a quantised activation."""


class Library:
    """
    Functions over float32 tensors that are contiguous, on the CPU. What a row becomes does not depend on the others.

    Raises:
        OSError: the file is no library for this machine, or the system withholds what it needs.
        AttributeError: it is another one.
    """

    def __init__(self, file: Path):
        functions = ctypes.CDLL(str(file))
        if not functions.redraft_is_allowed():
            raise OSError(f"{file}: the system does not let this process use the instructions")
        functions.redraft_set_team.argtypes = [c_void_p]
        functions.redraft_set_team.restype = None
        functions.redraft_set_team(_gomp_parallel())
        self._linear = functions.redraft_linear
        self._linear.argtypes = [c_void_p, c_void_p, c_int64, c_void_p, c_int64]
        self._attention = functions.redraft_attention
        self._attention.argtypes = [c_void_p, c_void_p, c_void_p, c_int64, c_int64, c_void_p, c_void_p, c_void_p]
        self._layer = functions.redraft_layer
        self._layer.argtypes = [c_void_p, c_void_p, c_void_p, c_void_p, c_void_p]
        self._decoder = functions.redraft_decoder
        self._decoder.argtypes = [c_void_p, c_void_p, c_void_p, c_void_p, c_void_p]
        self._quantise = functions.redraft_quantise
        self._quantise.argtypes, self._quantise.restype = [c_void_p, c_int64, c_void_p], c_float
        self._gate = functions.redraft_gate
        self._gate.argtypes, self._gate.restype = [c_void_p, c_int64, c_void_p], None
        self._normalise = functions.redraft_normalise
        self._normalise.argtypes, self._normalise.restype = [c_void_p, c_void_p, c_int64, c_void_p], None

    def linear(self, layer: Linear, rows: torch.Tensor, output: torch.Tensor) -> None:
        """Rows [T, K] → output [T, N]."""
        num_threads = torch.get_num_threads()
        _check(self._linear(byref(layer), rows.data_ptr(), len(rows), output.data_ptr(), num_threads))

    def attention(
        self, shape: Attention, run: Pass, query: torch.Tensor, keys: torch.Tensor, values: torch.Tensor
    ) -> torch.Tensor:
        """
        Args:
            query: any strides but that of the last dimension. Shape: [1, H, T, D].
            keys: Shape: [slots, G, D].
            values: Shape: [slots, G, E].

        Returns:
            Shape: [1, T, H, E].
        """
        output = query.new_empty(1, query.shape[2], query.shape[1], values.shape[-1])
        strides = query.stride(2), query.stride(1)
        tensors = [one.data_ptr() for one in (keys, values, output)]
        _check(self._attention(byref(shape), byref(run), query.data_ptr(), *strides, *tensors))
        return output

    def layer(self, layer: Layer, run: Pass, hidden: torch.Tensor, keys: torch.Tensor, values: torch.Tensor) -> None:
        """Replaces the hidden states [T, K] by those behind the layer; writes keys and values of its own tokens."""
        _check(self._layer(byref(layer), byref(run), hidden.data_ptr(), keys.data_ptr(), values.data_ptr()))

    def choose(
        self, decoder: Decoder, run: Pass, hidden: torch.Tensor, caches: Caches, rows: npt.NDArray[np.int64]
    ) -> tuple[TokenIds, Margins]:
        """
        Runs all layers over the embedded tokens [T, K], which are overwritten; writes their keys and values.

        Returns:
            The model's choices after the rows [N], and by how much each is above the second: both [N].
        """
        chosen, margins = np.empty(len(rows), np.int32), np.empty(len(rows), np.float32)
        answers = Answers(rows.ctypes.data, len(rows), chosen.ctypes.data, margins.ctypes.data)
        _check(self._decoder(byref(decoder), byref(run), hidden.data_ptr(), byref(caches), byref(answers)))
        return chosen, margins

    def quantise(self, row: torch.Tensor) -> tuple[torch.Tensor, float]:
        """[K] → 15-bit integers [K] as int16, and their scale."""
        # The library writes whole vectors.
        terms = torch.empty(len(row) + 64, dtype=torch.int16)
        scale = self._quantise(row.data_ptr(), len(row), terms.data_ptr())
        return terms[: len(row)], scale

    def gate(self, row: torch.Tensor) -> torch.Tensor:
        """SiLU of the first half times the second half. [2 K] → [K]."""
        output = row.new_empty(len(row) // 2)
        self._gate(row.data_ptr(), len(output), output.data_ptr())
        return output

    def normalise(self, row: torch.Tensor, weight: torch.Tensor, epsilon: float) -> torch.Tensor:
        """The row [K] by its root mean square, times the weights [K]."""
        output = torch.empty_like(row)
        self._normalise(byref(Norm(weight.data_ptr(), epsilon)), row.data_ptr(), len(row), output.data_ptr())
        return output


@functools.cache
def native_library() -> Library | None:
    """The library for the best instruction set of this CPU that works; None: torch serves. The log says why."""
    problems = []
    for instruction_set in usable_sets():
        try:
            library = Library(library_file(instruction_set))
            _self_check(library)
        except (BuildError, OSError, AttributeError, ArithmeticError) as error:
            problems.append(f"{instruction_set.name}: {error}")
        else:
            logger.info("integer passes by the native library for %s%s", instruction_set.name, _after(problems))
            return library
    if not problems:
        logger.info("integer passes by torch: the native library has none of this CPU's instruction sets")
    else:
        logger.warning("integer passes by torch, which is slower%s", _after(problems))
    return None


def _after(problems: list[str]) -> str:
    return f" (no library for {'; '.join(problems)})" if problems else ""


def _self_check(library: Library) -> None:
    """
    Raises:
        ArithmeticError: a product is not the exact sum.
    """
    generator = torch.Generator().manual_seed(0)
    for num_rows, num_terms, num_outputs in ((1, 96, 64), (3, 1200, 21), (40, 128, 70)):
        rows = torch.randint(-HIGHEST_TERM, HIGHEST_TERM + 1, (num_rows, num_terms), generator=generator)
        # With the highest term in every row the scales are 1.
        rows[:, 0] = HIGHEST_TERM
        weight = torch.randint(-127, 128, (num_outputs, num_terms), generator=generator, dtype=torch.int8)
        scales, output = torch.ones(num_outputs), torch.empty(num_rows, num_outputs)
        library.linear(Linear.of(weight, scales, None), rows.float(), output)
        if not torch.equal(output, (rows @ weight.long().t()).double().float()):
            raise ArithmeticError("its products are not the exact sums")


def _check(code: int) -> None:
    if code:
        raise MemoryError("the native library lacks memory")


def _gomp_parallel() -> int | None:
    """The address of GOMP_parallel in the libgomp that torch runs its threads by; None: there is none."""
    try:
        lines = MAPS.read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    # Another one may be loaded too, and would keep threads of its own.
    files = sorted(
        {line.split(maxsplit=5)[-1] for line in lines if "libgomp" in line}, key=lambda one: "torch" not in one
    )
    for file in files:
        try:
            return ctypes.cast(ctypes.CDLL(file).GOMP_parallel, c_void_p).value
        except (OSError, AttributeError):
            continue
    return None
