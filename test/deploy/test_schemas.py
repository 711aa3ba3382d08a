"""The chart against the schemas: of its own values, of Kubernetes, and of the custom resources."""

import copy
import json
from typing import Any

import helm_python
import kubernetes_validate
import pytest
from helm_python import HelmError
from kubernetes_validate import SchemaNotFoundError, ValidationError

from programs import ask_node
from release import CHART, Fields, Release, load_chart, merged, render
from variants import VARIANTS

KUBERNETES = ("1.30", "1.33", "1.37")
"""The oldest release with the native sleep of preStop, the newest whose schemas are here, and one between."""

CUSTOM = ("keda.sh/", "monitoring.coreos.com/")

BAD_VALUES: dict[str, Fields] = {
    "unknown name": {"gateway": {"replica": 3}},
    "wrong type": {"gateway": {"replicas": "three"}},
    "tag latest": {"triton": {"image": {"tag": "latest"}}},
    "short digest": {"triton": {"image": {"digest": "sha256:1234"}}},
    "GPU on a CPU": {"triton": {"device": "cpu", "gpus": 1}},
    "no GPU for CUDA": {"triton": {"gpus": 0}},
    "weights of 8 bits on several GPUs": {"triton": {"gpus": 2, "dtype": "fp8"}},
    "no preStop": {"gateway": {"preStopSeconds": 0}},
    "no memory limit": {"gateway": {"resources": {"limits": {"memory": None}}}},
    "quantity": {"triton": {"shmSize": "1Gx"}},
    "claim without a name": {"model": {"source": {"kind": "claim"}}},
    "copy from nowhere": {"model": {"source": {"kind": "copy", "path": "relative"}}},
    "TLS at one end": {"tritonTls": {"serverSecretName": "a"}},
    "everyone scrapes": {"networkPolicy": {"prometheus": []}},
    "idle below Triton's own": {"triton": {"idleSeconds": 30}},
    "receiver with a scheme": {"tracing": {"endpoint": "http://collector:4318"}},
}


def test_helm_finds_nothing_to_complain_about() -> None:
    report = helm_python.lint(CHART)
    assert [message for message in report["messages"] if message["severity"] > 1] == []


def test_values_are_all_in_the_schema() -> None:
    schema, values = load_chart().schema, load_chart().values
    assert schema["properties"].keys() == values.keys()
    for name in ("gateway", "triton", "autoscaling", "networkPolicy"):
        assert schema["properties"][name]["properties"].keys() == values[name].keys()


@pytest.mark.parametrize("name", BAD_VALUES)
def test_a_bad_value_is_refused(name: str) -> None:
    with pytest.raises(HelmError):
        render(merged(VARIANTS["defaults"], BAD_VALUES[name]))


@pytest.mark.parametrize("version", KUBERNETES)
def test_objects_follow_the_strict_schemas_of_kubernetes(version: str) -> None:
    rendered = [one for values in VARIANTS.values() for one in render(values).objects]
    # Most objects are the same in most variants.
    for one in {json.dumps(one): one for one in rendered}.values():
        if not one["apiVersion"].startswith(CUSTOM):
            # No schema for it is an error too.
            kubernetes_validate.validate(one, version, strict=True)


def test_custom_resources_follow_their_schemas(full_release: Release) -> None:
    resources = custom_resources(full_release)
    assert {one["kind"] for one in resources} == {"ScaledObject", "ServiceMonitor", "PrometheusRule"}
    assert ask_node("custom-resources.ts", resources) == [[]] * len(resources)


def custom_resources(release: Release) -> list[Fields]:
    return [one for one in release.objects if one["apiVersion"].startswith(CUSTOM)]


def planted(fields: Fields, *names: str | int, value: Any) -> Fields:
    """A copy with one field set."""
    result = copy.deepcopy(fields)
    inner: Any = result
    for name in names[:-1]:
        inner = inner[name]
    inner[names[-1]] = value
    return result


def test_unknown_fields_and_kinds_of_kubernetes_are_refused(full_release: Release) -> None:
    budget = full_release.named("PodDisruptionBudget", "edits-triton")
    assert budget
    with pytest.raises(ValidationError):
        kubernetes_validate.validate(planted(budget, "spec", "maxUnavailible", value=1), "1.37", strict=True)
    with pytest.raises(SchemaNotFoundError):
        kubernetes_validate.validate(planted(budget, "apiVersion", value="policy/v1beta1"), "1.37", strict=True)


def test_mistakes_in_custom_resources_are_found(full_release: Release) -> None:
    by_kind = {one["kind"]: one for one in custom_resources(full_release)}
    scaled, monitor, rule = by_kind["ScaledObject"], by_kind["ServiceMonitor"], by_kind["PrometheusRule"]
    mistakes = [
        planted(scaled, "spec", "triggers", 0, "metadata", "threshold", value=24),
        planted(scaled, "spec", "scaleTargetRef", "nam", value="x"),
        planted(scaled, "spec", "triggers", 0, "metricsType", value="Value"),
        planted(monitor, "spec", "endpoints", 0, "interval", value="15 seconds"),
        planted(monitor, "spec", "endpoints", 0, "prot", value="metrics"),
        planted(rule, "spec", "groups", 0, "rules", 0, "alerts", value="x"),
        planted(rule, "kind", value="PrometheusRules"),
    ]
    assert [len(found) > 0 for found in ask_node("custom-resources.ts", mistakes)] == [True] * len(mistakes)
