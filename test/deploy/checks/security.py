"""What a pod may do, and what it is made of."""

import re
from collections.abc import Iterator

from release import Fields, Pod, Release


def pods_are_confined(release: Release) -> Iterator[str]:
    for pod in release.pods:
        context = pod.spec.get("securityContext", {})
        if not context.get("runAsNonRoot") or not context.get("runAsUser"):
            yield f"{pod.name}: may run as root"
        if context.get("seccompProfile", {}).get("type") != "RuntimeDefault":
            yield f"{pod.name}: no seccomp profile"
        if pod.spec.get("automountServiceAccountToken", True):
            yield f"{pod.name}: gets a token of the cluster's API"
        if pod.spec.get("enableServiceLinks", True):
            yield f"{pod.name}: Services set variables in it"
        if any(pod.spec.get(name) for name in ("hostNetwork", "hostPID", "hostIPC")):
            yield f"{pod.name}: shares a namespace with its node"


def containers_are_confined(release: Release) -> Iterator[str]:
    for pod in release.pods:
        for container in pod.containers:
            context = container.get("securityContext", {})
            if context.get("capabilities", {}).get("drop") != ["ALL"] or "add" in context.get("capabilities", {}):
                yield f"{pod.name}: {container['name']} keeps capabilities"
            if context.get("allowPrivilegeEscalation", True) or context.get("privileged"):
                yield f"{pod.name}: {container['name']} may gain privileges"


def roots_are_read_only(release: Release) -> Iterator[str]:
    """Triton's may be writable: the CDI hook of some GPU nodes needs it."""
    for pod in release.pods:
        for container in pod.containers:
            is_read_only = container.get("securityContext", {}).get("readOnlyRootFilesystem")
            if not is_read_only and container["name"] != "triton":
                yield f"{pod.name}: the root of {container['name']} is writable"
            if is_read_only and "/tmp" not in [mount["mountPath"] for mount in container["volumeMounts"]]:
                yield f"{pod.name}: {container['name']} has no /tmp to write to"


def images_are_pinned(release: Release) -> Iterator[str]:
    for pod in release.pods:
        for container in pod.containers:
            image = container["image"]
            _, _, tag = image.rpartition("/")[2].partition(":")
            if not re.search(r"@sha256:[0-9a-f]{64}$", image) and tag in ("", "latest"):
                yield f"{pod.name}: expected a digest or a tag other than latest, got {image}"


def mounted_secrets_can_change(release: Release) -> Iterator[str]:
    """A subPath mount never sees a renewed certificate."""
    for pod in release.pods:
        for container in pod.containers:
            for mount in container.get("volumeMounts", []):
                if "subPath" in mount or "subPathExpr" in mount:
                    yield f"{pod.name}: {mount['name']} is mounted by a subPath"


def secrets_are_for_their_group_only(release: Release) -> Iterator[str]:
    for pod in release.pods:
        for volume in pod.spec.get("volumes", []):
            if "secret" in volume and volume["secret"].get("defaultMode") != 0o440:
                yield f"{pod.name}: expected the mode 0440 for the secret {volume['name']}"
        for mount in [mount for one in pod.containers for mount in one.get("volumeMounts", [])]:
            if mount["name"] in _secrets(pod) and not mount.get("readOnly"):
                yield f"{pod.name}: {mount['name']} is mounted writable"


def _secrets(pod: Pod) -> set[str]:
    return {volume["name"] for volume in pod.spec.get("volumes", []) if "secret" in volume}


def secrets_are_files(release: Release) -> Iterator[str]:
    """Variables are inherited, printed in crashes and never renewed."""
    for pod in release.pods:
        for container in pod.containers:
            for entry in container.get("env", []):
                if _is_secret(entry):
                    yield f"{pod.name}: {entry['name']} holds a secret"


def _is_secret(entry: Fields) -> bool:
    is_named_so = re.search(r"(TOKEN|SECRET|PASSWORD|KEY)$", entry["name"]) is not None
    return "secretKeyRef" in entry.get("valueFrom", {}) or is_named_so


def nodes_are_not_mounted(release: Release) -> Iterator[str]:
    for pod in release.pods:
        for volume in pod.spec.get("volumes", []):
            if "hostPath" in volume:
                yield f"{pod.name}: {volume['name']} is a folder of the node"


def reflection_is_off_beside_tokens(release: Release) -> Iterator[str]:
    environment = release.pod("gateway").environment
    if "REDRAFT_TOKENS_FILE" in environment and environment.get("REDRAFT_REFLECTION") != "false":
        yield "REDRAFT_REFLECTION: expected false where callers need tokens"


CHECKS = [
    pods_are_confined,
    containers_are_confined,
    roots_are_read_only,
    images_are_pinned,
    mounted_secrets_can_change,
    secrets_are_for_their_group_only,
    secrets_are_files,
    nodes_are_not_mounted,
    reflection_is_off_beside_tokens,
]
