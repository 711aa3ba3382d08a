"""Variables and command lines, as the programs know them."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from programs import gateway_variables, model_variables, triton_options
from release import Pod, Release

OTHER_VARIABLES = {"NODE_ENV", "NODE_OPTIONS", "HOME", "TMPDIR", "TOKENIZERS_PARALLELISM", "HF_HUB_OFFLINE"}
OPEN_TELEMETRY = {"OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_SERVICE_NAME"}
NEEDED = {
    "gateway": {"TRITON_URLS", "REDRAFT_LISTEN", "REDRAFT_ADMIN_LISTEN", "REDRAFT_MODEL", "REDRAFT_MODEL_DIR"},
    "triton": {"REDRAFT_MODEL", "REDRAFT_MODEL_DIR", "REDRAFT_DEVICE"},
}
MAX_PING_INTERVAL_MS = 10_000
"""The gateway pings as often; a Triton that allows fewer ends the connection."""


def variables_are_known(release: Release) -> Iterator[str]:
    known = {"gateway": gateway_variables() | OPEN_TELEMETRY, "triton": model_variables()}
    for pod in release.pods:
        for name in pod.environment.keys() - known[pod.component] - OTHER_VARIABLES:
            yield f"{pod.name}: {name} is no variable of the program"


def variables_are_complete(release: Release) -> Iterator[str]:
    for pod in release.pods:
        for name in NEEDED[pod.component]:
            if not pod.environment.get(name):
                yield f"{pod.name}: {name} is missing"


def variables_are_set_once(release: Release) -> Iterator[str]:
    for pod in release.pods:
        names = [entry["name"] for entry in pod.main["env"]]
        yield from (f"{pod.name}: {name} is set twice" for name in set(names) if names.count(name) > 1)


def numbers_are_whole(release: Release) -> Iterator[str]:
    """Helm reads numbers as floating-point ones and would write 1.7e+10."""
    for pod in release.pods:
        for text in [*pod.environment.values(), *pod.main.get("args", [])]:
            if re.search(r"\de\+\d", text):
                yield f"{pod.name}: expected all digits, got {text}"


def both_know_one_model(release: Release) -> Iterator[str]:
    names = {pod.component: pod.environment.get("REDRAFT_MODEL") for pod in release.pods}
    if len(set(names.values())) != 1:
        yield f"REDRAFT_MODEL: expected the same for gateway and Triton, got {names}"


def files_lie_on_mounts(release: Release) -> Iterator[str]:
    for pod in release.pods:
        paths = [value for name, value in pod.environment.items() if name.endswith(("_FILE", "_DIR"))]
        paths += [value for values in pod.arguments.values() for value in values if value.startswith("/")]
        for path in paths:
            if not _is_mounted(pod, path):
                yield f"{pod.name}: {path} lies on no volume and not in the image"


def _is_mounted(pod: Pod, path: str) -> bool:
    # What the images hold, and nothing else of theirs is named.
    folders = ["/opt/redraft", "/tmp", *(mount["mountPath"] for mount in pod.main["volumeMounts"])]
    return any(PurePosixPath(path).is_relative_to(folder) for folder in folders)


def tls_files_come_in_pairs(release: Release) -> Iterator[str]:
    environment, arguments = release.pod("gateway").environment, release.pod("triton").arguments
    for prefix in ("REDRAFT_TLS", "REDRAFT_TRITON_TLS"):
        if (f"{prefix}_CERT_FILE" in environment) != (f"{prefix}_KEY_FILE" in environment):
            yield f"{prefix}: expected certificate and key"
    if ("REDRAFT_TRITON_TLS_CA_FILE" in environment) != ("--grpc-use-ssl-mutual" in arguments):
        yield "TLS between gateway and Triton: expected at both ends"


def options_are_known(release: Release) -> Iterator[str]:
    pod = release.pod("triton")
    for name in pod.arguments.keys() - triton_options():
        yield f"{pod.name}: {name} is no option of tritonserver"


def triton_allows_the_gateways_pings(release: Release) -> Iterator[str]:
    arguments = release.pod("triton").arguments
    interval = arguments.get("--grpc-http2-min-recv-ping-interval-without-data", ["300000"])[0]
    if int(interval) > MAX_PING_INTERVAL_MS or arguments.get("--grpc-http2-max-pings-without-data") != ["0"]:
        yield "Triton would end a connection whose client pings it"


def nothing_is_loaded_from_outside(release: Release) -> Iterator[str]:
    if release.pod("triton").arguments.get("--model-control-mode") != ["none"]:
        yield "Triton loads models that callers name"


CHECKS = [
    variables_are_known,
    variables_are_complete,
    variables_are_set_once,
    numbers_are_whole,
    both_know_one_model,
    files_lie_on_mounts,
    tls_files_come_in_pairs,
    options_are_known,
    triton_allows_the_gateways_pings,
    nothing_is_loaded_from_outside,
]
