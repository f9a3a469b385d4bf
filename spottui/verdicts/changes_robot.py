"""What changed between two records of one robot, as lines of the Timeline; knows records only."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from spottui.records import Target
from spottui.records_robot import Fault, Robot
from spottui.records_timeline import TimelineEntry, Tone
from spottui.verdicts.changes_mission import mission_steps
from spottui.verdicts.changes_words import entry

ROBOT = Target(kind="Robot", namespace="", name="robot", uid="robot")
"""Where a line about the robot leads."""
LOW_CHARGES: tuple[tuple[float, Tone, str], ...] = ((10.0, "bad", "very low"), (20.0, "warn", "low"))
"""Percent below which the battery is said to be low; the first that is crossed is told."""
SILENCE = 15.0
"""Seconds between two words of one part of the robot after which what happened between them was not seen."""
FAULTS_SAID = 8
"""Faults that come or go at once and are told one by one."""

Step = tuple[str, str, Tone, str]
"""Part of the robot, key of the line, its tone and text."""


def robot_entries(before: Robot | None, after: Robot, at: float) -> tuple[TimelineEntry, ...]:
    """Return what the Timeline should say of a robot that said something new; a first word is no change.

    What one side does not know is no change either.
    """
    if before is None:
        return ()
    entries = []
    for part, key, tone, text in _steps(before, after):
        group = f"robot:{key}" if key.startswith("battery") else ""
        uid = f"robot:{key}:{at}"
        line = entry(uid, at, tone, "robot", "robot", text, ROBOT, group=group, unseen=_unseen(before, after, part))
        entries.append(line)
    return tuple(entries)


def carried(before: Robot | None, after: Robot) -> Robot:
    """Return `after` with what it does not know just now as it was known before, to compare the next word with."""
    if before is None or _is_another(before, after):
        return after
    kept: dict[str, object] = {}
    for name in ("identity", "dock", "mission", "power", "batteries", "faults", "estops", "leases", "control_actions"):
        if getattr(after, name) is None:
            kept[name] = getattr(before, name)
    if after.dock is not None and after.dock.status == "unknown" and before.dock is not None:
        kept["dock"] = before.dock
    if after.mission is not None and after.mission.status == "unknown" and before.mission is not None:
        kept["mission"] = before.mission
    if after.power is not None and after.power.motors == "unknown" and before.power is not None:
        kept["power"] = before.power
    return replace(after, **kept) if kept else after


def _unseen(before: Robot, after: Robot, part: str) -> float | None:
    """Return the seconds that a part was silent before its last word; None when it spoke all the time."""
    was, now = (side.access[part].heard_at if part in side.access else None for side in (before, after))
    return now - was if was is not None and now is not None and now - was > SILENCE else None


def _is_another(before: Robot, after: Robot) -> bool:
    known, heard = before.identity, after.identity
    return bool(known and heard and known.serial and heard.serial and known.serial != heard.serial)


def _steps(before: Robot, after: Robot) -> Iterator[Step]:
    if _is_another(before, after) and before.identity and after.identity:
        yield (
            "identity",
            "other",
            "bad",
            f"another robot answers: {after.identity.serial}, was {before.identity.serial}",
        )
        return
    yield from _reboot(before, after)
    yield from _dock(before, after)
    yield from _battery(before, after)
    yield from _motors(before, after)
    for key, tone, text in mission_steps(before.mission, after.mission):
        yield ("mission", key, tone, text)
    yield from _faults(before, after)
    yield from _estops(before, after)
    yield from _leases(before, after)
    if before.control_actions is not None and after.control_actions is not None:
        for action in after.control_actions:
            if action not in before.control_actions:
                yield ("keepalive", f"comms {action}", "bad", f"acts on a loss of comms: {action}")


def _reboot(before: Robot, after: Robot) -> Iterator[Step]:
    """A lease's epoch lasts as long as the robot's lease service does: it changes with a boot."""
    epochs = [{one.resource: one.epoch for one in side.leases or () if one.epoch} for side in (before, after)]
    if any(epochs[1].get(resource, epoch) != epoch for resource, epoch in epochs[0].items()):
        yield ("leases", "reboot", "warn", "rebooted, or its software was started anew")
    was, now = (side.identity.version if side.identity else "" for side in (before, after))
    if was and now and was != now:
        yield ("identity", "version", "info", f"software {was} -> {now}")


def _dock(before: Robot, after: Robot) -> Iterator[Step]:
    if before.dock is None or after.dock is None:
        return
    was, now = before.dock.status, after.dock.status
    known = ("docked", "docking", "undocked", "undocking")
    if was == now or was not in known:
        return
    if now == "docked":
        number = "" if after.dock.id is None else f" on dock {after.dock.id}"
        yield ("dock", "docked", "good", f"docked{number}")
    elif now == "undocked":
        text = "docking ended without the dock" if was == "docking" else "undocked"
        yield ("dock", "undocked", "warn" if was == "docking" else "info", text)


def _charge(robot: Robot) -> float | None:
    charges = [one.charge for one in robot.batteries or () if one.charge is not None]
    if robot.power is not None and robot.power.charge is not None:
        return robot.power.charge
    return min(charges, default=None)


def _battery(before: Robot, after: Robot) -> Iterator[Step]:
    was, now = _charge(before), _charge(after)
    said = "" if now is None else f", {now:.0f} %"
    if before.batteries is not None and after.batteries is not None:
        charged, charging = (any(one.status == "charging" for one in side.batteries or ()) for side in (before, after))
        known = all(one.status not in ("unknown", "booting") for one in (*before.batteries, *after.batteries))
        if charged != charging and known:
            text = "charging" if charging else "no longer charging"
            yield ("state", "charging", "good" if charging else "info", text + said)
    if was is None or now is None:
        return
    for limit, tone, word in LOW_CHARGES:
        if was >= limit > now:
            yield ("state", f"battery below {limit:.0f}", tone, f"battery {word}: {now:.0f} %")
            return


def _motors(before: Robot, after: Robot) -> Iterator[Step]:
    if before.power is None or after.power is None or before.power.motors == after.power.motors:
        return
    motors = after.power.motors
    if motors == "error":
        yield ("state", "motors", "bad", f"motor power failed: {after.power.motor_error or 'no reason is given'}")
    elif motors in ("on", "off"):
        yield ("state", "motors", "info", f"motors {motors}")


def _faults(before: Robot, after: Robot) -> Iterator[Step]:
    if before.faults is None or after.faults is None:
        return
    was, now = ({(one.kind, one.id): one for one in side.faults or () if one.is_active} for side in (before, after))
    came = [fault for key, fault in now.items() if key not in was]
    went = [fault for key, fault in was.items() if key not in now]
    for fault in came[:FAULTS_SAID]:
        tone: Tone = "bad" if fault.severity == "critical" else "info" if fault.severity == "info" else "warn"
        why = f": {fault.text}" if fault.text else ""
        yield ("state", f"fault {fault.kind} {fault.id}", tone, f"{_fault(fault)}{why}")
    for fault in went[:FAULTS_SAID]:
        yield ("state", f"cleared {fault.kind} {fault.id}", "good", f"{_fault(fault)} is over")
    more = max(0, len(came) - FAULTS_SAID) + max(0, len(went) - FAULTS_SAID)
    if more:
        yield ("state", "faults", "warn", f"{more} more faults came or went")


def _fault(fault: Fault) -> str:
    return f"{fault.kind} fault {fault.name or fault.id}"


def _estops(before: Robot, after: Robot) -> Iterator[Step]:
    known = {one.name: one.state for one in before.estops or ()}
    for one in after.estops or ():
        was = known.get(one.name)
        if was is None or was == one.state:
            continue
        named = f"E-Stop {one.name}" + (f" ({one.type})" if one.type not in ("", "unknown") else "")
        if one.state == "estopped":
            yield ("state", f"estop {one.name}", "bad", f"{named} pressed")
        elif one.state == "not_estopped":
            yield ("state", f"estop {one.name}", "good", f"{named} released")


def _leases(before: Robot, after: Robot) -> Iterator[Step]:
    """Tell who took or gave back what; a lease of the body takes its parts along, so equal changes are one line."""
    if before.leases is None or after.leases is None:
        return
    known = {one.resource: one for one in before.leases}
    changes: dict[tuple[str, str], list[str]] = {}
    for one in after.leases:
        was = known.get(one.resource)
        if was is not None and was.client != one.client:
            who = f"{one.client} ({one.user})" if one.client and one.user else one.client
            changes.setdefault((was.client, who), []).append(one.resource)
    for (was_client, who), resources in changes.items():
        named = ", ".join(resources)
        from_whom = f", from {was_client}" if was_client else ""
        taken = f"lease taken by {who}{from_whom}"  # who comes first: a narrow screen cuts the end
        text = f"{taken if who else f'lease given back by {was_client}'}: {named}"
        yield ("leases", f"lease {named}", "info", text)
