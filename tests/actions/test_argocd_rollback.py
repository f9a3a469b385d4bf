"""Rolling back to a row of the history, and what becomes of auto-sync."""

from __future__ import annotations

from typing import Any

import pytest

from spottui.errors import Conflict, Forbidden, Refused, SpottuiError

from .argo_case import OLD, PATH, SETS, SOURCE, a_row, end, perform, prepare, sent_sync, window, with_windows
from .bench import ARGO, SHA, Bench

AUTO = {"syncPolicy": {"automated": {"prune": True}}}
BY_SET = {"ownerReferences": [{"kind": "ApplicationSet", "name": "fleet", "controller": True}]}
PARENT = f"{ARGO}/applications/platform"


@pytest.fixture(autouse=True)
def ready(bench: Bench) -> None:
    prepare(bench)


def history(bench: Bench, *rows: Any) -> None:
    bench.api.change(PATH, {"status": {"history": list(rows)}})


def owned_by_set(bench: Bench, **spec: Any) -> None:
    bench.api.change(PATH, {"metadata": BY_SET, "spec": AUTO})
    bench.api.put(f"{SETS}/fleet", {"metadata": {"name": "fleet"}, "spec": spec})


def owned_by_app(bench: Bench, **automated: Any) -> None:
    tracking = "platform:argoproj.io/Application:argocd/perception"
    bench.api.change(PATH, {"metadata": {"annotations": {"argocd.argoproj.io/tracking-id": tracking}}, "spec": AUTO})
    listed = [{"kind": "Application", "namespace": "argocd", "name": "perception"}]
    meta = {"name": "platform", "namespace": "argocd", "uid": "u-platform"}
    spec = {"syncPolicy": {"automated": automated}}
    bench.api.put(PARENT, {"metadata": meta, "spec": spec, "status": {"resources": listed}})


async def test_the_rows_own_source_and_commit_are_sent_without_hooks(bench: Bench) -> None:
    end(bench)
    said = await perform(bench, "rollback", id=3)
    assert sent_sync(bench) == {
        "revision": OLD,
        "source": SOURCE,
        "syncStrategy": {"apply": {}},
        "syncOptions": ["CreateNamespace=true"],
        "prune": False,
    }
    assert said == "perception: rolled back to a1b2c3d in 1 s."
    text = bench.questions[0].text
    assert "Roll back application/perception in namespace argocd to row 3" in text and bench.questions[0].typed
    assert "It goes back to bbbbbbb, without hooks; that was deployed 120m ago." in text


async def test_several_sources_go_back_together(bench: Bench) -> None:
    row = {"source": {"repoURL": ""}, "sources": [SOURCE, SOURCE], "revisions": [OLD, "1.4.2"], "revision": ""}
    history(bench, a_row(0, **row), a_row(1, SHA))
    end(bench)
    await perform(bench, "rollback")
    sync = sent_sync(bench)
    assert (sync["revisions"], sync["sources"]) == ([OLD, "1.4.2"], [SOURCE, SOURCE])
    assert "revision" not in sync and "source" not in sync


async def test_zero_is_a_real_row_and_none_is_the_one_before(bench: Bench) -> None:
    history(bench, a_row(0, OLD), a_row(1, "c" * 40), a_row(2, SHA))
    end(bench)
    await perform(bench, "rollback", id=0)
    assert sent_sync(bench)["revision"] == OLD
    end(bench)
    await perform(bench, "rollback")
    assert sent_sync(bench)["revision"] == "c" * 40


@pytest.mark.parametrize(
    ("rows", "wanted", "why"),
    [
        ((), None, "has no earlier row in its history"),
        ((a_row(0, SHA),), None, "has no earlier row in its history"),
        ((a_row(0, OLD), a_row(1, SHA)), 1, r"row 1 \(a1b2c3d\) is what is deployed"),
        ((a_row(0, OLD), a_row(1, SHA)), 7, "has no row 7 in its history; it has 0 to 0"),
        ((a_row(0, OLD, source=None), a_row(1, SHA)), 0, "no way back to row 0: Argo CD did not keep where it came"),
        ((a_row(0, ""), a_row(1, SHA)), 0, "no way back to row 0: Argo CD did not keep its revision"),
        ((a_row(0, "", source=None), a_row(1, SHA)), None, "no way back to any row"),
    ],
)
async def test_rows_that_there_is_no_way_back_to(bench: Bench, rows: Any, wanted: Any, why: str) -> None:
    history(bench, *rows)
    with pytest.raises(SpottuiError, match=why):
        await perform(bench, "rollback", id=wanted)
    assert bench.commands == [] and bench.questions == []


async def test_a_window_leaves_auto_sync_alone_too(bench: Bench) -> None:
    bench.api.change(PATH, {"spec": AUTO})
    with_windows(bench, window())
    with pytest.raises(SpottuiError, match="is open"):
        await perform(bench, "rollback")
    assert bench.commands == []


async def test_both_requests_are_in_the_audit_log(bench: Bench) -> None:
    bench.api.change(PATH, {"spec": AUTO})
    end(bench)
    await perform(bench, "rollback")
    requests = [line["request"]["body"] for line in bench.lines if line.get("request") and line["outcome"] == "asked"]
    assert ["spec" in body for body in requests] == [True, False]
    assert ["operation" in body for body in requests] == [False, True]


@pytest.mark.parametrize("error", [Refused("Denied."), Conflict("Again.")])
async def test_a_rollback_that_fails_after_auto_sync_was_turned_off_says_so(bench: Bench, error: Any) -> None:
    bench.api.change(PATH, {"spec": AUTO})

    def refuse(method: str, path: str) -> None:
        sent = [body for _, _, body in bench.api.sent]
        if method == "PATCH" and sent and "spec" in sent[0]:
            raise error

    bench.api.before = refuse
    with pytest.raises(type(error), match="Auto-sync was turned off before and stays off"):
        await perform(bench, "rollback")
    assert bench.api.objects[PATH]["spec"]["syncPolicy"]["automated"] == {"prune": True, "enabled": False}


async def test_auto_sync_that_somebody_turns_on_at_this_moment_keeps_it_from_being_sent(bench: Bench) -> None:
    bench.api.change(PATH, {"spec": AUTO})

    def meddle(method: str, path: str) -> None:
        automated = bench.api.objects[PATH]["spec"]["syncPolicy"]["automated"]
        if method == "GET" and automated.get("enabled") is False:
            bench.api.change(PATH, {"spec": {"syncPolicy": {"automated": {"enabled": None}}}})

    bench.api.before = meddle
    with pytest.raises(SpottuiError, match="somebody turned auto-sync on at this moment"):
        await perform(bench, "rollback")
    assert not any("operation" in body for _, body in bench.commands)


async def test_one_that_an_application_set_sets_back_is_refused_with_the_reason(bench: Bench) -> None:
    owned_by_set(bench)
    with pytest.raises(SpottuiError, match="ApplicationSet fleet made it and sets its spec back within minutes") as why:
        await perform(bench, "rollback")
    assert "turn auto-sync off in the ApplicationSet fleet, or revert the commit in git" in str(why.value)
    assert bench.commands == [] and bench.questions == []


@pytest.mark.parametrize(
    "spec",
    [
        {"syncPolicy": {"applicationsSync": "create-only"}},
        {"ignoreApplicationDifferences": [{"jsonPointers": ["/spec/syncPolicy"]}]},
        {"ignoreApplicationDifferences": [{"name": "perception", "jqPathExpressions": [".spec.syncPolicy.automated"]}]},
    ],
)
async def test_an_application_set_that_leaves_auto_sync_alone_allows_it(bench: Bench, spec: Any) -> None:
    owned_by_set(bench, **spec)
    end(bench)
    assert "Auto-sync is off now" in await perform(bench, "rollback")


@pytest.mark.parametrize(
    "spec",
    [
        {"ignoreApplicationDifferences": [{"name": "other", "jsonPointers": ["/spec/syncPolicy"]}]},
        {"ignoreApplicationDifferences": [{"jsonPointers": ["/spec/source"]}]},
        {"strategy": {"type": "RollingSync"}},
    ],
)
async def test_an_application_set_that_ignores_something_else_does_not(bench: Bench, spec: Any) -> None:
    owned_by_set(bench, **spec)
    with pytest.raises(SpottuiError, match="Nothing was sent"):
        await perform(bench, "rollback")


async def test_a_set_that_cannot_be_read_is_said_and_the_operator_decides(bench: Bench) -> None:
    owned_by_set(bench)
    bench.api.failures = [("GET", "applicationsets", Forbidden("No."))] * 2
    end(bench)
    await perform(bench, "rollback")
    assert "ApplicationSet fleet made it; whether that sets its spec back is not known." in bench.questions[0].text


async def test_one_that_a_self_healing_app_of_apps_sets_back_is_refused(bench: Bench) -> None:
    owned_by_app(bench, selfHeal=True)
    with pytest.raises(SpottuiError, match="belongs to the Application platform, which heals itself"):
        await perform(bench, "rollback")


async def test_an_app_of_apps_that_does_not_heal_is_a_note(bench: Bench) -> None:
    owned_by_app(bench)
    end(bench)
    await perform(bench, "rollback")
    assert "platform, whose next sync sets its spec back" in bench.questions[0].text


async def test_one_of_a_hub_is_refused(bench: Bench) -> None:
    bench.api.change(PATH, {"metadata": {"annotations": {"argocd.argoproj.io/source-uid": "u"}}, "spec": AUTO})
    with pytest.raises(SpottuiError, match="comes from the hub of argocd-agent"):
        await perform(bench, "rollback")


async def test_without_auto_sync_nobody_needs_to_be_asked(bench: Bench) -> None:
    bench.api.change(PATH, {"metadata": BY_SET})
    end(bench)
    assert (await perform(bench, "rollback")).endswith("in 1 s.")


async def test_the_form_offers_the_rows_the_newest_first_with_what_is_known(bench: Bench) -> None:
    from spottui.actions.registry import by_id

    from .bench import APPLICATION

    history(bench, a_row(1, OLD, source=None), a_row(2, OLD), a_row(3, SHA))
    (field,) = await bench.runner.fields(by_id("application.rollback"), APPLICATION)
    assert [pick.value for pick in field.picks] == [2, 1]
    assert [pick.note for pick in field.picks] == [
        "120m ago, by bob, perception",
        "120m ago, by bob, Argo CD did not keep where it came from",
    ]
