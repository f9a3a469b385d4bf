"""Getting into the simulated Spot with the unmodified SDK client: logins, tokens, payloads, time."""

from __future__ import annotations

import time
from typing import Any

import pytest

from spottui.sim.spot_accounts import PAYLOAD_OFFICIAL
from spottui.sim.spot_protos import proto
from spottui.sim.spot_sensors import CORE_IO, CORE_IO_SECRET
from tests.sim.spot_peer import Peer, a_fault, connected, state

pytest.importorskip("bosdyn.client")

from bosdyn.client import auth, exceptions, payload_registration
from bosdyn.client.payload_registration import PayloadRegistrationClient

pytestmark = pytest.mark.usefixtures("no_trouble")
T = 3.0


def payload_client(robot: Any) -> Any:
    return robot.ensure_client(PayloadRegistrationClient.default_service_name)


def test_identity_is_told_without_a_login_and_the_state_is_not(peer: Peer) -> None:
    with connected(peer, user="") as stranger:
        assert stranger.get_id().software_release.version.major_version == 5
        with pytest.raises(exceptions.UnauthenticatedError):
            stranger.ensure_client("robot-state").get_robot_state(timeout=T)


def test_six_wrong_passwords_lock_the_account_for_a_minute(peer: Peer) -> None:
    with connected(peer, user="") as stranger:
        for _ in range(5):
            with pytest.raises(auth.InvalidLoginError):
                stranger.authenticate("admin", "wrong", timeout=T)
        for password in ("wrong", "spot-admin"):
            with pytest.raises(auth.TemporarilyLockedOutError):
                stranger.authenticate("admin", password, timeout=T)
        peer.step(61)
        stranger.authenticate("admin", "spot-admin", timeout=T)


def test_a_token_is_renewed_by_itself_and_an_expired_one_is_refused_in_both_ways(peer: Peer) -> None:
    with connected(peer) as robot:
        old = robot.user_token
        robot.authenticate_with_token(old, timeout=T)
        assert robot.user_token != old and robot.user_token.count(".") == 2
        assert state(robot)
        peer.on_loop(lambda: peer.spot.accounts.expire(lambda token: token.text == robot.user_token))
        for refuses_as_proxy, word in ((False, "token"), (True, "401")):
            peer.spot.script.refuses_as_proxy = refuses_as_proxy
            with pytest.raises(exceptions.UnauthenticatedError) as refused:
                state(robot)
            assert word in refused.value.error.details()
        with pytest.raises(auth.InvalidTokenError):
            robot.ensure_client("auth").auth_with_token(robot.user_token, timeout=T)


def test_time_sync_finds_the_skew_of_the_robots_clock(peer: Peer, robot: Any) -> None:
    robot.start_time_sync()
    robot.time_sync.wait_for_sync(timeout_sec=T)
    skew = robot.time_sync.endpoint.clock_skew
    assert skew.seconds + skew.nanos * 1e-9 == pytest.approx(2.5, abs=0.05)
    robot.stop_time_sync()


def test_the_header_of_an_answer_tells_the_skew_too(robot: Any) -> None:
    client = robot.ensure_client("robot-id")
    sent = time.time()
    response = client.call(client._stub.GetRobotId, proto("robot_id").RobotIdRequest())
    told = response.header.response_timestamp
    assert told.seconds + told.nanos * 1e-9 - sent == pytest.approx(2.5, abs=0.2)
    assert response.header.request_header.client_name.startswith("spot-test")
    assert response.header.HasField("request_received_timestamp")


def test_a_payload_logs_in_with_its_credentials_once_an_admin_allowed_it(peer: Peer) -> None:
    from bosdyn.client.payload import PayloadClient

    guid = "ABCD0000-0000-4000-8000-0000000000FF"
    with connected(peer, user="") as robot:
        client = payload_client(robot)
        made = proto("payload").Payload(GUID=guid, name="gas sniffer")
        client.register_payload(made, "hush", timeout=T)
        with pytest.raises(payload_registration.PayloadAlreadyExistsError):
            client.register_payload(made, "hush", timeout=T)
        with pytest.raises(payload_registration.InvalidPayloadCredentialsError):
            client.get_payload_auth_token(guid, "wrong", timeout=T)
        with pytest.raises(payload_registration.PayloadNotAuthorizedError):
            client.get_payload_auth_token(guid, "hush", timeout=T)
        peer.on_loop(lambda: peer.spot.authorize(guid))
        robot.update_user_token(client.get_payload_auth_token(guid, "hush", timeout=T))
        listed = robot.ensure_client(PayloadClient.default_service_name).list_payloads(timeout=T)
        assert guid.lower() in [payload.GUID for payload in listed]
    peer.on_loop(lambda: peer.spot.directory.payloads.pop(guid.lower()))


def test_a_payloads_token_opens_only_what_it_is_permitted(peer: Peer) -> None:
    with connected(peer, user="") as robot:
        token = payload_client(robot).get_payload_auth_token(CORE_IO.upper(), CORE_IO_SECRET, timeout=T)
        robot.update_user_token(token)
        assert state(robot)
        with pytest.raises(exceptions.PermissionDeniedError):
            robot.ensure_client("docking").get_docking_state(timeout=T)
        faults = robot.ensure_client("fault")
        faults.trigger_service_fault(a_fault(), timeout=T)
        heard = state(robot).service_fault_state.faults
        assert heard[0].fault_id.payload_guid == CORE_IO
        faults.clear_service_fault(a_fault().fault_id, timeout=T)
        known = peer.spot.accounts.permissions["payload"]
        peer.spot.accounts.permissions["payload"] = PAYLOAD_OFFICIAL
        with pytest.raises(exceptions.PermissionDeniedError):
            faults.trigger_service_fault(a_fault(), timeout=T)
        peer.spot.accounts.permissions["payload"] = known
