"""Deleting an Application, with what it deployed or without."""

from __future__ import annotations

from typing import Any

import pytest

from spottui.actions.registry import Weight, by_id
from spottui.actions.services import Unfinished
from spottui.errors import Conflict, Forbidden, SpottuiError, Unreachable

from .argo_case import PATH, perform, prepare
from .bench import APPLICATION, ARGO, Bench

FINALIZER = "resources-finalizer.argocd.argoproj.io"
HOOK = "post-delete-finalizer.argocd.argoproj.io"


@pytest.fixture(autouse=True)
def ready(bench: Bench) -> None:
    prepare(bench)


def finalizers(bench: Bench, *names: str) -> None:
    bench.api.change(PATH, {"metadata": {"finalizers": list(names)}})


def sent_finalizers(bench: Bench) -> Any:
    patches = [body["metadata"]["finalizers"] for method, body in bench.commands if method == "PATCH"]
    return patches[0] if patches else "none sent"


@pytest.mark.parametrize(
    ("before", "cascade", "sent"),
    [
        ((), "foreground", [FINALIZER]),
        ((), "background", [f"{FINALIZER}/background"]),
        ((), "none", "none sent"),
        ((FINALIZER,), "foreground", "none sent"),
        ((f"{FINALIZER}/foreground",), "foreground", "none sent"),
        ((FINALIZER, HOOK), "background", [HOOK, f"{FINALIZER}/background"]),
        ((f"{FINALIZER}/background",), "foreground", [FINALIZER]),
        ((FINALIZER, HOOK), "none", [HOOK]),
        ((FINALIZER,), "none", None),
    ],
)
async def test_the_finalizer_is_that_of_the_cascade_and_others_stay(
    bench: Bench, before: tuple[str, ...], cascade: str, sent: Any
) -> None:
    if before:
        finalizers(bench, *before)
    said = await perform(bench, "delete", cascade=cascade)
    assert sent_finalizers(bench) == sent
    assert said.startswith("perception: deleted") and PATH not in bench.api.objects


async def test_what_was_read_is_deleted_or_nothing(bench: Bench) -> None:
    await perform(bench, "delete", cascade="foreground")
    (preconditions,) = [body["preconditions"] for method, body in bench.commands if method == "DELETE"]
    assert preconditions["uid"] == "u-app" and preconditions["resourceVersion"].isdigit()


async def test_a_conflict_is_read_anew_and_five_are_enough(bench: Bench) -> None:
    bench.api.before = lambda method, path: bench.api.change(PATH, {}) if method == "DELETE" else None
    with pytest.raises(Conflict, match="nothing was done"):
        await perform(bench, "delete", cascade="none")
    assert PATH in bench.api.objects and len([1 for method, _ in bench.commands if method == "DELETE"]) == 5


async def test_the_name_is_typed_and_the_cascade_is_asked_for_first(bench: Bench) -> None:
    (field,) = await bench.runner.fields(by_id("application.delete"), APPLICATION)
    assert [pick.value for pick in field.picks] == ["none", "foreground", "background"]
    bench.answers = False
    await perform(bench, "delete", cascade="foreground")
    question = bench.questions[0]
    assert (question.weight, question.typed) == (Weight.TYPE_NAME, "perception")
    assert "Delete application/perception in namespace argocd AND EVERYTHING IT DEPLOYED" in question.text
    assert bench.commands == []


async def test_what_goes_along_is_counted_and_the_worst_named(bench: Bench) -> None:
    rows = [{"kind": "Deployment", "name": "a"}, {"kind": "Namespace", "name": "robot"}]
    bench.api.change(PATH, {"status": {"resources": rows}})
    bench.answers = False
    await perform(bench, "delete", cascade="background")
    assert "2 resources go along, among them Namespace robot with all that is in it." in bench.questions[0].text
    await perform(bench, "delete", cascade="none")
    assert "2 resources stay and run on" in bench.questions[1].text


@pytest.mark.parametrize("cascade", [None, "", "orphan", "yes"])
async def test_a_cascade_that_is_none_of_the_three_is_refused(bench: Bench, cascade: Any) -> None:
    with pytest.raises(SpottuiError, match="cascade of a deletion is foreground, background, none"):
        await perform(bench, "delete", cascade=cascade)
    assert bench.commands == []


async def test_one_that_is_made_again_is_said_so(bench: Bench) -> None:
    bench.answers = False
    bench.api.change(PATH, {"metadata": {"ownerReferences": [{"kind": "ApplicationSet", "name": "fleet"}]}})
    await perform(bench, "delete", cascade="none")
    assert "ApplicationSet fleet made it and makes it again." in bench.questions[0].text
    tracking = "platform:argoproj.io/Application:argocd/perception"
    notes = {"annotations": {"argocd.argoproj.io/tracking-id": tracking}, "ownerReferences": None}
    bench.api.change(PATH, {"metadata": notes})
    listed = [{"kind": "Application", "namespace": "argocd", "name": "perception"}]
    parent = {"metadata": {"name": "platform", "namespace": "argocd"}, "status": {"resources": listed}}
    bench.api.put(f"{ARGO}/applications/platform", {**parent, "spec": {}})
    await perform(bench, "delete", cascade="none")
    assert "platform, which makes it again with its next sync." in bench.questions[1].text


async def test_one_that_is_being_deleted_already_says_why_it_hangs(bench: Bench) -> None:
    hangs = [{"type": "DeletionError", "message": "namespaces cannot be deleted"}]
    gone = {"deletionTimestamp": "2027-01-15T07:00:00Z"}
    bench.api.change(PATH, {"metadata": gone, "status": {"conditions": hangs}})
    with pytest.raises(SpottuiError, match=r"being deleted already.* Argo CD says: namespaces cannot be deleted"):
        await perform(bench, "delete", cascade="none")


async def test_one_that_stays_is_unfinished_with_what_holds_it(bench: Bench) -> None:
    bench.api.keeps_deleted = True
    gone = {"deletionTimestamp": "2027-01-15T08:00:00Z"}
    bench.time.at(0, lambda: None)

    def delete(method: str, path: str) -> None:
        if method == "GET" and any(sent[0] == "DELETE" for sent in bench.api.sent):
            bench.api.change(PATH, {"metadata": gone})

    bench.api.before = delete
    said = await perform(bench, "delete", cascade="foreground")
    assert isinstance(said, Unfinished)
    assert f"still there after 90 s, held by {FINALIZER}" in said


async def test_a_deletion_that_the_cluster_did_not_begin_is_a_failure(bench: Bench) -> None:
    bench.api.keeps_deleted = True
    with pytest.raises(SpottuiError, match="is not being deleted"):
        await perform(bench, "delete", cascade="none")


async def test_one_that_is_made_anew_at_once_is_said(bench: Bench) -> None:
    def make_again(method: str, path: str) -> None:
        if PATH not in bench.api.objects:
            bench.api.put(PATH, {"metadata": {"name": "perception", "namespace": "argocd", "uid": "new"}})

    bench.api.before = make_again
    assert "somebody has made another one of its name" in await perform(bench, "delete", cascade="none")


async def test_without_the_right_to_delete_or_to_patch_nothing_is_sent(bench: Bench) -> None:
    for verb in ("delete", "patch"):
        bench.permits.forget()
        bench.api.denied = {verb}
        with pytest.raises(Forbidden):
            await perform(bench, "delete", cascade="none")
    assert bench.commands == []


async def test_a_link_that_drops_while_it_goes_does_not_matter(bench: Bench) -> None:
    bench.api.before = lambda method, path: (
        bench.api.failures.append(("GET", PATH, Unreachable("No link."))) if method == "DELETE" else None
    )
    assert "deleted" in await perform(bench, "delete", cascade="none")
