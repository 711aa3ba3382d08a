"""The mistakes that the checks are proved with. Those that a strict schema would find are not among them."""

from checks import Check, availability, lifecycle, quantities, references
from mistakes import Plant, argument, change, drop, each, put, take, variable
from planted_access import ACCESS
from release import Release


def twice(release: Release) -> None:
    release.objects.append(release.named("Service", "edits-triton"))


def second_budget(release: Release) -> None:
    budget = release.copy().named("PodDisruptionBudget", "edits-triton")
    budget["metadata"]["name"] = "another"
    release.objects.append(budget)


def scaled_to(minimum: int, maximum: int) -> Plant:
    return change(
        "ScaledObject", "triton", lambda one: one["spec"].update(minReplicaCount=minimum, maxReplicaCount=maximum)
    )


def trigger(**changes: str) -> Plant:
    return change("ScaledObject", "triton", lambda one: one["spec"]["triggers"][0]["metadata"].update(changes))


def port_of(service: str, **changes: object) -> Plant:
    return change("Service", service, lambda one: one["spec"]["ports"][0].update(changes))


def rollout(deployment: str, surge: object, unavailable: object) -> Plant:
    rolling = {"maxSurge": surge, "maxUnavailable": unavailable}
    return change("Deployment", deployment, lambda one: one["spec"]["strategy"].update(rollingUpdate=rolling))


OTHER_LABELS = {"app.kubernetes.io/component": "other"}
BOTH_LABELS = {"app.kubernetes.io/name": "redraft"}

PLANTED: dict[Check, list[Plant]] = {
    references.names_are_unique: [twice],
    references.selectors_hit_their_own_pods: [
        change("Deployment", "triton", lambda one: one["spec"]["selector"].update(matchLabels=OTHER_LABELS))
    ],
    references.selectors_hit_no_other_pods: [
        change("Deployment", "triton", lambda one: one["spec"]["selector"].update(matchLabels=BOTH_LABELS))
    ],
    references.services_hit_ports_of_pods: [
        port_of("gateway", targetPort="grcp"),
        change("Service", "triton", lambda one: one["spec"].update(selector=OTHER_LABELS)),
    ],
    references.mounts_have_volumes: [
        put("triton", "spec.volumes", []),
        lambda release: release.pod("gateway").main["volumeMounts"].pop(),
    ],
    references.mount_paths_are_apart: [each("gateway", "volumeMounts", {"mountPath": "/tmp"})],
    references.references_exist: [
        drop("ConfigMap", "model-script"),
        drop("PersistentVolumeClaim", "models"),
        lambda release: release.values["gateway"].update(tokensSecretName="another"),
        put("gateway", "spec.serviceAccountName", "another"),
    ],
    references.monitors_find_a_port: [port_of("gateway-admin", name="metrics"), drop("Service", "triton")],
    quantities.quantities_parse: [
        put("triton", "main.resources.limits.memory", "1Gx"),
        lambda release: release.pod("triton").spec["volumes"][0].update(emptyDir={"sizeLimit": "1 Gi"}),
    ],
    quantities.requests_are_within_limits: [put("gateway", "main.resources.requests.memory", "4Gi")],
    quantities.extended_resources_are_requested_as_limited: [
        lambda release: release.pod("triton").main["resources"]["requests"].update({"nvidia.com/gpu": 3})
    ],
    quantities.gpus_are_there_for_cuda: [
        variable("triton", "REDRAFT_DEVICE", "cpu"),
        put("triton", "spec.tolerations", []),
        lambda release: release.pod("triton").main["resources"]["limits"].pop("nvidia.com/gpu"),
    ],
    quantities.every_gpu_holds_a_shard: [
        variable("triton", "REDRAFT_TENSOR_PARALLEL", "8"),
        variable("triton", "REDRAFT_TENSOR_PARALLEL", None),
    ],
    quantities.memory_is_limited: [take("gateway", "main.resources.limits"), take("triton", "first.resources.limits")],
    quantities.shared_memory_is_a_small_part_of_memory: [
        each("triton", "volumeMounts", {"mountPath": "/cache"}),
        put("triton", "main.resources.limits.memory", "2Gi"),
    ],
    quantities.heap_fits_into_memory: [
        variable("gateway", "NODE_OPTIONS", "--max-old-space-size=3072"),
        variable("gateway", "NODE_OPTIONS", None),
    ],
    lifecycle.probes_have_one_handler: [
        put("triton", "main.livenessProbe.tcpSocket", {"port": 8001}),
        take("gateway", "main.startupProbe"),
    ],
    lifecycle.probes_meet_ports: [put("gateway", "main.readinessProbe.httpGet.port", "metrics")],
    lifecycle.startup_budget_covers_the_load: [
        put("triton", "main.startupProbe.failureThreshold", 30),
        take("triton", "main.startupProbe"),
    ],
    lifecycle.probes_wait_for_nothing: [put("triton", "main.livenessProbe.initialDelaySeconds", 600)],
    lifecycle.liveness_is_slow_to_kill: [
        put("triton", "main.livenessProbe.failureThreshold", 1),
        put("gateway", "main.livenessProbe.httpGet.path", "/readyz"),
    ],
    lifecycle.pre_stop_sleeps_natively: [
        put("gateway", "main.lifecycle.preStop", {"exec": {"command": ["sleep", "10"]}}),
        take("triton", "main.lifecycle"),
    ],
    lifecycle.grace_covers_pre_stop_and_drain: [
        put("gateway", "spec.terminationGracePeriodSeconds", 30),
        variable("gateway", "REDRAFT_SHUTDOWN_GRACE_MS", "300000"),
        argument("--exit-timeout-secs", "120"),
    ],
    lifecycle.gateway_outlives_triton: [put("triton", "spec.terminationGracePeriodSeconds", 900)],
    lifecycle.rollouts_do_not_wait_for_gpus: [rollout("triton", "25%", "25%"), rollout("gateway", 0, 1)],
    availability.budgets_leave_one_evictable: [
        change("PodDisruptionBudget", "triton", lambda one: one["spec"].update(maxUnavailable=0)),
        change("PodDisruptionBudget", "gateway", lambda one: one["spec"].pop("unhealthyPodEvictionPolicy")),
    ],
    availability.every_pod_has_one_budget: [drop("PodDisruptionBudget", "gateway"), second_budget],
    availability.replicas_have_one_owner: [
        change("Deployment", "triton", lambda one: one["spec"].update(replicas=2)),
        drop("ScaledObject", "triton"),
    ],
    availability.autoscalers_have_targets_and_bounds: [scaled_to(5, 4), scaled_to(0, 4), drop("Deployment", "triton")],
    availability.autoscalers_see_load: [
        trigger(query="sum(redraft_edits_open)"),
        trigger(query='sum(redraft_open_edits{namespace="production",service="another"})'),
        trigger(ignoreNullValues="true"),
    ],
    availability.pods_spread_by_their_own_labels: [
        each("gateway", "topologySpreadConstraints", {"labelSelector": {"matchLabels": OTHER_LABELS}}),
        put("triton", "spec.topologySpreadConstraints", []),
    ],
    availability.slots_are_those_of_the_model: [lambda release: release.values["triton"].update(sequenceSlots=128)],
    availability.open_edits_fit_into_the_slots: [variable("gateway", "REDRAFT_MAX_OPEN_EDITS", "4096")],
    **ACCESS,
}
