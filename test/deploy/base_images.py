"""Stand-ins for the base images of the Dockerfiles, made of this machine's own files, since no registry can be reached.

A few Debian packages as they are installed here, and beside them Node with npm, or Python with the Triton of the wheel
laid out as in NVIDIA's image.
"""

import os
import shutil
import subprocess
from pathlib import Path

from programs import model_packages, model_python, run, triton_directory

PACKAGES = ["bash", "base-files", "ca-certificates", "coreutils", "dash", "grep", "hostname", "libacl1", "libattr1"]
PACKAGES += ["libbz2-1.0", "libc-bin", "libc6", "libffi8", "libgcc-s1", "libgmp10", "liblzma5", "libpcre2-8-0", "sed"]
PACKAGES += ["libselinux1", "libsqlite3-0", "libssl3", "libstdc++6", "libtinfo6", "libz1", "zlib1g", "libuuid1"]
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")


def make_root(root: Path) -> None:
    """The packages' files, and what an image needs besides."""
    for folder in ("bin", "sbin", "lib", "lib64"):
        (root / "usr" / folder).mkdir(parents=True)
        (root / folder).symlink_to(f"usr/{folder}")
    listed = subprocess.run(["dpkg", "-L", *PACKAGES], capture_output=True, text=True, check=False).stdout
    files = [line for line in set(listed.splitlines()) if line.startswith("/") and not _is_documentation(line)]
    copy_files([file for file in files if os.path.lexists(file) and not Path(file).is_dir()], root)
    (root / "bin/sh").unlink(missing_ok=True)
    (root / "bin/sh").symlink_to("dash")
    (root / "tmp").mkdir()
    (root / "tmp").chmod(0o1777)
    (root / "etc").mkdir(exist_ok=True)
    (root / "etc/passwd").write_text("root:x:0:0::/root:/bin/sh\n")
    (root / "etc/nsswitch.conf").write_text("hosts: files dns\n")
    copy_files([str(CERTIFICATES)], root)


def _is_documentation(file: str) -> bool:
    return file.startswith(("/usr/share/doc", "/usr/share/man", "/usr/share/locale"))


def copy_files(files: list[str], root: Path) -> None:
    """Copies with their paths, symlinks as such; /lib and the like stay links to /usr."""
    pack = ["tar", "--create", "--no-recursion", "--files-from=-", "--absolute-names"]
    unpack = ["tar", "--extract", "--keep-directory-symlink", f"--directory={root}", "--strip-components=0"]
    packed = subprocess.run(pack, input="\n".join(files).encode(), capture_output=True, check=True).stdout
    subprocess.run(unpack, input=packed, capture_output=True, check=True)


def libraries_of(program: Path) -> list[str]:
    """What the dynamic linker would load for it."""
    lines = run(["ldd", program]).splitlines()
    return [path for line in lines for path in line.split() if path.startswith("/")]


def add_node(root: Path) -> None:
    """Node and npm under /usr/local, as in Node's own image."""
    node = Path(run(["node", "-p", "process.execPath"]).strip())
    copy_files(libraries_of(node), root)
    local = root / "usr/local"
    (local / "bin").mkdir(parents=True, exist_ok=True)
    shutil.copy2(node, local / "bin/node")
    shutil.copytree(node.parent.parent / "lib/node_modules/npm", local / "lib/node_modules/npm", symlinks=True)
    for name in ("npm", "npx"):
        (local / "bin" / name).symlink_to(f"../lib/node_modules/npm/bin/{name}-cli.js")


def add_python(root: Path) -> None:
    """The model's Python under /usr/local, with pip and nothing else."""
    python = Path(run([model_python(), "-c", "import sys; print(sys.base_prefix)"]).strip())
    version = run([model_python(), "-c", "import sysconfig; print(sysconfig.get_python_version())"]).strip()
    local, library = root / "usr/local", f"lib/python{version}"
    skipped = shutil.ignore_patterns("test", "tests", "site-packages", "__pycache__", "config-*", "idlelib")
    shutil.copytree(python / library, local / library, symlinks=True, ignore=skipped)
    shutil.copytree(python / library / "site-packages/pip", local / library / "site-packages/pip")
    (local / "bin").mkdir(parents=True, exist_ok=True)
    shutil.copy2(python / "bin/python3", local / "bin/python3")
    copy_files(libraries_of(python / "bin/python3"), root)
    for file in (python / "lib").glob("libpython*.so*"):
        shutil.copy2(file, local / "lib" / file.name)


def add_triton(root: Path) -> None:
    """The server under /opt/tritonserver, where NVIDIA's image has it."""
    shutil.copytree(triton_directory(), root / "opt/tritonserver")
    # The copy of the embedded server is its user's alone.
    (root / "opt/tritonserver").chmod(0o755)
    shutil.copytree(model_packages() / "nvidia_pytriton.libs", root / "opt/tritonserver/lib")
    for file in [root / "opt/tritonserver/bin/tritonserver", *(root / "opt/tritonserver/backends/python").iterdir()]:
        if file.is_file() and file.suffix != ".py":
            copy_files(_system_libraries(file), root)


def _system_libraries(program: Path) -> list[str]:
    libraries = subprocess.run(["ldd", program], capture_output=True, text=True, check=False).stdout
    return [path for path in libraries.split() if path.startswith("/lib")]
