"""Edits a file in its place.

edit_file.py ADDRESS FILE INSTRUCTION, with the token of a service that asks for one in REDRAFT_TOKEN.
"""

import os
import sys
from pathlib import Path

from redraft import FINISH_REASON_FENCE_CLOSED, ApplyEditRequest, RedraftClient, Security

address, name, instruction = sys.argv[1:]
file = Path(name)
# As bytes: reading as text would change the line endings.
original = file.read_bytes().decode()
request = ApplyEditRequest(original=original, instruction=instruction, path=name)
with RedraftClient(address, Security(token=os.environ.get("REDRAFT_TOKEN"))) as client:
    result = client.edit(request, timeout_s=300, on_delta=lambda delta: print(delta.text, end="", flush=True))
if result.summary.finish_reason != FINISH_REASON_FENCE_CLOSED:
    sys.exit("the answer is not whole; the file stays as it was")
file.write_bytes(result.text.encode())
