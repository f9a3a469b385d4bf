"""Faults and services that the unmodified SDK client brings to the simulated Spot."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.sim.spot_peer import Peer, a_fault, state

pytest.importorskip("bosdyn.client")

from bosdyn.client import fault
from bosdyn.client.directory_registration import ServiceAlreadyExistsError

pytestmark = pytest.mark.usefixtures("no_trouble")
T = 3.0


def test_a_fault_goes_in_stays_as_it_was_and_goes_into_the_past(robot: Any) -> None:
    client = robot.ensure_client("fault")
    client.trigger_service_fault(a_fault(), timeout=T)
    with pytest.raises(fault.ServiceFaultAlreadyExistsError):
        client.trigger_service_fault(a_fault(text="another text"), timeout=T)
    heard = state(robot).service_fault_state
    assert [found.error_message for found in heard.faults] == ["gauge-reader is down"]
    assert heard.faults[0].HasField("onset_timestamp") and heard.aggregated["spottui"] == 2
    client.clear_service_fault(a_fault().fault_id, timeout=T)
    with pytest.raises(fault.ServiceFaultDoesNotExistError):
        client.clear_service_fault(a_fault().fault_id, timeout=T)
    heard = state(robot).service_fault_state
    assert not heard.faults and heard.historical_faults[0].fault_id.service_name == "spottui-agent"


def test_registration_clears_the_services_faults_and_a_silent_service_gets_one(peer: Peer, robot: Any) -> None:
    registry, faults = robot.ensure_client("directory-registration"), robot.ensure_client("fault")
    faults.trigger_service_fault(a_fault(), timeout=T)

    def register() -> None:
        registry.register("spottui-agent", "void", "spottui-agent", "0.0.0.0", 0, liveness_timeout_secs=75, timeout=T)

    register()
    assert not state(robot).service_fault_state.faults
    with pytest.raises(ServiceAlreadyExistsError):
        register()
    entry = robot.ensure_client("directory").get_entry("spottui-agent", timeout=T)
    assert entry.authority == "spottui-agent.spot.robot" and entry.liveness_timeout_secs == 75
    peer.on_loop(lambda: setattr(peer.spot.directory.entries["spottui-agent"], "registered", time.time() - 80))
    assert [found.fault_id.service_name for found in state(robot).service_fault_state.faults] == ["spottui-agent"]
    with pytest.raises(ServiceAlreadyExistsError):
        register()
    assert not state(robot).service_fault_state.faults
    registry.unregister("spottui-agent", timeout=T)
    assert "spottui-agent" not in peer.spot.directory.entries
