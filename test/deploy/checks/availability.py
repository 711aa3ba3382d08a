"""Budgets, scaling, placement, capacity."""

import re
from collections.abc import Iterator

from release import REPOSITORY, Release, selects

CONFIG = REPOSITORY / "triton-models/verifier/config.pbtxt"


def budgets_leave_one_evictable(release: Release) -> Iterator[str]:
    for budget in release.of_kind("PodDisruptionBudget"):
        name, spec = budget["metadata"]["name"], budget["spec"]
        if spec.get("maxUnavailable") != 1 or "minAvailable" in spec:
            yield f"PodDisruptionBudget {name}: expected maxUnavailable 1"
        if spec.get("unhealthyPodEvictionPolicy") != "AlwaysAllow":
            yield f"PodDisruptionBudget {name}: a pod that is never ready holds up a node's drain"


def every_pod_has_one_budget(release: Release) -> Iterator[str]:
    selectors = [one["spec"]["selector"]["matchLabels"] for one in release.of_kind("PodDisruptionBudget")]
    for pod in release.pods:
        num_budgets = sum(selects(selector, pod.labels) for selector in selectors)
        if num_budgets != 1:
            yield f"{pod.name}: expected one PodDisruptionBudget, got {num_budgets}"


def replicas_have_one_owner(release: Release) -> Iterator[str]:
    """A rollout would otherwise take back what the autoscaler has set."""
    scaled = {one["spec"]["scaleTargetRef"]["name"] for one in release.of_kind("ScaledObject")}
    for deployment in release.of_kind("Deployment"):
        name = deployment["metadata"]["name"]
        if (name in scaled) == ("replicas" in deployment["spec"]):
            yield f"{name}: expected replicas or an autoscaler, got both or none"


def autoscalers_have_targets_and_bounds(release: Release) -> Iterator[str]:
    for scaled in release.of_kind("ScaledObject"):
        name, spec = scaled["metadata"]["name"], scaled["spec"]
        if not release.named("Deployment", spec["scaleTargetRef"]["name"]):
            yield f"ScaledObject {name}: its target is no Deployment of the release"
        if not 1 <= spec["minReplicaCount"] <= spec["maxReplicaCount"]:
            yield f"ScaledObject {name}: expected 1 <= minimum <= maximum"


def autoscalers_see_load(release: Release) -> Iterator[str]:
    """Waiting and open edits, of this release's gateways only; a missing metric is an error, not a zero."""
    for scaled in release.of_kind("ScaledObject"):
        triggers = [trigger["metadata"] for trigger in scaled["spec"]["triggers"]]
        queries = [trigger["query"] for trigger in triggers]
        for metric in ("redraft_open_edits", "redraft_waiting_edits"):
            if not any(metric in query for query in queries):
                yield f"ScaledObject {scaled['metadata']['name']}: does not see {metric}"
        for trigger in triggers:
            labels = dict(re.findall(r'(\w+)="([^"]*)"', trigger["query"]))
            if not release.named("Service", labels.get("service", "")) or "namespace" not in labels:
                yield f"ScaledObject {scaled['metadata']['name']}: {trigger['query']} sees other releases"
            if trigger.get("ignoreNullValues") != "false":
                yield f"ScaledObject {scaled['metadata']['name']}: takes a missing metric for a zero"


def pods_spread_by_their_own_labels(release: Release) -> Iterator[str]:
    for pod in release.pods:
        constraints = pod.spec.get("topologySpreadConstraints", [])
        if "kubernetes.io/hostname" not in [one["topologyKey"] for one in constraints]:
            yield f"{pod.name}: not spread over nodes"
        for one in constraints:
            if not selects(one["labelSelector"]["matchLabels"], pod.labels):
                yield f"{pod.name}: spread by labels that it has not"


def slots_are_those_of_the_model(release: Release) -> Iterator[str]:
    found = re.search(r"max_candidate_sequences: (\d+)", CONFIG.read_text(encoding="utf-8"))
    expected, given = found and int(found[1]), release.values["triton"]["sequenceSlots"]
    if given != expected:
        yield f"triton.sequenceSlots: expected {expected} as in config.pbtxt, got {given}"


def open_edits_fit_into_the_slots(release: Release) -> Iterator[str]:
    triton, scaling = release.values["triton"], release.values["autoscaling"]
    num_tritons = scaling["maxReplicas"] if scaling["enabled"] else triton["replicas"]
    each = int(release.pod("gateway").environment["REDRAFT_MAX_OPEN_EDITS"])
    num_edits, num_slots = each * release.values["gateway"]["replicas"], num_tritons * triton["sequenceSlots"]
    if not 0 < num_edits <= num_slots:
        yield f"expected 1 to {num_slots} open edits, as many as sequence slots, got {num_edits}"


CHECKS = [
    budgets_leave_one_evictable,
    every_pod_has_one_budget,
    replicas_have_one_owner,
    autoscalers_have_targets_and_bounds,
    autoscalers_see_load,
    pods_spread_by_their_own_labels,
    slots_are_those_of_the_model,
    open_edits_fit_into_the_slots,
]
