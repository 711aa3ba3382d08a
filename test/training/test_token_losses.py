"""The training loss written out by hand is the one that autograd would take."""

import pytest
import torch
from torch import nn
from training import token_losses


def reference(hidden, vocabulary, targets, weights, least):
    """Leave the gradient to autograd."""
    hidden = hidden.clone().requires_grad_()
    losses = nn.functional.cross_entropy(hidden @ vocabulary.T, targets, reduction="none")
    (losses * weights * (losses > least)).sum().backward()
    return losses.detach(), hidden.grad


@pytest.mark.parametrize("least", [0.0, 1.5, 100.0])
def test_agrees_with_autograd(least, monkeypatch):
    monkeypatch.setattr(token_losses, "ROWS", 4)
    generator = torch.Generator().manual_seed(5)
    hidden = torch.randn(11, 6, generator=generator)
    vocabulary = torch.randn(20, 6, generator=generator)
    targets = torch.randint(20, (11,), generator=generator)
    weights = torch.rand(11, generator=generator)
    expected_losses, expected_gradient = reference(hidden, vocabulary, targets, weights, least)
    losses, gradient = token_losses.losses_and_gradient(hidden, vocabulary, vocabulary, targets, weights, least)
    torch.testing.assert_close(losses, expected_losses)
    torch.testing.assert_close(gradient, expected_gradient)


def test_only_tokens_that_are_not_known_have_a_gradient():
    """Only the one surprising token of three may have a gradient."""
    vocabulary = torch.eye(4)
    hidden = torch.tensor([[9.0, 0, 0, 0], [0, 9.0, 0, 0], [0, 0, 9.0, 0]])
    targets = torch.tensor([0, 3, 2])
    losses, gradient = token_losses.losses_and_gradient(hidden, vocabulary, vocabulary, targets, torch.ones(3), 0.02)
    assert (losses > 0.02).tolist() == [False, True, False]
    assert gradient.abs().sum(1).gt(0).tolist() == [False, True, False]


def test_in_bf16_a_token_that_matters_has_the_loss_of_float32():
    generator = torch.Generator().manual_seed(6)
    hidden = torch.randn(40, 16, generator=generator).bfloat16() * 3
    head = torch.randn(300, 16, generator=generator).bfloat16()
    targets = (hidden @ head.T).argmax(-1)
    targets[::4] = 7
    losses, _ = token_losses.losses_and_gradient(hidden, head, head.float(), targets, torch.ones(40), 0.02)
    exact = nn.functional.cross_entropy(hidden.float() @ head.float().T, targets, reduction="none")
    matters = exact > 0.02
    assert 10 <= matters.sum() < 40
    torch.testing.assert_close(losses[matters], exact[matters])
    assert losses[~matters].max() < 0.03
