"""The project's model, whose answers are spoilt while a file names a fault."""

import os
from pathlib import Path

import numpy as np
from sound_model import TritonPythonModel as SoundModel

import triton_python_backend_utils as pb_utils


def _changed(name, change):
    def spoil(tensor):
        return pb_utils.Tensor(name, change(tensor.as_numpy())) if tensor.name() == name else tensor

    return lambda tensors: [spoil(tensor) for tensor in tensors]


SPOILS = {
    "margins that are no numbers": _changed("MARGIN", lambda values: np.full_like(values, np.nan)),
    "token ids below 0": _changed("ARGMAX", lambda values: np.full_like(values, -1)),
    "fewer positions than were asked for": _changed("ARGMAX", lambda values: values[:, :-1]),
    "more positions than were asked for": _changed("ARGMAX", lambda values: np.tile(values, 2)),
    "no tokens": lambda tensors: [tensor for tensor in tensors if tensor.name() != "ARGMAX"],
    "no tensors": lambda tensors: [],
}
# Triton loads this file in a process without the errors too.
ERRORS = ("NOT_FOUND", "UNAVAILABLE", "INTERNAL")


class TritonPythonModel(SoundModel):
    """The class and its methods are named by Triton."""

    def execute(self, requests):
        """Answers as the sound model, then spoils each answer that is not an error already."""
        fault = Path(os.environ["REDRAFT_TEST_FAULT_FILE"]).read_text(encoding="utf-8")
        if fault == "an exception":
            raise RuntimeError("spoilt")
        answers = super().execute(requests)
        return [answer if answer.has_error() else self._spoil(answer, fault) for answer in answers]

    def _spoil(self, answer, fault):
        if fault in ERRORS:
            code = getattr(pb_utils.TritonError, fault)
            return pb_utils.InferenceResponse(error=pb_utils.TritonError("spoilt", code))
        if fault in SPOILS:
            return pb_utils.InferenceResponse(SPOILS[fault](answer.output_tensors()))
        return answer
