"""spottui on a pty when somebody sets the clock."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from spottui.sim.link import Shape

from . import desk
from .conftest import kubeconfigs
from .desk import Desk
from .fake_clock import FakeClock
from .fault_proxy import FaultProxy
from .ordeal import Ordeal
from .test_link import REQUESTS
from .world import World

HOUR = 3600


@pytest.fixture
def at_desk(whole_world: World, proxy: FaultProxy, fake_clock: FakeClock, tmp_path: Path) -> Iterator[Desk]:
    """Return both programs, at work over the link, with a clock that can be stepped."""
    logins = kubeconfigs(whole_world, proxy)
    with desk.opened(tmp_path / "desk", logins, environ=fake_clock.environ) as opened:
        yield opened


@pytest.mark.parametrize("step", [HOUR, -HOUR], ids=["forward", "back"])
def test_a_clock_stepped_by_an_hour_changes_nothing_while_the_link_is_there(
    ordeal: Ordeal, fake_clock: FakeClock, step: int
) -> None:
    fake_clock.step(step)
    ordeal.something_changes()
    ordeal.desk.watch(12, lambda: not ordeal.desk.is_lost, "no NO LINK")
    ordeal.is_over(requests=REQUESTS, gap="")
    ordeal.timeline_says("this computer's clock was set")


def test_a_clock_stepped_by_an_hour_makes_lost_data_neither_older_nor_younger(
    ordeal: Ordeal, fake_clock: FakeClock
) -> None:
    ordeal.proxy.set(Shape("down"))
    ordeal.until_lost()
    for step in (HOUR, -HOUR, -HOUR, HOUR):
        before = ordeal.desk.age
        assert before is not None
        fake_clock.step(step)
        ordeal.desk.watch(3)  # a drawing may fall between the step and its being noticed
        after = ordeal.desk.age
        assert after is not None and before < after < before + 6, (before, after, ordeal.desk.picture())
    ordeal.something_changes()
    ordeal.proxy.heal()
    ordeal.is_over(requests=REQUESTS)
