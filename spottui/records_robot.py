"""What a Spot says of itself, one frozen record per thing; unknown is None.

Times are seconds since the epoch by the local clock: the source has taken the robot's clock skew out. Words are
those of the bosdyn API in lower case without their prefix ("docked", "charging"); a number that this version does
not know is "unknown(<n>)".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from spottui.records import Access
from spottui.records_mission import Mission

Severity = Literal["unknown", "info", "warn", "critical"]

ROBOT_PARTS = (
    "state",
    "dock",
    "mission",
    "leases",
    "estop",
    "payloads",
    "services",
    "identity",
    "licence",
    "metrics",
    "keepalive",
    "sensors",
    "hardware",
    "fans",
    "logs",
    "auto-return",
    "wifi",
)
"""What is read, each with its own standing in `Robot.access`."""


class Battery(Struct, frozen=True, kw_only=True):
    """One battery pack (BatteryState)."""

    identifier: str = ""
    charge: float | None = None
    """Percent, 0..100."""
    runtime: float | None = None
    """Estimated seconds left."""
    current: float | None = None
    """Ampere; positive while charging."""
    voltage: float | None = None
    temperatures: tuple[float, ...] = ()
    """Degrees Celsius."""
    lost_messages: float | None = None
    """communications_loss_percent, 0..100."""
    status: str = "unknown"
    """missing, charging, discharging, booting or unknown."""


class Power(Struct, frozen=True, kw_only=True):
    """Motors, shore power and radios (PowerState)."""

    motors: str = "unknown"
    """off, on, powering_on, powering_off, error or unknown; only off is safe to approach."""
    motor_error: str = ""
    shore: str = "unknown"
    robot: str = "unknown"
    payload_ports: str = "unknown"
    wifi_radio: str = "unknown"
    charge: float | None = None
    """locomotion_charge_percentage, 0..100."""
    runtime: float | None = None
    """locomotion_estimated_runtime in seconds."""


class Fault(Struct, frozen=True, kw_only=True):
    """A system, behaviour or service fault."""

    kind: Literal["system", "behavior", "service"]
    id: str
    """uuid, behavior_fault_id, or service/payload/name."""
    name: str
    """For a behaviour fault its cause: fall, hardware, lease_timeout, command_failure."""
    severity: Severity = "unknown"
    text: str = ""
    attributes: tuple[str, ...] = ()
    since: float | None = None
    code: str = ""
    """System faults: code and dtc; behaviour faults: clearable or unclearable."""
    service: str = ""
    payload: str = ""
    """GUID of the payload that raised it."""
    is_active: bool = True
    """False: cleared in the last minutes (historical)."""


class EStop(Struct, frozen=True, kw_only=True):
    """One E-Stop (EStopState)."""

    name: str
    type: str = "unknown"
    """hardware or software."""
    state: str = "unknown"
    """estopped or not_estopped."""
    description: str = ""


class EStopEndpoint(Struct, frozen=True, kw_only=True):
    """One endpoint of the E-Stop service."""

    role: str
    name: str = ""
    stop_level: str = "unknown"
    answered_ago: float | None = None
    """time_since_valid_response in seconds."""


class Lease(Struct, frozen=True, kw_only=True):
    """Who may command a resource (LeaseResource)."""

    resource: str
    client: str = ""
    """lease_owner.client_name; empty: free."""
    user: str = ""
    is_stale: bool = False
    epoch: str = ""
    """lease.epoch: another one after the robot's lease service was started anew, as by a boot."""


class Dock(Struct, frozen=True, kw_only=True):
    """Where the robot stands to its dock (DockState)."""

    status: str = "unknown"
    """docked, docking, undocked, undocking or unknown."""
    type: str = ""
    id: int | None = None
    power: str = "unknown"
    """connected, error, detecting or unknown; means something only while docked."""


class Payload(Struct, frozen=True, kw_only=True):
    """A registered payload."""

    guid: str
    """Lower case."""
    name: str = ""
    description: str = ""
    serial: str = ""
    version: str = ""
    is_authorized: bool = False
    is_enabled: bool = False
    is_noncompute: bool = False
    address: str = ""
    mass: float | None = None
    """Kilograms."""


class Service(Struct, frozen=True, kw_only=True):
    """An entry of the robot's directory."""

    name: str
    type: str
    authority: str = ""
    heard_at: float | None = None
    """last_update: its last heartbeat."""
    liveness_timeout: float | None = None
    """Seconds; None: it sends no heartbeats and counts as alive."""
    payload: str = ""
    """host_payload_guid, lower case; empty: on the robot itself."""


class SensorSource(Struct, frozen=True, kw_only=True):
    """An image, point-cloud or data source that a service offers."""

    kind: Literal["image", "point-cloud", "data"]
    service: str
    name: str
    has_data: bool | None = None
    """graph-nav's word for point clouds; None: nobody said."""


class Identity(Struct, frozen=True, kw_only=True):
    """Who the robot is (RobotId)."""

    serial: str = ""
    nickname: str = ""
    species: str = ""
    computer_serial: str = ""
    version: str = ""
    """Software release, "5.1.4"."""
    api_version: str = ""
    build: str = ""
    installed_at: float | None = None


class Licence(Struct, frozen=True, kw_only=True):
    """The robot's licence."""

    status: str = "unknown"
    """valid, expired, not_yet_valid, malformed, serial_mismatch, no_license or unknown."""
    id: str = ""
    not_before: float | None = None
    not_after: float | None = None
    features: tuple[str, ...] = ()


class Metric(Struct, frozen=True):
    """One robot metric, shown as it is."""

    label: str
    value: str
    units: str = ""


class RobotWifi(Struct, frozen=True, kw_only=True):
    """The robot's own Wi-Fi: CommsState, and WifiStats where the data buffer gives them."""

    mode: str = "unknown"
    """access_point, client or unknown."""
    essid: str = ""
    signal: float | None = None
    """dBm."""
    rx_bits: float | None = None
    """Per second."""
    tx_bits: float | None = None
    retries: int | None = None
    failed: int | None = None


class Robot(Struct, frozen=True, kw_only=True):
    """Everything that is known of one robot."""

    address: str
    access: Mapping[str, Access] = {}
    """How we stand with each of `ROBOT_PARTS`: live, stale, forbidden ("not permitted"), absent ("not fitted"),
    waiting, expired, failed; each with its own heard_at."""
    identity: Identity | None = None
    licence: Licence | None = None
    batteries: tuple[Battery, ...] | None = None
    power: Power | None = None
    faults: tuple[Fault, ...] | None = None
    """Active first; None until a state was heard."""
    estops: tuple[EStop, ...] | None = None
    estop_endpoints: tuple[EStopEndpoint, ...] | None = None
    estop_level: str = ""
    """cut, settle_then_cut, none or unknown."""
    behavior: str = "unknown"
    """not_ready, transition, standing, stepping or unknown."""
    has_arm: bool | None = None
    motor_temperatures: Mapping[str, float] = {}
    wifi: tuple[RobotWifi, ...] | None = None
    dock: Dock | None = None
    docks_known: int | None = None
    mission: Mission | None = None
    leases: tuple[Lease, ...] | None = None
    payloads: tuple[Payload, ...] | None = None
    services: tuple[Service, ...] | None = None
    sensors: tuple[SensorSource, ...] | None = None
    metrics: tuple[Metric, ...] | None = None
    control_actions: tuple[str, ...] | None = None
    """keepalive active_control_actions; not empty: the robot is acting on a loss of comms."""
    policies: tuple[str, ...] | None = None
    """keepalive policies: "name by client"."""
    log_statuses: tuple[str, ...] | None = None
    """log-status words: received, in_progress, syncing, stopping, done, failed, terminated."""
    auto_return: bool | None = None
    fans: Mapping[str, float] | None = None
    """Fan name -> Hz."""
    hardware: tuple[str, ...] | None = None
    """What is built in and switchable, in words."""
    login: str = ""
    """Who we are to the robot: "user operator", "payload <guid>"; empty: not logged in."""
    clock_skew: float | None = None
    """Robot's clock minus ours, in seconds."""
    time_sync: str = ""
    """Empty while time sync works, else why not."""
    calls: int = 0
    """Calls made on this connection, for "what does reading cost"."""
