"""The update window: may the robot be updated now? Pure, and shut whenever something needed is not known.

The rows of its table are in `spottui.verdicts.window_table`; here they are put together, held against time, and
made to stand for a while. Knows records and link events only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from spottui.events import LinkDown, LinkUp
from spottui.records_links import Probe
from spottui.records_robot import Robot
from spottui.verdicts.window_table import BREAK, RESTING, Hold, Thresholds, fresh_only, ground, holds

NO_ROBOT = "no robot is configured"


class LinkState(Struct, frozen=True):
    """Whether an update could come through: to the cluster, and from git and the registry."""

    is_up: bool | None
    reason: str = ""
    """Why it is not up, or not known."""


class Verdict(Struct, frozen=True, kw_only=True):
    """What the table says of one snapshot, before it has to stand for a while."""

    is_open: bool
    row: int
    """1..7 of the table; 0: something needed is not known, or no row allows."""
    ground: str = ""
    """`DOCKED`, `BREAK` or `IDLE` when open."""
    reasons: tuple[str, ...]
    """Open: what speaks for it. Shut: everything that speaks against it, worst first."""
    is_link_busy: bool = False
    """Row 7: the robot uploads its logs."""


class Steady(Struct, frozen=True, kw_only=True):
    """How long the same ground has stood; what `follow` makes of one snapshot after the other."""

    ground: str = ""
    since: float | None = None
    """When the first of these snapshots was taken."""
    is_open: bool = False
    break_since: float | None = None
    """When the planned break began; outlives silence, so that no loss of link makes a break longer."""


class Window(Struct, frozen=True, kw_only=True):
    """The update window as it is shown and as commands go by it, at one moment."""

    is_open: bool
    row: int
    reasons: tuple[str, ...]
    until: float | None = None
    """Deadline of a planned break."""
    is_link_busy: bool = False
    is_known: bool = True
    """False: there is no robot that could say anything."""

    @property
    def word(self) -> str:
        """OPEN or HOLD; the word alone says what may be done."""
        return "OPEN" if self.is_open else "HOLD"


def link_state(kube: LinkUp | LinkDown | None, probes: Iterable[Probe] = ()) -> LinkState:
    """Return whether an update could come through.

    A git or registry probe counts from its first answer on: one that was never reached from here says nothing
    of what the robot reaches.
    """
    if kube is None:
        return LinkState(None, "the cluster has not answered yet")
    if isinstance(kube, LinkDown):
        return LinkState(False, f"no link to the cluster: {kube.reason}")
    for probe in probes:
        if probe.kind in ("git", "registry") and probe.answered_at is not None:
            if probe.state == "unknown":
                return LinkState(None, f"{probe.name} has not answered yet")
            if probe.state not in ("good", "slow"):
                return LinkState(False, f"no link to {probe.name}: {probe.reason or probe.state}")
    return LinkState(True)


# -- one snapshot ------------------------------------------------------------------------------------


def judge(
    robot: Robot | None, link: LinkState, now: float, limits: Thresholds, *, pause_accepted: bool = False
) -> Verdict:
    """Return what the table says now; a part older than its limit counts as unknown.

    `pause_accepted`: the operator said that this paused mission may be taken for a stopped one.
    """
    if robot is None:
        return Verdict(is_open=False, row=0, reasons=(NO_ROBOT,))
    seen, why = fresh_only(robot, now, limits)
    held = [*holds(seen, why, limits, pause_accepted), *_link_holds(link)]
    if not held:
        standing, row, words = ground(seen, pause_accepted)
        if standing:
            is_busy = "syncing" in (seen.log_statuses or ())
            words = (*words, "link up, busy with the robot's logs" if is_busy else "link up")
            return Verdict(
                is_open=True, row=7 if is_busy else row, ground=standing, reasons=words, is_link_busy=is_busy
            )
        held = [(0, word) for word in words]
    held.sort(key=lambda hold: hold[0] or 8)  # what is known to be wrong comes before what is not known
    return Verdict(is_open=False, row=held[0][0], reasons=tuple(dict.fromkeys(text for _, text in held)))


def _link_holds(link: LinkState) -> Iterator[Hold]:
    if link.is_up is None:
        yield 0, link.reason or "the link is not known"
    elif not link.is_up:
        yield 0, link.reason or "no link"


# -- one snapshot after the other --------------------------------------------------------------------


def follow(steady: Steady, robot: Robot | None, verdict: Verdict, limits: Thresholds) -> Steady:
    """Return how long the same ground has stood, now that `verdict` was reached on `robot`.

    Two snapshots at least `steady_seconds` apart, and no other verdict between them, open the window; one HOLD
    shuts it. A snapshot's time is when the robot's state was heard.
    """
    taken = snapshot_at(robot)
    begun = _break_begun(steady, robot, verdict, taken)
    if not verdict.is_open or taken is None:
        return Steady(break_since=begun)
    if verdict.ground != steady.ground or steady.since is None or taken < steady.since:
        return Steady(ground=verdict.ground, since=taken, break_since=begun)
    is_open = steady.is_open or taken - steady.since >= limits.steady_seconds
    return Steady(ground=steady.ground, since=steady.since, is_open=is_open, break_since=begun)


def snapshot_at(robot: Robot | None) -> float | None:
    """Return when the robot's state was heard."""
    access = robot.access.get("state") if robot is not None else None
    return access.heard_at if access is not None else None


def _break_begun(steady: Steady, robot: Robot | None, verdict: Verdict, taken: float | None) -> float | None:
    if verdict.ground == BREAK:
        return taken if steady.break_since is None else steady.break_since
    if robot is None:
        return steady.break_since
    has_left = robot.dock is not None and robot.dock.status == "undocked"
    has_ended = robot.mission is not None and robot.mission.status in (*RESTING, "failure", "error")
    return None if has_left or has_ended else steady.break_since


def window(verdict: Verdict, steady: Steady, now: float, limits: Thresholds) -> Window:
    """Return the window at `now`; `verdict` is that of the last snapshot, judged at `now`."""
    if not verdict.is_open:
        is_known = verdict.reasons != (NO_ROBOT,)
        return Window(is_open=False, row=verdict.row, reasons=verdict.reasons, is_known=is_known)
    until = None
    if verdict.ground == BREAK:
        until = (now if steady.break_since is None else steady.break_since) + limits.break_seconds
        if now >= until:
            text = f"the planned break has been used for {limits.break_seconds / 60:.0f} min"
            return Window(is_open=False, row=4, reasons=(text,))
    if not steady.is_open or steady.ground != verdict.ground:
        text = f"it must stay so for {limits.steady_seconds:.0f} s: {', '.join(verdict.reasons)}"
        return Window(is_open=False, row=verdict.row, reasons=(text,))
    return Window(
        is_open=True, row=verdict.row, reasons=verdict.reasons, until=until, is_link_busy=verdict.is_link_busy
    )
