"""The Spot of the story: one robot's whole state and the plain methods that steer it.

Knows nothing of gRPC: the servicers read it. Everything lives on the story's clock; what drifts (battery,
temperatures, liveness) is worked out by `settle` when somebody looks. Left out of the real robot: its terrain,
kinematics and maps, and every command that moves it, which is counted and refused.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable

from spottui.sim.spot_accounts import Account, Accounts, default_accounts
from spottui.sim.spot_body import Body, State
from spottui.sim.spot_directory import Directory, Payload
from spottui.sim.spot_facts import (
    Clock,
    ControlAction,
    Identity,
    Licence,
    Log,
    LogWord,
    Modem,
    Policy,
    Wifi,
)
from spottui.sim.spot_faults import LIVENESS_FAULT, Faults, Severity
from spottui.sim.spot_leases import TABLET, Leases
from spottui.sim.spot_mission import Mission
from spottui.sim.spot_power import Power
from spottui.sim.spot_script import Script
from spottui.sim.spot_sensors import Sensor, Sensors, default_payloads, default_sensors
from spottui.sim.story_clock import StoryClock

BOOT_SECONDS = 150.0
LOW_CHARGE = 12.0
EMPTY_CHARGE = 4.0
"""Percent at which the robot says that it will shut down."""


class Spot:
    """One robot."""

    def __init__(
        self,
        clock: StoryClock,
        *,
        seed: int = 0,
        rng: random.Random | None = None,
        name: str = "spot-07",
        serial: str = "spot-BD-21450007",
        accounts: Iterable[Account] | None = None,
        payloads: Iterable[Payload] | None = None,
        sensors: Iterable[Sensor] | None = None,
        charge: float = 81.0,
    ) -> None:
        self.clock = clock
        self.rng = rng or random.Random(f"spot-{seed}")
        self.client_rng = random.Random(f"spot-clients-{seed}")
        """For what clients are given, so that they do not change how the story goes."""
        now = clock.wall()
        self.identity = Identity(name, serial, installed=now - 41 * 86400)
        self.calls: Counter[str] = Counter()
        """Calls heard so far, refused ones too: "bosdyn.api.RobotStateService/GetRobotState" -> how many."""
        self.web_calls: Counter[str] = Counter()
        """The same for the web: "GET /api/v0/modemStats" -> how many."""
        self.script = Script()
        """What goes wrong with calls, by rpc."""
        self.time = Clock()
        self.accounts = Accounts(clock, self.rng, self.identity.serial, accounts or default_accounts())
        self.power = Power(self.rng, charge=charge)
        self.faults = Faults(clock, self.rng)
        self.body = Body(clock, self.power, self.faults)
        self.leases = Leases(self.rng)
        self.directory = Directory(clock, self.rng, self.faults)
        for payload in default_payloads() if payloads is None else payloads:
            self.directory.mount(payload)
        self.sensors = Sensors(self.directory, default_sensors() if sensors is None else list(sensors))
        self.mission = Mission(clock, self.rng, self)
        self.wifi = Wifi()
        self.modem = Modem()
        self.licence = Licence(not_before=now - 200 * 86400, not_after=now + 165 * 86400)
        self.logs: dict[str, Log] = {}
        self.policies: list[Policy] = []
        self.control_actions: list[ControlAction] = []
        self.auto_return = False
        self.has_arm = False
        self.booted = clock.now()

    # -- time --------------------------------------------------------------------------------------

    def robot_now(self) -> float:
        """Return the robot's time in seconds since the epoch."""
        return self.clock.wall() + self.time.skew

    def settle(self) -> None:
        """Bring everything that drifts up to now."""
        self.power.settle(self.clock.now())
        self.directory.settle()
        if self.faults.is_impaired and self.mission.status == "running":
            self.mission.fail("The robot is impaired: a service fault keeps it from navigating")
            self.stand()
        is_at_work = self.mission.status in ("running", "paused") or self.power.motors != "off"
        if not is_at_work and self.leases.holders["body"].client == TABLET:
            self.leases.drop()  # the tablet gives the body back when the robot rests
        charge = self.power.charge
        low = EMPTY_CHARGE < charge <= LOW_CHARGE and not self.power.is_charging
        empty = charge <= EMPTY_CHARGE and not self.power.is_charging
        if empty and self.power.motors == "on" and self.body.behavior != "transition":
            if self.mission.status == "running":
                self.mission.fail("The battery is empty")
            self.sit()
        self._keep("battery_low", low, f"Battery is low ({LOW_CHARGE:.0f} % or less)", "warn")
        self._keep("battery_empty", empty, "Battery is empty: shutdown is imminent", "critical")

    def _keep(self, name: str, is_wrong: bool, text: str, severity: Severity) -> None:
        if is_wrong:
            self.faults.add_system(name, text, severity=severity, attributes=("robot", "battery"), code=61)
        else:
            self.faults.clear_system(name)

    def reboot(self) -> None:
        """Wake up as after a boot: motors off, no mission, clients' registrations, faults and estimates forgotten."""
        self.mission.unload()
        self.body.reboot()
        self.leases.forget_all()
        self.faults.forget_all()
        self.directory.forget_clients()
        self.time.round_trips.clear()
        self.control_actions.clear()
        self.policies.clear()
        self.logs.clear()
        self.booted = self.clock.now()

    # -- moving ------------------------------------------------------------------------------------

    @property
    def is_docked(self) -> bool:
        """Sits on the dock with its motors off."""
        return self.body.is_docked

    @property
    def charge(self) -> float:
        """Charge of the battery in percent, now."""
        self.power.settle(self.clock.now())
        return self.power.charge

    @charge.setter
    def charge(self, percent: float) -> None:
        self.power.settle(self.clock.now())
        self.power.charge = percent

    def place(self, state: State) -> None:
        """Be somewhere at once, as the story begins."""
        self.body.place(state)
        if state in ("walking", "standing"):
            self.leases.take()
        else:
            self.leases.drop()

    def walk(self) -> None:
        """Walk about, the tablet holding the body; leaves the dock first where it must."""
        self.leases.take()
        self.body.walk()

    def stand(self) -> None:
        """Stand still, the tablet holding the body."""
        self.leases.take()
        self.body.stand()

    def sit(self) -> None:
        """Sit down, motors off; the tablet then gives the body back."""
        self.body.sit()

    def undock(self) -> None:
        """Leave the dock."""
        self.stand()

    def dock(self) -> None:
        """Walk onto the dock and charge; the tablet then gives the body back, unless a mission goes on."""
        self.leases.take()
        self.body.dock()

    def fall(self) -> None:
        """Fall over: motors off where it lies, and a behaviour fault until somebody clears it."""
        self.body.place("sitting")
        self.faults.add_behavior("fall")
        if self.mission.status == "running":
            self.mission.fail("The robot has fallen")

    # -- missions ----------------------------------------------------------------------------------

    def start_mission(self, name: str = "Boiler round", *, repeats: bool = False) -> int:
        """Load a round under this name and start it; return its id."""
        id = self.mission.load(name, repeats=repeats)
        self.mission.start()
        return id

    # -- faults ------------------------------------------------------------------------------------

    def add_fault(
        self,
        name: str,
        text: str = "",
        *,
        severity: Severity = "warn",
        attributes: tuple[str, ...] = ("robot",),
        service: str = "",
        payload: str = "",
    ) -> None:
        """Raise a fault: of a service or a payload where one is named, else of the system."""
        if service or payload:
            self.faults.add_service(
                name, service=service, payload=payload, text=text, severity=severity, attributes=attributes
            )
        else:
            self.faults.add_system(name, text, severity=severity, attributes=attributes)

    def clear_fault(self, name: str, *, service: str = "", payload: str = "") -> bool:
        """Clear what `add_fault` raised; False: no such fault is active."""
        if service or payload:
            return self.faults.clear_service(name, service=service, payload=payload)
        return self.faults.clear_system(name)

    # -- payloads and sensors ----------------------------------------------------------------------

    def unplug(self, name: str) -> None:
        """Unplug a sensor by its name, its service's or a source's: what it offered vanishes, a fault says why."""
        sensor = self.sensors.find(name)
        self.sensors.unplug(sensor)
        text = f"Sensor {sensor.name} is not connected"
        part = "payload" if any(source.kind == "data" for source in sensor.sources) else "vision"
        self.faults.add_system(f"{sensor.name}_missing", text, attributes=(part, sensor.name), code=112)

    def plug(self, name: str) -> None:
        """Plug a sensor in again."""
        sensor = self.sensors.find(name)
        self.sensors.plug(sensor)
        self.faults.clear_system(f"{sensor.name}_missing")

    def blind(self, name: str, is_blind: bool = True) -> None:
        """Let a sensor stay plugged in but give no data."""
        self.sensors.find(name).has_data = not is_blind

    def silence(self, name: str) -> None:
        """Let a service, or a payload by its GUID with all its services, go silent: faults follow in their time."""
        self._each(name, self.directory.silence)

    def revive(self, name: str) -> None:
        """Let what `silence` took be heard again."""
        self._each(name, self.directory.revive)

    def _each(self, name: str, act: Callable[[str], None]) -> None:
        payload = self.directory.payload(name)
        if payload is None:
            act(name)
            return
        payload.silent_since = self.clock.now() if act == self.directory.silence else None
        for entry in list(self.directory.entries.values()):
            if entry.host == payload.guid and entry.by == "story":
                act(entry.name)
        if payload.silent_since is None:
            self.faults.clear_service(LIVENESS_FAULT, payload=payload.guid)

    def detach(self, guid: str) -> None:
        """Disable a payload: calls to its services end at the robot's proxy."""
        self.directory.payloads[guid.lower()].is_enabled = False

    def attach(self, guid: str) -> None:
        """Enable a payload."""
        self.directory.payloads[guid.lower()].is_enabled = True

    def authorize(self, guid: str, is_authorized: bool = True) -> None:
        """Authorise a payload as an admin does in the robot's console, or take that back."""
        payload = self.directory.payloads[guid.lower()]
        payload.is_authorized = is_authorized
        payload.is_enabled = payload.is_enabled or is_authorized
        if not is_authorized:
            self.accounts.expire(lambda token: token.payload_guid == payload.guid)

    # -- the rest ----------------------------------------------------------------------------------

    def start_log(self, status: LogWord = "in_progress") -> str:
        """Have a log that is being written or brought home ("syncing"); return its id."""
        id = f"log-{self.rng.randrange(16**8):08x}"
        self.logs[id] = Log(id, status, self.clock.wall())
        return id

    def lose_comms(self, *actions: ControlAction, client: str = TABLET) -> None:
        """Let the robot act on a loss of communication."""
        if not self.policies:
            self.policies.append(Policy(1, "loss of comms", client))
        self.control_actions[:] = actions or ("auto_return",)

    def regain_comms(self) -> None:
        """End what `lose_comms` began."""
        self.control_actions.clear()
