"""The Kubernetes source when the link, the login or a permission goes: rows stay, and why is said."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from spottui.events import AccessChanged, KindAlive, LinkDown, LinkUp, ListEnded

from .fake_api import FakeApi, an_object, html, running, until
from .kube_listening import listening


@pytest.fixture
async def fake() -> AsyncIterator[FakeApi]:
    async with running() as server:
        for name in ("cam-front", "cam-back", "lidar"):
            server.add("pods", an_object(name))
        yield server


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


async def test_a_link_that_is_lost_for_another_reason_than_at_first_says_that_one(
    fake: FakeApi, tmp_path: Path
) -> None:
    async with listening(fake, tmp_path) as (heard, _):
        await until(lambda: heard.state() == "live")
        fake.freeze()
        await until(lambda: "did not answer" in heard.reason())
        await fake.stop()
        await until(lambda: "connection refused" in heard.reason())
        assert heard.state() == "stale"


async def test_to_reconnect_trusts_no_connection_that_was_open_and_says_nothing_of_it(
    fake: FakeApi, tmp_path: Path
) -> None:
    async with listening(fake, tmp_path, "pods", "nodes") as (heard, source):
        await until(lambda: fake.watched() == {"pods", "nodes"} and heard.count(LinkUp))
        said = heard.count(AccessChanged)
        source.reconnect_now()
        await until(lambda: fake.count("watch=1") == 4)
        await until(lambda: heard.state("pods") == heard.state("nodes") == "live")
        assert fake.count("limit=") == 2
        assert (heard.count(AccessChanged), heard.count(LinkDown)) == (said, 0)


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
    real = {"retry_first": 0.5, "retry_most": 6.0}
    async with listening(fake, tmp_path, sleep=at_once, timings=real) as (heard, _):
        await until(lambda: len(waits) >= 12)
    assert waits[0] <= 0.55
    assert 2.7 <= min(waits[6:])
    assert max(waits) <= 6.6
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


async def test_what_may_be_listed_and_not_watched_is_read_anew_now_and_then(fake: FakeApi, tmp_path: Path) -> None:
    fake.forbidden.add(("watch", "pods"))
    async with listening(fake, tmp_path, timings={"unwatched_period": 0.05}) as (heard, _):
        await until(lambda: heard.reason().startswith("Read anew every 0 s: "))
        assert heard.state() == "live" and "cannot watch" in heard.reason()
        assert len(heard.names()) == 3
        fake.add("pods", an_object("new"))
        await until(lambda: "new" in heard.names())
        assert heard.state() == "live"
        fake.forbidden.clear()
        await until(lambda: heard.reason() == "")
        assert heard.state() == "live"


async def test_a_watch_that_is_forbidden_does_not_hide_the_other_namespaces(fake: FakeApi, tmp_path: Path) -> None:
    fake.forbidden.add(("watch", "pods"))
    fake.add("pods", an_object("elsewhere", "other"))
    async with listening(fake, tmp_path, configured_namespace="perception", timings={"unwatched_period": 60.0}) as (
        heard,
        _,
    ):
        await until(lambda: heard.reason().startswith("Read anew every 60 s: "))
        assert "elsewhere" in heard.names()


async def test_where_no_namespace_is_known_the_sentence_says_how_to_name_one(fake: FakeApi, tmp_path: Path) -> None:
    fake.forbidden.add(("list", "pods"))
    async with listening(fake, tmp_path) as (heard, _):
        await until(lambda: heard.state() == "forbidden")
        assert heard.reason().endswith(" If you may see one namespace, start with -n NAMESPACE.")


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
