"""The rules about Argo CD that are easy to get wrong, each held once.

Rules 8 and 10 are about what is shown: tests/verdicts/test_argocd_rules.py. Rule 12, and 5, 7 and 8 once more, need a
controller: tests/test_argocd_simulator.py. Rule 11 (one exact Content-Type) is argocd-server's:
tests/sources/test_argocd_rest.py; 12 there: tests/test_argocd_server_acts.py.
"""

from __future__ import annotations

from typing import Any

import pytest

from spottui.actions.argocd_operation import JSON_PATCH, MERGE
from spottui.errors import SpottuiError

from .argo_case import PATH, STARTED, end, perform, prepare, running, sent_sync, window, with_windows
from .bench import Bench


@pytest.fixture(autouse=True)
def ready(bench: Bench) -> None:
    prepare(bench)


class Types:
    """Notes the content type of each write."""

    def __init__(self, bench: Bench) -> None:
        self.seen: list[str] = []
        request = bench.api.request

        async def noting(method: str, path: str, **how: Any) -> bytes:
            if method == "PATCH":
                self.seen.append(how["content_type"])
            return await request(method, path, **how)

        bench.api.request = noting  # type: ignore[method-assign]


async def test_rule_1_one_patch_on_the_main_resource_starts_a_sync(bench: Bench) -> None:
    types = Types(bench)
    end(bench)
    await perform(bench, "sync")
    assert [(method, path) for method, path, _ in bench.api.sent if not path.endswith("/events")] == [("PATCH", PATH)]
    assert types.seen == [MERGE]


async def test_rule_2_the_old_state_is_taken_away_under_the_version_that_was_read(bench: Bench) -> None:
    version = bench.api.objects[PATH]["metadata"]["resourceVersion"]
    end(bench)
    await perform(bench, "sync")
    (body,) = [body for _, body in bench.commands]
    assert body["status"] == {"operationState": None}
    assert body["metadata"] == {"uid": "u-app", "resourceVersion": version}


@pytest.mark.parametrize("name", ["sync", "sync-prune", "sync-dry-run", "sync-options", "sync-force", "rollback"])
async def test_rule_3_an_operation_that_is_there_is_shown_and_never_overwritten(bench: Bench, name: str) -> None:
    running(bench)
    with pytest.raises(SpottuiError, match=r"an operation of bob is in progress \(Running: one or more tasks"):
        await perform(bench, name)
    assert bench.commands == [] and bench.questions == []


async def test_rule_3_an_operation_that_comes_in_between_is_not_overwritten_either(bench: Bench) -> None:
    def race(method: str, path: str) -> None:
        if method == "PATCH" and not bench.api.objects[PATH].get("operation"):
            running(bench)

    bench.api.before = race
    with pytest.raises(SpottuiError, match="an operation of bob is in progress"):
        await perform(bench, "sync")
    assert bench.api.objects[PATH]["operation"]["initiatedBy"] == {"username": "bob"}


@pytest.mark.parametrize("name", ["sync", "rollback"])
async def test_rule_4_the_policys_own_options_and_retries_are_copied(bench: Bench, name: str) -> None:
    end(bench)
    await perform(bench, name)
    (body,) = [body for _, body in bench.commands]
    assert body["operation"]["sync"]["syncOptions"] == ["CreateNamespace=true"]
    assert body["operation"]["retry"] == {"limit": 2}


@pytest.mark.parametrize("name", ["sync", "sync-prune", "sync-dry-run", "sync-options", "sync-force", "rollback"])
async def test_rule_5_what_a_window_forbids_is_not_sent(bench: Bench, name: str) -> None:
    with_windows(bench, window())
    with pytest.raises(SpottuiError, match=r'No sync runs: the deny window "0 0 \* \* \*" for 24h is open\.'):
        await perform(bench, name)
    assert bench.commands == [] and bench.questions == []


async def test_rule_6_the_end_is_asked_for_under_the_phase_and_the_start_that_were_seen(bench: Bench) -> None:
    running(bench)
    types = Types(bench)
    end(bench, 1, "Failed", "Operation terminated", startedAt="2027-01-15T07:59:00Z")
    await perform(bench, "terminate")
    (change,) = [body for _, body in bench.commands]
    assert types.seen == [JSON_PATCH]
    assert [(each["op"], each["path"], each["value"]) for each in change] == [
        ("test", "/metadata/uid", "u-app"),
        ("test", "/status/operationState/phase", "Running"),
        ("test", "/status/operationState/startedAt", "2027-01-15T07:59:00Z"),
        ("replace", "/status/operationState/phase", "Terminating"),
    ]


async def test_rule_7_auto_sync_is_off_before_a_rollback_and_stays_off(bench: Bench) -> None:
    bench.api.change(PATH, {"spec": {"syncPolicy": {"automated": {"selfHeal": True}}}})
    end(bench)
    said = await perform(bench, "rollback")
    first, second = [body for _, body in bench.commands]
    assert first["spec"] == {"syncPolicy": {"automated": {"enabled": False}}} and "operation" not in first
    assert second["operation"]["sync"]["revision"] == "b" * 40
    assert "Auto-sync is off now and stays off" in said
    assert "turned off first and stays off" in bench.questions[0].text


async def test_rule_9_nothing_is_pruned_by_what_is_said_while_sync_is_unknown(bench: Bench) -> None:
    rows = [{"kind": "ConfigMap", "name": "a", "status": "Unknown", "requiresPruning": True}]
    bench.api.change(PATH, {"status": {"sync": {"status": "Unknown"}, "resources": rows}})
    for name, options in (("sync-prune", {}), ("sync-force", {"flags": ("prune",)}), ("rollback", {"prune": True})):
        with pytest.raises(SpottuiError, match="nobody knows what would be deleted"):
            await perform(bench, name, **options)
    assert bench.commands == []


async def test_rule_9_what_is_known_to_go_is_named_in_the_question(bench: Bench) -> None:
    rows = [
        {"kind": "ConfigMap", "name": "a", "status": "OutOfSync", "requiresPruning": True},
        {"kind": "ConfigMap", "name": "b", "status": "Synced"},
    ]
    bench.api.change(PATH, {"status": {"resources": rows}})
    bench.answers = False
    await perform(bench, "sync-prune")
    assert "To be deleted: ConfigMap a." in bench.questions[0].text


def test_the_fake_clock_is_where_the_tests_think_it_is(bench: Bench) -> None:
    from spottui.clock import rfc3339

    assert rfc3339(bench.time()) == STARTED


async def test_the_state_of_an_operation_that_was_asked_for_is_sent_as_it_was_chosen(bench: Bench) -> None:
    end(bench)
    await perform(bench, "sync", revision="v1")
    assert sent_sync(bench) == {"revision": "v1", "syncOptions": ["CreateNamespace=true"]}
