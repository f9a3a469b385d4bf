"""Auto-sync and self-heal on and off, and whether that lasts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from spottui.errors import SpottuiError, Unreachable

from .argo_case import PATH, SETS, perform, prepare, window, with_windows
from .bench import Bench

BY_SET = {"ownerReferences": [{"kind": "ApplicationSet", "name": "fleet", "controller": True}]}


@pytest.fixture(autouse=True)
def ready(bench: Bench) -> None:
    prepare(bench)


def automated(bench: Bench) -> Any:
    return bench.api.objects[PATH]["spec"]["syncPolicy"].get("automated")


def set_automated(bench: Bench, **fields: Any) -> None:
    bench.api.change(PATH, {"spec": {"syncPolicy": {"automated": fields}}})


async def test_off_keeps_prune_and_self_heal_and_on_finds_them_again(bench: Bench) -> None:
    set_automated(bench, prune=True, selfHeal=True)
    said = await perform(bench, "auto-sync-off")
    assert automated(bench) == {"prune": True, "selfHeal": True, "enabled": False}
    assert said == "perception: auto-sync is off; prune and self-heal are kept for when it is on again."
    assert await perform(bench, "auto-sync-on") == "perception: auto-sync is on."
    assert automated(bench) == {"prune": True, "selfHeal": True}


async def test_on_where_there_was_none(bench: Bench) -> None:
    await perform(bench, "auto-sync-on")
    assert automated(bench) == {}
    text = bench.questions[0].text
    assert "It is OutOfSync at a1b2c3d; what git says is deployed at once." in text


async def test_on_after_a_rollback_says_what_it_replaces(bench: Bench) -> None:
    bench.api.change(PATH, {"status": {"sync": {"revision": "c" * 40}}})
    bench.answers = False
    await perform(bench, "auto-sync-on")
    assert "That replaces a1b2c3d, which is deployed now, by ccccccc." in bench.questions[0].text


async def test_on_says_until_when_windows_hold_it_back(bench: Bench) -> None:
    with_windows(bench, window(duration="12h"))
    bench.answers = False
    await perform(bench, "auto-sync-on")
    assert "So auto-sync waits until 2027-01-15 12:00 UTC." in bench.questions[0].text


async def test_an_argo_cd_that_knows_no_enabled_has_it_taken_away_and_put_back(bench: Bench) -> None:
    set_automated(bench, prune=True)

    def prune_unknown(method: str, path: str) -> None:
        found = automated(bench)
        if isinstance(found, dict):
            found.pop("enabled", None)

    put = bench.api.put

    def pruned(path: str, found: Any) -> Any:
        policy = found.get("spec", {}).get("syncPolicy", {})
        if isinstance(policy.get("automated"), dict):
            policy["automated"].pop("enabled", None)
        return put(path, found)

    bench.api.put = pruned  # type: ignore[method-assign]
    bench.api.before = prune_unknown
    await perform(bench, "auto-sync-off")
    assert automated(bench) is None
    kept = bench.api.objects[PATH]["metadata"]["annotations"]["spottui.dev/auto-sync-before-off"]
    assert json.loads(kept) == {"prune": True}
    await perform(bench, "auto-sync-on")
    assert automated(bench) == {"prune": True}
    assert "spottui.dev/auto-sync-before-off" not in bench.api.objects[PATH]["metadata"]["annotations"]


@pytest.mark.parametrize("kept", ["", "{", "[3]", '{"prune": "yes", "other": true}'])
async def test_what_was_kept_and_is_nonsense_is_not_written_back(bench: Bench, kept: str) -> None:
    bench.api.change(PATH, {"metadata": {"annotations": {"spottui.dev/auto-sync-before-off": kept}}})
    await perform(bench, "auto-sync-on")
    assert automated(bench) == ({"prune": True} if "prune" in kept else {})


@pytest.mark.parametrize(
    ("name", "fields", "why"),
    [
        ("auto-sync-on", {}, "auto-sync is on already"),
        ("auto-sync-off", {"enabled": False}, "auto-sync is off already"),
        ("self-heal-on", {"selfHeal": True}, "self-heal is on already"),
        ("self-heal-off", {}, "self-heal is off already"),
    ],
)
async def test_what_is_so_already_is_not_sent(bench: Bench, name: str, fields: Any, why: str) -> None:
    set_automated(bench, **fields)
    with pytest.raises(SpottuiError, match=why):
        await perform(bench, name)
    assert bench.commands == [] and bench.questions == []


async def test_self_heal_alone_would_turn_auto_sync_on_so_it_is_refused(bench: Bench) -> None:
    with pytest.raises(SpottuiError, match="has no auto-sync that self-heal could go with"):
        await perform(bench, "self-heal-on")
    assert bench.commands == []


async def test_self_heal_on_and_off(bench: Bench) -> None:
    set_automated(bench, enabled=False)
    assert await perform(bench, "self-heal-on") == "perception: self-heal is on."
    assert automated(bench) == {"enabled": False, "selfHeal": True}
    assert "does something only once that is on" in bench.questions[0].text
    assert await perform(bench, "self-heal-off") == "perception: self-heal is off."
    assert automated(bench) == {"enabled": False, "selfHeal": False}


async def test_a_change_that_somebody_takes_back_is_a_failure_that_names_who(bench: Bench) -> None:
    set_automated(bench)
    bench.api.change(PATH, {"metadata": BY_SET})
    bench.api.put(f"{SETS}/fleet", {"metadata": {"name": "fleet"}, "spec": {}})
    wrote = {"f:spec": {"f:syncPolicy": {"f:automated": {".": {}}}}}
    managers = [
        {"manager": "kubectl", "time": "2027-01-15T07:00:00Z", "fieldsV1": wrote},
        {"manager": "argocd-applicationset-controller", "time": "2027-01-15T08:00:06Z", "fieldsV1": wrote},
    ]

    def take_back() -> None:
        set_automated(bench, enabled=None)
        bench.api.change(PATH, {"metadata": {"managedFields": managers}})

    bench.time.at(6, take_back)
    with pytest.raises(SpottuiError, match="auto-sync was set back to on by argocd-applicationset-controller"):
        await perform(bench, "auto-sync-off")
    assert "ApplicationSet fleet made it and sets its spec back" in bench.questions[0].text
    assert bench.outcomes[-1] == "failed"


async def test_who_is_not_in_the_managed_fields_is_the_one_who_may(bench: Bench) -> None:
    set_automated(bench)
    bench.api.change(PATH, {"metadata": BY_SET})
    bench.time.at(1, lambda: set_automated(bench, enabled=None))
    with pytest.raises(SpottuiError, match="set back to on by ApplicationSet fleet"):
        await perform(bench, "auto-sync-off")


async def test_a_change_that_lasts_is_watched_for_ten_seconds_where_somebody_may_take_it_back(bench: Bench) -> None:
    set_automated(bench)
    bench.api.change(PATH, {"metadata": BY_SET})
    began = bench.time()
    said = await perform(bench, "auto-sync-off")
    assert 10 <= bench.time() - began < 12
    assert said.endswith("ApplicationSet fleet made it; whether that sets its spec back is not known.")


async def test_a_link_that_drops_while_it_is_read_back_does_not_matter(bench: Bench) -> None:
    set_automated(bench)
    bench.api.before = lambda method, path: (
        bench.api.failures.append(("GET", PATH, Unreachable("No link."))) if method == "PATCH" else None
    )
    assert "auto-sync is off" in await perform(bench, "auto-sync-off")


async def test_a_cluster_that_changes_what_was_sent_is_not_believed(bench: Bench) -> None:
    set_automated(bench)
    put = bench.api.put

    def stubborn(path: str, found: Any) -> Any:
        if path == PATH:
            found["spec"]["syncPolicy"]["automated"] = {}
        return put(path, found)

    bench.api.put = stubborn  # type: ignore[method-assign]
    with pytest.raises(SpottuiError, match="auto-sync is still on"):
        await perform(bench, "auto-sync-off")
