"""Who reaches whom. Labels of a namespace that the chart cannot know are taken as the values give them."""

from collections.abc import Iterator
from urllib.parse import urlparse

from checks.references import port_names
from release import Fields, Pod, Release, selects


def _policies(release: Release, pod: Pod) -> list[Fields]:
    policies = [one["spec"] for one in release.of_kind("NetworkPolicy")]
    return [spec for spec in policies if selects(spec["podSelector"]["matchLabels"], pod.labels)]


def _rules(release: Release, pod: Pod, direction: str) -> list[Fields]:
    return [rule for spec in _policies(release, pod) for rule in spec.get(direction, [])]


def _peers(release: Release, pod: Pod, direction: str, port: object, protocol: str = "TCP") -> list[Fields]:
    """Who may come in to a port, or be reached at it."""
    key = "from" if direction == "ingress" else "to"
    return [
        peer
        for rule in _rules(release, pod, direction)
        if any(one["port"] == port and one.get("protocol", "TCP") == protocol for one in rule["ports"])
        for peer in rule[key]
    ]


def _admits(peers: list[Fields], labels: Fields) -> bool:
    """Whether one of the peers is a pod of this namespace with the labels."""
    own = [peer["podSelector"] for peer in peers if "podSelector" in peer and "namespaceSelector" not in peer]
    return any(selects(selector.get("matchLabels", {}), labels) for selector in own)


def _is_restricted(release: Release) -> bool:
    return release.values["networkPolicy"]["enabled"]


def policies_close_all_pods(release: Release) -> Iterator[str]:
    for pod in release.pods if _is_restricted(release) else []:
        types = {kind for spec in _policies(release, pod) for kind in spec["policyTypes"]}
        if types != {"Ingress", "Egress"}:
            yield f"{pod.name}: expected policies in both directions, got {sorted(types)}"


def no_rule_is_open_to_all(release: Release) -> Iterator[str]:
    """An empty list of peers or ports means all of them."""
    for pod in release.pods:
        for direction, key in (("ingress", "from"), ("egress", "to")):
            for rule in _rules(release, pod, direction):
                if not rule.get(key) or not rule.get("ports"):
                    yield f"{pod.name}: a rule of {direction} is open to all"


def ports_of_rules_exist(release: Release) -> Iterator[str]:
    for pod in release.pods:
        for rule in _rules(release, pod, "ingress"):
            for port in rule["ports"]:
                if port["port"] not in port_names(pod):
                    yield f"{pod.name}: a rule admits to {port['port']}, which is no port of it"


def callers_come_in(release: Release) -> Iterator[str]:
    if not _is_restricted(release):
        return
    gateway, triton, values = release.pod("gateway"), release.pod("triton"), release.values["networkPolicy"]
    expected = values["callers"] or [{"podSelector": {}}]
    for name in {"grpc", "http"} & port_names(gateway).keys():
        if _peers(release, gateway, "ingress", name) != expected:
            yield f"{gateway.name}: expected the callers at {name}"
    if not _admits(_peers(release, triton, "ingress", "grpc"), gateway.labels):
        yield f"{triton.name}: the gateway may not come in"


def only_the_gateway_reaches_the_model(release: Release) -> Iterator[str]:
    for peer in _peers(release, release.pod("triton"), "ingress", "grpc"):
        if peer.get("podSelector", {}).get("matchLabels", {}).get("app.kubernetes.io/component") != "gateway":
            yield f"Triton's gRPC port is open to {peer}"


def prometheus_and_kubelet_come_in(release: Release) -> Iterator[str]:
    if not _is_restricted(release):
        return
    values = release.values["networkPolicy"]
    nodes = [{"ipBlock": {"cidr": cidr}} for cidr in values["nodeCidrs"]]
    for component, port in (("gateway", "admin"), ("triton", "metrics")):
        peers = _peers(release, release.pod(component), "ingress", port)
        yield from (f"{component}: {peer} may not scrape" for peer in values["prometheus"] if peer not in peers)
    for component, port in (("gateway", "admin"), ("triton", "http")):
        peers = _peers(release, release.pod(component), "ingress", port)
        yield from (f"{component}: {peer} may not probe" for peer in nodes if peer not in peers)


def needed_ways_out_are_open(release: Release) -> Iterator[str]:
    if not _is_restricted(release):
        return
    gateway, triton, values = release.pod("gateway"), release.pod("triton"), release.values
    for pod in release.pods:
        for protocol in ("UDP", "TCP"):
            if not _peers(release, pod, "egress", 53, protocol):
                yield f"{pod.name}: no way to DNS over {protocol}"
        if values["tracing"]["endpoint"]:
            port = int(values["tracing"]["endpoint"].rpartition(":")[2])
            if _peers(release, pod, "egress", port) != values["networkPolicy"]["tracing"]:
                yield f"{pod.name}: no way to the traces' receiver at {port}"
        if values["model"]["source"]["kind"] == "fetch" and not _peers(release, pod, "egress", 443):
            yield f"{pod.name}: no way to the model's hub"
    if not _admits(_peers(release, gateway, "egress", port_names(triton)["grpc"]), triton.labels):
        yield f"{gateway.name}: no way to Triton's gRPC port"


def discovery_names_the_headless_service(release: Release) -> Iterator[str]:
    """Pods that are not ready must leave the name, and a cluster address would hide them behind one."""
    address = urlparse(release.pod("gateway").environment["TRITON_URLS"])
    host, _, port = address.path.lstrip("/").partition(":")
    service = release.named("Service", host.split(".")[0])
    if address.scheme != "dns" or not service:
        yield f"TRITON_URLS: expected dns:/// and a Service of the release, got {host}"
        return
    spec = service["spec"]
    if spec.get("clusterIP") != "None" or spec.get("publishNotReadyAddresses"):
        yield f"Service {host}: expected headless, without addresses that are not ready"
    if int(port) not in [one["port"] for one in spec["ports"]]:
        yield f"TRITON_URLS: the Service has no port {port}"
    if not selects(spec["selector"], release.pod("triton").labels):
        yield f"Service {host}: does not select Triton"


def no_two_programs_share_a_port(release: Release) -> Iterator[str]:
    for pod in release.pods:
        ports = [port["containerPort"] for port in pod.main["ports"]]
        if len(set(ports)) != len(ports):
            yield f"{pod.name}: a port is named twice"


def programs_listen_where_the_ports_are(release: Release) -> Iterator[str]:
    gateway, triton = release.pod("gateway"), release.pod("triton")
    variables = {"grpc": "REDRAFT_LISTEN", "admin": "REDRAFT_ADMIN_LISTEN", "http": "REDRAFT_HTTP_LISTEN"}
    for name, variable in variables.items():
        expected = port_names(gateway).get(name)
        address = gateway.environment.get(variable)
        if address != (expected and f"0.0.0.0:{expected}"):
            yield f"{variable}: expected the port {expected} on all addresses, got {address}"
    for name, port in port_names(triton).items():
        if triton.arguments.get(f"--{name}-port") != [str(port)]:
            yield f"--{name}-port: expected {port}, got {triton.arguments.get(f'--{name}-port')}"


CHECKS = [
    policies_close_all_pods,
    no_rule_is_open_to_all,
    ports_of_rules_exist,
    callers_come_in,
    only_the_gateway_reaches_the_model,
    prometheus_and_kubelet_come_in,
    needed_ways_out_are_open,
    discovery_names_the_headless_service,
    no_two_programs_share_a_port,
    programs_listen_where_the_ports_are,
]
