"""Pass times by number format and tokens, beside the machine's limits and transformers, as JSON.

python measure_passes.py DIRECTORY --output FILE
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
    passes, floors, weight_bytes = {}, {}, {}
    for dtype in dtypes:
        passes[f"engine {dtype}"], num_bytes, num_weights = engine_pass(directory, dtype)
        weight_bytes[dtype] = num_bytes
        rate = operations_per_second(getattr(torch, dtype))
        floors[f"floor {dtype}"] = {
            size: max(num_bytes / bandwidth, 2 * num_weights * size / rate) * 1e3 for size in sizes
        }
    for dtype in ("float32", "bfloat16"):
        passes[f"transformers {dtype}"] = transformers_pass(directory, dtype)
    times = time_passes(passes, sizes, repeats)
    return {
        "threads": torch.get_num_threads(),
        "kernels": torch.backends.cpu.get_cpu_capability(),
        "readBytesPerSecond": bandwidth,
        "weightBytes": weight_bytes,
        "passMs": {**times, **floors},
    }


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=Path, help="a Hugging Face directory of the model")
    parser.add_argument("--dtypes", nargs="+", choices=DTYPES, default=DTYPES)
    parser.add_argument("--tokens", nargs="+", type=int, default=SIZES)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--output", type=Path, required=True, help="file to write the figures to")
    options = parser.parse_args()
    result = measure(options.directory, options.dtypes, options.tokens, options.repeats)
    options.output.write_text(json.dumps(result), encoding="utf-8")


if __name__ == "__main__":
    main()
