"""Triton's side of the verifier: tensors in, steps to the engine, tensors out. config.pbtxt declares the tensors.

`execute` hands the requests over and returns; each is answered by its own response sender as soon as its last pass is
done. Every request gets exactly one response or error.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

import triton_python_backend_utils as pb_utils

# What imports torch is imported in `initialize`: Triton also loads this file in a process that only reads the config.
from engine.errors import ErrorCode, StepError, invalid
from engine.verify_step import TokenIds, VerifyAnswer, VerifyStep

if TYPE_CHECKING:
    from engine.engine import Engine
    from engine.engine_thread import EngineThread

logger = logging.getLogger("redraft")


class TritonPythonModel:
    """The class and its methods are named by Triton."""

    def initialize(self, args: dict[str, str]) -> None:
        """
        Args:
            args: `model_config` as JSON, and the kind and ordinal of the instance's device.

        Raises:
            TritonModelException: the load stops; the message names the setting or the model at fault.
        """
        logging.basicConfig(level=logging.INFO, handlers=[TritonLog()], force=True)
        # Threads that spin while they wait make a pass many times slower as soon as anything else needs a core.
        # Read once, when torch is imported.
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
        try:
            from engine.config import read_config
            from engine.engine_thread import EngineThread
            from engine.loader import load_engine

            config = read_config(os.environ, _parameters(args))
            self._engine: Engine = load_engine(config, _cuda_device(args))
        except Exception as error:
            logger.exception("the model cannot be loaded")
            raise pb_utils.TritonModelException(f"{type(error).__name__}: {error}") from error
        tick_seconds = min(1.0, max(0.1, config.idle_seconds / 10))
        self._thread: EngineThread = EngineThread(self._engine, Metrics(self._engine).update, tick_seconds)

    def execute(self, requests: list[pb_utils.InferenceRequest]) -> None:
        """Takes one step of each request's sequence. Never raises: that would fail the whole batch."""
        for request in requests:
            sender = request.get_response_sender()
            try:
                self._thread.submit(TritonRequest(read_step(request), sender))
            except Exception as error:
                respond(sender, _as_step_error(error))

    def finalize(self) -> None:
        """Answers what waits and ends the passes; Triton ends the process afterwards."""
        self._thread.stop()
        self._engine.close()


@dataclass(frozen=True, slots=True, eq=False)
class TritonRequest:
    """A step with the sender of its answer. It outlives Triton's request object and the shared memory of its inputs."""

    step: VerifyStep
    sender: pb_utils.InferenceResponseSender

    def respond(self, result: VerifyAnswer | StepError) -> None:
        """Answers."""
        respond(self.sender, result)

    def is_cancelled(self) -> bool:
        """Whether the caller has given up; a message to Triton."""
        try:
            return self.sender.is_cancelled()
        except Exception:
            logger.exception("Triton cannot tell whether a request is cancelled")
            return False


def respond(sender: pb_utils.InferenceResponseSender, result: VerifyAnswer | StepError) -> None:
    """Sends the only response or error of a request."""
    try:
        response = _error(result) if isinstance(result, StepError) else _response(result)
        sender.send(response, flags=pb_utils.TRITONSERVER_RESPONSE_COMPLETE_FINAL)
    except Exception:
        # The caller has gone, or Triton has; the other requests go on.
        logger.exception("an answer cannot be sent")


def read_step(request: pb_utils.InferenceRequest) -> VerifyStep:
    """
    The request as a step. A request without a sequence id is a warm-up; it becomes a sequence of one step.

    Raises:
        StepError: INVALID_ARG.
    """
    tokens, branches, keep, adopt = (_input(request, name) for name in ("TOKENS", "BRANCHES", "KEEP", "ADOPT"))
    for name, value in (("KEEP", keep), ("ADOPT", adopt)):
        if value.size != 1:
            raise invalid(name, "one value", f"{value.size} values")
    flags, sequence_id = request.flags(), request.correlation_id()
    return VerifyStep(
        sequence_id or object(),
        tokens,
        tuple(branches.tolist()),
        keep_length=int(keep[0]),
        adopt_branch=int(adopt[0]),
        is_start=not sequence_id or bool(flags & pb_utils.TRITONSERVER_REQUEST_FLAG_SEQUENCE_START),
        is_end=not sequence_id or bool(flags & pb_utils.TRITONSERVER_REQUEST_FLAG_SEQUENCE_END),
    )


class Metrics:
    """The engine's counts on Triton's metrics port. Each change of a value is a message to Triton."""

    def __init__(self, engine: Engine):
        gauge, counter = pb_utils.MetricFamily.GAUGE, pb_utils.MetricFamily.COUNTER
        sequences, cache, totals = engine.sequences, engine.sequences.kv_cache, engine.totals
        self._families: list[pb_utils.MetricFamily] = []
        self._metrics = [
            self._add("redraft_open_sequences", "Open sequences", gauge, lambda: len(sequences)),
            self._add("redraft_waiting_requests", "Requests not answered yet", gauge, lambda: engine.num_waiting),
            self._add("redraft_kv_slots_used", "KV slots in use", gauge, lambda: cache.num_used_slots),
            self._add("redraft_kv_slots", "KV slots in all", gauge, lambda: cache.num_slots),
            self._add(
                "redraft_kv_slots_cached", "KV slots of unused prompt beginnings", gauge, lambda: cache.num_cached_slots
            ),
            self._add(
                "redraft_prefix_hit_tokens_total",
                "Prompt tokens found cached",
                counter,
                lambda: sequences.num_reused_tokens,
            ),
            self._add("redraft_evictions_total", "Sequences evicted", counter, lambda: sequences.num_evictions),
            self._add("redraft_passes_total", "Forward passes", counter, lambda: totals.num_passes),
            self._add("redraft_pass_tokens_total", "Tokens in forward passes", counter, lambda: totals.num_pass_tokens),
            self._add("redraft_pass_steps_total", "Steps in forward passes", counter, lambda: totals.num_pass_steps),
        ]
        self._shown = [0] * len(self._metrics)
        self.update()

    def update(self) -> None:
        """Shows the counts of this moment."""
        for index, (metric, read) in enumerate(self._metrics):
            value = read()
            if value != self._shown[index]:
                # A gauge takes a negative increment, so one call serves both kinds.
                metric.increment(value - self._shown[index])
                self._shown[index] = value

    def _add(
        self, name: str, description: str, kind: pb_utils.MetricKind, read: Callable[[], int]
    ) -> tuple[pb_utils.Metric, Callable[[], int]]:
        family = pb_utils.MetricFamily(name=name, description=description, kind=kind)
        # A family that is dropped takes its metrics with it.
        self._families.append(family)
        return family.Metric(labels={"model": "verifier"}), read


class TritonLog(logging.Handler):
    """Python's log records in Triton's log."""

    def emit(self, record: logging.LogRecord) -> None:
        """Writes one record."""
        log = pb_utils.Logger.log_error if record.levelno >= logging.ERROR else pb_utils.Logger.log_info
        log(f"redraft: {self.format(record)}")


def _parameters(args: dict[str, str]) -> dict[str, str]:
    entries = json.loads(args["model_config"]).get("parameters", {})
    return {name: entry["string_value"] for name, entry in entries.items()}


def _cuda_device(args: dict[str, str]) -> int | None:
    # MODEL: the instance may take whatever devices there are.
    return None if args["model_instance_kind"] == "CPU" else int(args["model_instance_device_id"])


def _as_step_error(error: Exception) -> StepError:
    if isinstance(error, StepError):
        return error
    logger.error("a request cannot be read", exc_info=error)
    return StepError(ErrorCode.INTERNAL, f"{type(error).__name__}: {error}")


def _input(request: pb_utils.InferenceRequest, name: str) -> TokenIds:
    tensor = pb_utils.get_input_tensor_by_name(request, name)
    if tensor is None:
        raise invalid(name, "an INT32 tensor", "none")
    # The array is a view of shared memory, which is Triton's again when `execute` returns.
    return tensor.as_numpy().reshape(-1).copy()


def _response(answer: VerifyAnswer) -> pb_utils.InferenceResponse:
    values = {
        "ARGMAX": answer.argmax,
        "MARGIN": answer.margin,
        "PASS_MS": np.array([answer.pass_ms], np.float32),
        "PACKED": np.array([answer.packed_tokens], np.int32),
        "KV_TOKENS": np.array(answer.kv_tokens, np.int32),
    }
    return pb_utils.InferenceResponse([pb_utils.Tensor(name, value[None]) for name, value in values.items()])


def _error(error: StepError) -> pb_utils.InferenceResponse:
    code = getattr(pb_utils.TritonError, error.code.name)
    return pb_utils.InferenceResponse(error=pb_utils.TritonError(str(error), code))
