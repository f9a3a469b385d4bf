"""What the robot's body does: motors, standing, walking, docking, and what stops it.

Each act takes its time by the story's clock and is a chain of timers; a new act ends the one under way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Literal

from spottui.sim.spot_faults import Faults
from spottui.sim.spot_power import Power
from spottui.sim.story_clock import StoryClock

Behavior = Literal["not_ready", "transition", "standing", "stepping"]
DockStatus = Literal["docked", "docking", "undocked", "undocking"]
DockPower = Literal["unknown", "connected", "error", "detecting"]
State = Literal["walking", "standing", "sitting", "docked"]

MOTORS_ON_SECONDS = 4.0
MOTORS_OFF_SECONDS = 2.0
STAND_SECONDS = 3.0
UNDOCK_SECONDS = 7.0
DOCK_SECONDS = 18.0
DETECT_SECONDS = 5.0

Step = tuple[float, Callable[[], None]]
"""Seconds to wait, then what happens."""


@dataclass
class EStop:
    """One of the robot's emergency stops."""

    name: str
    type: Literal["hardware", "software"]
    is_pressed: bool = False
    text: str = ""


@dataclass
class Endpoint:
    """A client's end of the E-Stop service."""

    name: str
    role: str = "PDB_rooted"
    unique_id: str = "1"
    timeout: float = 9.0
    silent_since: float | None = None
    """Story seconds; None: it checks in."""


class Body:
    """Moves through its states; `power` is settled before each change, so that draws count for their own time."""

    def __init__(self, clock: StoryClock, power: Power, faults: Faults, *, dock_id: int = 520) -> None:
        self._clock = clock
        self._faults = faults
        self.power = power
        self.behavior: Behavior = "not_ready"
        self.dock_status: DockStatus = "docked"
        self.dock_power: DockPower = "connected"
        self.dock_id = dock_id
        self.dock_is_broken = False
        """The dock's contacts give nothing: its power ends in "error"."""
        self.estops = [
            EStop("hardware_estop", "hardware"),
            EStop("software_estop", "software"),
            EStop("payload_estop", "hardware"),
        ]
        self.endpoints = [Endpoint("tablet")]
        """May be empty: a robot without any works since 3.3."""
        self.estop_level: Literal["cut", "settle_then_cut", "none"] = "none"
        self._stop_act: Callable[[], None] = lambda: None
        power.is_charging = True

    # -- acts --------------------------------------------------------------------------------------

    @property
    def is_docked(self) -> bool:
        """Sits on the dock with its motors off."""
        return self.dock_status == "docked" and self.power.motors == "off"

    @property
    def may_move(self) -> bool:
        """Neither an emergency stop, a behaviour fault, a charger's cable nor the motors keep it down."""
        is_stopped = any(estop.is_pressed for estop in self.estops) or bool(self._faults.behavior)
        return not is_stopped and not self.power.shore and self.power.motors != "error"

    def walk(self) -> None:
        """Walk about; gets up and leaves the dock first where it must."""
        self._act([*self._get_up(), (0, lambda: self._be("stepping", "walking"))])

    def stand(self) -> None:
        """Stand still with the motors on."""
        self._act([*self._get_up(), (0, lambda: self._be("standing", "standing"))])

    def sit(self) -> None:
        """Sit down where it stands and switch the motors off."""
        self._act(self._lie_down())

    def undock(self) -> None:
        """Leave the dock and stand."""
        self.stand()

    def dock(self, dock_id: int | None = None) -> None:
        """Walk onto the dock; at the end the motors go off by themselves, and the dock finds the robot."""
        if dock_id is not None:
            self.dock_id = dock_id
        if self.dock_status == "docked":
            if self.power.motors != "off":  # it was about to leave
                self._act([*self._lie_down(), (DETECT_SECONDS, self._find_contact)])
            return
        self._act(
            [
                *self._get_up(),
                (0, self._approach),
                (DOCK_SECONDS, self._arrive),
                *self._lie_down(),
                (DETECT_SECONDS, self._find_contact),
            ]
        )

    def place(self, state: State) -> None:
        """Be somewhere at once, as the story may begin."""
        match state:
            case "docked":
                self._be_at_once(self._arrive, self._rest, self._find_contact)
            case "sitting":
                self._be_at_once(self._leave, self._rest)
            case "standing":
                self._be_at_once(self._leave, partial(self._switch, "on"), partial(self._be, "standing", "standing"))
            case "walking":
                self._be_at_once(self._leave, partial(self._switch, "on"), partial(self._be, "stepping", "walking"))

    def reboot(self) -> None:
        """Wake up as after a boot: motors off, where it was."""
        docked = self.dock_status in ("docked", "docking")
        self.place("docked" if docked else "sitting")

    def _get_up(self) -> list[Step]:
        steps: list[Step] = []
        if self.power.motors != "on":
            steps += [(0, lambda: self._switch("powering_on")), (MOTORS_ON_SECONDS, lambda: self._switch("on"))]
        if self.dock_status != "undocked":
            steps += [(0, self._start_leaving), (UNDOCK_SECONDS, self._leave)]
        if self.behavior not in ("standing", "stepping"):
            steps += [(0, lambda: self._be("transition", "standing"))]
            steps += [(STAND_SECONDS, lambda: self._be("standing", "standing"))]
        return steps

    def _lie_down(self) -> list[Step]:
        return [
            (0, lambda: self._be("transition", "standing")),
            (STAND_SECONDS, lambda: self._switch("powering_off")),
            (MOTORS_OFF_SECONDS, self._rest),
        ]

    def _act(self, steps: list[Step]) -> None:
        self._stop_act()
        if self.may_move:
            self._go_on(iter(steps))

    def _go_on(self, steps: Iterator[Step]) -> None:
        for seconds, change in steps:
            if seconds:
                self._stop_act = self._clock.call_later(seconds, partial(self._wake, change, steps))
                return
            self._change(change)

    def _wake(self, change: Callable[[], None], steps: Iterator[Step]) -> None:
        self._change(change)
        self._go_on(steps)

    def _be_at_once(self, *changes: Callable[[], None]) -> None:
        self._stop_act()
        for change in changes:
            self._change(change)

    def _change(self, change: Callable[[], None]) -> None:
        self.power.settle(self._clock.now())
        change()

    # -- single changes ----------------------------------------------------------------------------

    def _switch(self, motors: Literal["on", "powering_on", "powering_off"]) -> None:
        self.power.motors = motors

    def _be(self, behavior: Behavior, activity: Literal["standing", "walking"]) -> None:
        self.behavior, self.power.activity = behavior, activity

    def _rest(self) -> None:
        self.power.motors, self.power.activity, self.behavior = "off", "resting", "not_ready"

    def _start_leaving(self) -> None:
        self.dock_status, self.dock_power, self.power.is_charging = "undocking", "unknown", self.power.shore
        self._be("stepping", "standing")

    def _leave(self) -> None:
        self.dock_status, self.dock_power, self.power.is_charging = "undocked", "unknown", self.power.shore

    def _approach(self) -> None:
        self.dock_status = "docking"
        self._be("stepping", "walking")

    def _arrive(self) -> None:
        self.dock_status, self.dock_power = "docked", "detecting"

    def _find_contact(self) -> None:
        self.dock_power = "error" if self.dock_is_broken else "connected"
        self.power.is_charging = self.power.shore or not self.dock_is_broken

    # -- what is done to it ------------------------------------------------------------------------

    def break_dock(self) -> None:
        """Let the dock give no power from now on."""
        self.dock_is_broken = True
        if self.dock_status == "docked":
            self._change(self._find_contact)

    def mend_dock(self) -> None:
        """Let the dock give power again."""
        self.dock_is_broken = False
        if self.dock_status == "docked":
            self._change(self._find_contact)

    def plug_shore(self, is_plugged: bool = True) -> None:
        """Connect a charger by cable, or take it off; with it the motors cannot be switched on."""
        self.power.settle(self._clock.now())
        self.power.shore = is_plugged
        self.power.is_charging = is_plugged or (self.dock_status == "docked" and self.dock_power == "connected")

    def press_estop(self, name: str = "software_estop", text: str = "") -> None:
        """Press an emergency stop: the motors lose their power at once."""
        estop = next(estop for estop in self.estops if estop.name == name)
        estop.is_pressed, estop.text = True, text or f"{name} is pressed"
        self.estop_level = "cut"
        self._stop_act()
        self._change(self._rest)
        if self.dock_status in ("docking", "undocking"):
            self._change(self._leave)

    def release_estop(self, name: str = "software_estop") -> None:
        """Release an emergency stop; the motors stay off."""
        estop = next(estop for estop in self.estops if estop.name == name)
        estop.is_pressed, estop.text = False, ""
        self.estop_level = "cut" if any(estop.is_pressed for estop in self.estops) else "none"

    def silence_endpoint(self, name: str = "tablet") -> None:
        """Let an E-Stop endpoint no longer check in: after its timeout the robot sits down and cuts the power."""
        endpoint = next(endpoint for endpoint in self.endpoints if endpoint.name == name)
        endpoint.silent_since = self._clock.now()

        def time_out() -> None:
            if endpoint.silent_since is not None:
                self.press_estop(text=f"Endpoint {name} has timed out")
                self.estop_level = "settle_then_cut"

        self._clock.call_later(endpoint.timeout, time_out)

    def hear_endpoint(self, name: str = "tablet") -> None:
        """Let a silent endpoint check in again."""
        next(endpoint for endpoint in self.endpoints if endpoint.name == name).silent_since = None
        self.release_estop()

    def fail_motors(self, text: str) -> None:
        """Let the motors' power fail with a message; an empty text mends it."""
        self._stop_act()
        self._change(self._rest)
        self.power.motor_error = text
        self.power.motors = "error" if text else "off"
