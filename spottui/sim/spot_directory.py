"""The robot's directory of services and its list of payloads: who is there, who hosts it, when it was last heard."""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass, field
from typing import Literal

from spottui.sim.spot_faults import LIVENESS_FAULT, Faults
from spottui.sim.story_clock import StoryClock

BEAT_SECONDS = 30.0
"""How often the services of the story's own payloads register again."""
LIVENESS_SECONDS = 75.0

Registered = Literal["ok", "exists"]

ON_ROBOT = (
    ("auth", "AuthService", "auth"),
    ("auto-return", "auto_return.AutoReturnService", "auto-return"),
    ("data-acquisition", "DataAcquisitionService", "data-acquisition"),
    ("directory", "DirectoryService", "api"),
    ("directory-registration", "DirectoryRegistrationService", "api"),
    ("docking", "docking.DockingService", "docking"),
    ("estop", "EstopService", "estop"),
    ("fault", "FaultService", "fault"),
    ("graph-nav-service", "graph_nav.GraphNavService", "graph-nav"),
    ("image", "ImageService", "api"),
    ("keepalive", "keepalive.KeepaliveService", "keepalive"),
    ("lease", "LeaseService", "api"),
    ("license", "LicenseService", "api"),
    ("log-status", "log_status.LogStatusService", "log-status"),
    ("metrics-logging", "metrics_logging.MetricsLoggingRobotService", "metrics-logging"),
    ("payload", "PayloadService", "payload"),
    ("payload-registration", "PayloadRegistrationService", "payload-registration"),
    ("power", "PowerService", "power"),
    ("robot-command", "RobotCommandService", "command"),
    ("robot-id", "RobotIdService", "id"),
    ("robot-mission", "mission.MissionService", "robot-mission"),
    ("robot-state", "RobotStateService", "state"),
    ("robot-state-streaming", "RobotStateStreamingService", "state"),
    ("time-sync", "TimeSyncService", "api"),
)
"""Name, type without "bosdyn.api." and label of the authority. robot-command is listed and counted, and refuses."""


@dataclass
class Payload:
    """Something on the robot's back."""

    guid: str
    """Lower case."""
    name: str
    secret: str = ""
    description: str = ""
    serial: str = ""
    labels: tuple[str, ...] = ()
    version: tuple[int, int, int] = (0, 0, 0)
    address: str = ""
    """IPv4; empty: it has no computer that the robot could ping."""
    mass: float = 0.0
    """Kilograms."""
    liveness_timeout: float = 0.0
    link_speed: int = 0
    is_authorized: bool = False
    is_enabled: bool = False
    is_noncompute: bool = False
    silent_since: float | None = None
    """Story seconds since which its computer answers no ping; None: it does."""


@dataclass
class Entry:
    """One service in the directory."""

    name: str
    type: str
    """Full: "bosdyn.api.ImageService"."""
    authority: str
    host: str = ""
    """GUID of the payload that hosts it; empty: the robot does."""
    token_required: bool = True
    permission: str = ""
    liveness_timeout: float = 0.0
    """Seconds; 0: it sends no heartbeats."""
    registered: float = 0.0
    """Seconds since the epoch by our clock: the last heartbeat of one that a client registered."""
    born: float = 0.0
    """Story seconds."""
    silent_since: float | None = None
    """Story seconds since which the story's own host is silent; None: it is alive."""
    by: Literal["robot", "story", "client"] = "robot"
    """Who keeps it alive: the robot itself, a payload of the story, or a client that registered it."""


@dataclass
class Directory:
    """Registers, and notices who is silent."""

    clock: StoryClock
    rng: random.Random
    faults: Faults
    entries: dict[str, Entry] = field(default_factory=dict)
    payloads: dict[str, Payload] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, kind, label in ON_ROBOT:
            self._add(Entry(name, f"bosdyn.api.{kind}", f"{label}.spot.robot"))

    def _add(self, entry: Entry) -> Entry:
        entry.registered, entry.born = self.clock.wall(), self.clock.now()
        self.entries[entry.name] = entry
        return entry

    # -- services ----------------------------------------------------------------------------------

    def host_service(self, name: str, kind: str, payload: str) -> Entry:
        """Let a payload of the story host a service: with heartbeats, and its faults cleared."""
        self.faults.clear_of_service(name)
        entry = Entry(name, f"bosdyn.api.{kind}", f"{name}.spot.robot", payload.lower(), by="story")
        entry.liveness_timeout = LIVENESS_SECONDS
        return self._add(entry)

    def remove(self, name: str) -> bool:
        """Take a service out, with its faults, as UnregisterService does."""
        self.faults.clear_of_service(name)
        return self.entries.pop(name, None) is not None

    def register(self, entry: Entry) -> Registered:
        """Enter a service of a client, or take its repetition as a heartbeat."""
        known = self.entries.get(entry.name)
        if known is not None:
            if known.by == "client" and known.host == entry.host:
                known.registered = self.clock.wall()
                self.faults.clear_service(LIVENESS_FAULT, service=known.name, payload=known.host)
            return "exists"
        if any((old.authority, old.type) == (entry.authority, entry.type) for old in self.entries.values()):
            return "exists"
        self.faults.clear_of_service(entry.name)
        entry.by = "client"
        self._add(entry)
        return "ok"

    def update(self, entry: Entry) -> bool:
        """Change the entry of a client; False: there is none."""
        known = self.entries.get(entry.name)
        if known is None or known.by != "client":
            return False
        entry.by = "client"
        self._add(entry)
        return True

    def silence(self, name: str) -> None:
        """Let the story's own host of a service go silent; after its timeout the robot raises a fault."""
        entry = self.entries[name]
        entry.silent_since = self.clock.now()

    def revive(self, name: str) -> None:
        """Let a silent service be heard again."""
        entry = self.entries[name]
        entry.silent_since, entry.born = None, self.clock.now()
        self.faults.clear_service(LIVENESS_FAULT, service=name, payload=entry.host)

    def silent_for(self, entry: Entry) -> float:
        """Return the seconds since the last heartbeat: by story time for our own hosts, by the wall for clients."""
        if entry.by != "story":
            return max(0.0, self.clock.wall() - entry.registered)
        now = self.clock.now()
        until = now if entry.silent_since is None else entry.silent_since
        return now - until + (until - entry.born) % BEAT_SECONDS

    def is_alive(self, entry: Entry) -> bool:
        """Tell whether a service's heartbeats come in time."""
        return not entry.liveness_timeout or self.silent_for(entry) <= entry.liveness_timeout

    def answers(self, entry: Entry) -> bool:
        """Tell whether calls get through to the host of a service."""
        payload = self.payloads.get(entry.host)
        return entry.silent_since is None and (payload is None or payload.is_enabled)

    def settle(self) -> None:
        """Raise the faults of those that have been silent for too long."""
        for entry in self.entries.values():
            if not self.is_alive(entry):
                text = f"Service {entry.name} has not been heard for {entry.liveness_timeout:.0f} s"
                self.faults.add_service(LIVENESS_FAULT, service=entry.name, payload=entry.host, text=text)
        for payload in self.payloads.values():
            since, limit = payload.silent_since, payload.liveness_timeout
            if since is not None and limit and self.clock.now() - since > limit:
                text = f"Payload {payload.name} has not answered for {limit:.0f} s"
                self.faults.add_service(LIVENESS_FAULT, payload=payload.guid, text=text)

    def at(self, authority: str, kind: str) -> Entry | None:
        """Return the service of a type behind an authority."""
        found = (entry for entry in self.entries.values() if (entry.authority, entry.type) == (authority, kind))
        return next(found, None)

    def forget_clients(self) -> None:
        """Drop what clients registered, as a boot does."""
        for name, entry in list(self.entries.items()):
            if entry.by == "client":
                del self.entries[name]

    # -- payloads ----------------------------------------------------------------------------------

    def mount(self, payload: Payload) -> Payload:
        """Put a payload on the robot's back."""
        payload.guid = (payload.guid or str(uuid.UUID(int=self.rng.getrandbits(128), version=4))).lower()
        payload.secret = payload.secret or self.rng.randbytes(12).hex()
        self.payloads[payload.guid] = payload
        return payload

    def payload(self, guid: str) -> Payload | None:
        """Return a payload by its GUID, in whichever case."""
        return self.payloads.get(guid.lower())
