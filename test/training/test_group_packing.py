"""Several examples in one pass must be to the model what each of them is alone."""

from types import SimpleNamespace

import torch
from training.attention import attend
from training.examples import Example
from training.packing import pack

GROUPS, HEADS, SIZE = 1, 3, 8


def example(prompt: list[int], target: list[int]) -> Example:
    return Example("kind", prompt, target, [1.0] * len(target))


def attention(packed, values: torch.Tensor) -> torch.Tensor:
    """Attend with queries, keys and values that depend on a token and its position alone."""
    seen = values[packed.ids[0], packed.positions[0]]
    query = torch.stack([seen + head for head in range(HEADS)]).unsqueeze(0)
    key = seen.unsqueeze(0).unsqueeze(0)
    module = SimpleNamespace(num_key_value_groups=HEADS // GROUPS)
    return attend(module, query, key, key * 2, None, SIZE**-0.5, packed)[0][0]


def test_branches_see_the_common_part_and_themselves_only():
    values = torch.randn(50, 40, SIZE, generator=torch.Generator().manual_seed(0))
    examples = [example([1, 2, 3, 4 + i, 5], [20 + i, 21, 22]) for i in range(3)]
    together = pack(examples)
    mixed = attention(together, values)[together.kept]
    for i, one in enumerate(examples):
        alone = pack([one])
        expected = attention(alone, values)[alone.kept]
        torch.testing.assert_close(mixed[3 * i : 3 * i + 3], expected)


def test_a_prompt_that_others_share_whole_still_predicts_its_first_token():
    packed = pack([example([1, 2, 3], [7]), example([1, 2, 3], [8, 9])])
    assert packed.prefix == 2
    assert packed.ids.tolist() == [[1, 2, 3, 7, 3, 8, 9]]
    assert packed.positions.tolist() == [[0, 1, 2, 3, 2, 3, 4]]
    assert packed.kept.tolist() == [2, 4, 5]


def test_examples_with_nothing_in_common_are_laid_out_apart():
    packed = pack([example([1, 2], [3]), example([4, 5], [6])])
    assert packed.prefix == 0
    assert packed.positions.tolist() == [[0, 1, 2, 0, 1, 2]]


def test_attention_is_the_same_with_and_without_a_backward_pass():
    values = torch.randn(50, 40, SIZE, generator=torch.Generator().manual_seed(1))
    packed = pack([example([1, 2, 3, 4 + i, 5], [20 + i, 21, 22]) for i in range(3)])
    torch.testing.assert_close(attention(packed, values.clone().requires_grad_()), attention(packed, values))
