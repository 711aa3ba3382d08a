"""Planted mistakes of network, security and environment."""

from typing import Any

from checks import environment, network, security
from mistakes import Plant, argument, change, drop, each, put, rule, take, variable
from release import Release


def open_to_all_pods(release: Release) -> None:
    peers = {"from": [{"podSelector": {}}]}
    rule("triton", "ingress", "grpc", peers)(release)


def set_twice(release: Release) -> None:
    entries = release.pod("gateway").main["env"]
    entries.append(dict(entries[0]))


def service(name: str, **changes: Any) -> Plant:
    return change("Service", name, lambda one: one["spec"].update(changes))


def port(component: str, name: str, number: int) -> Plant:
    def plant(release: Release) -> None:
        for one in release.pod(component).main["ports"]:
            if one["name"] == name:
                one["containerPort"] = number

    return plant


def volume(component: str, changes: dict[str, Any]) -> Plant:
    return lambda release: release.pod(component).spec["volumes"][0].update(changes)


def secret_mode(release: Release) -> None:
    for one in release.pod("gateway").spec["volumes"]:
        if "secret" in one:
            one["secret"]["defaultMode"] = 0o644


SECRET = {"name": "OTEL_EXPORTER_OTLP_HEADERS", "valueFrom": {"secretKeyRef": {"name": "x", "key": "y"}}}

ACCESS = {
    network.policies_close_all_pods: [
        drop("NetworkPolicy", "triton"),
        change("NetworkPolicy", "gateway", lambda one: one["spec"].update(policyTypes=["Ingress"])),
    ],
    network.no_rule_is_open_to_all: [
        rule("triton", "ingress", "metrics", {"from": []}),
        rule("gateway", "egress", 8001, {"ports": []}),
    ],
    network.ports_of_rules_exist: [rule("triton", "ingress", "grpc", {"ports": [{"port": "grcp"}]})],
    network.callers_come_in: [
        rule("gateway", "ingress", "grpc", {"ports": [{"port": "admin"}]}),
        rule("triton", "ingress", "grpc", {"from": [{"podSelector": {"matchLabels": {"app": "gateway"}}}]}),
    ],
    network.only_the_gateway_reaches_the_model: [open_to_all_pods],
    network.prometheus_and_kubelet_come_in: [
        rule("gateway", "ingress", "admin", {"from": [{"podSelector": {}}]}),
        rule("triton", "ingress", "http", {"ports": [{"port": "grpc"}]}),
    ],
    network.needed_ways_out_are_open: [
        rule("gateway", "egress", 53, {"ports": [{"port": 53, "protocol": "UDP"}]}),
        rule("gateway", "egress", 8001, {"ports": [{"port": 8000}]}),
        rule("triton", "egress", 4318, {"ports": [{"port": 4317}]}),
        rule("triton", "egress", 443, {"ports": [{"port": 80}]}),
    ],
    network.discovery_names_the_headless_service: [
        service("triton", publishNotReadyAddresses=True),
        service("triton", clusterIP=""),
        variable("gateway", "TRITON_URLS", "dns:///edits-gateway.production.svc.cluster.local:8001"),
        variable("gateway", "TRITON_URLS", "dns:///edits-triton.production.svc.cluster.local:8000"),
    ],
    network.no_two_programs_share_a_port: [port("gateway", "admin", 50051)],
    network.programs_listen_where_the_ports_are: [
        port("gateway", "admin", 9091),
        port("triton", "metrics", 9002),
        variable("gateway", "REDRAFT_LISTEN", "127.0.0.1:50051"),
        variable("gateway", "REDRAFT_HTTP_LISTEN", None),
    ],
    security.pods_are_confined: [
        put("triton", "spec.securityContext.runAsNonRoot", False),
        take("gateway", "spec.securityContext.seccompProfile"),
        take("gateway", "spec.automountServiceAccountToken"),
        take("triton", "spec.enableServiceLinks"),
        put("triton", "spec.hostNetwork", True),
    ],
    security.containers_are_confined: [
        take("triton", "main.securityContext.capabilities"),
        put("gateway", "first.securityContext.allowPrivilegeEscalation", True),
        put("triton", "main.securityContext.privileged", True),
    ],
    security.roots_are_read_only: [
        put("gateway", "main.securityContext.readOnlyRootFilesystem", False),
        each("gateway", "volumeMounts", {"mountPath": "/elsewhere"}),
    ],
    security.images_are_pinned: [
        put("triton", "main.image", "registry.example.com:5000/redraft-triton:latest"),
        put("gateway", "main.image", "registry.example.com:5000/redraft-gateway"),
    ],
    security.mounted_secrets_can_change: [each("gateway", "volumeMounts", {"subPath": "tls.crt"})],
    security.secrets_are_for_their_group_only: [secret_mode, each("triton", "volumeMounts", {"readOnly": False})],
    security.secrets_are_files: [
        variable("gateway", "REDRAFT_TOKEN", "s3cr3t"),
        lambda release: release.pod("gateway").main["env"].append(SECRET),
    ],
    security.nodes_are_not_mounted: [volume("triton", {"hostPath": {"path": "/models"}})],
    security.reflection_is_off_beside_tokens: [variable("gateway", "REDRAFT_REFLECTION", "true")],
    environment.variables_are_known: [
        variable("gateway", "REDRAFT_MAX_OPEN_EDIT", "64"),
        variable("triton", "REDRAFT_LISTEN", "0.0.0.0:1"),
    ],
    environment.variables_are_complete: [
        variable("gateway", "TRITON_URLS", None),
        variable("triton", "REDRAFT_MODEL_DIR", ""),
    ],
    environment.variables_are_set_once: [set_twice],
    environment.numbers_are_whole: [variable("triton", "REDRAFT_KV_BYTES", "1.7179869184e+10")],
    environment.both_know_one_model: [variable("triton", "REDRAFT_MODEL", "gpt2")],
    environment.files_lie_on_mounts: [
        variable("gateway", "REDRAFT_TOKENS_FILE", "/etc/tokens"),
        argument("--grpc-server-cert", "/certificates/tls.crt"),
    ],
    environment.tls_files_come_in_pairs: [
        variable("gateway", "REDRAFT_TLS_KEY_FILE", None),
        argument("--grpc-use-ssl-mutual", None),
    ],
    environment.options_are_known: [argument("--grpc-keepalive", "1")],
    environment.triton_allows_the_gateways_pings: [
        argument("--grpc-http2-min-recv-ping-interval-without-data", None),
        argument("--grpc-http2-max-pings-without-data", "2"),
    ],
    environment.nothing_is_loaded_from_outside: [argument("--model-control-mode", "explicit")],
}
