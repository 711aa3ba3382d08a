"""Runs one edit with the client for Python, and prints what came of it as JSON.

edits.py ADDRESS, with what to do as JSON on standard input: `request`, `timeout_s`, `security` (files for the
certificates), `retry_policy`, `close_after` (messages after which the stream is closed).
"""

import json
import sys
from pathlib import Path
from typing import Any

import grpc
from google.protobuf.json_format import MessageToDict, ParseDict
from redraft import ApplyEditRequest, RedraftClient, RetryPolicy, Security


def read_security(values: dict[str, Any]) -> Security:
    """Certificates are given as files."""
    files: dict[str, Any] = {
        name: Path(values[name]).read_bytes() for name in ("ca", "certificate", "private_key") if name in values
    }
    return Security(**(values | files))


def run(address: str, task: dict[str, Any]) -> dict[str, Any]:
    """The events of the stream, and the status of one that failed."""
    request = ParseDict(task["request"], ApplyEditRequest())
    events: list[Any] = []
    policy = RetryPolicy(**task.get("retry_policy", {}))
    with RedraftClient(address, read_security(task.get("security", {})), policy) as client:
        stream = client.stream(request, task.get("timeout_s"))
        try:
            for message in stream:
                events.append(MessageToDict(message))
                if len(events) == task.get("close_after"):
                    stream.close()
                    # The server has to hear of it by this alone.
                    sys.stdin.readline()
        except grpc.RpcError as error:
            return {"events": events, "code": error.code().name, "details": error.details()}
    return {"events": events}


if __name__ == "__main__":
    print(json.dumps(run(sys.argv[1], json.loads(sys.stdin.readline()))), flush=True)
