"""The chart as Helm renders it, and access to the parts of its objects."""

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from helm_python import Chart

REPOSITORY = Path(__file__).resolve().parents[2]
CHART = REPOSITORY / "deploy/helm/redraft"
Fields = dict[str, Any]


@dataclass(frozen=True)
class Pod:
    """The pods of one Deployment."""

    name: str
    component: str
    labels: Fields
    spec: Fields

    @property
    def main(self) -> Fields:
        """The container that runs as long as the pod."""
        return self.spec["containers"][0]

    @property
    def containers(self) -> list[Fields]:
        """All containers, those of the start included."""
        return [*self.spec.get("initContainers", []), *self.spec["containers"]]

    @property
    def environment(self) -> dict[str, str]:
        """Variables of the main container."""
        return {entry["name"]: entry["value"] for entry in self.main.get("env", [])}

    @property
    def arguments(self) -> dict[str, list[str]]:
        """Options of the main container's command line: name → values."""
        options: dict[str, list[str]] = {}
        for argument in self.main.get("args", []):
            name, _, value = argument.partition("=")
            options.setdefault(name, []).append(value)
        return options


@dataclass(frozen=True)
class Release:
    """What an installation would create."""

    objects: list[Fields]
    values: Fields
    """All values, defaults included."""

    def of_kind(self, kind: str) -> list[Fields]:
        return [one for one in self.objects if one["kind"] == kind]

    def named(self, kind: str, name: str) -> Fields | None:
        return next((one for one in self.of_kind(kind) if one["metadata"]["name"] == name), None)

    @property
    def pods(self) -> list[Pod]:
        return [_pod(one) for one in self.of_kind("Deployment")]

    def pod(self, component: str) -> Pod:
        return next(pod for pod in self.pods if pod.component == component)

    def copy(self) -> "Release":
        """To plant a mistake in."""
        return copy.deepcopy(self)


def _pod(deployment: Fields) -> Pod:
    template = deployment["spec"]["template"]
    labels = template["metadata"]["labels"]
    return Pod(deployment["metadata"]["name"], labels["app.kubernetes.io/component"], labels, template["spec"])


@cache
def load_chart() -> Chart:
    """The chart, loaded once."""
    return Chart.load(CHART)


def values_file(name: str) -> Fields:
    """The content of values-NAME.yaml."""
    return yaml.safe_load((CHART / f"values-{name}.yaml").read_text(encoding="utf-8"))


def merged(*layers: Fields) -> Fields:
    """Later layers win, key by key, as with several -f of Helm."""
    result: Fields = {}
    for layer in layers:
        for key, value in layer.items():
            is_nested = isinstance(value, dict) and isinstance(result.get(key), dict)
            result[key] = merged(result[key], value) if is_nested else copy.deepcopy(value)
    return result


def render(values: Fields) -> Release:
    """
    Raises:
        HelmError: the values do not follow values.schema.json, or a template fails.
    """
    files = load_chart().render(values=values, name="edits", namespace="production")
    texts = [text for name, text in files.items() if not name.endswith("NOTES.txt")]
    objects = [one for text in texts for one in yaml.safe_load_all(text) if one]
    return Release(objects, merged(load_chart().values, values))


def selects(selector: Fields, labels: Fields) -> bool:
    """Whether a matchLabels selector takes the labels in; an empty one takes all."""
    return all(labels.get(name) == value for name, value in selector.items())


def walk(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every field of an object with its path, dots between the names."""
    yield path, value
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from walk(inner, f"{path}.{name}")
    elif isinstance(value, list):
        for inner in value:
            yield from walk(inner, path)
