"""How much containers use: worked out from their behaviour at the moment of asking, the same for the same moment."""

from __future__ import annotations

import math
from dataclasses import dataclass

from spottui.sim.controllers_quantity import amount
from spottui.sim.kubelet_container import Container

NANO = 1_000_000_000
MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Use:
    """What one container uses."""

    cpu: float
    """Cores."""
    cpu_seconds: float
    """Core seconds since its start."""
    memory: float
    """Bytes, the working set."""
    disk: float
    gpu: float
    """Percent."""
    logs: float


def use_of(container: Container, now: float) -> Use | None:
    """Return what a container uses at a moment of the story; None when it does not run."""
    life = container.life
    if life is None or life.ended is not None or not container.is_running:
        return None
    age, does = max(0.0, now - life.started), life.behaviour
    phase = hash_phase(life.id)
    turn = 2 * math.pi / max(1.0, does.wave_seconds)
    wave = math.sin(turn * age + phase) + 0.2 * math.sin(turn * 3.7 * age + 2 * phase)
    cpu = max(0.0, does.cpu * (1 + does.cpu_wave * wave))
    limits = (container.spec.get("resources") or {}).get("limits") or {}
    if "cpu" in limits:
        cpu = min(cpu, amount(limits["cpu"]))
    swing = does.cpu * does.cpu_wave / turn * (math.cos(phase) - math.cos(turn * age + phase))
    memory = does.memory * (1 + 0.01 * math.sin(turn * age / 2 + phase)) + life.grown
    memory += does.memory_growth * max(0.0, now - life.growing_since)
    limit = memory_limit(container)
    if limit is not None:
        memory = min(memory, limit)
    gpu = min(100.0, max(0.0, does.gpu * (1 + 0.3 * wave)))
    return Use(cpu, max(0.0, does.cpu * age + swing), memory, does.disk, gpu, min(10 * MIB, 90 * age))


def memory_limit(container: Container) -> float | None:
    """Return the bytes at which a container is OOM-killed."""
    own = container.life.behaviour.memory_limit if container.life else None
    if own is not None:
        return own
    limits = (container.spec.get("resources") or {}).get("limits") or {}
    return amount(limits["memory"]) if "memory" in limits else None


def oom_after(container: Container) -> float | None:
    """Return the seconds from a container's start until its memory reaches its limit."""
    limit = memory_limit(container)
    if limit is None or container.life is None:
        return None
    life, does = container.life, container.life.behaviour
    left = limit - does.memory - life.grown
    since = life.growing_since - life.started
    if left <= 0:
        return since + 0.3
    return since + left / does.memory_growth if does.memory_growth > 0 else None


def hash_phase(text: str) -> float:
    """Return an angle that belongs to a text."""
    value = 0
    for letter in text[:16]:
        value = (value * 31 + ord(letter)) & 0xFFFF
    return value / 0xFFFF * 2 * math.pi
