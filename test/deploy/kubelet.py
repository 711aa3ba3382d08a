"""Starts rendered pods as a kubelet does, as far as their programs can tell: arguments, variables, volumes, probes.

All pods share one network namespace without a way out, so that they keep their ports whatever else runs here.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from buildah import Buildah, Folder
from release import Fields, Pod, Release

FETCH = "import sys, urllib.request as r; print(r.urlopen(sys.argv[1], timeout=5).read().decode())"
STOP_SECONDS = 30
MIN_ATTEMPTS = 60


@dataclass
class Running:
    """The main container of a pod."""

    pod: Pod
    process: subprocess.Popen[bytes]
    log: Path

    def tail(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")[-3000:]


@dataclass
class Kubelet:
    """One node."""

    buildah: Buildah
    release: Release
    images: Mapping[str, str]
    """Image in the release → image in the store."""

    stand_ins: Mapping[str, Mapping[str, Folder]]
    """Image in the release → folders for what the image in the store lacks, by their places."""

    hosts: Mapping[str, str]
    directory: Path
    namespace: int
    running: list[Running] = field(default_factory=list)

    def start(self, component: str) -> Running:
        """Runs the init containers to their end, then the main container."""
        pod = self.release.pod(component)
        folders = {volume["name"]: self._volume(pod, volume) for volume in pod.spec["volumes"]}
        for container in pod.spec.get("initContainers", []):
            done = subprocess.run(self._command(container, folders), env=self.buildah.environment, capture_output=True)
            assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
        log = self.directory / f"{component}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                self._command(pod.main, folders),
                env=self.buildah.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.running.append(Running(pod, process, log))
        return self.running[-1]

    def _volume(self, pod: Pod, volume: Fields) -> Path:
        folder = self.directory / f"{pod.component}-{volume['name']}"
        folder.mkdir()
        folder.chmod(0o777)
        if "configMap" in volume:
            found = self.release.named("ConfigMap", volume["configMap"]["name"])
            for name, text in (found or {})["data"].items():
                (folder / name).write_text(text, encoding="utf-8")
        return folder

    def _command(self, container: Fields, folders: Mapping[str, Path]) -> list[str | Path]:
        image = self.images[container["image"]]
        entry_point = container.get("command") or self.buildah.configuration(image)["Entrypoint"]
        mounts = {
            mount["mountPath"]: Folder(folders[mount["name"]], mount.get("readOnly", False))
            for mount in container["volumeMounts"]
        }
        started = self.buildah.started(
            self.buildah.container(image, self.hosts),
            [*entry_point, *container.get("args", [])],
            volumes={**self.stand_ins[container["image"]], **mounts},
            env={entry["name"]: entry["value"] for entry in container["env"]},
        )
        return [*self.inside, *started]

    @property
    def inside(self) -> list[str]:
        """Starts a command in the pods' network."""
        return ["nsenter", f"--net=/proc/{self.namespace}/ns/net"]

    def fetch(self, url: str) -> str | None:
        """What a GET answers with status 200, else None."""
        command = [*self.inside, sys.executable, "-c", FETCH, url]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.stdout if done.returncode == 0 else None

    def wait(self, running: Running, probe: str) -> None:
        """Asks what the probe asks; a pod may be unready for as long as it may take to start."""
        pod = running.pod
        asked = pod.main[probe]
        ports = {port["name"]: port["containerPort"] for port in pod.main["ports"]}
        url = f"http://127.0.0.1:{ports[asked['httpGet']['port']]}{asked['httpGet']['path']}"
        for _ in range(max(asked["failureThreshold"], MIN_ATTEMPTS)):
            if self.fetch(url) is not None:
                return
            assert running.process.poll() is None, running.tail()
            time.sleep(asked["periodSeconds"])
        raise AssertionError(f"{pod.name}: {probe} fails\n{running.tail()}")

    def stop(self, running: Running) -> int:
        """SIGTERM to the container's first process, as after preStop; the exit code."""
        os.kill(first_process(running.process.pid), signal.SIGTERM)
        return running.process.wait(STOP_SECONDS)


def first_process(pid: int) -> int:
    """The container's own program, below the programs that start it."""
    starters = {"nsenter", "unshare", "sh", "buildah", "exe"}
    while Path(f"/proc/{pid}/comm").read_text().strip() in starters or is_starter(pid):
        # Each thread lists its own.
        children = [
            child for tasks in Path(f"/proc/{pid}/task").glob("*/children") for child in tasks.read_text().split()
        ]
        pid = int(children[-1])
    return pid


def is_starter(pid: int) -> bool:
    """Whether it is buildah under another name, as it calls itself on the way."""
    return Path(f"/proc/{pid}/cmdline").read_text().startswith("buildah")


@contextmanager
def started_kubelet(
    buildah: Buildah,
    release: Release,
    images: Mapping[str, str],
    stand_ins: Mapping[str, Mapping[str, Folder]],
    hosts: Mapping[str, str],
) -> Iterator[Kubelet]:
    """A node whose pods are gone afterwards."""
    directory = buildah.directory / "pods"
    directory.mkdir()
    holder = subprocess.Popen(
        ["unshare", "--net", "sh", "-c", "ip link set lo up && echo up && exec sleep infinity"],
        stdout=subprocess.PIPE,
    )
    assert holder.stdout
    assert holder.stdout.readline() == b"up\n"
    kubelet = Kubelet(buildah, release, images, stand_ins, hosts, directory, holder.pid)
    try:
        yield kubelet
    finally:
        for running in kubelet.running:
            if running.process.poll() is None:
                os.killpg(running.process.pid, signal.SIGKILL)
                running.process.wait()
        holder.kill()
        holder.wait()
        shutil.rmtree(directory, ignore_errors=True)
