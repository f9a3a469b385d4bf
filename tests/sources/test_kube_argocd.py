"""Applications on the wire: history, sources and resources arrive, and nothing in them can do harm."""

from __future__ import annotations

import time
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from spottui.records_argocd import AppResource, AppSource, Deployed

from .wire import meta, one

A, B = "a" * 40, "b" * 40
SOURCE = {"repoURL": "https://git.x/a.git", "path": "deploy", "targetRevision": "main"}


def app(spec: dict[str, Any] | None = None, **status: Any) -> Any:
    return one("applications", {"metadata": meta(), "spec": spec or {"source": SOURCE}, "status": status})


def test_an_application_without_a_status_has_empty_words_and_no_rows() -> None:
    found = one("applications", {"metadata": meta(), "spec": {"source": SOURCE}})
    assert (found.sync, found.health, found.resources, found.history) == ("", "", (), ())
    assert found.sources == (AppSource(repo="https://git.x/a.git", path="deploy", target_revision="main"),)


def test_words_that_nobody_knows_are_kept_as_they_are() -> None:
    found = app(sync={"status": "Sideways"}, health={"status": "Purring"}, operationState={"phase": "Dreaming"})
    assert (found.sync, found.health, found.operation.phase) == ("Sideways", "Purring", "Dreaming")


def test_several_sources_all_arrive_and_the_values_only_one_is_told_apart() -> None:
    values = {"repoURL": "https://git.x/v.git", "ref": "values"}
    chart = {"repoURL": "https://charts.x", "chart": "nav", "targetRevision": "1.4.2"}
    found = app({"sources": [values, chart]}, sync={"status": "Synced", "revisions": [A, "1.4.2"]})
    assert [(each.repo, each.chart, each.ref) for each in found.sources] == [
        ("https://git.x/v.git", "", "values"),
        ("https://charts.x", "nav", ""),
    ]
    assert found.revision == f"{A}+1.4.2" and found.path == "nav"


def test_a_row_of_the_history_arrives_whole_and_an_empty_source_is_none() -> None:
    rows = [
        {"id": 0, "revision": A, "deployedAt": "2026-11-24T01:00:05Z", "source": {"repoURL": ""}},
        {
            "id": 1,
            "revision": B,
            "deployStartedAt": "2026-11-24T01:00:00Z",
            "deployedAt": "2026-11-24T01:00:05Z",
            "source": SOURCE,
            "initiatedBy": {"username": "ana\x1b[31m"},
        },
    ]
    first, last = app(history=rows).history
    assert (first.id, first.sources) == (0, ())
    assert last == Deployed(
        id=1,
        revision=B,
        started_at=last.at - 5,
        at=last.at,
        initiated_by="ana",
        sources=(AppSource(repo="https://git.x/a.git", path="deploy", target_revision="main"),),
    )


def rows(count: int) -> list[dict[str, Any]]:
    return [
        {"version": "v1", "kind": "ConfigMap", "namespace": "n", "name": f"c{number}", "status": "OutOfSync"}
        | {"requiresPruning": True}
        for number in range(count)
    ]


def test_all_of_two_thousand_resources_arrive() -> None:
    found = app(sync={"status": "OutOfSync"}, resources=rows(2000))
    assert (len(found.resources), found.resource_count) == (2000, 2000)
    assert found.resources[0] == AppResource(
        kind="ConfigMap", name="c0", namespace="n", sync="OutOfSync", is_pruned=True
    )


def test_while_sync_is_unknown_nothing_is_to_be_pruned() -> None:
    found = app(sync={"status": "Unknown"}, resources=rows(3))
    assert not any(each.is_pruned for each in found.resources)


def test_a_condition_of_five_megabytes_is_cut() -> None:
    begun = time.process_time()
    found = app(conditions=[{"type": "ComparisonError", "message": "no such host " * 400_000}])
    assert len(found.conditions[0].message) <= 2001 and time.process_time() - begun < 5.0


def test_skip_reconcile_and_the_phase_of_a_result_arrive() -> None:
    notes = {"argocd.argoproj.io/skip-reconcile": "true"}
    result = {"kind": "Job", "name": "pre", "hookType": "PreSync", "hookPhase": "Running", "syncPhase": "PreSync"}
    status = {"operationState": {"phase": "Running", "retryCount": 2, "syncResult": {"resources": [result]}}}
    found = one("applications", {"metadata": meta(annotations=notes), "spec": {}, "status": status})
    assert found.is_paused and found.operation.retries == 2
    assert found.operation.resources[0].sync_phase == "PreSync"


@given(st.dictionaries(st.sampled_from(["kind", "name", "status", "syncWave", "hook", "unknown"]), st.text(max_size=9)))
def test_a_resource_of_odd_texts_is_read_or_left_out_but_ends_nothing(row: dict[str, str]) -> None:
    from spottui.sources.kube_objects import decode_list

    from .wire import page

    found = decode_list("applications", page({"metadata": meta(), "spec": {}, "status": {"resources": [row]}}))
    assert len(found.records) + found.skipped == 1
