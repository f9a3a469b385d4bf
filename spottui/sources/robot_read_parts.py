"""Decodes the answers of the robot's smaller services into records; calls nothing."""

from __future__ import annotations

from typing import Any

from spottui.records_robot import (
    Dock,
    EStopEndpoint,
    Identity,
    Lease,
    Licence,
    Metric,
    Payload,
    RobotWifi,
    SensorSource,
    Service,
)
from spottui.sources import robot_words as words
from spottui.sources.robot_read_state import Fields, duration, moment, text
from spottui.sources.robot_words import word_for

ENTRIES_KEPT = 500
"""Of one list: a robot has some fifty services; whoever sends more is no robot."""


def read_dock(answer: Any) -> Fields:
    """Return the dock of a GetDockingStateResponse."""
    state = answer.dock_state
    return {
        "dock": Dock(
            status=word_for(words.DOCK_STATUS, state.status),
            type=word_for(words.DOCK_TYPE, state.dock_type),
            id=state.dock_id or None,
            power=word_for(words.DOCK_POWER, state.power_status),
        )
    }


def read_docks_known(answer: Any) -> Fields:
    """Return how many docks a GetDockingConfigResponse allows for."""
    ranges = answer.dock_configs
    return {"docks_known": sum(max(0, each.id_end - each.id_start + 1) for each in ranges)}


def read_leases(answer: Any) -> Fields:
    """Return the resources of a ListLeasesResponse and who holds them."""
    leases = [
        Lease(
            resource=text(each.resource, 80),
            client=text(each.lease_owner.client_name, 120),
            user=text(each.lease_owner.user_name, 80),
            is_stale=each.is_stale,
            epoch=text(each.lease.epoch, 80),
        )
        for each in answer.resources[:ENTRIES_KEPT]
    ]
    return {"leases": tuple(sorted(leases, key=lambda lease: lease.resource))}


def read_estop(answer: Any) -> Fields:
    """Return level and endpoints of a GetEstopSystemStatusResponse."""
    endpoints = [
        EStopEndpoint(
            role=text(each.endpoint.role, 80),
            name=text(each.endpoint.name, 120),
            stop_level=word_for(words.STOP_LEVEL, each.stop_level),
            answered_ago=duration(each, "time_since_valid_response"),
        )
        for each in answer.status.endpoints[:ENTRIES_KEPT]
    ]
    return {"estop_endpoints": tuple(endpoints), "estop_level": word_for(words.STOP_LEVEL, answer.status.stop_level)}


def read_payloads(answer: Any) -> Fields:
    """Return the payloads of a ListPayloadsResponse."""
    return {"payloads": tuple(_payload(each) for each in answer.payloads[:ENTRIES_KEPT])}


def _payload(payload: Any) -> Payload:
    has_mass = payload.HasField("mass_volume_properties")
    return Payload(
        guid=text(payload.GUID, 80).lower(),
        name=text(payload.name, 120),
        description=text(payload.description),
        serial=text(payload.serial_number, 80),
        version=_version(payload.version) if payload.HasField("version") else "",
        is_authorized=payload.is_authorized,
        is_enabled=payload.is_enabled,
        is_noncompute=payload.is_noncompute_payload,
        address=text(payload.ipv4_address, 80),
        mass=round(payload.mass_volume_properties.total_mass, 3) if has_mass else None,
    )


def _version(version: Any) -> str:
    return f"{version.major_version}.{version.minor_version}.{version.patch_level}"


def read_services(entries: Any, skew: float | None) -> Fields:
    """Return the ServiceEntry messages of the directory, by name."""
    services = [
        Service(
            name=text(each.name, 120),
            type=text(each.type, 160),
            authority=text(each.authority, 160),
            heard_at=moment(each, "last_update", skew),
            liveness_timeout=each.liveness_timeout_secs or None,
            payload=text(each.host_payload_guid, 80).lower(),
        )
        for each in entries[:ENTRIES_KEPT]
    ]
    return {"services": tuple(sorted(services, key=lambda service: service.name))}


def read_identity(answer: Any, skew: float | None) -> Fields:
    """Return who the robot of a RobotIdResponse is."""
    robot = answer.robot_id
    release = robot.software_release
    return {
        "identity": Identity(
            serial=text(robot.serial_number, 80),
            nickname=text(robot.nickname, 80),
            species=text(robot.species, 80),
            computer_serial=text(robot.computer_serial_number, 80),
            version=_version(release.version) if release.HasField("version") else text(robot.version, 80),
            api_version=text(release.api_version, 80),
            build=text(release.build_information, 160),
            installed_at=moment(release, "install_date", skew),
        )
    }


def read_licence(answer: Any, skew: float | None) -> Fields:
    """Return the licence of a GetLicenseInfoResponse."""
    licence = answer.license
    return {
        "licence": Licence(
            status=word_for(words.LICENCE, licence.status),
            id=text(licence.id, 120),
            not_before=moment(licence, "not_valid_before", skew),
            not_after=moment(licence, "not_valid_after", skew),
            features=tuple(text(each, 120) for each in licence.licensed_features[:ENTRIES_KEPT]),
        )
    }


def read_metrics(answer: Any) -> Fields:
    """Return the parameters of a RobotMetricsResponse as they are: their labels are not documented."""
    metrics = answer.robot_metrics.metrics[:ENTRIES_KEPT]
    return {"metrics": tuple(Metric(text(each.label, 120), _value(each), text(each.units, 40)) for each in metrics)}


def _value(parameter: Any) -> str:
    """Return the value of a Parameter in words; "?" when it has none."""
    which = parameter.WhichOneof("values")
    if which is None:
        return "?"
    value = getattr(parameter, which)
    match which:
        case "float_value":
            return f"{value:.4g}"
        case "bool_value":
            return "yes" if value else "no"
        case "duration":
            return f"{value.seconds + value.nanos / 1e9:.0f} s"
        case "timestamp":
            return f"{value.seconds}"
        case "string_value":
            return text(value, 200)
    return str(value)


def read_keepalive(answer: Any) -> Fields:
    """Return the policies of a keepalive GetStatusResponse, and what the robot is doing about a lost client."""
    policies = [
        f"{text(each.policy.name, 120) or each.policy_id} by {text(each.client_name, 120) or '?'}"
        for each in answer.status[:ENTRIES_KEPT]
    ]
    actions = [word_for(words.CONTROL_ACTION, each) for each in answer.active_control_actions]
    return {"policies": tuple(policies), "control_actions": tuple(actions)}


def read_logs(answer: Any) -> Fields:
    """Return the states of the logs in a GetActiveLogStatusesResponse."""
    return {"log_statuses": tuple(word_for(words.LOG_STATUS, each.status) for each in answer.log_statuses)}


def read_auto_return(answer: Any) -> Fields:
    """Return whether auto-return is switched on, of its GetConfigurationResponse."""
    return {"auto_return": answer.enabled}


def read_fans(answer: Any) -> Fields:
    """Return the fans' speeds of a GetFanInformationResponse."""
    return {"fans": {text(name, 80): float(fan.frequency) for name, fan in sorted(answer.fan_information.items())}}


_HARDWARE = {
    "has_audio_visual_system": "audio-visual system",
    "redundant_safety_stop_enabled": "redundant safety stop",
    "can_power_command_request_off_robot": "switches itself off",
    "can_power_command_request_cycle_robot": "restarts itself",
    "can_power_command_request_payload_ports": "switches its payload ports",
    "can_power_command_request_wifi_radio": "switches its Wi-Fi",
}


def read_hardware(answer: Any) -> Fields:
    """Return what a RobotHardwareConfigurationResponse says is built in, in words; its skeleton is left out."""
    configuration = answer.hardware_configuration
    return {"hardware": tuple(said for field, said in _HARDWARE.items() if getattr(configuration, field))}


def read_sensors(kind: str, service: str, answer: Any) -> list[SensorSource]:
    """Return the sources of one service's answer.

    `kind` "image": ListImageSourcesResponse; "point-cloud": ListPointCloudSourcesResponse; "data": the
    GetServiceInfoResponse of the data acquisition.
    """
    service = text(service, 120)
    if kind == "image":
        sources = answer.image_sources[:ENTRIES_KEPT]
        return [SensorSource(kind="image", service=service, name=text(each.name, 120)) for each in sources]
    if kind == "point-cloud":
        sources = answer.point_cloud_sources[:ENTRIES_KEPT]
        return [SensorSource(kind="point-cloud", service=service, name=text(each.name, 120)) for each in sources]
    sources = answer.capabilities.data_sources[:ENTRIES_KEPT]
    return [
        SensorSource(kind="data", service=text(each.service_name, 120) or service, name=text(each.name, 120))
        for each in sources
    ]


def read_clouds(answer: Any) -> dict[str, bool]:
    """Return which point-cloud services really send, of graph-nav's GetLocalizationStateResponse."""
    return {text(each.service_name, 120): each.has_data for each in answer.remote_cloud_status[:ENTRIES_KEPT]}


def read_wifi_stats(body: Any) -> RobotWifi | None:
    """Return the signal that the data buffer's WifiStats gives (decoded JSON); None: it has none."""
    station = _first(_first(_message(body), "devices"), "associations")
    if not station:
        return None
    return RobotWifi(
        signal=_number(station, "rx_signal_avg_dbm", "rx_signal_dbm", "rx_beacon_signal_avg_dbm"),
        rx_bits=_number(station, "rx_bits_per_second"),
        tx_bits=_number(station, "tx_bits_per_second"),
        retries=_whole(_number(station, "tx_retries")),
        failed=_whole(_number(station, "tx_failed")),
    )


def _message(body: Any) -> Any:
    return _first(body, "messages").get("message")


def _first(table: Any, key: str) -> dict[str, Any]:
    """Return the first object in a list of a JSON object; an empty one where anything else is."""
    values = table.get(key) if isinstance(table, dict) else None
    first = values[0] if isinstance(values, list) and values else None
    return first if isinstance(first, dict) else {}


def _number(table: dict[str, Any], *keys: str) -> float | None:
    """Return the first of these that is a number; JSON of a proto writes large integers as text."""
    for key in keys:
        value = table.get(key)
        if isinstance(value, str) and value.lstrip("-").isdigit() and len(value) < 20:
            value = int(value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
    return None


def _whole(number: float | None) -> int | None:
    return None if number is None else int(number)
