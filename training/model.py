"""The base model with its LoRA, its loss, and the adapter's files."""

import json
import re
from pathlib import Path

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from peft.utils import get_peft_model_state_dict, set_peft_model_state_dict
from safetensors.torch import load_file, save_file
from torch import nn
from transformers import AutoModelForCausalLM

from training import attention, lora_linear
from training.packing import Pack

CONFIG_FILE, WEIGHTS_FILE = "adapter_config.json", "adapter_model.safetensors"


def load_model(folder: Path, *, rank: int, alpha: int, dtype=torch.bfloat16) -> nn.Module:
    """Return the frozen base model with a fresh LoRA on every linear projection."""
    base = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype, attn_implementation=attention.NAME)
    config = LoraConfig(r=rank, lora_alpha=alpha, target_modules=projections_of(base), task_type="CAUSAL_LM")
    model = get_peft_model(base, config, autocast_adapter_dtype=False)
    lora_linear.install(model)
    return model


def projections_of(base: nn.Module) -> list[str]:
    """Return the names of a model's linear layers, the output head's aside."""
    head = base.get_output_embeddings()
    linear = (name for name, part in base.named_modules() if isinstance(part, nn.Linear) and part is not head)
    return sorted({name.rpartition(".")[2] for name in linear})


def target_hidden(model: nn.Module, packed: Pack) -> torch.Tensor:
    """Return the last hidden states that predict the targets. Shape: (targets' tokens, width)."""
    hidden = (
        base_of(model)
        .get_decoder()(packed.ids, position_ids=packed.positions, use_cache=False, pack=packed)
        .last_hidden_state
    )
    return hidden[0, packed.kept]


def head_of(model: nn.Module) -> torch.Tensor:
    """Return the output head's weights. Shape: (vocabulary, width)."""
    return base_of(model).get_output_embeddings().weight.detach()


def vocabulary_of(model: nn.Module) -> torch.Tensor:
    """Return the output head's weights in float32. Shape: (vocabulary, width)."""
    return head_of(model).float()


def base_of(model: nn.Module) -> nn.Module:
    """Return the causal model, out of its LoRA where it has one."""
    return model.get_base_model() if isinstance(model, PeftModel) else model


def freeze_layers(model: nn.Module, count: int) -> None:
    """Exclude the LoRA of the lowest `count` layers from training."""
    for name, weight in model.named_parameters():
        layer = re.search(r"\.layers\.(\d+)\.", name)
        if layer and int(layer.group(1)) < count:
            weight.requires_grad = False


def save_adapter(state: dict[str, torch.Tensor], config: LoraConfig, folder: Path, model_name: str) -> None:
    """Write the adapter in peft's format, in bf16, with the base named and not located."""
    folder.mkdir(parents=True, exist_ok=True)
    rounded = {name: value.to(torch.bfloat16).contiguous() for name, value in state.items()}
    save_file(rounded, folder / WEIGHTS_FILE, metadata={"format": "pt"})
    described = config.to_dict()
    described["base_model_name_or_path"] = model_name
    described["inference_mode"] = True
    described["target_modules"] = sorted(described["target_modules"])
    plain = {k: getattr(v, "value", v) for k, v in described.items() if not callable(v)}
    (folder / CONFIG_FILE).write_text(json.dumps(plain, indent=2, sort_keys=True) + "\n", "utf-8")


def load_adapter(model: nn.Module, folder: Path) -> None:
    """Fill the model's LoRA from saved weights."""
    set_peft_model_state_dict(model, load_file(folder / WEIGHTS_FILE))


def adapter_state(model: nn.Module) -> dict[str, torch.Tensor]:
    """Return the LoRA weights under peft's names."""
    return get_peft_model_state_dict(model)
