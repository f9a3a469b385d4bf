"""What the operator may do."""

from __future__ import annotations

import asyncio

import pytest

from spottui.actions.registry import Permission
from spottui.errors import Forbidden, LoginExpired, OutcomeUnknown, Unreachable

from .bench import PERCEPTION, Bench

PATCH = Permission("patch", "apps", "deployments")
REVIEW = "selfsubjectaccessreviews"


async def test_an_answer_is_asked_once_and_kept_for_minutes(bench: Bench) -> None:
    assert bench.permits.peek(PATCH, PERCEPTION) is None
    assert (await bench.permits.may(PATCH, PERCEPTION)).allowed
    known = bench.permits.peek(PATCH, PERCEPTION)
    assert known is not None and known.allowed
    await bench.permits.may(PATCH, PERCEPTION)
    assert len(bench.api.reviews) == 1
    asked = bench.api.reviews[0]["spec"]["resourceAttributes"]
    assert asked == {"verb": "patch", "group": "apps", "resource": "deployments", "namespace": "robot"}
    bench.time.now += 300
    assert bench.permits.peek(PATCH, PERCEPTION) is None
    await bench.permits.may(PATCH, PERCEPTION)
    assert len(bench.api.reviews) == 2


async def test_what_is_not_allowed_for_every_name_is_asked_for_the_one(bench: Bench) -> None:
    bench.api.denied = {"patch", "patch perception"}
    assert (await bench.permits.may(PATCH, PERCEPTION)).allowed
    assert bench.api.reviews[1]["spec"]["resourceAttributes"]["name"] == "perception"


async def test_a_refusal_says_what_is_missing(bench: Bench) -> None:
    bench.api.denied = {"patch"}
    answer = await bench.permits.may(PATCH, PERCEPTION)
    want = 'You may not patch "perception" of deployments.apps in namespace robot: no role grants it.'
    assert (answer.allowed, answer.reason) == (False, want)
    assert bench.permits.peek(PATCH, PERCEPTION) == answer


async def test_many_questions_at_once_are_one_request(bench: Bench) -> None:
    await asyncio.gather(*(bench.permits.may(PATCH, PERCEPTION) for _ in range(9)))
    assert len(bench.api.reviews) == 1


async def test_an_unanswered_review_is_unreachable_and_not_an_unknown_outcome(bench: Bench) -> None:
    bench.api.failures = [("POST", REVIEW, OutcomeUnknown("Left."))]
    with pytest.raises(Unreachable, match="nothing was sent"):
        await bench.permits.may(PATCH, PERCEPTION)
    assert bench.permits.peek(PATCH, PERCEPTION) is None


async def test_an_expired_login_forgets_all_answers(bench: Bench) -> None:
    await bench.permits.may(PATCH, PERCEPTION)
    bench.api.failures = [("POST", REVIEW, LoginExpired("Log in again."))]
    with pytest.raises(LoginExpired):
        await bench.permits.may(Permission("delete", "", "pods"), PERCEPTION)
    assert bench.permits.peek(PATCH, PERCEPTION) is None


async def test_a_server_that_answers_no_reviews_decides_on_the_request_itself(bench: Bench) -> None:
    bench.api.failures = [("POST", REVIEW, Forbidden("No reviews for you."))]
    answer = await bench.permits.may(PATCH, PERCEPTION)
    assert answer.allowed and "No reviews for you" in answer.reason


async def test_a_refused_creation_is_known_without_asking_again(bench: Bench) -> None:
    create = Permission("create", "batch", "jobs")
    bench.api.denied = {"create"}
    answer = await bench.permits.may(create, PERCEPTION)
    assert not answer.allowed and bench.permits.peek(create, PERCEPTION) == answer
