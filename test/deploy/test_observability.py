"""Alert rules and dashboards: they parse, they name what is exported, and every alert fires on its trouble."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from exported_metrics import exported_names, names_in
from programs import ask_node
from release import CHART, REPOSITORY, Release
from tools import run_tool

ALERTS = CHART / "files/alerts.yaml"
ALERT_TESTS = REPOSITORY / "test/deploy/alerts.test.yaml"
DASHBOARDS = sorted((CHART / "files").glob("dashboard-*.json"))
GRID_COLUMNS = 24
RATE_INTERVAL = "5m"


def alert_rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load(ALERTS.read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def panels(dashboard: Path) -> list[dict[str, Any]]:
    return json.loads(dashboard.read_text(encoding="utf-8"))["panels"]


def expressions(dashboard: Path) -> list[str]:
    """Queries of a dashboard, with Grafana's variables filled in."""
    texts = [target["expr"] for panel in panels(dashboard) for target in panel["targets"]]
    return [text.replace("$__rate_interval", RATE_INTERVAL).replace("$namespace", "production") for text in texts]


def test_promtool_accepts_the_rules() -> None:
    checked = run_tool("promtool", "check", "rules", ALERTS)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_every_alert_fires_on_its_trouble_and_is_silent_without() -> None:
    tested = run_tool("promtool", "test", "rules", ALERT_TESTS)
    assert tested.returncode == 0, tested.stdout + tested.stderr
    text = ALERT_TESTS.read_text(encoding="utf-8")
    assert [rule["alert"] for rule in alert_rules() if f'alertname="{rule["alert"]}"' not in text] == []


def test_every_alert_is_explained_to_whoever_is_woken() -> None:
    readme = (REPOSITORY / "deploy/README.md").read_text(encoding="utf-8")
    assert [rule["alert"] for rule in alert_rules() if f"`{rule['alert']}`" not in readme] == []
    for rule in alert_rules():
        assert rule["labels"]["severity"] in ("critical", "warning", "info")
        assert rule["annotations"].keys() == {"summary", "description"}


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda path: path.stem)
def test_panels_parse_and_name_exported_metrics(dashboard: Path) -> None:
    queries = expressions(dashboard)
    assert queries
    for query, answer in zip(queries, ask_node("promql.ts", queries), strict=True):
        assert answer["isValid"], query
        assert answer["metrics"], query
        assert set(answer["metrics"]) <= exported_names(), query


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda path: path.stem)
def test_panels_lie_side_by_side(dashboard: Path) -> None:
    taken: set[tuple[int, int]] = set()
    for panel in panels(dashboard):
        grid = panel["gridPos"]
        assert grid["x"] + grid["w"] <= GRID_COLUMNS
        cells = {
            (x, y) for x in range(grid["x"], grid["x"] + grid["w"]) for y in range(grid["y"], grid["y"] + grid["h"])
        }
        assert not cells & taken, panel["title"]
        taken |= cells
    assert len({panel["id"] for panel in panels(dashboard)}) == len(panels(dashboard))


def test_alerts_and_autoscaling_name_exported_metrics(full_release: Release) -> None:
    queries = [rule["expr"] for rule in alert_rules()]
    for scaled in full_release.of_kind("ScaledObject"):
        queries += [trigger["metadata"]["query"] for trigger in scaled["spec"]["triggers"]]
    for query, answer in zip(queries, ask_node("promql.ts", queries), strict=True):
        assert answer["isValid"], query
        assert set(answer["metrics"]) <= exported_names(), query


def test_the_release_carries_rules_and_dashboards_unchanged(full_release: Release) -> None:
    rules = full_release.named("PrometheusRule", "edits")
    assert rules
    assert rules["spec"] == yaml.safe_load(ALERTS.read_text(encoding="utf-8"))
    carried = {
        name: json.loads(text)
        for one in full_release.of_kind("ConfigMap")
        for name, text in one["data"].items()
        if name.endswith(".json")
    }
    assert carried == {
        f"redraft-{path.stem.removeprefix('dashboard-')}.json": json.loads(path.read_text(encoding="utf-8"))
        for path in DASHBOARDS
    }


def test_a_broken_query_and_a_metric_that_nobody_exports_are_found() -> None:
    broken, unknown = ask_node("promql.ts", ["sum(rate(redraft_edits_total[5m])", "redraft_edit_total > 1"])
    assert not broken["isValid"]
    assert unknown["isValid"]
    assert not set(unknown["metrics"]) <= exported_names()


def test_names_are_read_from_a_metrics_page() -> None:
    page = '# HELP a_total Text\n# TYPE a_total counter\na_total{x="y"} 1\nb 2\nc_bucket{le="1"} 3\n'
    assert names_in(page) == {"a_total", "b", "c_bucket"}
