"""Names of the metrics that a running Redraft exports."""

import os
import re
from functools import cache
from pathlib import Path

from programs import NODE, run
from release import REPOSITORY

GATEWAY = """
redraft_edits_total redraft_open_edits redraft_waiting_edits redraft_prompt_tokens_total redraft_output_tokens_total
redraft_draft_tokens_total redraft_accepted_draft_tokens_total redraft_drafts_total redraft_triton_ready
redraft_open_sequences redraft_sequence_moves_total redraft_refused_total redraft_kv_tokens redraft_kv_tokens_reserved
""".split()
GATEWAY_HISTOGRAMS = """
redraft_edit_duration_seconds redraft_time_to_first_delta_seconds redraft_pass_duration_seconds
redraft_queue_duration_seconds redraft_tokens_per_pass
""".split()
TRITON = ["nv_inference_pending_request_count", "nv_gpu_utilization", "nv_gpu_memory_used_bytes"]
"""Triton's own; those of the GPU are exported where there is one."""


def names_in(exposition: str) -> set[str]:
    """Names of the samples in a /metrics page, those included that have no value yet."""
    names = set(re.findall(r"^([a-zA-Z_:][\w:]*)(?=[{ ])", exposition, re.MULTILINE))
    for name, kind in re.findall(r"^# TYPE (\S+) (\w+)$", exposition, re.MULTILINE):
        names |= {f"{name}_{part}" for part in ("bucket", "sum", "count")} if kind == "histogram" else {name}
    return names


@cache
def exported_names() -> frozenset[str]:
    """
    What the dashboards may name. REDRAFT_LIVE_METRICS, a list of files with saved /metrics pages of gateway and Triton,
    separated by colons, takes the place of the names below; GPU metrics are granted to a Triton without one.
    """
    live = os.environ.get("REDRAFT_LIVE_METRICS")
    if live:
        pages = [Path(file).read_text(encoding="utf-8") for file in live.split(":")]
        return frozenset(set().union(*(names_in(page) for page in pages)) | set(TRITON[1:]))
    histograms = [f"{name}_{part}" for name in GATEWAY_HISTOGRAMS for part in ("bucket", "sum", "count")]
    return frozenset([*GATEWAY, *histograms, *TRITON, *_model_names(), *_default_names()])


def _model_names() -> list[str]:
    source = (REPOSITORY / "triton-models/verifier/1/model.py").read_text(encoding="utf-8")
    return re.findall(r'_add\(\s*"(redraft_\w+)"', source)


def _default_names() -> set[str]:
    """Those of prom-client itself."""
    script = "const client = await import('prom-client'); client.collectDefaultMetrics();"
    script += "console.log(await client.register.metrics())"
    return names_in(run([*NODE, "--input-type=module", "--eval", script]))
