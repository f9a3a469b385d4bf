"""How a container ended: exit codes, signals, memory, and what it said last."""

from __future__ import annotations

import signal
from collections.abc import Sequence

from spottui.records import Container, Pod
from spottui.verdicts.wasm import wasm_of
from spottui.verdicts.why_record import Around, Why

LINE_LIMIT = 160
_CODES = {
    1: "it reported an error",
    2: "it was called wrongly, or a shell failed",
    125: "the container runtime could not run it",
    126: "its command may not be executed",
    127: "its command was not found",
    128: "it could not be started",
    255: "it reported an error, or the node restarted",
}
"""What exit codes mean by convention."""


def signal_of(exit_code: int | None, told: int | None) -> str:
    """Return the signal that ended a container: as told, else by the shell's 128 + n; empty when none did."""
    number = told or (exit_code - 128 if exit_code is not None and 128 < exit_code < 160 else 0)
    try:
        return signal.Signals(number).name if number else ""
    except ValueError:
        return f"signal {number}"


def how_ended(container: Container, pod: Pod, around: Around, since: float | None) -> Why:
    """Judge the end that a container shows now."""
    return _judge(
        container, pod, around, since, container.reason, container.exit_code, container.signal, container.message, ""
    )


def how_ended_before(container: Container, pod: Pod, around: Around, since: float | None) -> Why:
    """Judge the end before, of a container that waits to be started again."""
    times = f", {container.restarts} times so far" if container.restarts > 1 else ""
    return _judge(
        container,
        pod,
        around,
        since,
        container.last_reason,
        container.last_exit_code,
        container.last_signal,
        container.last_message,
        times,
    )


def _judge(
    container: Container,
    pod: Pod,
    around: Around,
    since: float | None,
    reason: str,
    exit_code: int | None,
    told: int | None,
    message: str,
    times: str,
) -> Why:
    name = f"Init container {container.name}" if container.is_init else container.name
    if reason == "OOMKilled":
        return Why(
            code="OOM",
            cause=f"{name} ran out of memory{times}: {_memory(container, around.peak_memory)}.",
            advice="Raise its memory limit, or find the leak: its memory over time tells which.",
            since=since,
            container=container.name,
        )
    if exit_code == 137 and (verdict := wasm_of(pod, around.runtimes)) is not None and verdict.kind == "shim":
        return Why(
            code="ENGINE_ERROR",
            cause=f"The {verdict.engine} engine could not start {name}{times}: exit code 137, and not for memory.",
            advice="The reason stands in containerd's journal of the node; check that the module fits the engine.",
            since=since,
            container=container.name,
        )
    said = _last_words(message, around.last_lines)
    how = _how(exit_code, told)
    return Why(
        code="EXIT",
        cause=f"{name} ended with {how}{times}{said}.",
        advice="Read its previous logs (p)." if not said else "Its previous logs (p) have the rest.",
        since=since,
        container=container.name,
    )


def _how(exit_code: int | None, told: int | None) -> str:
    if exit_code is None:
        return "an unknown exit code"
    name = signal_of(exit_code, told)
    if name:
        return f"exit code {exit_code} ({name})"
    meaning = _CODES.get(exit_code, "")
    return f"exit code {exit_code}" + (f" ({meaning})" if meaning else "")


def _memory(container: Container, peak: int | None) -> str:
    limit = container.memory_limit
    used = f", most seen {_size(peak)}" if peak is not None else ""
    return (
        f"its limit is {_size(limit)}" if limit is not None else "it has no limit, so the node was short of it"
    ) + used


def _size(count: int) -> str:
    return f"{count / 2**30:.1f} GiB" if count >= 2**30 else f"{count / 2**20:.0f} MiB"


def _last_words(message: str, lines: Sequence[str]) -> str:
    """Return the last line that it wrote and that says something."""
    spoken = [line.strip() for line in (*message.splitlines(), *lines) if line.strip()]
    if not spoken:
        return ""
    line = spoken[-1]
    return f': "{line[: LINE_LIMIT - 1]}…"' if len(line) > LINE_LIMIT else f': "{line}"'
