"""The memory of a training step is bounded by the tokens that are in it at once."""

import random
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from training.token_budget import TokenBudget


def test_threads_together_hold_no_more_than_the_budget_unless_one_is_alone():
    budget = TokenBudget(100)
    lock = threading.Lock()
    held: list[int] = []
    seen: list[list[int]] = []

    def work(num_tokens: int) -> None:
        with budget.spend(num_tokens):
            with lock:
                held.append(num_tokens)
                seen.append(list(held))
            with lock:
                held.remove(num_tokens)

    source = random.Random(2)
    sizes = [source.choice([10, 40, 60, 90, 150]) for _ in range(300)]
    with ThreadPoolExecutor(8) as workers:
        list(workers.map(work, sizes))
    assert len(seen) == len(sizes)
    assert all(sum(together) <= 100 or len(together) == 1 for together in seen)
    assert budget.num_tokens == 0


def test_a_failed_pack_gives_its_tokens_back():
    budget = TokenBudget(100)
    with pytest.raises(RuntimeError), budget.spend(80):
        raise RuntimeError
    with budget.spend(100):
        assert budget.num_tokens == 100
