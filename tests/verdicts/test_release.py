"""Whether an armed sync may be sent: every combination of what decides, against a judge of its own."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from spottui.records_armed import ArmedState, ArmedSync, Conditions
from spottui.verdicts.release import (
    CLOCK_STEP,
    LONGEST_PAUSE,
    MOST_ATTEMPTS,
    AppNow,
    Drop,
    End,
    Expire,
    Facts,
    Rearm,
    Release,
    Wait,
    after,
    in_words,
    release,
)
from spottui.verdicts.sync_errors import PASSING, error_class, needs_hard_refresh

NOW = 1_800_000_000.0
ARMED = ArmedSync(
    id="a" * 32,
    namespace="argocd",
    name="camera",
    uid="u-app",
    cluster="c-1",
    server="https://robot",
    context="spot-07",
    source="repo path main",
    armed_at=NOW - 600,
    armed_by="ana@base",
    expires_at=NOW + 3600,
)
FINE = AppNow(uid="u-app", source="repo path main")
READY = Facts(
    cluster="c-1",
    is_list_live=True,
    app=FINE,
    is_cluster_up=True,
    link_up_for=31.0,
    is_window_open=True,
    is_sync_allowed=True,
    charge=80.0,
)

# Each dimension: word -> the facts that it stands for. The judge below knows the words only.
CLUSTERS = {"ours": "c-1", "another": "c-2", "not known": ""}
"""In the largest table only ours: the others never come as far as the conditions."""
APPS = {
    "fine": FINE,
    "busy": replace(FINE, is_busy=True),
    "deleting": replace(FINE, is_deleting=True),
    "gone": None,
    "anew": replace(FINE, uid="u-other"),
    "moved": replace(FINE, source="elsewhere path main"),
}
LINKS = {"steady": (True, 31.0), "fresh": (True, 5.0), "cluster only": (True, None), "down": (False, None)}
SYNCS = {"allowed": (True, None), "shuts soon": (True, 20.0), "shut": (False, None), "not known": (None, None)}
CHARGES = {"enough": 80.0, "low": 20.0, "not known": None}
TIMES = {"in time": NOW, "expired": NOW + 3600, "clock set back": NOW - 600 - CLOCK_STEP - 1}
ASKED = [
    Conditions(link_up=link, update_window=window, sync_window=sync, charge=charge)
    for link, window, sync, charge in itertools.product((None, 30.0), (False, True), (False, True), (None, 40.0))
]


def judge(row: dict[str, Any], asked: Conditions) -> type:
    """Say what must come out; goes by a list of vetoes, not by the order of the code."""
    if row["cluster"] == "another":
        return Wait
    if row["time"] == "expired":
        return Expire
    if row["time"] == "clock set back" or row["cluster"] == "not known":
        return Wait
    if row["live"] and row["app"] in ("gone", "anew", "moved"):
        return Drop
    vetoes = [
        not row["live"],
        row["app"] != "fine",
        row["link"] == "down",
        row["other"],
        bool(asked.link_up) and row["link"] != "steady",
        asked.update_window and not row["window"],
        asked.sync_window and row["sync"] != "allowed",
        asked.charge is not None and row["charge"] != "enough",
    ]
    return Wait if any(vetoes) else Release


def rows(*clusters: str) -> Iterator[tuple[dict[str, Any], Facts]]:
    names = ("cluster", "live", "app", "link", "window", "sync", "charge", "other")
    yes_no = (False, True)
    for values in itertools.product(clusters or CLUSTERS, yes_no, APPS, LINKS, yes_no, SYNCS, CHARGES, yes_no):
        row: dict[str, Any] = dict(zip(names, values, strict=True))
        is_up, up_for = LINKS[row["link"]]
        allowed, allowed_for = SYNCS[row["sync"]]
        yield (
            row,
            Facts(
                cluster=CLUSTERS[row["cluster"]],
                is_list_live=row["live"],
                app=APPS[row["app"]],
                is_cluster_up=is_up,
                link_up_for=up_for,
                is_window_open=row["window"],
                is_sync_allowed=allowed,
                sync_allowed_for=allowed_for,
                charge=CHARGES[row["charge"]],
                is_other_running=row["other"],
            ),
        )


def test_every_combination_is_decided_as_the_judge_says() -> None:
    armed = [replace(ARMED, conditions=asked) for asked in ASKED]
    counted = dict.fromkeys((Wait, Release, Expire, Drop), 0)
    for row, facts in rows("ours"):
        for one in armed:
            decided = release(one, facts, NOW)
            assert type(decided) is judge({**row, "time": "in time"}, one.conditions), (row, one.conditions)
            assert not isinstance(decided, Wait) or (decided.reasons and all(decided.reasons))
            counted[type(decided)] += 1
    assert counted[Release] > 0 and counted[Drop] > 0
    assert sum(counted.values()) == 2 * 6 * 4 * 2 * 4 * 3 * 2 * len(ASKED)


@pytest.mark.parametrize("time", TIMES)
def test_every_combination_with_the_time_is_decided_as_the_judge_says(time: str) -> None:
    one = replace(ARMED, conditions=ASKED[-1])
    for row, facts in rows():
        assert type(release(one, facts, TIMES[time])) is judge({**row, "time": time}, one.conditions), row


@pytest.mark.parametrize("state", ["running", "done", "failed", "unknown", "expired", "cancelled"])
def test_only_what_waits_is_ever_released(state: ArmedState) -> None:
    assert isinstance(release(ARMED, READY, NOW), Release)
    for now in TIMES.values():
        assert isinstance(release(replace(ARMED, state=state), READY, now), Wait)


def test_it_expires_without_a_link_and_without_knowing_the_cluster() -> None:
    blind = Facts(cluster="", is_list_live=False, app=None, is_cluster_up=False, link_up_for=None, is_sync_allowed=None)
    assert isinstance(release(ARMED, blind, NOW + 3599), Wait)
    assert isinstance(release(ARMED, blind, NOW + 3600), Expire)


def test_a_clock_that_was_once_past_the_expiry_has_expired_it() -> None:
    assert isinstance(release(ARMED, replace(READY, latest_clock=NOW + 3600), NOW), Expire)
    assert isinstance(release(replace(ARMED, latest_clock=NOW + 3600), READY, NOW), Expire)


def test_a_clock_that_was_set_back_since_it_was_armed_keeps_it_waiting() -> None:
    kept = release(replace(ARMED, latest_clock=NOW + 1000), READY, NOW)
    assert isinstance(kept, Wait) and "clock was set back" in kept.reasons[0]
    assert isinstance(release(replace(ARMED, latest_clock=NOW + CLOCK_STEP), READY, NOW), Release)


def test_the_next_attempt_waits_for_its_time_but_never_longer_than_the_longest_pause() -> None:
    later = replace(ARMED, not_before=NOW + 30, last_error_class="offline")
    kept = release(later, READY, NOW)
    assert isinstance(kept, Wait) and "offline" in kept.reasons[0]
    assert isinstance(release(later, READY, NOW + 30), Release)
    # the clock was set back by an hour after that pause was written down
    assert isinstance(release(replace(later, not_before=NOW + LONGEST_PAUSE + 1), READY, NOW), Release)


def test_reasons_name_the_window_and_the_project() -> None:
    shut = replace(
        READY, is_window_open=False, window_reason="the robot walks", is_sync_allowed=False, sync_reason="deny is open"
    )
    kept = release(replace(ARMED, conditions=Conditions(charge=90.0)), shut, NOW)
    assert isinstance(kept, Wait)
    assert kept.reasons == ("update window: the robot walks", "deny is open", "the charge is below 90 %")


def test_conditions_are_said_in_words() -> None:
    assert in_words(Conditions(charge=40.0)).startswith("the cluster answers, the link is up for 30 s, ")
    assert in_words(Conditions(link_up=None, update_window=False, sync_window=False)) == "the cluster answers"


# -- after an attempt --------------------------------------------------------------------------------


def test_an_attempt_ends_by_its_class() -> None:
    assert after("", 1) == End("done")
    assert after("unknown", 1) == End("unknown")
    for word in ("failed", "auth", "missing", "manifest", "spec", "clock", "cluster", "refused", "login", "other"):
        assert after(word, 1) == End("failed")
    assert [after("offline", attempt) for attempt in (1, 2, 3)] == [Rearm(30), Rearm(60), Rearm(120)]


@given(word=st.sampled_from(sorted(PASSING)), attempts=st.integers(1, 50))
def test_what_passes_is_armed_again_a_limited_number_of_times(word: str, attempts: int) -> None:
    follows = after(word, attempts)
    if attempts >= MOST_ATTEMPTS:
        assert follows == End("failed")
    else:
        assert isinstance(follows, Rearm) and 30 <= follows.pause <= LONGEST_PAUSE


@settings(max_examples=50, deadline=None)
@given(word=st.text(max_size=20), attempts=st.integers(0, 10**6))
def test_only_classes_that_pass_are_armed_again(word: str, attempts: int) -> None:
    assert isinstance(after(word, attempts), Rearm) <= (word in PASSING)


TIME = st.floats(NOW - 10**6, NOW + 10**6)
FACTS = st.builds(
    Facts,
    cluster=st.sampled_from(["c-1", "c-2", ""]),
    latest_clock=TIME,
    is_list_live=st.booleans(),
    app=st.one_of(st.none(), st.builds(AppNow, uid=st.sampled_from(["u-app", "x"]), source=st.just(ARMED.source))),
    is_cluster_up=st.booleans(),
    link_up_for=st.one_of(st.none(), st.floats(0, 1e6)),
    is_window_open=st.booleans(),
    is_sync_allowed=st.sampled_from([True, False, None]),
    sync_allowed_for=st.one_of(st.none(), st.floats(0, 1e6)),
    charge=st.one_of(st.none(), st.floats(allow_nan=True)),
    is_other_running=st.booleans(),
)


@given(facts=FACTS, now=TIME, asked=st.sampled_from(ASKED))
def test_what_is_released_fulfils_all_that_was_asked(facts: Facts, now: float, asked: Conditions) -> None:
    if isinstance(release(replace(ARMED, conditions=asked), facts, now), Release):
        assert facts.cluster == ARMED.cluster and facts.app is not None and facts.app.uid == ARMED.uid
        assert now < ARMED.expires_at and facts.latest_clock < ARMED.expires_at
        assert facts.is_cluster_up and not facts.is_other_running
        assert asked.link_up is None or (facts.link_up_for or 0) >= asked.link_up
        assert not asked.update_window or facts.is_window_open
        assert not asked.sync_window or facts.is_sync_allowed
        assert asked.charge is None or (facts.charge or 0) >= asked.charge


@given(facts=FACTS, now=TIME, asked=st.sampled_from(ASKED))
def test_asking_for_less_never_holds_back_longer(facts: Facts, now: float, asked: Conditions) -> None:
    nothing = Conditions(link_up=None, update_window=False, sync_window=False)
    if isinstance(release(replace(ARMED, conditions=asked), facts, now), Release):
        assert isinstance(release(replace(ARMED, conditions=nothing), facts, now), Release)


# -- classes -----------------------------------------------------------------------------------------

LOAD = "Failed to load target state: failed to generate manifest for source 1 of 1: rpc error: code = Unknown desc = "
MESSAGES = [
    ("offline", LOAD + "failed to list refs: dial tcp 127.0.0.1:39418: connect: connection refused"),
    (
        "offline",
        LOAD + 'failed to list refs: Get "https://git.x/i": dial tcp: lookup git.x on 10.0.0.1:53: no such host',
    ),
    ("offline", "rpc error: code = DeadlineExceeded desc = context deadline exceeded"),
    ("offline", LOAD + "Manifest generation error (cached): `helm dependency build` failed timeout after 1m30s"),
    (
        "manifest",
        LOAD + "Manifest generation error (cached): `kustomize build .` failed exit status 1: Error: no such file",
    ),
    ("manifest", 'rpc error: code = FailedPrecondition desc = Failed to unmarshal "x.yaml": bad'),
    ("portal", LOAD + "failed to list refs: invalid pkt-len found"),
    ("portal", LOAD + "tls: failed to verify certificate: x509: certificate signed by unknown authority"),
    ("clock", LOAD + "x509: certificate has expired or is not yet valid: current time 1970 is before 2026"),
    ("auth", LOAD + "failed to list refs: authentication required: x"),
    ("auth", LOAD + 'failed to list refs: unexpected requesting "http://g" status code: 407'),
    ("remote", LOAD + 'failed to list refs: unexpected requesting "http://g" status code: 503'),
    ("missing", LOAD + "unable to resolve 'nosuchbranch' to a commit SHA: revision not found"),
    (
        "argo-down",
        'code = Unavailable desc = connection error: desc = "transport: Error while dialing: dial tcp :8081"',
    ),
    ("cluster", 'Failed to load live state: failed to get cluster info for "https://x": dial tcp: i/o timeout'),
    ("spec", "InvalidSpecError: Application referencing project nav which does not exist"),
    ("other", LOAD + "permission denied"),
    ("other", ""),
]


@pytest.mark.parametrize(("word", "message"), MESSAGES, ids=[json.dumps(each[1][-40:]) for each in MESSAGES])
def test_what_argo_cd_says_has_a_class(word: str, message: str) -> None:
    assert error_class(message) == word


def test_only_cached_failures_need_a_hard_refresh() -> None:
    assert [needs_hard_refresh(message) for _, message in MESSAGES].count(True) == 2


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=200))
def test_any_text_has_a_class(message: str) -> None:
    assert error_class(message)
