"""The group of all ranks, in which layers sum and gather: nccl between GPUs, gloo between CPUs."""

import os
import socket
from pathlib import Path

import torch
import torch.distributed as dist

from engine.parallel.shard import Shard


def join_group(meeting_file: Path, shard: Shard, device: torch.device) -> None:
    """
    Waits for all other ranks.

    Args:
        meeting_file: does not exist before the first rank comes, and is not needed when they have met; nobody else may
            write to its directory.
    """
    loopback = next((name for _, name in socket.if_nameindex() if name.startswith("lo")), None)
    if loopback:
        # Otherwise they would listen at the address that the host's name stands for, whoever can reach that.
        os.environ.setdefault("GLOO_SOCKET_IFNAME", loopback)
        os.environ.setdefault("NCCL_SOCKET_IFNAME", loopback)
    is_cuda = device.type == "cuda"
    if is_cuda:
        torch.cuda.set_device(device)
    dist.init_process_group(
        "nccl" if is_cuda else "gloo",
        init_method=meeting_file.as_uri(),
        rank=shard.rank,
        world_size=shard.num_ranks,
        device_id=device if is_cuda else None,
    )
    dist.barrier()


def leave_group() -> None:
    """To be called by all ranks. Does nothing where there is no group."""
    if dist.is_initialized():
        dist.destroy_process_group()


def least_of_all(number: int, device: torch.device) -> int:
    """The least of the ranks' numbers."""
    numbers = torch.tensor([number], dtype=torch.int64, device=device)
    dist.all_reduce(numbers, op=dist.ReduceOp.MIN)
    return int(numbers.item())
