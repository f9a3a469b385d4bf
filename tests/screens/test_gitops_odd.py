"""What Argo CD's objects should not be, from the wire to the screen: each is a sentence, and nothing breaks."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from spottui.events import ArgoSettingsHeard, ObjectsHeard
from spottui.records_argocd import ArgoSettings
from spottui.sources.kube_objects import decode_list

from .app_case import NOW, everything_listed, screen_text, tell, until
from .test_gitops_parents import an_app, flat

Json = dict[str, Any]
META = {"name": "nav", "namespace": "argocd", "uid": "u"}
SOURCE = {"repoURL": "https://git.x/nav.git", "path": "deploy"}
SYNCED = {"sync": {"status": "Synced", "revision": "a" * 40}, "health": {"status": "Healthy"}}
MANY = [{"kind": "ConfigMap", "namespace": "r", "name": f"c{number}", "status": "Synced"} for number in range(2000)]
POD = {"kind": "Pod", "name": "p", "namespace": "r"}
ODD_WORDS: Json = {
    "sync": {"status": "Sideways"},
    "health": {"status": "Purring"},
    "operationState": {"phase": "Dancing", "message": "round and round", "startedAt": "yesterday", "operation": {}},
    "conditions": [{"type": "NovelError", "message": "nobody has seen this"}],
    "resources": [{**POD, "status": "Sideways", "health": {"status": "Purring"}}],
    "history": [{"id": 0, "revision": "a" * 40, "deployedAt": "soon"}],
}
HUGE = "Failed to load target state: " + "x" * 5_000_000 + ": dial tcp: lookup git.x on 10.0.0.1:53: no such host"


def heard(kind: str, *objects: Json) -> ObjectsHeard:
    """Return objects as the API server sends them."""
    body = json.dumps({"kind": "List", "metadata": {}, "items": objects}).encode()
    return ObjectsHeard(kind, decode_list(kind, body).records, (), NOW)


def an_app_object(status: Json | None, **spec: Any) -> Json:
    known = {"metadata": META, "spec": {"project": "default", "source": SOURCE, **spec}}
    return known if status is None else {**known, "status": status}


def a_project(*windows: Json, name: str = "default") -> Json:
    return {"metadata": {"name": name, "namespace": "argocd", "uid": f"p-{name}"}, "spec": {"syncWindows": windows}}


def window(**more: Any) -> Json:
    return {"kind": "deny", "schedule": "* * * * *", "duration": "1h", "applications": ["*"], **more}


CASES: list[tuple[Json, Json, str, str]] = [
    (an_app_object(None), a_project(), "no status yet", ""),
    (an_app_object({}), a_project(), "Argo CD has not compared it yet.", ""),
    (an_app_object(ODD_WORDS), a_project(), "Sideways Purring", ""),
    (an_app_object(ODD_WORDS), a_project(), "Nobody has seen this", "operation: Dancing"),
    (
        an_app_object({**SYNCED, "conditions": [{"type": "ComparisonError", "message": HUGE}]}),
        a_project(),
        "OFFLINE git.x cannot be reached from the robot.",
        "",
    ),
    (an_app_object(SYNCED, project="gone"), a_project(), "project gone is not there", ""),
    (
        an_app_object(SYNCED),
        a_project(window(schedule="every tuesday")),
        'its schedule "every tuesday" cannot be read',
        "",
    ),
    (an_app_object(SYNCED), a_project(window(duration="1d")), 'its duration "1d" cannot be read', ""),
    (
        an_app_object(SYNCED),
        a_project(window(timeZone="Mars/Base")),
        "Mars/Base",
        "nobody knows the time zone Mars/Base: Argo CD takes UTC",
    ),
    (an_app_object(SYNCED), a_project(window(kind="maybe")), "auto-sync may run", ""),
]
"""An Application, its project, what stands below the list, and what more when it is open."""


async def test_it_is_a_sentence_in_the_list_and_opens(tmp_path: Path) -> None:
    settings = ArgoSettings(namespace="argocd", heard_at=NOW, global_projects=())
    async with an_app(tmp_path).run_test(size=(130, 44)) as pilot:
        await tell(pilot, *everything_listed(), ArgoSettingsHeard(settings))
        await pilot.press("5")
        for app, project, said, in_detail in CASES:
            await tell(pilot, heard("appprojects", project), heard("applications", app))
            await until(lambda said=said: said in flat(pilot.app), pilot)
            await pilot.press("enter")
            await until(lambda said=in_detail or said: said in flat(pilot.app), pilot)
            await pilot.press("escape")


async def test_the_ways_on_from_an_odd_one_open_too(tmp_path: Path) -> None:
    async with an_app(tmp_path).run_test(size=(130, 44)) as pilot:
        await tell(pilot, *everything_listed(), heard("applications", an_app_object(ODD_WORDS)))
        await pilot.press("5", "R")
        await until(lambda: "History of nav 1 deployment" in flat(pilot.app), pilot)
        await pilot.press("escape", "D")
        await until(lambda: "this is no list of what a sync would change" in flat(pilot.app), pilot)


async def test_two_thousand_resources_are_counted_drawn_and_walked(tmp_path: Path) -> None:
    async with an_app(tmp_path).run_test(size=(100, 40)) as pilot:
        await tell(pilot, *everything_listed(), heard("applications", an_app_object({**SYNCED, "resources": MANY})))
        await pilot.press("5", "enter")
        await until(lambda: "2000 resources" in screen_text(pilot.app), pilot)
        await pilot.press("G")
        await until(lambda: "ConfigMap/c1999" in screen_text(pilot.app), pilot)


def test_a_message_of_five_megabytes_costs_little_and_keeps_little() -> None:
    body = an_app_object({**SYNCED, "conditions": [{"type": "ComparisonError", "message": HUGE}] * 3})
    raw = json.dumps({"kind": "List", "items": [body]}).encode()
    began = time.thread_time()
    (record,) = decode_list("applications", raw).records
    assert time.thread_time() - began < 1.0
    assert all(len(one.message) <= 2100 for one in record.conditions)  # type: ignore[attr-defined]
