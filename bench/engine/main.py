"""Pass times by number format and tokens, beside the machine's limits and transformers; a table, and JSON by --json.

npm run bench:engine -- DIRECTORY
"""

import argparse
import json
from pathlib import Path
from typing import Any

import torch
from machine import operations_per_second, read_bytes_per_second
from passes import engine_pass, time_passes, transformers_pass

SIZES = [1, 8, 32, 64, 128, 256]
DTYPES = ["float32", "bfloat16", "int8"]


def measure(directory: Path, dtypes: list[str], sizes: list[int], repeats: int) -> dict[str, Any]:
    """Milliseconds per pass: by the engine, by transformers, and of the floor."""
    bandwidth = read_bytes_per_second()
    passes, floors = {}, {}
    for dtype in dtypes:
        passes[f"engine {dtype}"], num_bytes, num_weights = engine_pass(directory, dtype)
        rate = operations_per_second(getattr(torch, dtype))
        floors[f"floor {dtype}"] = {
            size: max(num_bytes / bandwidth, 2 * num_weights * size / rate) * 1e3 for size in sizes
        }
    passes["transformers float32"] = transformers_pass(directory, "float32")
    times = time_passes(passes, sizes, repeats)
    return {
        "model": directory.name,
        "threads": torch.get_num_threads(),
        "cpu": torch.backends.cpu.get_cpu_capability(),
        "readBytesPerSecond": bandwidth,
        "passMs": {**times, **floors},
    }


def table(result: dict[str, Any]) -> str:
    """Rows of names, columns of tokens."""
    sizes = list(next(iter(result["passMs"].values())))
    lines = [f"{result['model']}, {result['threads']} threads, {result['cpu']}: ms per pass at a context of 512"]
    lines.append(f"{'':24}" + "".join(f"{size:>9}" for size in sizes))
    for name, times in result["passMs"].items():
        lines.append(f"{name:24}" + "".join(f"{times[size]:9.1f}" for size in sizes))
    return "\n".join(lines)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=Path, help="a Hugging Face directory of the model")
    parser.add_argument("--dtypes", nargs="+", choices=DTYPES, default=DTYPES)
    parser.add_argument("--tokens", nargs="+", type=int, default=SIZES)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json", type=Path, help="file to write the figures to")
    options = parser.parse_args()
    result = measure(options.directory, options.dtypes, options.tokens, options.repeats)
    print(table(result))
    if options.json:
        options.json.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
