"""Images built and run without a daemon, a registry or an installed package."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from base_images import make_root
from programs import model_packages
from release import REPOSITORY
from tools import LIBRARIES, ROOT, find_tool

DOCKER = REPOSITORY / "deploy/docker"
BUILD_SECONDS = 300
VARIABLES = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "LD_LIBRARY_PATH": "/opt/tritonserver/lib:/usr/local/lib",
    "NODE_EXTRA_CA_CERTS": "/etc/ssl/certs/ca-certificates.crt",
    "PIP_CERT": "/etc/ssl/certs/ca-certificates.crt",
}


@dataclass(frozen=True)
class Folder:
    """A folder of this machine for a container."""

    source: Path
    is_read_only: bool = True

    @property
    def mode(self) -> str:
        return "ro" if self.is_read_only else "rw"


@dataclass(frozen=True)
class Buildah:
    """A store of images of its own."""

    directory: Path
    driver: str

    def run(self, *arguments: str | Path, check: bool = True) -> subprocess.CompletedProcess[str]:
        """One command of buildah to its end."""
        done = subprocess.run(
            self.command(*arguments),
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=BUILD_SECONDS,
        )
        assert done.returncode == 0 or not check, done.stdout[-3000:] + done.stderr[-3000:]
        return done

    def command(self, *arguments: str | Path) -> list[str | Path]:
        store = [f"--root={self.directory}/root", f"--runroot={self.directory}/run", f"--storage-driver={self.driver}"]
        registries = f"--registries-conf={ROOT}/etc/containers/registries.conf"
        return [*with_libraries(), find_tool("buildah"), *store, registries, *arguments]

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "BUILDAH_ISOLATION": "chroot", "TMPDIR": str(self.directory)}

    @property
    def policy(self) -> str:
        return f"--signature-policy={ROOT}/etc/containers/policy.json"

    def build(
        self, name: str, context: Path, arguments: Mapping[str, str], volumes: Mapping[str, str] | None = None
    ) -> str:
        """Builds deploy/docker/NAME.Dockerfile as it stands, with folders lent to it, and returns the image's name."""
        image, file = f"localhost/redraft-{name}:local", DOCKER / f"{name}.Dockerfile"
        given = [f"--build-arg={key}={value}" for key, value in arguments.items()]
        options = ["--pull-never", self.policy, f"--file={file}", f"--ignorefile={file}.dockerignore"]
        given += [f"--volume={source}:{place}" for place, source in (volumes or {}).items()]
        self.run("bud", *options, *given, f"--tag={image}", context)
        return image

    def configuration(self, image: str) -> dict[str, object]:
        """What the Dockerfile says of user, entry point and ports."""
        return json.loads(self.run("inspect", "--type=image", image).stdout)["OCIv1"]["config"]

    def container(self, image: str, hosts: Mapping[str, str] | None = None) -> str:
        """A container to run commands in; names are resolved to the given addresses."""
        named = [f"--add-host={name}:{address}" for name, address in (hosts or {}).items()]
        return self.run("from", "--pull-never", self.policy, *named, image).stdout.strip()

    def started(
        self, container: str, arguments: Sequence[str], *, volumes: Mapping[str, Folder], env: Mapping[str, str]
    ) -> list[str | Path]:
        """The command that runs a program in a container. Volumes are keyed by their places inside."""
        mounts = [f"--volume={folder.source}:{place}:{folder.mode}" for place, folder in volumes.items()]
        variables = [f"--env={name}={value}" for name, value in env.items()]
        return self.command("run", *mounts, *variables, container, "--", *arguments)


def with_libraries() -> list[str]:
    """
    Starts a command that sees the unpacked libraries among the machine's, in a mount namespace of its own: buildah
    starts itself anew without the variables that would name them.
    """
    mount = f'mount -t overlay overlay -o "lowerdir={ROOT}{LIBRARIES}:{LIBRARIES}" {LIBRARIES} && exec "$@"'
    return ["unshare", "--mount", "sh", "-c", mount, "sh"]


def create_buildah(directory: Path) -> Buildah:
    """An empty store. The test is skipped where images cannot be built."""
    find_tool("buildah")
    if os.geteuid() != 0:
        pytest.skip("buildah: chroot isolation needs root")
    return Buildah(directory, _driver(directory))


def _driver(directory: Path) -> str:
    """overlay, which shares layers, where this file system can carry one; else vfs, which copies them."""
    for name in ("lower", "upper", "work", "merged"):
        (directory / name).mkdir()
    layers = "lowerdir=lower,upperdir=upper,workdir=work"
    command = ["unshare", "--mount", "mount", "-t", "overlay", "overlay", "-o", layers, "merged"]
    done = subprocess.run(command, cwd=directory, capture_output=True, check=False)
    return "overlay" if done.returncode == 0 else "vfs"


def create_base(buildah: Buildah, name: str, parts: Sequence[Callable[[Path], None]]) -> str:
    """A stand-in for a base image, made of this machine's files."""
    image, root = f"localhost/redraft-base-{name}:local", buildah.directory / f"base-{name}"
    root.mkdir()
    for add in (make_root, *parts):
        add(root)
    container = buildah.run("from", buildah.policy, "scratch").stdout.strip()
    buildah.run("add", container, root, "/")
    buildah.run("config", *(f"--env={name}={value}" for name, value in VARIABLES.items()), container)
    buildah.run("commit", "--rm", buildah.policy, container, image)
    shutil.rmtree(root)
    return image


def packages_volume() -> dict[str, Folder]:
    """The model's packages of the tests' environment: an image with its own gigabytes would take minutes to build."""
    packages = model_packages()
    return {f"/opt/redraft/python/lib/{packages.parent.name}/site-packages": Folder(packages)}
