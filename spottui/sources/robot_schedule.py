"""When each part of the robot is read next: periods with jitter, back-off, never twice at once. Calls nothing."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass

PERIODS = {
    "login": 3600.0,
    "services": 10.0,
    "time-sync": 60.0,
    "state": 1.0,
    "dock": 2.0,
    "mission": 5.0,
    "leases": 2.0,
    "estop": 2.0,
    "keepalive": 5.0,
    "payloads": 15.0,
    "identity": 300.0,
    "sensors": 45.0,
    "logs": 30.0,
    "licence": 3600.0,
    "metrics": 45.0,
    "wifi": 10.0,
    "auto-return": 60.0,
    "fans": 30.0,
    "hardware": 86400.0,
}
"""Job -> seconds between two readings; the order is that of importance when several are due."""

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
AT_ONCE = 4
"""Jobs under way at the same time: one thread each."""
SUSPECTS = 2
"""Of these, jobs that failed the last time: what hangs must not keep the rest from being read."""


def backed_off(failures: int, jitter: Callable[[], float]) -> float:
    """Return the pause after so many failures in a row: 1 s doubling to 30 s, +-10 %."""
    pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(max(0, failures - 1), 10))
    return pause * (0.9 + 0.2 * jitter())


@dataclass(slots=True)
class _Job:
    due_at: float | None = None
    """None: stopped."""
    failures: int = 0
    is_running: bool = False


class Schedule:
    """Tells which jobs are due; times are those of a monotonic clock."""

    def __init__(self, jitter: Callable[[], float] = random.random, pace: float = 1.0) -> None:
        """`pace` stretches all periods but those of the login and of the clocks."""
        self._jitter, self._pace = jitter, pace
        self._jobs = {name: _Job() for name in PERIODS}

    def hurry(self, names: Iterable[str], now: float) -> None:
        """Make jobs due at once, also those that are stopped; their failures are forgotten."""
        for name in names:
            self._jobs[name].due_at, self._jobs[name].failures = now, 0

    def bring_forward(self, name: str, at: float) -> None:
        """Make a job due no later than `at`."""
        due_at = self._jobs[name].due_at
        self._jobs[name].due_at = at if due_at is None else min(at, due_at)

    def stopped(self) -> list[str]:
        """Return the jobs that are not due at any time."""
        return [name for name, job in self._jobs.items() if job.due_at is None]

    def stop(self, names: Iterable[str]) -> None:
        """Make jobs due at no time."""
        for name in names:
            self._jobs[name].due_at = None

    def start(self, now: float, early: float = 0.0) -> list[str]:
        """Return the jobs to run now, the most important first, and take them as running.

        Where one is due, others go along that would be within `early` seconds, but never by more than a quarter
        of their period: each time that something is called at all costs more than the call.
        """
        if not any(job.due_at is not None and job.due_at <= now and not job.is_running for job in self._jobs.values()):
            return []
        running = [job for job in self._jobs.values() if job.is_running]
        room, suspects = AT_ONCE - len(running), sum(job.failures > 0 for job in running)
        started: list[str] = []
        for name, job in self._jobs.items():
            if len(started) == room:
                break
            if job.due_at is None or job.is_running or job.due_at > now + self._earlier(name, early):
                continue
            if job.failures > 0:
                if suspects == SUSPECTS:
                    continue
                suspects += 1
            job.is_running = True
            started.append(name)
        return started

    def _earlier(self, name: str, early: float) -> float:
        return 0.0 if self._jobs[name].failures else min(early, PERIODS[name] / 4)

    def answered(self, name: str, now: float, period: float | None = None) -> None:
        """Note that a job ended well; `period` instead of its usual one until the next time."""
        job = self._jobs[name]
        job.is_running, job.failures = False, 0
        seconds = (period or PERIODS[name]) * (1.0 if name in ("login", "time-sync") else self._pace)
        job.due_at = now + seconds * (0.9 + 0.2 * self._jitter())

    def failed(self, name: str, now: float, pause: float | None = None) -> int:
        """Note that a job failed, and try again later; return how often it has now failed in a row."""
        job = self._jobs[name]
        job.is_running, job.failures = False, job.failures + 1
        job.due_at = now + (backed_off(job.failures, self._jitter) if pause is None else pause)
        return job.failures

    def ended(self, name: str) -> None:
        """Note that a job ended and is to be stopped."""
        self._jobs[name].is_running, self._jobs[name].due_at = False, None

    def next_at(self) -> float | None:
        """Return when the next job that is not running is due; None while there is none."""
        times = [job.due_at for job in self._jobs.values() if job.due_at is not None and not job.is_running]
        return min(times, default=None)
