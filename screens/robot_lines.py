"""What the robot does now, as lines: battery, power, dock, mission, faults, E-Stops, leases, comms, keepalive."""

from __future__ import annotations

from collections.abc import Iterator

from spottui import clock
from spottui.records_mission import Mission
from spottui.records_robot import Battery, Fault, Robot
from spottui.screens.robot_values import Look, Section, joined, lasts, mark, number, words
from spottui.verdicts.robot_faults import advice, fault_tone
from spottui.verdicts.window import Window
from spottui.verdicts.window_table import driver_of
from spottui.widgets.tones import Line, Span

MOTOR_TONES = {"off": "good", "error": "bad"}
MISSION_TONES = {"running": "info", "success": "good", "paused": "warn", "failure": "warn", "error": "bad"}
ALERT_TONES = {"info": "", "warn": "warn", "error": "bad", "critical": "bad"}
OVER_KEPT = 5
"""Faults that are over, shown at most."""


def now_sections(robot: Robot, window: Window, look: Look) -> list[Section]:
    """Return what the robot does now."""
    sections = [
        Section("Window", "", _window(window, look)),
        Section("Battery", "state", [line for one in robot.batteries or () for line in _battery(one, look)]),
        Section("Power", "state", _power(robot, look)),
        Section("Dock", "dock", _dock(robot, look)),
        Section("Mission", "mission", list(_mission(robot.mission, look)) if robot.mission else []),
        Section("Faults", "state", _faults(robot, look)),
        Section("E-Stop", "estop" if robot.estops is None else "state", _estops(robot, look)),
        Section("Lease", "leases", _leases(robot, look)),
        Section("Keepalive", "keepalive", _keepalive(robot, look)),
        Section("Comms", "state", _comms(robot)),
    ]
    return sections


def _window(window: Window, look: Look) -> list[Line]:
    if window.is_open:
        until = "" if window.until is None else f", until {lasts(max(0.0, window.until - look.now))} from now"
        return [(mark("good", "OPEN", look), (f"  {', '.join(window.reasons)}{until}", ""))]
    tone = "warn" if window.is_known else "dim"
    first, *rest = window.reasons
    return [(mark(tone, "HOLD", look), (f"  {first}", "")), *(((f"        {one}", ""),) for one in rest)]


def _battery(battery: Battery, look: Look) -> Iterator[Line]:
    tone = {"charging": "good", "discharging": "info"}.get(battery.status, "warn")
    spans: list[Span] = [(number(battery.charge, "%"), "title"), ("  ", ""), mark(tone, words(battery.status), look)]
    # The robot names no runtime while it is charged.
    spans.append((f"  {lasts(battery.runtime)} left" if battery.runtime is not None else "", ""))
    amperes = number(battery.current, "A", 1, signed=True)
    spans.append((f"   {amperes}   {number(battery.voltage, 'V', 1)}", ""))
    degrees = [round(one) for one in battery.temperatures]
    if degrees:
        low, high = min(degrees), max(degrees)
        spans.append((f"   {low}-{high} °C" if low != high else f"   {low} °C", "warn" if high >= 60 else ""))
    else:
        spans.append(("   ? °C", ""))
    yield tuple(spans)
    if battery.lost_messages:
        yield ((f"{battery.lost_messages:.0f} % of its messages are lost", "warn"),)


def _power(robot: Robot, look: Look) -> list[Line]:
    power = robot.power
    if power is None:
        return []
    note = " (safe to approach)" if power.motors == "off" else ""
    spans: list[Span] = [mark(MOTOR_TONES.get(power.motors, "warn"), f"motors {words(power.motors)}{note}", look)]
    spans.append((f"   {words(robot.behavior)}", ""))
    if power.motor_error:
        spans.append((f"  {power.motor_error}", "bad"))
    rest = {"shore": words(power.shore), "robot": words(power.robot), "payload ports": words(power.payload_ports)}
    lines: list[Line] = [tuple(spans), ((joined({**rest, "wifi": words(power.wifi_radio)}), ""),)]
    runtime = f", {lasts(power.runtime)} left" if power.runtime is not None else ""
    whole = {"locomotion": f"{number(power.charge, '%')}{runtime}"}
    if robot.motor_temperatures:
        name, hottest = max(robot.motor_temperatures.items(), key=lambda each: each[1])
        whole["hottest motor"] = f"{name} {hottest:.0f} °C"
    return [*lines, ((joined(whole), ""),)]


def _dock(robot: Robot, look: Look) -> list[Line]:
    dock = robot.dock
    if dock is None:
        return []
    tone = {"docked": "good", "undocked": "info"}.get(dock.status, "warn")
    spans: list[Span] = [mark(tone, words(dock.status), look)]
    if dock.status == "docked":
        spans.append(("   power ", ""))
        spans.append((words(dock.power), {"connected": "good", "error": "bad"}.get(dock.power, "warn")))
    named = [f"dock {dock.id}" if dock.id is not None else "", words(dock.type) if dock.type else ""]
    spans += [(f"   {name}", "") for name in named if name]
    if robot.docks_known is not None:
        spans.append((f"   {robot.docks_known} docks known", "dim"))
    return [tuple(spans)]


def _mission(mission: Mission, look: Look) -> Iterator[Line]:
    spans: list[Span] = [mark(MISSION_TONES.get(mission.status, "dim"), words(mission.status), look)]
    spans += [(f"   {mission.name}", "title")] if mission.name else []
    is_under_way = mission.status in ("running", "paused")
    spans += [(f"   step {mission.step}", "")] if mission.step and is_under_way else []
    yield tuple(spans)
    if mission.error:
        yield ((mission.error, "bad"),)
    for text in mission.texts:
        yield (mark(ALERT_TONES.get(text.severity, "dim") or "info", text.severity, look), (f"  {text.text}", ""))
    for question in mission.questions:
        if question.for_autonomous_processing:
            yield ((f"asks a program: {question.text}", "dim"),)
            continue
        options = f"   ({', '.join(question.options)})" if question.options else ""
        yield (mark("warn", "asks", look), (f"  {question.text}{options}", ""))


def _faults(robot: Robot, look: Look) -> list[Line]:
    if robot.faults is None:
        return []
    active = [one for one in robot.faults if one.is_active]
    over = [one for one in robot.faults if not one.is_active]
    lines: list[Line] = []
    if not active:
        lines.append((mark("good", "none", look),))
    for fault in active:
        lines += _fault(fault, look)
    for fault in over[:OVER_KEPT]:
        lines.append(((f"over: {fault.name}  {fault.text}".rstrip(), "dim"),))
    if len(over) > OVER_KEPT:
        lines.append(((f"over: {len(over) - OVER_KEPT} more", "dim"),))
    return lines


def _fault(fault: Fault, look: Look) -> list[Line]:
    tone = fault_tone(fault)
    severity = "behaviour" if fault.kind == "behavior" else f"{fault.kind} {fault.severity}"
    spans: list[Span] = [mark(tone, severity, look), (f" {clock.calm_age(fault.since, look.now)}", "dim")]
    named = " ".join(part for part in (words(fault.name), f"({fault.code})" if fault.code else "") if part)
    spans.append((f"  {named}", "title"))
    spans += [(f"  {fault.text}", "")] if fault.text else []
    return [tuple(spans), ((f"  {'->' if look.plain else '→'} {advice(fault)}", "accent"),)]


def _estops(robot: Robot, look: Look) -> list[Line]:
    lines: list[Line] = []
    if robot.estop_level:
        level = {"none": "good", "cut": "warn", "settle_then_cut": "warn"}.get(robot.estop_level, "dim")
        lines.append((mark(level, f"stop level {words(robot.estop_level)}", look),))
    for estop in robot.estops or ():
        state = {"estopped": "warn", "not_estopped": "good"}.get(estop.state, "dim")
        word = {"estopped": "PRESSED", "not_estopped": "released"}.get(estop.state, words(estop.state))
        said = f"  {estop.description}" if estop.description else ""
        lines.append((mark(state, word, look), (f"  {estop.name}  ({words(estop.type)}){said}", "")))
    for endpoint in robot.estop_endpoints or ():
        ago = "?" if endpoint.answered_ago is None else f"{endpoint.answered_ago:.0f} s"
        text = f"endpoint {endpoint.name or endpoint.role}: {words(endpoint.stop_level)}, answered {ago} ago"
        lines.append(((text, ""),))
    if not lines and (robot.estops is not None or robot.estop_endpoints is not None):
        lines.append((("nobody registered an E-Stop", "dim"),))
    return lines


def _leases(robot: Robot, look: Look) -> list[Line]:
    if robot.leases is None:
        return []
    driver = driver_of(robot)
    if driver is None:
        lines: list[Line] = [(("nobody says who holds the body", "dim"),)]
    else:
        lines = [(mark("info" if driver else "good", f"{driver} drives" if driver else "nobody drives", look),)]
    held: dict[tuple[str, bool], list[str]] = {}
    for lease in robot.leases:
        if lease.client:
            who = f"{lease.client} ({lease.user})" if lease.user else lease.client
            held.setdefault((who, lease.is_stale), []).append(lease.resource)
    for (who, is_stale), resources in held.items():
        named = ", ".join(sorted(resources, key=lambda name: name != "body"))
        lines.append(((f"{who}: {named}", ""), ("  stale: no longer renewed" if is_stale else "", "dim")))
    return lines


def _keepalive(robot: Robot, look: Look) -> list[Line]:
    lines: list[Line] = []
    if robot.control_actions:
        names = ", ".join(words(one) for one in robot.control_actions)
        lines.append((mark("bad", f"ACTING ON A LOSS OF COMMS: {names}", look),))
    elif robot.control_actions is not None:
        lines.append((mark("good", "no action", look),))
    lines += [((f"policy {policy}", ""),) for policy in robot.policies or ()]
    if robot.auto_return is not None:
        lines.append(((f"auto-return {'on' if robot.auto_return else 'off'}", ""),))
    return lines


def _comms(robot: Robot) -> list[Line]:
    lines: list[Line] = []
    for wifi in robot.wifi or ():
        parts = [
            words(wifi.mode),
            f'"{wifi.essid}"' if wifi.essid else "",
            f"{wifi.signal:.0f} dBm" if wifi.signal else "",
        ]
        if wifi.rx_bits is not None and wifi.tx_bits is not None:
            parts.append(f"in {wifi.rx_bits / 1e6:.1f} out {wifi.tx_bits / 1e6:.1f} Mbit/s")
        if wifi.retries is not None or wifi.failed is not None:
            parts.append(f"retries {_count(wifi.retries)} failed {_count(wifi.failed)}")
        lines.append((("wifi " + "   ".join(part for part in parts if part), ""),))
    reads = f"{robot.calls} calls read so far"
    skew = "?" if robot.clock_skew is None else f"{robot.clock_skew:+.1f} s"
    sync = f"   time sync: {robot.time_sync}" if robot.time_sync else ""
    return [*lines, ((f"robot's clock {skew}", ""), (sync, "warn"), (f"   {reads}", "dim"))]


def _count(number: int | None) -> str:
    return "?" if number is None else str(number)
