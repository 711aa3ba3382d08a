"""A model for Triton that computes nothing: it reads as many bytes as a pass does and answers with zeros.

What a step costs around it is Triton's share of what a step costs around a pass.
"""

from __future__ import annotations

import os
import time

import numpy as np

import triton_python_backend_utils as pb_utils


class TritonPythonModel:
    """The class and its methods are named by Triton."""

    def initialize(self, _args: dict[str, str]) -> None:
        """Takes the memory to read."""
        # As in the verifier; read once, when torch is imported.
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
        import torch

        self._weights = torch.ones(int(os.environ["BARE_PASS_BYTES"]) // 4)

    def execute(self, requests: list[pb_utils.InferenceRequest]) -> list[pb_utils.InferenceResponse]:
        """One answer for each request, each after a pass of its own."""
        return [self._answer(request) for request in requests]

    def _answer(self, request: pb_utils.InferenceRequest) -> pb_utils.InferenceResponse:
        branches = pb_utils.get_input_tensor_by_name(request, "BRANCHES").as_numpy()
        num_tokens = 1 + int(branches.sum())
        began = time.perf_counter()
        self._weights.sum()
        pass_ms = (time.perf_counter() - began) * 1e3
        values = {
            "ARGMAX": np.zeros(num_tokens, np.int32),
            "MARGIN": np.ones(num_tokens, np.float32),
            "PASS_MS": np.array([pass_ms], np.float32),
            "PACKED": np.array([num_tokens], np.int32),
            "KV_TOKENS": np.array([1 << 20, 1 << 20], np.int32),
        }
        return pb_utils.InferenceResponse([pb_utils.Tensor(name, value[None]) for name, value in values.items()])
