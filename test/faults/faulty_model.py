"""The project's model, whose answers are spoilt while a file names a fault."""

import os
from pathlib import Path

import numpy as np
import sound_model

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


def _spoilt(answer):
    """The sound model's response to a step, spoilt by the fault of this moment."""
    fault = Path(os.environ["REDRAFT_TEST_FAULT_FILE"]).read_text(encoding="utf-8")
    if fault in ERRORS:
        code = getattr(pb_utils.TritonError, fault)
        return pb_utils.InferenceResponse(error=pb_utils.TritonError("spoilt", code))
    response = sound_response(answer)
    return pb_utils.InferenceResponse(SPOILS[fault](response.output_tensors())) if fault in SPOILS else response


sound_response = sound_model._response
sound_model._response = _spoilt
# Triton looks for it here.
TritonPythonModel = sound_model.TritonPythonModel
