"""Judges passages by the engine in one number format, one line of JSON per passage.

    python -m bench.quality.measure_choices --model NAME --directory DIR --dtype int8 --passages FILE --output FILE

What the output holds already is not judged again.
"""

import argparse
import json
import math
import time
from pathlib import Path
from typing import Any

from bench.quality.judge import greedy_choices, nats_of
from bench.quality.passages import CODE, Passage, read_passages

from engine.config import DTYPES, EngineConfig
from engine.engine import Engine
from engine.loader import load_engine

KV_BYTES = 2**29
"""Room for the longest passages: 21,000 tokens of the larger built-in model, 11,000 of the smaller one."""


def unjudged(passages: list[Passage], output: Path, dtype: str) -> list[Passage]:
    """Those that the output has nothing of in this number format."""
    lines = map(json.loads, output.read_text("utf-8").splitlines()) if output.is_file() else ()
    known = {line["key"] for line in lines if line["dtype"] == dtype}
    return [passage for passage in passages if passage.key not in known]


def judge(engine: Engine, passage: Passage) -> dict[str, Any]:
    """The greedy choices and, of code, the negative logarithm of its probability."""
    given = passage.prompt, passage.text
    return {
        "choices": greedy_choices(engine, *given),
        **({"nats": nats_of(engine, *given)} if passage.set == CODE else {}),
    }


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True, help="name in the catalog")
    parser.add_argument("--directory", type=Path, required=True, help="a Hugging Face directory of the model")
    parser.add_argument("--dtype", choices=DTYPES, required=True, help="number format")
    parser.add_argument("--passages", type=Path, required=True, help="file of what to judge")
    parser.add_argument("--output", type=Path, required=True, help="file to append to")
    parser.add_argument("--minutes", type=float, default=math.inf, help="no passage is begun later")
    parser.add_argument("--threads", type=int, help="CPU threads of a pass; as the engine chooses where unset")
    options = parser.parse_args()
    numbers = {"dtype": options.dtype, "kv_bytes": KV_BYTES, "threads": options.threads}
    engine = load_engine(EngineConfig(options.model, options.directory, device="cpu", **numbers))
    due = unjudged(read_passages(options.passages), options.output, options.dtype)
    deadline = time.monotonic() + options.minutes * 60
    with options.output.open("a", encoding="utf-8") as output:
        for number, passage in enumerate(due, 1):
            line = {"key": passage.key, "dtype": options.dtype, **judge(engine, passage)}
            output.write(json.dumps(line) + "\n")
            output.flush()
            print(f"{options.model} in {options.dtype}: passage {number} of {len(due)}", flush=True)
            if time.monotonic() > deadline:
                break


if __name__ == "__main__":
    main()
