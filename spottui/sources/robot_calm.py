"""Keeps numbers that only tremble as they were, so that an idle robot changes nothing on the screen."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from spottui.records_robot import Battery, EStopEndpoint, Power, Robot, RobotWifi
from spottui.sources.robot_read_state import Fields

CHARGE, RUNTIME, CURRENT, VOLTAGE, DEGREES = 0.5, 60.0, 0.5, 0.3, 1.0
"""What a change must be at least: percent, seconds, ampere, volt, degrees Celsius."""
MOTOR_DEGREES, SIGNAL, ANSWERED_AGO = 2.0, 3.0, 5.0
SKEW = 0.1
SHARE = 0.1
"""Of its last value, for rates and fans."""


def settled(before: float | None, now: float | None, step: float, digits: int = 1) -> float | None:
    """Return `before` while `now` is within `step` of it, else `now` rounded."""
    if before is None or now is None or abs(now - before) >= step:
        return None if now is None else round(now, digits)
    return before


def calmed(fields: Fields, before: Robot) -> Fields:
    """Return the fields with what only trembles as it was in `before`."""
    calm = dict(fields)
    if fields.get("batteries"):
        known = {battery.identifier: battery for battery in before.batteries or ()}
        calm["batteries"] = tuple(_battery(known.get(each.identifier), each) for each in fields["batteries"])
    if fields.get("power") is not None:
        calm["power"] = _power(before.power or Power(), fields["power"])
    if fields.get("motor_temperatures"):
        calm["motor_temperatures"] = _table(before.motor_temperatures, fields["motor_temperatures"], MOTOR_DEGREES)
    if fields.get("fans"):
        fans: Mapping[str, float] = fields["fans"]
        calm["fans"] = _table(before.fans or {}, fans, max(1.0, SHARE * max(fans.values())))
    if fields.get("estop_endpoints"):
        names = {(each.role, each.name): each for each in before.estop_endpoints or ()}
        calm["estop_endpoints"] = tuple(
            _endpoint(names.get((each.role, each.name)), each) for each in fields["estop_endpoints"]
        )
    return calm


def calm_skew(before: float | None, now: float, doubt: float = 0.0) -> float:
    """Return the skew to use: times of the robot must not tremble with it; `doubt` is how far it may be off."""
    known = settled(before, now, max(SKEW, doubt), 2)
    return now if known is None else known


def joined_wifi(state: tuple[RobotWifi, ...], signal: RobotWifi | None) -> tuple[RobotWifi, ...]:
    """Return the radios of the state with the signal of the data buffer on the first of them."""
    if signal is None:
        return state
    own = state[0] if state else RobotWifi()
    return (replace(signal, mode=own.mode, essid=own.essid), *state[1:])


def calm_signal(before: RobotWifi | None, now: RobotWifi) -> RobotWifi:
    """Return the signal with what only trembles as it was."""
    if before is None:
        return now
    return replace(
        now,
        signal=settled(before.signal, now.signal, SIGNAL, 0),
        rx_bits=settled(before.rx_bits, now.rx_bits, SHARE * (before.rx_bits or 0.0), 0),
        tx_bits=settled(before.tx_bits, now.tx_bits, SHARE * (before.tx_bits or 0.0), 0),
    )


def _battery(before: Battery | None, now: Battery) -> Battery:
    old = before or Battery()
    temperatures = now.temperatures
    if len(old.temperatures) == len(temperatures):
        pairs = zip(old.temperatures, temperatures, strict=True)
        temperatures = tuple(settled(was, each, DEGREES) or 0.0 for was, each in pairs)
    else:
        temperatures = tuple(round(each, 1) for each in temperatures)
    turned = old.current is not None and now.current is not None and (old.current > 0) != (now.current > 0)
    return replace(
        now,
        charge=settled(old.charge, now.charge, CHARGE),
        runtime=settled(old.runtime, now.runtime, RUNTIME, 0),
        current=settled(old.current, now.current, SKEW if turned else CURRENT),
        voltage=settled(old.voltage, now.voltage, VOLTAGE),
        lost_messages=settled(old.lost_messages, now.lost_messages, 1.0),
        temperatures=temperatures,
    )


def _power(before: Power, now: Power) -> Power:
    return replace(
        now,
        charge=settled(before.charge, now.charge, CHARGE),
        runtime=settled(before.runtime, now.runtime, RUNTIME, 0),
    )


def _table(before: Mapping[str, float], now: Mapping[str, float], step: float) -> dict[str, float]:
    return {name: settled(before.get(name), value, step) or 0.0 for name, value in now.items()}


def _endpoint(before: EStopEndpoint | None, now: EStopEndpoint) -> EStopEndpoint:
    old = before.answered_ago if before else None
    return replace(now, answered_ago=settled(old, now.answered_ago, ANSWERED_AGO, 0))
