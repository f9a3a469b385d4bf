"""The Kubernetes source against a server that misbehaves: what is shown stays, and what is wrong is said."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiohttp import web

from spottui.events import AccessChanged, Event, KindAlive, LinkDown, LinkUp, ListEnded, ObjectsHeard
from spottui.records import Access, Meta
from spottui.sources.kube import KubeSource
from spottui.sources.kube_api import KubeApi
from spottui.sources.kube_link import Timings
from spottui.sources.kube_objects import KINDS
from spottui.sources.kubeconfig import find_cluster

from .fake_api import FakeApi, an_object, html, running, status, until

QUICK = Timings(
    probe_period=0.1,
    probe_timeout=0.15,
    retry_first=0.02,
    retry_most=0.1,
    absent_period=0.05,
    forbidden_period=0.05,
    idle_timeout=5.0,
    connect_timeout=1.0,
    page_timeout=2.0,
    initial_timeout=0.5,
)


class Heard:
    """What a source said, reduced to the last word on everything."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.rows: dict[str, dict[str, Meta]] = {}
        self.access: dict[str, Access] = {}
        self.links: list[LinkUp | LinkDown] = []

    async def listen(self, source: KubeSource) -> None:
        async for event in source.events():
            self.events.append(event)
            self._take(event)

    def _take(self, event: Event) -> None:
        match event:
            case ObjectsHeard(kind, changed, gone, _):
                rows = self.rows.setdefault(kind, {})
                rows.update({record.uid: record for record in changed})
                for uid in gone:
                    rows.pop(uid, None)
            case ListEnded(kind, uids, heard_at):
                self.rows[kind] = {u: r for u, r in self.rows.get(kind, {}).items() if u in uids}
                self.access[kind] = Access("live", "", heard_at)
            case KindAlive(kind, heard_at):
                self.access[kind] = Access("live", "", heard_at)
            case AccessChanged(kind, access):
                self.access[kind] = access
            case LinkUp() | LinkDown():
                self.links.append(event)

    def names(self, kind: str = "pods") -> set[str]:
        return {record.name for record in self.rows.get(kind, {}).values()}

    def state(self, kind: str = "pods") -> str:
        return self.access[kind].state if kind in self.access else ""

    def reason(self, kind: str = "pods") -> str:
        return self.access[kind].reason if kind in self.access else ""

    @property
    def is_down(self) -> bool:
        return bool(self.links) and isinstance(self.links[-1], LinkDown)

    def count(self, kind: type[Any]) -> int:
        return sum(isinstance(event, kind) for event in self.events)


@pytest.fixture
async def fake() -> AsyncIterator[FakeApi]:
    async with running() as server:
        for name in ("cam-front", "cam-back", "lidar"):
            server.add("pods", an_object(name))
        yield server


@asynccontextmanager
async def listening(
    fake: FakeApi, folder: Path, *kinds: str, user: Any = None, timings: Any = None, **more: Any
) -> AsyncIterator[tuple[Heard, KubeSource]]:
    """Run a source on `fake` while the block lasts; fail when it ended by itself."""
    file = fake.kubeconfig(folder, user=user)
    configured = more.pop("configured_namespace", None)
    place = find_cluster(flag=file, environ={}, home=folder, context=None, namespace=configured)
    api = KubeApi(place)
    source = KubeSource(
        api,
        kinds=[KINDS[kind] for kind in kinds or ("pods",)],
        rng=random.Random(1),
        timings=msgspec.structs.replace(QUICK, **(timings or {})),
        **more,
    )
    heard = Heard()
    task = asyncio.create_task(heard.listen(source))
    try:
        yield heard, source
        assert not task.done(), "the source ended by itself"
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await api.close()


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


# -- the link


async def test_a_killed_server_keeps_the_rows_and_the_watch_resumes(fake: FakeApi, tmp_path: Path) -> None:
    async with listening(fake, tmp_path) as (heard, _):
        await until(lambda: heard.state() == "live" and heard.count(LinkUp))
        await fake.stop()
        await until(lambda: heard.state() == "stale")
        assert heard.is_down
        assert "connection refused" in heard.reason()
        assert heard.names() == {"cam-front", "cam-back", "lidar"}
        fake.add("pods", an_object("meanwhile"))
        await fake.start()
        await until(lambda: "meanwhile" in heard.names())
        assert not heard.is_down
        assert fake.count("limit=") == 1
        assert heard.count(LinkDown) == 1


async def test_a_server_that_is_away_at_the_start_is_waited_for(fake: FakeApi, tmp_path: Path) -> None:
    await fake.stop()
    async with listening(fake, tmp_path, "pods", "nodes") as (heard, _):
        await until(lambda: heard.is_down)
        assert (heard.state("pods"), heard.state("nodes")) == ("waiting", "waiting")
        assert "connection refused" in heard.reason("nodes")
        await fake.start()
        await until(lambda: heard.state("pods") == heard.state("nodes") == "live")


async def test_a_half_open_link_is_noticed_by_the_probe_and_not_only_by_the_silent_watch(
    fake: FakeApi, tmp_path: Path
) -> None:
    async with listening(fake, tmp_path) as (heard, _):
        await until(lambda: heard.state() == "live")
        fake.freeze()
        await until(lambda: heard.is_down, seconds=2)
        assert "did not answer" in heard.reason()
        assert heard.state() == "stale"
        fake.thaw()
        await until(lambda: heard.state() == "live" and not heard.is_down)


async def test_a_watch_without_bookmarks_is_dead_and_resumes_from_where_it_was(fake: FakeApi, tmp_path: Path) -> None:
    async with listening(fake, tmp_path, timings={"idle_timeout": 0.1}) as (heard, _):
        await until(lambda: fake.count("watch=1") >= 2)
        assert fake.count("limit=") == 1
        assert not heard.is_down


async def test_many_kinds_probe_a_lost_link_once_and_not_each(fake: FakeApi, tmp_path: Path) -> None:
    kinds = ("pods", "nodes", "namespaces", "events")
    async with listening(fake, tmp_path, *kinds) as (heard, _):
        await until(lambda: all(heard.state(kind) == "live" for kind in kinds))
        fake.misbehave = html
        fake.end_watches()
        await until(lambda: heard.is_down)
        begun = len(fake.seen)
        await until(lambda: len(fake.seen) >= begun + 5)
        assert {request.path for request in fake.seen[begun:]} == {"/version"}


async def test_reconnect_now_cuts_the_wait(fake: FakeApi, tmp_path: Path) -> None:
    async def endless(_seconds: float) -> None:
        await asyncio.Event().wait()

    await fake.stop()
    async with listening(fake, tmp_path, sleep=endless) as (heard, source):
        await until(lambda: heard.is_down)
        await fake.start()
        source.reconnect_now()
        await until(lambda: heard.state() == "live")


async def test_waits_grow_with_jitter_up_to_their_cap(fake: FakeApi, tmp_path: Path) -> None:
    waits: list[float] = []

    async def at_once(seconds: float) -> None:
        waits.append(seconds)
        await asyncio.sleep(0)

    await fake.stop()
    real = {"retry_first": 0.5, "retry_most": 8.0}
    async with listening(fake, tmp_path, sleep=at_once, timings=real) as (heard, _):
        await until(lambda: len(waits) >= 12)
    assert waits[0] <= 0.55
    assert 3.6 <= min(waits[6:])
    assert max(waits) <= 8.8
    assert len(set(waits)) == len(waits)
    assert heard.count(LinkDown) == 1


async def test_the_round_trip_and_the_version_are_measured_again_and_again(fake: FakeApi, tmp_path: Path) -> None:
    async with listening(fake, tmp_path) as (heard, _):
        await until(lambda: heard.count(LinkUp) >= 2)
    up = heard.links[-1]
    assert isinstance(up, LinkUp)
    assert up.server == "v1.37.2-fake"
    assert up.round_trip is not None
    assert 0 < up.round_trip < 1


# -- permissions and logins


async def test_a_forbidden_kind_says_which_verb_and_the_others_work_on(fake: FakeApi, tmp_path: Path) -> None:
    fake.forbidden.add(("list", "nodes"))
    async with listening(fake, tmp_path, "pods", "nodes") as (heard, _):
        await until(lambda: heard.state("nodes") == "forbidden" and heard.state("pods") == "live")
        assert 'cannot list resource "nodes"' in heard.reason("nodes")
        fake.forbidden.clear()
        await until(lambda: heard.state("nodes") == "live")


async def test_a_forbidden_watch_keeps_the_listed_rows(fake: FakeApi, tmp_path: Path) -> None:
    fake.forbidden.add(("watch", "pods"))
    async with listening(fake, tmp_path, timings={"forbidden_period": 60.0}) as (heard, _):
        await until(lambda: heard.state() == "forbidden")
        assert "cannot watch" in heard.reason()
        assert len(heard.names()) == 3


async def test_the_configured_namespace_is_read_where_all_of_them_are_forbidden(fake: FakeApi, tmp_path: Path) -> None:
    fake.forbidden.add(("list", "pods"))
    fake.add("pods", an_object("elsewhere", "other"))
    async with listening(fake, tmp_path, configured_namespace="perception") as (heard, _):
        await until(lambda: heard.count(ListEnded) and heard.reason().startswith("Only namespace perception"))
        assert heard.state() == "live"
        assert heard.names() == {"cam-front", "cam-back", "lidar"}
        fake.bookmark("pods")
        await until(lambda: heard.count(KindAlive) == 2)
        assert heard.reason().startswith("Only namespace perception")


async def test_a_kind_forbidden_in_the_configured_namespace_too_is_forbidden(fake: FakeApi, tmp_path: Path) -> None:
    fake.forbidden_everywhere.add("pods")
    async with listening(fake, tmp_path, configured_namespace="perception") as (heard, _):
        await until(lambda: heard.state() == "forbidden")


async def test_an_expired_login_is_said_for_all_kinds_by_one_probe_and_recovers_when_renewed(
    fake: FakeApi, tmp_path: Path
) -> None:
    token = tmp_path / "token"
    token.write_text("first")
    fake.token = "first"
    kinds = ("pods", "nodes", "namespaces", "events")
    user = {"tokenFile": str(token)}
    async with listening(fake, tmp_path, *kinds, user=user) as (heard, _):
        await until(lambda: all(heard.state(kind) == "live" for kind in kinds))
        fake.token = "second"
        fake.end_watches()
        await until(lambda: all(heard.state(kind) == "expired" for kind in kinds))
        assert "Login expired" in heard.reason("nodes")
        assert heard.names() == {"cam-front", "cam-back", "lidar"}
        assert not heard.is_down
        begun = len(fake.seen)
        await until(lambda: len(fake.seen) >= begun + 4)
        assert {request.path for request in fake.seen[begun:]} == {"/version"}
        token.write_text("second")
        await until(lambda: all(heard.state(kind) == "live" for kind in kinds))


async def test_a_kind_that_is_not_installed_is_absent_until_it_is(fake: FakeApi, tmp_path: Path) -> None:
    async with listening(fake, tmp_path, "pods", "applications") as (heard, _):
        await until(lambda: heard.state("applications") == "absent")
        assert "Argo CD is not installed here" in heard.reason("applications")
        fake.add("applications", an_object("navigation", "argocd"))
        await until(lambda: heard.names("applications") == {"navigation"})
        assert heard.state("applications") == "live"
        await until(lambda: "applications" in fake.watched())
        del fake.objects["applications"]
        fake.end_watches()
        await until(lambda: heard.state("applications") == "absent")
        assert heard.names("applications") == set()
        assert heard.state("pods") == "live"


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

    monkeypatch.setattr("spottui.sources.kube_reader.decode_list", broken)
    place = find_cluster(flag=fake.kubeconfig(tmp_path), environ={}, home=tmp_path, context=None, namespace=None)
    api = KubeApi(place)
    with pytest.raises(ZeroDivisionError):
        async with asyncio.timeout(5):
            await Heard().listen(KubeSource(api, kinds=[KINDS["pods"]], timings=QUICK))
    await api.close()
