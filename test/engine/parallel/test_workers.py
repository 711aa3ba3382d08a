"""What the other processes are given and load, and that they end with the engine."""

import os
import socket
import tempfile
from pathlib import Path

import pytest
import torch
from peft import PeftModel
from processes import children, is_running
from transformers import AutoModelForCausalLM

from engine.config import EngineConfig
from engine.device_errors import WorkerLostError, is_device_lost
from engine.loader import load_engine
from engine.parallel.messages import Load
from engine.parallel.shard import Shard
from engine.parallel.workers import Workers
from test_loader import save_adapter
from tiny import Reference, assert_agrees, random_tokens, run_one, saved, step, tiny_model


def test_the_adapter_is_part_of_all_shards(tmp_path):
    model = tiny_model()
    directory = saved(model, tmp_path / "model")
    adapter = save_adapter(model, tmp_path / "adapter")
    adapted = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(directory), adapter).eval()
    engine = load_engine(EngineConfig("tiny", directory, adapter, dtype="float32", kv_bytes=2**19, tensor_parallel=2))
    prompt = random_tokens(20)
    reference = Reference(adapted.base_model.model)
    assert_agrees(run_one(engine, step(1, prompt, [4, 5], start=True)), reference, prompt, [4, 5])
    engine.close()


def test_a_worker_has_no_file_of_this_process_and_leaves_nothing(tmp_path, monkeypatch):
    directory = saved(tiny_model(), tmp_path / "model")
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.set_inheritable(True)
        engine = load_engine(EngineConfig("tiny", directory, dtype="float32", kv_bytes=2**19, tensor_parallel=2))
        (worker,) = children(os.getpid())
        assert os.readlink(f"/proc/self/fd/{server.fileno()}") not in open_files(worker)
        # Already now, for whoever is killed.
        assert not list(temporary.iterdir())
        engine.close()
    assert not is_running(worker)


def test_a_worker_that_cannot_load_is_named_with_its_reason(tmp_path):
    config = EngineConfig("tiny", tmp_path, tensor_parallel=2)
    workers = Workers(Load(config, tmp_path, None, torch.float32, torch.device("cpu"), Shard(0, 2)))
    with pytest.raises(WorkerLostError, match=r"rank 1 cannot load its shard: ValueError: .*config\.json") as raised:
        workers.join()
    assert is_device_lost(raised.value)
    workers.stop()
    assert not children(os.getpid())


def open_files(pid: int) -> set[str]:
    return {os.readlink(path) for path in Path(f"/proc/{pid}/fd").iterdir()}
