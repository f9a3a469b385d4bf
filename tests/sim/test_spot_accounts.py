"""Passwords, lockouts and tokens of the simulated Spot."""

from __future__ import annotations

import base64
import json
import random

import pytest

from spottui.sim.spot_accounts import Accounts, default_accounts, needs_no_token
from spottui.sim.story_clock import StoryClock


@pytest.fixture
def clock() -> StoryClock:
    return StoryClock(speed=0)


@pytest.fixture
def accounts(clock: StoryClock) -> Accounts:
    return Accounts(clock, random.Random(1), "spot-BD-1", default_accounts())


def test_a_right_password_starts_the_count_of_wrong_ones_anew(accounts: Accounts) -> None:
    for _ in range(3):
        assert [accounts.log_in("user", "no") for _ in range(5)] == ["invalid"] * 5
        assert accounts.log_in("user", "spot-user") == "ok"


async def test_the_lockout_is_of_one_account_and_ends_after_a_minute(clock: StoryClock, accounts: Accounts) -> None:
    assert [accounts.log_in("user", "no") for _ in range(7)] == ["invalid"] * 5 + ["locked"] * 2
    assert accounts.log_in("admin", "spot-admin") == "ok"
    await clock.step(59)
    assert accounts.log_in("user", "spot-user") == "locked"
    await clock.step(2)
    assert accounts.log_in("user", "spot-user") == "ok"


def test_an_unknown_user_is_told_nothing_more_than_a_wrong_password(accounts: Accounts) -> None:
    assert {accounts.log_in("nobody", "no") for _ in range(8)} == {"invalid"}


async def test_a_token_is_a_jwt_that_is_good_for_twelve_hours(clock: StoryClock, accounts: Accounts) -> None:
    text = accounts.issue_for("user")
    claims = text.split(".")[1]
    told = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    assert (told["sub"], told["exp"] - told["iat"]) == ("user", 12 * 3600)
    await clock.step(12 * 3600 - 1)
    assert accounts.valid(text)
    renewed = accounts.renew(text)
    await clock.step(2)
    assert accounts.valid(text) is None and accounts.renew(text) is None
    assert renewed and accounts.valid(renewed)


def test_one_token_can_be_expired_without_the_others(accounts: Accounts) -> None:
    user, payload = accounts.issue_for("user"), accounts.issue("abc", "payload")
    accounts.expire(lambda token: token.kind == "payload")
    assert accounts.valid(user) and not accounts.valid(payload)


def test_only_the_payloads_token_is_bound_to_some_services(accounts: Accounts) -> None:
    assert accounts.may("user", "bosdyn.api.docking.DockingService/GetDockingState")
    assert not accounts.may("payload", "bosdyn.api.docking.DockingService/GetDockingState")
    assert accounts.may("payload", "bosdyn.api.RobotStateService/GetRobotState")
    assert needs_no_token("bosdyn.api.RobotIdService/GetRobotId")
    assert not needs_no_token("bosdyn.api.DirectoryService/ListServiceEntries")
