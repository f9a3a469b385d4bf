"""What an answer means, and how many it takes to change our mind."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spottui.sources.probe_judge import Answer, Reply, Verdict, judge, parse_reply
from spottui.sources.probe_state import BACK_AFTER, BACK_SECONDS, HOUR, LOSS_OVER, REACHED, Track
from spottui.sources.probe_targets import Target

GIT = Target("git", "git", "git", "https://git.example/r", "http", "git.example", 443, "/", True)
REGISTRY = Target("r", "registry", "r", "https://r.example/", "http", "r.example", 443, "/v2/", True)
OWN = Target("o", "own", "o", "http://o.example/", "http", "o.example", 80, "/", False)
ARGOCD = Target("a", "argocd", "a", "https://a.example/", "http", "a.example", 443, "/api/version", True)

GOOD = Answer(verdict="good", round_trip=0.05)
NONE = Answer(verdict="none", reason="It does not answer.")
PORTAL = Answer(verdict="portal", reason="A portal.")


def reply(status: int, body: bytes = b"", **headers: str) -> Reply:
    return Reply(status, {name.replace("_", "-"): value for name, value in headers.items()}, body)


# -- what an answer means ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "said", "is_trusted", "verdict"),
    [
        (GIT, reply(200, content_type="application/x-git-upload-pack-advertisement"), True, "good"),
        (GIT, reply(401), True, "login"),
        (GIT, reply(404), True, "login"),
        (GIT, reply(404), False, "none"),
        (GIT, reply(200, content_type="text/html"), True, "none"),
        (GIT, reply(200, b"<!DOCTYPE html><html>"), False, "portal"),
        (GIT, reply(302, location="http://login.hotel.example/"), False, "portal"),
        (GIT, reply(301, location="https://git.example/r2"), False, "good"),
        (GIT, reply(301, location="/r2"), False, "good"),
        (GIT, reply(301, location="https://other.example/"), True, "none"),
        (GIT, reply(502), True, "none"),
        (GIT, reply(429), True, "good"),
        (REGISTRY, reply(200), True, "good"),
        (REGISTRY, reply(401), True, "good"),
        (REGISTRY, reply(401, www_authenticate="Bearer realm=x"), False, "good"),
        (REGISTRY, reply(401, b"<html>"), False, "portal"),
        (REGISTRY, reply(403), True, "login"),
        (REGISTRY, reply(404), True, "none"),
        (ARGOCD, reply(200, b'{"Version":"v3"}'), True, "good"),
        (ARGOCD, reply(200, b"<html>"), False, "portal"),
        (OWN, reply(200, b"<html>"), False, "good"),
        (OWN, reply(401), False, "login"),
        (OWN, reply(404), False, "none"),
        (OWN, reply(511), False, "portal"),
        (OWN, reply(302, location="http://login.hotel.example/"), False, "portal"),
        (OWN, reply(302, location="https://[bad/"), False, "portal"),
        (OWN, None, False, "none"),
    ],
)
def test_an_answer_is_judged(target: Target, said: Reply | None, is_trusted: bool, verdict: Verdict) -> None:
    found, reason = judge(target, said, is_trusted=is_trusted)
    assert found == verdict
    assert reason == "" or reason.endswith(".")
    assert reason or found == "good"


def test_a_reply_is_read_from_its_first_bytes() -> None:
    found = parse_reply(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nX: \x1b[31ma\r\n\r\n<p>")
    assert found is not None
    assert (found.status, found.headers["content-type"], found.body) == (200, "text/html", b"<p>")
    assert found.headers["x"] == "a" and found.is_html
    assert parse_reply(b"SSH-2.0-OpenSSH_9\r\n") is None
    assert parse_reply(b"") is None


@given(st.binary(max_size=200), st.integers(100, 999), st.text(max_size=40), st.booleans())
def test_no_answer_breaks_the_judge(body: bytes, status: int, location: str, is_trusted: bool) -> None:
    parse_reply(body)
    parsed = parse_reply(b"HTTP/1.1 %d x\r\nLocation: %s\r\n\r\n%s" % (status, location.encode(), body))
    for target in (GIT, REGISTRY, OWN, ARGOCD):
        _, reason = judge(target, parsed, is_trusted=is_trusted)
        assert reason.isprintable()


# -- how it stands -----------------------------------------------------------------------------------------


def test_the_first_answer_is_believed_at_once() -> None:
    for answer, state in ((GOOD, "good"), (NONE, "down"), (PORTAL, "portal")):
        track = Track(GIT)
        assert track.state == "unknown"
        track.take(answer, 10.0)
        assert track.state == state
    assert track.probe().reason == "A portal."


def test_one_try_in_vain_is_no_outage_and_two_are() -> None:
    track = Track(GIT)
    track.take(GOOD, 0.0)
    track.take(NONE, 30.0)
    assert track.state == "good" and track.is_changing
    assert "Once without an answer" in track.probe().reason
    track.take(NONE, 35.0)
    assert track.state == "down" and not track.is_changing
    assert track.probe().reason == "It does not answer."
    assert track.probe().answered_at == 0.0


def test_it_takes_three_answers_and_ten_seconds_to_come_back() -> None:
    track = Track(GIT)
    track.take(NONE, 0.0)
    for at in (10.0, 11.0, 12.0, 19.9):
        track.take(GOOD, at)
        assert track.state == "down", at
        assert track.is_changing
    track.take(GOOD, 20.0)
    assert track.state == "good" and track.probe().reason == ""
    assert not track.is_changing


def test_ten_seconds_with_two_answers_are_not_enough() -> None:
    track = Track(GIT)
    track.take(NONE, 0.0)
    track.take(GOOD, 30.0)
    track.take(GOOD, 60.0)
    assert track.state == "down"
    track.take(NONE, 61.0)
    track.take(GOOD, 90.0)
    track.take(GOOD, 120.0)
    assert track.state == "down", "a try in vain begins the count anew"
    track.take(GOOD, 125.0)
    assert track.state == "good"


@given(st.lists(st.tuples(st.sampled_from([GOOD, NONE, PORTAL]), st.floats(0.1, 40)), max_size=60))
def test_it_never_comes_back_early(tries: list[tuple[Answer, float]]) -> None:
    track, at, row, since = Track(GIT), 0.0, 0, 0.0
    for answer, later in tries:
        at += later
        before = track.state
        since = at if row == 0 else since
        row = row + 1 if answer is GOOD else 0
        track.take(answer, at)
        if before in ("down", "portal") and track.state in REACHED:
            assert row >= BACK_AFTER and at - since >= BACK_SECONDS
        if before in REACHED and track.state == "down":
            assert answer is NONE and row == 0


def test_slow_needs_three_slow_answers_and_ends_with_three_brisk_ones() -> None:
    track, slow = Track(GIT), Answer(verdict="good", round_trip=2.5)
    states = []
    for at, answer in enumerate([GOOD, slow, slow, slow, GOOD, GOOD, slow, GOOD, GOOD, GOOD]):
        track.take(answer, float(at))
        states.append(track.state)
    assert states == ["good"] * 3 + ["slow"] * 6 + ["good"]


def test_the_history_is_an_hour_and_the_loss_of_the_last_twenty() -> None:
    track = Track(GIT)
    for number in range(400):
        track.take(NONE if number % 4 == 0 else GOOD, number * 30.0)
    probe = track.probe()
    assert len(probe.history) == HOUR / 30 + 1
    assert probe.loss == 5 / LOSS_OVER
    assert probe.history[-1] == 0.05 and None in probe.history


def test_costs_add_up_and_the_last_certificate_and_address_stay() -> None:
    track = Track(GIT)
    track.take(Answer(verdict="good", tls_until=99.0, bytes_in=5, bytes_out=2, peer="10.0.0.1"), 1.0)
    track.take(Answer(verdict="none", bytes_in=1), 2.0)
    probe = track.probe()
    assert (probe.bytes_used, probe.tls_until, probe.peer) == (8, 99.0, "10.0.0.1")
