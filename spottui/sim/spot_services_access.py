"""How a client gets in and around: tokens, identity, directory, registrations, payloads, time sync."""

from __future__ import annotations

from typing import Any

from spottui.sim.spot_directory import Entry, Payload
from spottui.sim.spot_interceptor import CALL
from spottui.sim.spot_model import Spot
from spottui.sim.spot_protos import read_time, span, stamp

_OK = 1


class Servicer:
    """One service of one robot: a method fills in the answer to its rpc."""

    def __init__(self, spot: Spot) -> None:
        self.spot = spot


class AuthService(Servicer):
    """Passwords and tokens for tokens."""

    def GetAuthToken(self, ask: Any, answer: Any) -> None:
        """Log in, or renew a token."""
        accounts = self.spot.accounts
        if ask.token:
            token = accounts.renew(ask.token)
            answer.status, answer.token = (_OK, token) if token else (3, "")
            return
        match accounts.log_in(ask.username, ask.password):
            case "ok":
                answer.status, answer.token = _OK, accounts.issue_for(ask.username)
            case "invalid":
                answer.status = 2
            case "locked":
                answer.status = 4


class RobotIdService(Servicer):
    """Who the robot is."""

    def GetRobotId(self, ask: Any, answer: Any) -> None:
        """Tell names, serials and the release."""
        known, told = self.spot.identity, answer.robot_id
        told.serial_number, told.nickname = known.serial, known.nickname
        told.species, told.version = known.species, known.species_version
        told.computer_serial_number = known.computer_serial
        release = told.software_release
        _write_version(release.version, known.release)
        release.name, release.type = "spot-release", "Release"
        release.changeset, release.build_information = known.changeset, known.build
        release.api_version = ".".join(map(str, known.release))
        stamp(release.changeset_date, known.installed - 9 * 86400)
        stamp(release.install_date, known.installed)


class DirectoryService(Servicer):
    """Which services there are."""

    def ListServiceEntries(self, ask: Any, answer: Any) -> None:
        """List them all."""
        for entry in self.spot.directory.entries.values():
            self._write(answer.service_entries.add(), entry)

    def GetServiceEntry(self, ask: Any, answer: Any) -> None:
        """Tell of one."""
        entry = self.spot.directory.entries.get(ask.service_name)
        answer.status = 2 if entry is None else _OK
        if entry is not None:
            self._write(answer.service_entry, entry)

    def _write(self, told: Any, entry: Entry) -> None:
        told.name, told.type, told.authority = entry.name, entry.type, entry.authority
        told.user_token_required, told.permission_required = entry.token_required, entry.permission
        told.liveness_timeout_secs, told.host_payload_guid = entry.liveness_timeout, entry.host
        stamp(told.last_update, self.spot.robot_now() - self.spot.directory.silent_for(entry))


class DirectoryRegistrationService(Servicer):
    """Services that clients bring."""

    def RegisterService(self, ask: Any, answer: Any) -> None:
        """Enter a service; a repetition is its heartbeat."""
        done = self.spot.directory.register(self._entry(ask.service_entry))
        answer.status = _OK if done == "ok" else 2

    def UpdateService(self, ask: Any, answer: Any) -> None:
        """Change an entry."""
        answer.status = _OK if self.spot.directory.update(self._entry(ask.service_entry)) else 2

    def UnregisterService(self, ask: Any, answer: Any) -> None:
        """Take an entry of a client out."""
        known = self.spot.directory.entries.get(ask.service_name)
        is_done = known is not None and known.by == "client" and self.spot.directory.remove(ask.service_name)
        answer.status = _OK if is_done else 2

    def _entry(self, asked: Any) -> Entry:
        token = CALL.get().token
        authority = asked.authority if "." in asked.authority else f"{asked.authority}.spot.robot"
        return Entry(
            asked.name,
            asked.type,
            authority,
            token.payload_guid if token else "",
            asked.user_token_required,
            asked.permission_required,
            asked.liveness_timeout_secs,
        )


class TimeSyncService(Servicer):
    """The robot's clock against the client's."""

    def TimeSyncUpdate(self, ask: Any, answer: Any) -> None:
        """Take a round trip in, tell the best estimate so far."""
        clock = self.spot.time
        id = ask.clock_identifier or f"clock-{self.spot.client_rng.randrange(16**12):012x}"
        answer.clock_identifier = id
        stamp(answer.state.measurement_time, self.spot.robot_now())
        if not clock.is_ready:
            answer.state.status = 3
            return
        if not ask.HasField("previous_round_trip"):
            answer.state.status = 2
            return
        trip = ask.previous_round_trip
        c_tx, s_rx = read_time(trip.client_tx), read_time(trip.server_rx)
        s_tx, c_rx = read_time(trip.server_tx), read_time(trip.client_rx)
        took, skew = (c_rx - c_tx) - (s_tx - s_rx), ((s_rx - c_tx) + (s_tx - c_rx)) / 2
        best = clock.round_trips.get(id)
        if best is None or took <= best[0]:
            best = clock.round_trips[id] = (took, skew, self.spot.robot_now())
        answer.state.status = _OK
        _write_estimate(answer.previous_estimate, took, skew)
        _write_estimate(answer.state.best_estimate, best[0], best[1])
        stamp(answer.state.measurement_time, best[2])


class PayloadService(Servicer):
    """What is on the robot's back."""

    def ListPayloads(self, ask: Any, answer: Any) -> None:
        """List all, authorised or not."""
        for payload in self.spot.directory.payloads.values():
            told = answer.payloads.add()
            told.GUID, told.name, told.description = payload.guid, payload.name, payload.description
            told.serial_number, told.ipv4_address = payload.serial, payload.address
            told.label_prefix.extend(payload.labels)
            told.is_authorized, told.is_enabled = payload.is_authorized, payload.is_enabled
            told.is_noncompute_payload = payload.is_noncompute
            told.liveness_timeout_secs, told.link_speed = payload.liveness_timeout, payload.link_speed
            told.mass_volume_properties.total_mass = payload.mass
            _write_version(told.version, payload.version)


class PayloadRegistrationService(Servicer):
    """Payloads that register themselves, and their tokens."""

    def RegisterPayload(self, ask: Any, answer: Any) -> None:
        """Enter a payload; an admin has to authorise it by hand."""
        asked = ask.payload
        if self.spot.directory.payload(asked.GUID) is not None:
            answer.status = 2
            return
        self.spot.directory.mount(
            Payload(
                asked.GUID,
                asked.name,
                ask.payload_secret,
                asked.description,
                asked.serial_number,
                tuple(asked.label_prefix),
                _version(asked.version),
                asked.ipv4_address,
                asked.mass_volume_properties.total_mass,
                asked.liveness_timeout_secs,
                asked.link_speed,
                is_noncompute=asked.is_noncompute_payload,
            )
        )
        answer.status = _OK

    def GetPayloadAuthToken(self, ask: Any, answer: Any) -> None:
        """Give a payload its token."""
        payload = self._known(ask)
        if payload is None:
            answer.status = 2
        elif not payload.is_authorized:
            answer.status = 3
        else:
            answer.status, answer.token = _OK, self.spot.accounts.issue(payload.guid, "payload")

    def UpdatePayloadVersion(self, ask: Any, answer: Any) -> None:
        """Take a payload's new version."""
        payload = self._known(ask)
        if payload is None:
            answer.status = self._why_not(ask)
            return
        payload.version = _version(ask.updated_version)
        answer.status = _OK

    def UpdatePayloadAttached(self, ask: Any, answer: Any) -> None:
        """Attach or detach a payload."""
        payload = self._known(ask)
        if payload is None:
            answer.status = self._why_not(ask)
        elif not payload.is_authorized:
            answer.status = 4
        else:
            payload.is_enabled = ask.request == 1
            answer.status = _OK

    def _known(self, ask: Any) -> Payload | None:
        guid, secret = _credentials(ask)
        payload = self.spot.directory.payload(guid)
        return payload if payload and payload.secret == secret else None

    def _why_not(self, ask: Any) -> int:
        return 2 if self.spot.directory.payload(_credentials(ask)[0]) is None else 3


def _credentials(ask: Any) -> tuple[str, str]:
    if ask.payload_credentials.guid:
        return ask.payload_credentials.guid, ask.payload_credentials.secret
    return getattr(ask, "payload_guid", ""), getattr(ask, "payload_secret", "")


def _write_estimate(estimate: Any, took: float, skew: float) -> None:
    span(estimate.round_trip_time, took)
    span(estimate.clock_skew, skew)


def _write_version(told: Any, version: tuple[int, int, int]) -> None:
    told.major_version, told.minor_version, told.patch_level = version


def _version(asked: Any) -> tuple[int, int, int]:
    return asked.major_version, asked.minor_version, asked.patch_level
