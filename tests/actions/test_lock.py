"""The lock on writing."""

from __future__ import annotations

from spottui.actions.lock import WriteLock

from .fake_api import FakeTime


def test_it_is_locked_at_the_start_and_locks_again_by_itself() -> None:
    time = FakeTime()
    lock = WriteLock(False, time)
    assert lock.is_locked
    lock.unlock()
    assert (lock.is_locked, lock.until) == (False, time.now + 900)
    time.now += 899
    assert not lock.is_locked
    time.now += 1
    assert (lock.is_locked, lock.until) == (True, None)


def test_started_unlocked_it_stays_open_until_it_is_locked() -> None:
    lock = WriteLock(True, FakeTime())
    lock.unlock(1)
    assert (lock.is_locked, lock.until) == (False, None)
    lock.lock()
    assert lock.is_locked
    lock.unlock(10)
    assert not lock.is_locked and lock.until is not None


def test_a_clock_set_back_locks_instead_of_staying_open_longer() -> None:
    time = FakeTime()
    lock = WriteLock(False, time)
    lock.unlock()
    time.now -= 3600
    assert lock.is_locked
    time.now += 3600
    assert lock.is_locked
