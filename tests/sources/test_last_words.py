"""What a container wrote before it ended is asked once per end, in little, and never of one that has not ended."""

from __future__ import annotations

from typing import Any

from spottui.errors import Forbidden
from spottui.records import Container, Pod
from spottui.sources.last_words import KEPT, LastWords


class Api:
    """Answers with a text, or refuses; remembers what was asked."""

    def __init__(self, text: bytes = b"one\ntwo\x1b[31m\n\nthree\n") -> None:
        self.text, self.asked = text, list[tuple[str, dict[str, str]]]()
        self.refuses = False

    async def request(self, method: str, path: str, **options: Any) -> bytes:
        self.asked.append((path, dict(options["query"])))
        if self.refuses:
            raise Forbidden("You may not get pods/log.")
        return self.text


def a_pod(uid: str = "p", **container: Any) -> Pod:
    main = Container(name="main", **{"state": "waiting", "restarts": 2, **container})
    return Pod(uid=uid, name="cam", namespace="robot", created_at=0.0, containers=(main,))


async def test_the_previous_log_is_asked_for_once_per_end() -> None:
    api = Api()
    words = LastWords(api)
    assert await words.of(a_pod(), "main") == ("one", "two", "three")
    assert await words.of(a_pod(), "main") == ("one", "two", "three")
    ((path, query),) = api.asked
    assert path == "/api/v1/namespaces/robot/pods/cam/log"
    assert query == {"container": "main", "tailLines": "5", "limitBytes": "4096", "previous": "true"}
    await words.of(a_pod(restarts=3), "main")
    assert len(api.asked) == 2, "it has ended once more"


async def test_one_that_has_ended_for_good_has_its_only_log() -> None:
    api = Api()
    await LastWords(api).of(a_pod(state="terminated", restarts=0, exit_code=1), "main")
    assert "previous" not in api.asked[0][1]


async def test_one_that_has_not_ended_is_not_asked() -> None:
    api = Api()
    assert await LastWords(api).of(a_pod(state="running", restarts=0), "main") == ()
    assert await LastWords(api).of(a_pod(), "sidecar") == () and api.asked == []


async def test_a_refusal_is_silence_and_is_asked_again() -> None:
    api = Api()
    api.refuses = True
    words = LastWords(api)
    assert await words.of(a_pod(), "main") == ()
    api.refuses = False
    assert await words.of(a_pod(), "main")


async def test_what_is_remembered_is_bounded() -> None:
    api = Api()
    words = LastWords(api)
    for number in range(KEPT + 1):
        await words.of(a_pod(f"p{number}"), "main")
    await words.of(a_pod("p0"), "main")
    assert len(api.asked) == KEPT + 2
