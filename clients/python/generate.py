"""Generates the messages and the stub of the client out of the service's proto, with types.

generate.py [DIRECTORY], where the package `redraft` lies or shall lie; without it the source of this client. Needs
what requirements-dev.txt lists.
"""

import sys
from importlib.resources import files
from pathlib import Path

from grpc_tools import protoc

CLIENT = Path(__file__).resolve().parent
PROTOS = CLIENT.parents[1] / "protos"


def generate(directory: Path) -> int:
    """Writes `redraft/v1/redraft_pb2*.py` below a directory; returns the compiler's exit code."""
    outputs = [f"--{kind}_out={directory}" for kind in ("python", "pyi", "grpc_python")]
    well_known = f"--proto_path={files('grpc_tools') / '_proto'}"
    return protoc.main(["protoc", f"--proto_path={PROTOS}", well_known, *outputs, "redraft/v1/redraft.proto"])


if __name__ == "__main__":
    sys.exit(generate(Path(sys.argv[1]) if len(sys.argv) > 1 else CLIENT / "src"))
