import pytest
import torch

from tiny import Reference, make_engine, tiny_model


@pytest.fixture(autouse=True)
def _one_thread():
    # The models are so small that handing work to a second thread costs more than the work.
    torch.set_num_threads(1)


@pytest.fixture(params=["gpt2", "llama", "qwen2"])
def family(request):
    """A model of each family that the project names."""
    return tiny_model(request.param)


@pytest.fixture
def model():
    return tiny_model("llama")


@pytest.fixture
def engine(model):
    return make_engine(model)


@pytest.fixture
def reference(model):
    return Reference(model)
