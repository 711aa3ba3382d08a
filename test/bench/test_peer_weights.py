from pathlib import Path

import numpy as np
import pytest
from bench.peers.peer_weights import half_interleaved, write_q8_0
from gguf import GGUFReader, GGUFWriter, quants
from transformers import LlamaConfig, LlamaForCausalLM, Qwen2Config, Qwen2ForCausalLM

SIZES = {
    "vocab_size": 64,
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
}


def source_file(folder: Path, architecture: str) -> GGUFReader:
    writer = GGUFWriter(folder / "source.gguf", architecture)
    writer.add_block_count(1)
    writer.add_token_list(["a", "b"])
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return GGUFReader(folder / "source.gguf")


def written(model, folder: Path, architecture: str) -> GGUFReader:
    write_q8_0(model.float(), source_file(folder, architecture), folder / "q8.gguf")
    return GGUFReader(folder / "q8.gguf")


def read(reader: GGUFReader, name: str) -> np.ndarray:
    tensor = next(one for one in reader.tensors if one.name == name)
    return quants.dequantize(tensor.data, tensor.tensor_type)


def test_matrices_are_kept_in_8_bits_and_the_rest_as_it_is(tmp_path):
    model = Qwen2ForCausalLM(Qwen2Config(**SIZES, tie_word_embeddings=True))
    model.model.layers[0].self_attn.q_proj.bias.data.normal_()
    reader = written(model, tmp_path, "qwen2")
    down = model.model.layers[0].mlp.down_proj.weight.detach().numpy()
    # Half a step, which is the largest of 32 numbers over 127, and what float16 makes of 127 steps.
    step = np.abs(down.reshape(-1, 32)).max(axis=1, keepdims=True) / 127
    difference = np.abs(read(reader, "blk.0.ffn_down.weight") - down).reshape(-1, 32)
    assert (difference <= (0.5 + 127 / 2**11) * step + 1e-7).all()
    bias = model.model.layers[0].self_attn.q_proj.bias.detach().numpy()
    assert np.array_equal(read(reader, "blk.0.attn_q.bias"), bias)


def test_a_head_that_is_the_embedding_is_written_once(tmp_path):
    tied = written(Qwen2ForCausalLM(Qwen2Config(**SIZES, tie_word_embeddings=True)), tmp_path, "qwen2")
    assert "output.weight" not in [one.name for one in tied.tensors]
    untied = written(Qwen2ForCausalLM(Qwen2Config(**SIZES, tie_word_embeddings=False)), tmp_path, "qwen2")
    assert "output.weight" in [one.name for one in untied.tensors]


def test_hyperparameters_and_tokenizer_are_those_of_the_source(tmp_path):
    reader = written(Qwen2ForCausalLM(Qwen2Config(**SIZES)), tmp_path, "qwen2")
    assert reader.fields["qwen2.block_count"].contents() == 1
    assert reader.fields["tokenizer.ggml.tokens"].contents() == ["a", "b"]


def test_rows_of_queries_and_keys_are_interleaved_for_llama_alone(tmp_path):
    assert half_interleaved(np.arange(8.0).reshape(8, 1), 2).ravel().tolist() == [0, 2, 1, 3, 4, 6, 5, 7]
    model = LlamaForCausalLM(LlamaConfig(**SIZES))
    reader = written(model, tmp_path, "llama")
    attention = model.model.layers[0].self_attn
    key = half_interleaved(attention.k_proj.weight.detach().numpy(), 1)
    assert np.allclose(read(reader, "blk.0.attn_k.weight"), key, atol=1e-3)
    assert np.allclose(read(reader, "blk.0.attn_v.weight"), attention.v_proj.weight.detach().numpy(), atol=1e-3)


def test_a_weight_that_the_format_has_no_name_for_is_refused(tmp_path):
    model = Qwen2ForCausalLM(Qwen2Config(**SIZES))
    model.model.layers[0].extra = model.model.layers[0].mlp
    with pytest.raises(ValueError, match=r"extra.* expected a name in GGUF's qwen2, got none"):
        written(model, tmp_path, "qwen2")
