"""spottui on a pty that is stopped, as by a laptop that sleeps, while its connections die without a word."""

from __future__ import annotations

import signal

from .ordeal import TEN_MINUTES, Ordeal
from .test_link import REQUESTS


def test_a_laptop_that_slept_finds_all_back_though_its_connections_are_dead(ordeal: Ordeal) -> None:
    sleep(ordeal, 12)
    ordeal.is_over(requests=REQUESTS, gap="spottui stood still for 1")


def test_a_laptop_that_slept_for_ten_whole_minutes_is_no_worse(long: None, ordeal: Ordeal) -> None:
    sleep(ordeal, TEN_MINUTES)
    ordeal.is_over(requests=REQUESTS, gap="spottui stood still for 10m")


def sleep(ordeal: Ordeal, seconds: float) -> None:
    """Stop both programs for so long; meanwhile something changes, and a router forgets their connections."""
    screens = (ordeal.desk.table, ordeal.desk.log)
    for screen in screens:
        screen.signal(signal.SIGSTOP)
    ordeal.something_changes()
    ordeal.proxy.forget()
    ordeal.desk.watch(seconds)
    for screen in screens:
        screen.signal(signal.SIGCONT)
