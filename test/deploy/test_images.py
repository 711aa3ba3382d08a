"""The Dockerfiles, really built, and the pods of the trial, really started from what was built."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from base_images import add_node, add_python, add_triton
from buildah import DOCKER, Buildah, Folder, create_base, create_buildah, packages_volume
from exported_metrics import names_in
from kubelet import Kubelet, started_kubelet
from programs import NODE, ask_node
from release import REPOSITORY, merged, render
from test_observability import DASHBOARDS, alert_rules, expressions
from tools import run_tool
from variants import VARIANTS

IMAGES = {"gateway": "redraft-gateway:0.1.0", "triton": "redraft-triton:0.1.0"}
GPU_METRICS = {"nv_gpu_utilization", "nv_gpu_memory_used_bytes"}


@pytest.mark.parametrize("name", IMAGES)
def test_hadolint_has_nothing_to_say(name: str) -> None:
    done = run_tool("hadolint", DOCKER / f"{name}.Dockerfile")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def buildah(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Buildah]:
    directory = tmp_path_factory.mktemp("images")
    yield create_buildah(directory)
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="module")
def gateway_image(buildah: Buildah) -> str:
    base = create_base(buildah, "node", [add_node])
    return buildah.build("gateway", REPOSITORY, {"NODE_IMAGE": base}, volumes=npm_cache())


def npm_cache() -> dict[str, str]:
    """The user's npm cache, so that packages that were fetched once are not fetched again."""
    cache = subprocess.run(["npm", "config", "get", "cache"], capture_output=True, text=True, check=True).stdout.strip()
    return {"/root/.npm": cache} if Path(cache).is_dir() else {}


@pytest.fixture(scope="module")
def triton_image(buildah: Buildah) -> str:
    base = create_base(buildah, "triton", [add_python, add_triton])
    context = buildah.directory / "context"
    models = context / "triton-models"
    shutil.copytree(REPOSITORY / "triton-models", models, ignore=shutil.ignore_patterns("__pycache__"))
    # One of the packages; the others come from the tests' environment when the image is run.
    listed = (models / "requirements.txt").read_text(encoding="utf-8")
    first = re.search(r"^idna==.*?(?=^\S)", listed, re.MULTILINE | re.DOTALL)
    assert first
    (models / "requirements.txt").write_text(first[0], encoding="utf-8")
    (models / "requirements-cuda.txt").write_text("", encoding="utf-8")
    return buildah.build("triton", context, {"TRITON_IMAGE": base})


def test_images_run_as_nobody_in_particular(buildah: Buildah, gateway_image: str, triton_image: str) -> None:
    gateway, triton = (buildah.configuration(image) for image in (gateway_image, triton_image))
    assert gateway["User"] == triton["User"] == "10001:10001"
    assert gateway["ExposedPorts"] == {"50051/tcp": {}, "8080/tcp": {}, "9090/tcp": {}}
    assert triton["ExposedPorts"] == {"8000/tcp": {}, "8001/tcp": {}, "8002/tcp": {}}


def test_the_gateways_image_holds_what_it_runs_and_no_more(buildah: Buildah, gateway_image: str) -> None:
    container = buildah.container(gateway_image)
    listed = buildah.run("run", container, "--", "ls", "/app", "/app/node_modules").stdout.split()
    assert {"dist", "protos", "package.json", "@grpc", "pino"} <= set(listed)
    assert not {"src", "web", "examples", "test", "typescript", "ava", "vite", "rollup"} & set(listed)


@pytest.fixture(scope="module")
def kubelet(buildah: Buildah, gateway_image: str, triton_image: str) -> Iterator[Kubelet]:
    # What BAKED=builtin brings: readable for everyone, which the tests' own is not.
    model = buildah.directory / "model"
    shutil.copytree(os.environ["REDRAFT_TEST_MODEL_DIR"], model, copy_function=shutil.copyfile)
    volumes = {**packages_volume(), "/opt/redraft/model": Folder(model)}
    stand_ins = {IMAGES["gateway"]: {}, IMAGES["triton"]: volumes}
    images = {IMAGES["gateway"]: gateway_image, IMAGES["triton"]: triton_image}
    hosts = {"edits-triton.production.svc.cluster.local": "127.0.0.1"}
    release = render(merged(VARIANTS["cpu-trial"], {"gateway": {"http": True}}))
    with started_kubelet(buildah, release, images, stand_ins, hosts) as kubelet:
        kubelet.wait(kubelet.start("triton"), "startupProbe")
        gateway = kubelet.start("gateway")
        kubelet.wait(gateway, "startupProbe")
        kubelet.wait(gateway, "readinessProbe")
        yield kubelet


def test_the_rendered_pods_edit_a_file(kubelet: Kubelet, tmp_path: Path) -> None:
    file = tmp_path / "limits.py"
    file.write_text("MAX_RETRIES = 3\nTIMEOUT_SECONDS = 30\n")
    command = [
        *NODE,
        "src/cli.ts",
        "edit",
        file,
        "--instruction",
        "Set MAX_RETRIES to 5.",
        "--server",
        "127.0.0.1:50051",
    ]
    done = subprocess.run([*kubelet.inside, *command], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr + kubelet.running[-1].tail()
    assert done.stdout == "MAX_RETRIES = 5\nTIMEOUT_SECONDS = 30\n"


def test_the_gateway_serves_the_page_with_all_its_files(kubelet: Kubelet) -> None:
    page = kubelet.fetch("http://127.0.0.1:8080/") or ""
    files = re.findall(r'(?:src|href)="\./([^"]+)"', page)
    assert {Path(file).suffix for file in files} >= {".js", ".css"}
    assert all(kubelet.fetch(f"http://127.0.0.1:8080/{file}") for file in files)


def test_dashboards_and_alerts_name_what_the_running_pods_export(kubelet: Kubelet) -> None:
    pages = [kubelet.fetch(f"http://127.0.0.1:{port}/metrics") for port in (9090, 8002)]
    exported = set().union(*(names_in(page or "") for page in pages)) | GPU_METRICS
    queries = [query for file in DASHBOARDS for query in expressions(file)] + [rule["expr"] for rule in alert_rules()]
    named = {name for answer in ask_node("promql.ts", queries) for name in answer["metrics"]}
    assert named - exported == set()


def test_promtool_accepts_the_gateways_metrics(kubelet: Kubelet) -> None:
    checked = run_tool("promtool", "check", "metrics", given=kubelet.fetch("http://127.0.0.1:9090/metrics"))
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")


def test_the_gateway_ends_on_sigterm(kubelet: Kubelet) -> None:
    gateway = kubelet.running[-1]
    assert kubelet.stop(gateway) == 0, gateway.tail()
    assert "stopped" in gateway.tail()
