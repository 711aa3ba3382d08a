"""Which layers read activations with outliers, and what 8 bits for them would cost, as JSON.

python -m bench.quality.measure_activations --model NAME --directory DIR --passages FILE --output FILE
"""

import argparse
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import torch
from bench.quality.passages import read_passages
from torch import nn

from engine.config import EngineConfig
from engine.int8.linear import quantise_weight
from engine.int8.products import join_wide_products, quantise_rows, quantise_wide_rows
from engine.loader import load_model, set_threads
from engine.model_source import adapter_directory

QKV, GATE_UP = "q/k/v_proj", "gate/up_proj"
KINDS = {"q_proj": QKV, "k_proj": QKV, "v_proj": QKV, "gate_proj": GATE_UP, "up_proj": GATE_UP}
"""Layers that read the same rows, by the ends of their names; every other one is a kind of its own."""

REPEATED = ("k_proj", "v_proj", "up_proj")
"""Those whose rows another one of the kind has shown."""

ALL, NONE = "all", "none"
Hook = Callable[[torch.Tensor], torch.Tensor | None]
Texts = list[torch.Tensor]
"""Token ids of each text. Shapes: [1, T]."""


def linear_layers(model: nn.Module, *, without: tuple[str, ...] = ()) -> Iterator[tuple[str, nn.Linear]]:
    """Kind and layer, from the first to the last."""
    for name, layer in model.named_modules():
        end = name.rpartition(".")[-1]
        if isinstance(layer, nn.Linear) and end not in without:
            yield KINDS.get(end, end), layer


@contextmanager
def hooked(layers_and_hooks: Iterable[tuple[nn.Linear, Hook]]) -> Iterator[None]:
    """Calls each hook with the rows [T, K] that its layer reads, which become what it returns, if anything."""
    with ExitStack() as handles:
        for layer, hook in layers_and_hooks:
            handle = layer.register_forward_pre_hook(partial(_call_hook, hook))
            handles.callback(handle.remove)
        yield


def _call_hook(hook: Hook, layer: nn.Linear, inputs: tuple[torch.Tensor]) -> torch.Tensor | None:
    rows = hook(inputs[0].flatten(0, -2))
    return None if rows is None else rows.view_as(inputs[0])


@torch.inference_mode()
def choices(model: Any, texts: Texts) -> torch.Tensor:
    """Greedy choices after every token of all texts. Shape: [sum of T]."""
    return torch.cat([model(input_ids=text, use_cache=False).logits[0].argmax(-1) for text in texts])


def crest_factors(rows: torch.Tensor) -> torch.Tensor:
    """Largest magnitude over root mean square, on which the error of a row's 8-bit steps depends. [T, K] → [T]."""
    return rows.abs().amax(-1) / rows.square().mean(-1).sqrt().clamp_min(1e-30)


def observe(model: Any, texts: Texts) -> tuple[torch.Tensor, dict[str, list[float]]]:
    """The greedy choices, and per kind the median over all tokens of each layer's crest factors."""
    layers = list(linear_layers(model, without=REPEATED))
    crests: list[list[torch.Tensor]] = [[] for _ in layers]
    hooks = [lambda rows, seen=seen: seen.append(crest_factors(rows)) for seen in crests]
    with hooked((layer, hook) for (_, layer), hook in zip(layers, hooks, strict=True)):
        chosen = choices(model, texts)
    medians: dict[str, list[float]] = defaultdict(list)
    for (kind, _), seen in zip(layers, crests, strict=True):
        medians[kind].append(float(torch.cat(seen).median()))
    return chosen, medians


def round_weights(model: Any) -> None:
    """Makes of each linear layer's weights what is left of them as integers."""
    for _, layer in linear_layers(model):
        weight, scales = quantise_weight(layer.weight)
        layer.weight.data.copy_(weight.float() * scales[:, None])


def rounded(rows: torch.Tensor, *, is_wide: bool) -> torch.Tensor:
    """What is left of activations in 15 bits or 8. Shape: [T, K]."""
    steps, scales = (quantise_wide_rows if is_wide else quantise_rows)(rows)
    return (join_wide_products(steps.float()) if is_wide else steps.float()) * scales


def rounded_activations(model: Any, narrow: str) -> AbstractContextManager[None]:
    """Rounds what the linear layers read: 8 bits for the kind `narrow` (or all, or none), 15 for the others."""
    return hooked((layer, partial(rounded, is_wide=narrow not in (kind, ALL))) for kind, layer in linear_layers(model))


def measure(model: Any, texts: Texts) -> dict[str, Any]:
    """Crest factors by kind and layer; shares of other choices than float32's by the kind that is read in 8 bits."""
    expected, crests = observe(model, texts)
    round_weights(model)
    shares = {}
    for narrow in (NONE, *crests, ALL):
        with rounded_activations(model, narrow):
            shares[narrow] = float((choices(model, texts) != expected).float().mean())
        print(f"8 bits for {narrow}: {shares[narrow]:.2%} of the choices are others", flush=True)
    return {"tokens": len(expected), "medianCrests": crests, "otherChoiceShares": shares}


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True, help="name in the catalog")
    parser.add_argument("--directory", type=Path, required=True, help="a Hugging Face directory of the model")
    parser.add_argument("--passages", type=Path, required=True, help="file of the code to read")
    parser.add_argument("--output", type=Path, required=True, help="file to write the figures to")
    parser.add_argument("--threads", type=int, help="CPU threads of a pass; as the engine chooses where unset")
    options = parser.parse_args()
    config = EngineConfig(options.model, options.directory, threads=options.threads)
    set_threads(config)
    adapter = adapter_directory(config)
    model = load_model(options.directory, adapter, torch.float32, torch.device("cpu"))
    texts = [torch.tensor([passage.tokens]) for passage in read_passages(options.passages)]
    options.output.write_text(json.dumps(measure(model, texts)), encoding="utf-8")


if __name__ == "__main__":
    main()
