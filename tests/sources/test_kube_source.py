"""The Kubernetes source against a server that misbehaves: what is shown stays, and what is wrong is said."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from spottui.events import AccessChanged, KindAlive, ListEnded, ObjectsHeard
from spottui.sources.kube import KubeSource
from spottui.sources.kube_api import KubeApi
from spottui.sources.kube_objects import KINDS
from spottui.sources.kubeconfig import find_cluster

from .fake_api import FakeApi, an_object, html, running, status, until
from .kube_listening import QUICK, Heard, listening


@pytest.fixture
async def fake() -> AsyncIterator[FakeApi]:
    async with running() as server:
        for name in ("cam-front", "cam-back", "lidar"):
            server.add("pods", an_object(name))
        yield server


# -- list and watch


async def test_pages_come_one_by_one_and_the_end_removes_what_is_gone(fake: FakeApi, tmp_path: Path) -> None:
    fake.page_size = 2
    async with listening(fake, tmp_path) as (heard, _):
        await until(lambda: heard.count(ListEnded))
    pages = [event for event in heard.events if isinstance(event, ObjectsHeard)]
    assert [len(page.changed) for page in pages] == [2, 1]
    assert heard.names() == {"cam-front", "cam-back", "lidar"}


async def test_what_changes_is_heard_by_the_watch(fake: FakeApi, tmp_path: Path) -> None:
    async with listening(fake, tmp_path) as (heard, _):
        await until(lambda: "pods" in fake.watched())
        fake.add("pods", an_object("new"))
        fake.add("pods", an_object("lidar", metadata_changed=True))
        fake.remove("pods", "uid-perception-cam-front")
        await until(lambda: heard.names() == {"cam-back", "lidar", "new"})
        assert heard.state() == "live"
        assert fake.count("watch=1") == 1


async def test_many_changes_are_told_in_few_events(fake: FakeApi, tmp_path: Path) -> None:
    async with listening(fake, tmp_path) as (heard, _):
        await until(lambda: "pods" in fake.watched())
        before = heard.count(ObjectsHeard)
        for number in range(1200):
            fake.add("pods", an_object(f"pod-{number}"))
        await until(lambda: len(heard.names()) == 1203)
        assert heard.count(ObjectsHeard) - before <= 20


async def test_a_bookmark_says_that_the_kind_is_alive_and_moves_the_place_to_resume_from(
    fake: FakeApi, tmp_path: Path
) -> None:
    async with listening(fake, tmp_path) as (heard, _):
        await until(lambda: heard.count(KindAlive) == 1)
        fake.version = 777
        fake.bookmark("pods")
        await until(lambda: heard.count(KindAlive) == 2)
        fake.end_watches()
        await until(lambda: fake.count("resourceVersion=777"))
        assert fake.count("limit=") == 1


async def test_only_warnings_are_asked_for_among_the_events(fake: FakeApi, tmp_path: Path) -> None:
    async with listening(fake, tmp_path, "events") as (heard, _):
        await until(lambda: heard.count(ListEnded))
        await until(lambda: fake.count("watch=1"))
        assert fake.count("fieldSelector=type%3DWarning") == 2


async def test_names_with_escape_sequences_are_cleaned(fake: FakeApi, tmp_path: Path) -> None:
    fake.add("pods", an_object("evil", spec={"nodeName": "\x1b[31mno\x1b]0;title\x07de\u202e"}))
    async with listening(fake, tmp_path) as (heard, _):
        await until(lambda: "evil" in heard.names())
        assert "\x1b" not in repr(heard.events)
        assert "\u202e" not in repr(heard.events)


async def test_one_namespace_is_listed_when_it_was_asked_for(fake: FakeApi, tmp_path: Path) -> None:
    fake.add("pods", an_object("elsewhere", "other"))
    async with listening(fake, tmp_path, namespace="other") as (heard, _):
        await until(lambda: heard.count(ListEnded))
        assert heard.names() == {"elsewhere"}


# -- garbage


@pytest.mark.parametrize("line", [b'{"type":"ADDED","obj', b"\xff\xfe\x00", b"[]", b"null", b'{"a":1}', b"<html>"])
async def test_a_garbled_line_in_a_watch_is_overcome(fake: FakeApi, tmp_path: Path, line: bytes) -> None:
    async with listening(fake, tmp_path) as (heard, _):
        await until(lambda: "pods" in fake.watched())
        fake.say("pods", line + b"\n")
        await until(lambda: fake.count("watch=1") == 2)
        await until(lambda: "pods" in fake.watched())
        fake.add("pods", an_object("after"))
        await until(lambda: "after" in heard.names())
        assert heard.state() == "live"


async def test_objects_without_a_name_or_a_uid_are_left_out_of_lists_and_watches(fake: FakeApi, tmp_path: Path) -> None:
    fake.add("pods", {"metadata": {"uid": "u1"}})
    fake.add("pods", {"metadata": {"name": "no-uid"}})
    async with listening(fake, tmp_path) as (heard, _):
        await until(lambda: "pods" in fake.watched())
        fake.add("pods", {"metadata": {"uid": "u2"}})
        fake.say("pods", b'{"type":"MODIFIED","object":{}}\n{"type":"NONSENSE","object":{}}\n')
        fake.add("pods", an_object("after"))
        await until(lambda: "after" in heard.names())
        assert heard.names() == {"cam-front", "cam-back", "lidar", "after"}
        assert fake.count("watch=1") == 1


async def test_an_error_event_of_410_lists_anew_without_blanking(fake: FakeApi, tmp_path: Path) -> None:
    async with listening(fake, tmp_path) as (heard, _):
        await until(lambda: "pods" in fake.watched())
        fake.objects["pods"].pop("uid-perception-lidar")
        fake.say("pods", b'{"type":"ERROR","object":{"kind":"Status","code":410,"message":"too old"}}\n')
        await until(lambda: heard.names() == {"cam-front", "cam-back"})
        assert all(event.gone == () for event in heard.events if isinstance(event, ObjectsHeard))
        assert {event.access.state for event in heard.events if isinstance(event, AccessChanged)} == set()


async def test_a_list_that_is_a_web_page_is_a_lost_link_with_its_reason(fake: FakeApi, tmp_path: Path) -> None:
    async with listening(fake, tmp_path) as (heard, _):
        await until(lambda: heard.state() == "live")
        fake.misbehave = html
        fake.end_watches()
        await until(lambda: heard.is_down)
        assert "captive portal" in heard.reason()
        assert heard.state() == "stale"
        assert heard.names() == {"cam-front", "cam-back", "lidar"}
        fake.misbehave = None
        await until(lambda: heard.state() == "live" and not heard.is_down)


async def test_a_list_that_is_no_list_is_told_as_failed_and_tried_again(fake: FakeApi, tmp_path: Path) -> None:
    def nonsense(request: web.Request) -> web.Response | None:
        return web.json_response({"hello": "world"}) if request.path.endswith("pods") else None

    fake.misbehave = nonsense
    async with listening(fake, tmp_path) as (heard, _):
        await until(lambda: heard.state() == "failed")
        fake.misbehave = None
        await until(lambda: heard.state() == "live")


async def test_a_server_in_trouble_is_told_with_its_own_words_and_not_hammered(fake: FakeApi, tmp_path: Path) -> None:
    def trouble(request: web.Request) -> web.Response | None:
        return status(503, "etcdserver: leader changed") if request.path.endswith("pods") else None

    async with listening(fake, tmp_path) as (heard, _):
        await until(lambda: heard.state() == "live")
        fake.misbehave = trouble
        fake.end_watches()
        await until(lambda: heard.state() == "stale")
        assert heard.reason() == "Etcdserver: leader changed."
        assert not heard.is_down
        fake.misbehave = None
        await until(lambda: heard.state() == "live")


# -- resync


@pytest.mark.parametrize("has_streamed_lists", [True, False])
async def test_a_version_that_is_too_old_lists_anew_by_stream_or_by_pages(
    fake: FakeApi, tmp_path: Path, has_streamed_lists: bool
) -> None:
    fake.has_streamed_lists = has_streamed_lists
    async with listening(fake, tmp_path) as (heard, _):
        await until(lambda: "pods" in fake.watched())
        fake.end_watches()
        fake.objects["pods"].pop("uid-perception-lidar")
        fake.compact()
        await until(lambda: heard.names() == {"cam-front", "cam-back"})
        await until(lambda: "pods" in fake.watched())
        fake.add("pods", an_object("after"))
        await until(lambda: "after" in heard.names())
        assert fake.count("sendInitialEvents") == 1
        assert fake.count("limit=") == (1 if has_streamed_lists else 2)


async def test_a_server_that_ignores_the_wish_for_a_streamed_list_gets_pages(fake: FakeApi, tmp_path: Path) -> None:
    async with listening(fake, tmp_path) as (heard, _):
        await until(lambda: "pods" in fake.watched())
        fake._bookmark = lambda *, is_end=False: {"metadata": {"resourceVersion": "1"}}  # type: ignore[method-assign]
        fake.end_watches()
        fake.compact()
        await until(lambda: fake.count("limit=") == 2)
        await until(lambda: heard.count(ListEnded) == 2)


# -- the end


async def test_cancelling_ends_every_task_and_connection(fake: FakeApi, tmp_path: Path) -> None:
    before = asyncio.all_tasks()
    async with listening(fake, tmp_path, "pods", "nodes") as (heard, _):
        await until(lambda: fake.watched() == {"pods", "nodes"} and heard.state() == "live")
    await until(lambda: not fake.watched())
    await until(lambda: not {task for task in asyncio.all_tasks() - before if not task.done()})


async def test_a_reader_that_stops_reading_slows_the_source_down_and_can_still_end_it(
    fake: FakeApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spottui.sources.kube_outbox.HELD", 3)
    file = fake.kubeconfig(tmp_path)
    api = KubeApi(find_cluster(flag=file, environ={}, home=tmp_path, context=None, namespace=None))
    events = KubeSource(api, kinds=[KINDS["pods"]], timings=QUICK).events()
    await anext(events)
    await until(lambda: "pods" in fake.watched())
    for number in range(3000):
        fake.add("pods", an_object(f"pod-{number}"))
    await until(lambda: api.bytes_in > 100_000)
    async with asyncio.timeout(3):
        assert isinstance(events, AsyncGenerator)
        await events.aclose()
    await api.close()


async def test_a_bug_in_a_kind_comes_out_of_the_source_and_not_as_silence(
    fake: FakeApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_kind: str, _body: bytes) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("spottui.sources.kube_requests.decode_list", broken)
    place = find_cluster(flag=fake.kubeconfig(tmp_path), environ={}, home=tmp_path, context=None, namespace=None)
    api = KubeApi(place)
    with pytest.raises(ZeroDivisionError):
        async with asyncio.timeout(5):
            await Heard().listen(KubeSource(api, kinds=[KINDS["pods"]], timings=QUICK))
    await api.close()


async def test_after_a_lost_link_the_urgent_watches_are_opened_first_and_six_at_a_time(
    fake: FakeApi, tmp_path: Path
) -> None:
    kinds = [name for name, kind in KINDS.items() if not kind.crd]
    for kind in kinds:
        fake.objects.setdefault(kind, {})
    async with listening(fake, tmp_path, *kinds) as (heard, _):
        await until(lambda: set(kinds) <= set(fake.watched()))
        await fake.stop()
        await until(lambda: heard.is_down)
        before = len(fake.seen)
        fake.opens_watches.clear()
        await fake.start()
        await until(lambda: sum("watch" in each.query for each in fake.seen[before:]) >= 6)
        await asyncio.sleep(0.2)  # time in which more would come
        asked = [each.path.rpartition("/")[2] for each in fake.seen[before:] if "watch" in each.query]
        assert sorted(asked) == sorted(kinds[:6])
        fake.opens_watches.set()
        await until(lambda: set(kinds) <= set(fake.watched()))
