"""Start, probes, rollout, drain."""

from collections.abc import Iterator

from checks.references import port_names
from release import Fields, Pod, Release

PROBES = ("startupProbe", "livenessProbe", "readinessProbe")
HANDLERS = {"httpGet", "tcpSocket", "grpc", "exec"}
MIN_LIVENESS_SECONDS = 60
"""A restart loads the model anew, so a shorter silence must not cause one."""


def probes_have_one_handler(release: Release) -> Iterator[str]:
    for pod in release.pods:
        for name in PROBES:
            handlers = HANDLERS & pod.main.get(name, {}).keys()
            if len(handlers) != 1:
                yield f"{pod.name}: {name} has {len(handlers)} handlers"


def probes_meet_ports(release: Release) -> Iterator[str]:
    for pod in release.pods:
        for name in PROBES:
            port = pod.main.get(name, {}).get("httpGet", {}).get("port")
            if port is not None and port not in port_names(pod):
                yield f"{pod.name}: {name} asks the port {port}, which the container has not"


def budget_seconds(probe: Fields) -> int:
    """How long a probe may fail before something is done."""
    return probe.get("periodSeconds", 10) * probe.get("failureThreshold", 3)


def startup_budget_covers_the_load(release: Release) -> Iterator[str]:
    pod = release.pod("triton")
    budget, needed = budget_seconds(pod.main.get("startupProbe", {})), release.values["triton"]["loadSeconds"]
    if budget < needed:
        yield f"{pod.name}: the startup probe gives {budget} s, a load takes up to {needed} s"


def probes_wait_for_nothing(release: Release) -> Iterator[str]:
    """The startup probe waits; a fixed delay is too long for one model and too short for another."""
    for pod in release.pods:
        for name in PROBES:
            if pod.main.get(name, {}).get("initialDelaySeconds"):
                yield f"{pod.name}: {name} has an initialDelaySeconds"


def liveness_is_slow_to_kill(release: Release) -> Iterator[str]:
    for pod in release.pods:
        liveness, readiness = (pod.main.get(name, {}) for name in ("livenessProbe", "readinessProbe"))
        if budget_seconds(liveness) < MIN_LIVENESS_SECONDS:
            yield f"{pod.name}: {budget_seconds(liveness)} s of silence restart it"
        if liveness.get("httpGet") == readiness.get("httpGet"):
            yield f"{pod.name}: what is not ready is restarted"


def pre_stop_sleeps_natively(release: Release) -> Iterator[str]:
    """Images without a sleep program can do it too."""
    for pod in release.pods:
        if pre_stop_seconds(pod) <= 0:
            yield f"{pod.name}: preStop does not sleep"


def pre_stop_seconds(pod: Pod) -> int:
    return pod.main.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)


def drain_seconds(pod: Pod) -> float:
    """What the program takes for open edits after SIGTERM, as it is told."""
    if pod.component == "triton":
        return float(pod.arguments["--exit-timeout-secs"][0])
    return float(pod.environment["REDRAFT_SHUTDOWN_GRACE_MS"]) / 1000


def grace_covers_pre_stop_and_drain(release: Release) -> Iterator[str]:
    for pod in release.pods:
        grace, margin = pod.spec["terminationGracePeriodSeconds"], release.values[pod.component]["marginSeconds"]
        needed = pre_stop_seconds(pod) + drain_seconds(pod) + margin
        if grace < needed:
            yield f"{pod.name}: killed after {grace} s, preStop, drain and margin take {needed} s"


def gateway_outlives_triton(release: Release) -> Iterator[str]:
    """An edit that moves off a drained Triton must find its gateway still there."""
    gateway, triton = (release.pod(name).spec["terminationGracePeriodSeconds"] for name in ("gateway", "triton"))
    if gateway < triton:
        yield f"the gateway's grace of {gateway} s is below Triton's of {triton} s"


def rollouts_do_not_wait_for_gpus(release: Release) -> Iterator[str]:
    expected = {"triton": {"maxSurge": 0, "maxUnavailable": 1}, "gateway": {"maxSurge": 1, "maxUnavailable": 0}}
    for deployment, pod in zip(release.of_kind("Deployment"), release.pods, strict=True):
        strategy = deployment["spec"]["strategy"].get("rollingUpdate")
        if strategy != expected[pod.component]:
            yield f"{pod.name}: expected a rollout of {expected[pod.component]}, got {strategy}"


CHECKS = [
    probes_have_one_handler,
    probes_meet_ports,
    startup_budget_covers_the_load,
    probes_wait_for_nothing,
    liveness_is_slow_to_kill,
    pre_stop_sleeps_natively,
    grace_covers_pre_stop_and_drain,
    gateway_outlives_triton,
    rollouts_do_not_wait_for_gpus,
]
