"""CPU, memory, GPUs."""

import re
from collections.abc import Iterator
from decimal import Decimal

from release import Fields, Pod, Release, walk

SUFFIXES = {"m": Decimal("0.001"), "": Decimal(1), "k": Decimal(10**3), "M": Decimal(10**6), "G": Decimal(10**9)}
SUFFIXES |= {"T": Decimal(10**12), "Ki": Decimal(2**10), "Mi": Decimal(2**20), "Gi": Decimal(2**30)}
SUFFIXES |= {"Ti": Decimal(2**40)}
HEAP_SHARE = Decimal("0.8")
"""Most of the memory limit that the heap may take; buffers and code lie outside of it."""


def parse_quantity(text: object) -> Decimal | None:
    """The number that a quantity of Kubernetes stands for; None: it is none."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([a-zA-Z]*)", str(text))
    if not found or found[2] not in SUFFIXES:
        return None
    return Decimal(found[1]) * SUFFIXES[found[2]]


def _resources(container: Fields, kind: str) -> dict[str, Decimal]:
    quantities = container.get("resources", {}).get(kind, {})
    return {name: parse_quantity(text) or Decimal(0) for name, text in quantities.items()}


def quantities_parse(release: Release) -> Iterator[str]:
    for one in release.objects:
        for path, value in walk(one):
            is_quantities = path.endswith((".requests", ".limits")) and isinstance(value, dict)
            texts = list(value.values()) if is_quantities else [value] if path.endswith(".sizeLimit") else []
            for text in texts:
                if parse_quantity(text) is None:
                    yield f"{one['metadata']['name']}{path}: expected a quantity, got {text!r}"


def requests_are_within_limits(release: Release) -> Iterator[str]:
    for pod in release.pods:
        for container in pod.containers:
            limits = _resources(container, "limits")
            for name, request in _resources(container, "requests").items():
                if request > limits.get(name, request):
                    yield f"{pod.name}: {container['name']} requests more {name} than its limit"


def extended_resources_are_requested_as_limited(release: Release) -> Iterator[str]:
    for pod in release.pods:
        for container in pod.containers:
            requests, limits = (_extended(container, kind) for kind in ("requests", "limits"))
            if requests != limits:
                yield f"{pod.name}: {container['name']} requests {requests}, its limits are {limits}"


def _extended(container: Fields, kind: str) -> dict[str, Decimal]:
    return {name: value for name, value in _resources(container, kind).items() if "/" in name}


def gpus_are_there_for_cuda(release: Release) -> Iterator[str]:
    pod = release.pod("triton")
    has_gpu = bool(_extended(pod.main, "limits"))
    if has_gpu != (pod.environment["REDRAFT_DEVICE"] == "cuda"):
        yield f"{pod.name}: REDRAFT_DEVICE is {pod.environment['REDRAFT_DEVICE']}, GPU limit: {has_gpu}"
    if has_gpu and not pod.spec["tolerations"]:
        yield f"{pod.name}: has a GPU and tolerates no taint of GPU nodes"


def every_gpu_holds_a_shard(release: Release) -> Iterator[str]:
    pod = release.pod("triton")
    num_gpus = max(1, int(sum(_extended(pod.main, "limits").values())))
    num_shards = pod.environment.get("REDRAFT_TENSOR_PARALLEL")
    if num_shards != str(num_gpus):
        yield f"{pod.name}: REDRAFT_TENSOR_PARALLEL is {num_shards}, GPUs: {num_gpus}"


def memory_is_limited(release: Release) -> Iterator[str]:
    for pod in release.pods:
        for container in pod.containers:
            if "memory" not in _resources(container, "limits"):
                yield f"{pod.name}: {container['name']} has no memory limit"


def shared_memory_is_a_small_part_of_memory(release: Release) -> Iterator[str]:
    pod = release.pod("triton")
    size = _memory_volume(pod, "/dev/shm")
    if size is None:
        yield f"{pod.name}: /dev/shm is no memory volume with a size limit"
    elif size > _resources(pod.main, "limits").get("memory", Decimal(0)) / 4:
        yield f"{pod.name}: /dev/shm takes more than a quarter of the memory limit"


def _memory_volume(pod: Pod, path: str) -> Decimal | None:
    names = [mount["name"] for mount in pod.main["volumeMounts"] if mount["mountPath"] == path]
    folders = [volume.get("emptyDir", {}) for volume in pod.spec["volumes"] if volume["name"] in names]
    sizes = [folder.get("sizeLimit") for folder in folders if folder.get("medium") == "Memory"]
    return parse_quantity(sizes[0]) if sizes and sizes[0] else None


def heap_fits_into_memory(release: Release) -> Iterator[str]:
    pod = release.pod("gateway")
    heap = re.search(r"--max-old-space-size=(\d+)", pod.environment.get("NODE_OPTIONS", ""))
    limit = _resources(pod.main, "limits").get("memory", Decimal(0))
    if not heap or int(heap[1]) * 2**20 > limit * HEAP_SHARE:
        yield f"{pod.name}: expected a heap of at most {HEAP_SHARE} of the memory limit, got {heap and heap[0]}"


CHECKS = [
    quantities_parse,
    requests_are_within_limits,
    extended_resources_are_requested_as_limited,
    gpus_are_there_for_cuda,
    every_gpu_holds_a_shard,
    memory_is_limited,
    shared_memory_is_a_small_part_of_memory,
    heap_fits_into_memory,
]
