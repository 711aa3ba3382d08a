"""Mistakes to plant in a release: for each check, changes that it must notice."""

from collections.abc import Callable
from typing import Any

from release import Fields, Release

Plant = Callable[[Release], None]


def put(component: str, path: str, value: Any) -> Plant:
    """Sets a field of a component's pod; `main.` is its main container, `first.` its init container."""
    return lambda release: _put(_root(release, component, path), path.split(".")[1:], value)


def take(component: str, path: str) -> Plant:
    """Removes a field of a component's pod."""

    def plant(release: Release) -> None:
        *names, last = path.split(".")[1:]
        fields = _root(release, component, path)
        for name in names:
            fields = fields[name]
        del fields[last]

    return plant


def _root(release: Release, component: str, path: str) -> Fields:
    pod = release.pod(component)
    return {"main": pod.main, "first": pod.containers[0], "spec": pod.spec, "labels": pod.labels}[path.split(".")[0]]


def _put(fields: Fields, names: list[str], value: Any) -> None:
    for name in names[:-1]:
        fields = fields.setdefault(name, {})
    fields[names[-1]] = value


def variable(component: str, name: str, value: str | None) -> Plant:
    """Sets a variable, adds it, or removes it (None)."""

    def plant(release: Release) -> None:
        entries = release.pod(component).main["env"]
        entries[:] = [entry for entry in entries if entry["name"] != name]
        if value is not None:
            entries.append({"name": name, "value": value})

    return plant


def argument(name: str, value: str | None) -> Plant:
    """Sets an option of Triton, or removes it (None)."""

    def plant(release: Release) -> None:
        arguments = release.pod("triton").main["args"]
        arguments[:] = [one for one in arguments if one.partition("=")[0] != name]
        if value is not None:
            arguments.append(f"{name}={value}")

    return plant


def change(kind: str, name: str, plant: Callable[[Fields], Any]) -> Plant:
    """Changes an object, named without the release's name."""

    def planted(release: Release) -> None:
        found = release.named(kind, f"edits-{name}")
        assert found, (kind, name)
        plant(found)

    return planted


def drop(kind: str, name: str) -> Plant:
    """Removes an object."""
    return lambda release: release.objects.remove(release.named(kind, f"edits-{name}"))


def each(component: str, name: str, changes: Fields) -> Plant:
    """Changes every entry of a list of the main container, or of its pod."""

    def plant(release: Release) -> None:
        pod = release.pod(component)
        for entry in pod.main.get(name) or pod.spec[name]:
            entry.update(changes)

    return plant


def rule(policy: str, direction: str, port: object, changes: Fields) -> Plant:
    """Changes the rules of a policy that name a port."""

    def plant(found: Fields) -> None:
        for one in found["spec"][direction]:
            if any(entry["port"] == port for entry in one["ports"]):
                one.update(changes)

    return change("NetworkPolicy", policy, plant)
