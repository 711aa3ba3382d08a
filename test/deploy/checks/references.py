"""What an object names is there."""

from collections.abc import Iterator

from release import Fields, Pod, Release, selects, walk


def names_are_unique(release: Release) -> Iterator[str]:
    names = [(one["kind"], one["metadata"]["name"]) for one in release.objects]
    for kind, name in {name for name in names if names.count(name) > 1}:
        yield f"{kind} {name}: expected once, got it {names.count((kind, name))} times"


def selectors_hit_their_own_pods(release: Release) -> Iterator[str]:
    for deployment in release.of_kind("Deployment"):
        spec = deployment["spec"]
        labels = spec["template"]["metadata"]["labels"]
        if not selects(spec["selector"]["matchLabels"], labels):
            yield f"{deployment['metadata']['name']}: its selector does not hit its template"


def selectors_hit_no_other_pods(release: Release) -> Iterator[str]:
    for deployment in release.of_kind("Deployment"):
        selector = deployment["spec"]["selector"]["matchLabels"]
        for pod in release.pods:
            if pod.name != deployment["metadata"]["name"] and selects(selector, pod.labels):
                yield f"{deployment['metadata']['name']}: its selector hits {pod.name} too"


def services_hit_ports_of_pods(release: Release) -> Iterator[str]:
    for service in release.of_kind("Service"):
        name, spec = service["metadata"]["name"], service["spec"]
        pods = [pod for pod in release.pods if selects(spec["selector"], pod.labels)]
        if not pods:
            yield f"Service {name}: selects no pod"
        for pod in pods:
            for port in spec["ports"]:
                if port["targetPort"] not in port_names(pod):
                    yield f"Service {name}: {pod.name} has no port {port['targetPort']}"


def port_names(pod: Pod) -> dict[str, int]:
    """Named ports of the main container."""
    return {port["name"]: port["containerPort"] for port in pod.main["ports"]}


def mounts_have_volumes(release: Release) -> Iterator[str]:
    for pod in release.pods:
        volumes = {volume["name"] for volume in pod.spec.get("volumes", [])}
        mounts = {mount["name"] for one in pod.containers for mount in one.get("volumeMounts", [])}
        for name in mounts - volumes:
            yield f"{pod.name}: mounts {name}, which is no volume"
        for name in volumes - mounts:
            yield f"{pod.name}: nothing mounts the volume {name}"


def mount_paths_are_apart(release: Release) -> Iterator[str]:
    for pod in release.pods:
        for container in pod.containers:
            paths = [mount["mountPath"] for mount in container.get("volumeMounts", [])]
            for path in {path for path in paths if paths.count(path) > 1}:
                yield f"{pod.name}: {container['name']} mounts twice at {path}"


def references_exist(release: Release) -> Iterator[str]:
    """ConfigMaps and claims are the release's own or named in the values; Secrets are named in the values."""
    given = {value for path, value in walk(release.values) if path.endswith(("SecretName", "secretName", "claimName"))}
    for pod in release.pods:
        for kind, name in _references(pod.spec):
            if not release.named(kind, name) and name not in given:
                yield f"{pod.name}: {kind} {name} is neither rendered nor named in the values"


def _references(spec: Fields) -> Iterator[tuple[str, str]]:
    yield "ServiceAccount", spec["serviceAccountName"]
    for volume in spec.get("volumes", []):
        if "configMap" in volume:
            yield "ConfigMap", volume["configMap"]["name"]
        if "secret" in volume:
            yield "Secret", volume["secret"]["secretName"]
        if "persistentVolumeClaim" in volume:
            yield "PersistentVolumeClaim", volume["persistentVolumeClaim"]["claimName"]


def monitors_find_a_port(release: Release) -> Iterator[str]:
    for monitor in release.of_kind("ServiceMonitor"):
        spec = monitor["spec"]
        selector = spec["selector"]["matchLabels"]
        services = [s for s in release.of_kind("Service") if selects(selector, s["metadata"]["labels"])]
        ports = {port["name"] for service in services for port in service["spec"]["ports"]}
        for endpoint in spec["endpoints"]:
            if endpoint["port"] not in ports:
                yield f"ServiceMonitor {monitor['metadata']['name']}: no Service with the port {endpoint['port']}"


CHECKS = [
    names_are_unique,
    selectors_hit_their_own_pods,
    selectors_hit_no_other_pods,
    services_hit_ports_of_pods,
    mounts_have_volumes,
    mount_paths_are_apart,
    references_exist,
    monitors_find_a_port,
]
