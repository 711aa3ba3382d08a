"""What surrounds the user's message comes from the model's own directory, and so do the layers to adapt."""

import json

import pytest
from training.chat_format import ChatFormat, chatml, read_chat_format
from training.examples import Example
from training.model import load_model, projections_of, target_hidden
from training.packing import pack
from transformers import AutoModelForCausalLM, GPTNeoXConfig, LlamaConfig, Qwen2Config

CHATML = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] "
    "+ '<|im_end|>' + '\\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)
SIZES = {"vocab_size": 64, "hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}


@pytest.fixture
def directory(tmp_path):
    def write(template, **settings):
        (tmp_path / "tokenizer_config.json").write_text(json.dumps(settings), "utf-8")
        (tmp_path / "chat_template.jinja").write_text(template, "utf-8")
        return tmp_path

    return write


def test_the_template_of_a_model_is_rendered_around_the_message(directory):
    assert read_chat_format(directory(CHATML, eos_token="<|im_end|>"), "You edit code.") == chatml("You edit code.")


def test_a_template_may_name_its_own_tokens(directory):
    template = "{{ bos_token }}{{ messages[0]['content'] }} [{{ messages[1]['content'] }}]{{ eos_token }}"
    folder = directory(template, bos_token={"content": "<s>"}, eos_token="</s>")
    assert read_chat_format(folder, "Edit.") == ChatFormat("<s>Edit. [", "]</s>", "</s>")


def test_a_template_without_the_message_is_refused(directory):
    with pytest.raises(ValueError, match="expected the user's message once, got it 0 times"):
        read_chat_format(directory("{{ messages[0]['content'] }}"), "Edit.")


def test_a_directory_without_a_template_is_refused(directory):
    folder = directory("")
    with pytest.raises(ValueError, match=r"expected a chat template in chat_template\.jinja"):
        read_chat_format(folder, "Edit.")


@pytest.mark.parametrize("config", [LlamaConfig(**SIZES), Qwen2Config(**SIZES, num_key_value_heads=1)])
def test_every_linear_layer_is_adapted_and_the_head_is_not(config, tmp_path):
    AutoModelForCausalLM.from_config(config).save_pretrained(tmp_path)
    model = load_model(tmp_path, rank=2, alpha=4)
    adapted = {
        name.split(".lora_")[0].rpartition(".")[2] for name, weight in model.named_parameters() if weight.requires_grad
    }
    assert adapted == {"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"}
    hidden = target_hidden(model, pack([Example("kind", [1, 2, 3], [4, 5], [1.0, 1.0])]))
    assert hidden.shape == (2, 16)


def test_names_of_layers_are_the_models_own():
    base = AutoModelForCausalLM.from_config(GPTNeoXConfig(**SIZES))
    assert projections_of(base) == ["dense", "dense_4h_to_h", "dense_h_to_4h", "query_key_value"]
