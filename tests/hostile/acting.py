"""Every act of the registry in a robot whose answers are nasty: what its operator is asked, told and shown of it."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import msgspec

from spottui.actions.forms import Field
from spottui.actions.objects import segment
from spottui.actions.questions import Progress, Question
from spottui.actions.registry import by_id
from spottui.errors import SpottuiError
from spottui.records import Target
from spottui.sources.kube_api import KubeApi
from tests.acts.scenes import SCENES, target_of
from tests.acts.world import Operator, World, a_world

from .corpus import CORPUS, LONG
from .objects import IDENTITY, Object

TEXTS = [text for text in CORPUS.values() if text] + [LONG["a megabyte of escapes"][:6000]]
KEPT = {*IDENTITY, "phase", "status", "type", "verb", "restartPolicy", "allowed", "state", "effect", "operator"}
"""Words that acts decide by, as long as `deeply` is not said: with others they all end at once."""


class SpoilingApi:
    """The API, but that every text in its answers may be a nasty one; what is sent goes out as it is."""

    def __init__(self, api: KubeApi, seed: int, share: float, *, deeply: bool, called: Mapping[str, str]) -> None:
        """`called` has true names by those that a target is called by here: they stand in paths."""
        self._api, self._share, self._deeply = api, share, deeply
        self._called = {segment(name): true for name, true in called.items()}
        self._rng = random.Random(seed)
        self._known: dict[tuple[str, str], str] = {}

    async def request(self, method: str, path: str, **given: Any) -> bytes:
        """Send one request; what the server says when it refuses is nasty too."""
        words = [self._called.get(word, word) for word in path.split("/")]
        try:
            answer = await self._api.request(method, "/".join(words), **given)
        except SpottuiError as error:
            raise type(error)(f"{error} {self._text('refusal', '')}") from error
        try:
            return json.dumps(self._walk(json.loads(answer), "")).encode()
        except ValueError:
            return answer

    def _text(self, key: str, original: str) -> str:
        """Return always the same for the same: references go on leading somewhere."""
        if (key, original) not in self._known:
            is_chosen = self._rng.random() < self._share
            self._known[key, original] = self._rng.choice(TEXTS) if is_chosen else original
        return self._known[key, original]

    def _walk(self, value: Any, path: str) -> Any:
        key = path.rpartition(".")[2].removesuffix("[]")
        if isinstance(value, dict):
            made = {name: self._walk(one, f"{path}.{name}") for name, one in value.items()}
            return self._noted(made) if "uid" in made and "name" in made else made
        if isinstance(value, list):
            return [self._walk(one, f"{path}[]") for one in value]
        if not isinstance(value, str) or key in IDENTITY or (key in KEPT and not self._deeply):
            return value
        if key.endswith(("Time", "Timestamp", "At")) or value.rstrip("kKMGTimu").isdigit() or not value:
            return value
        return self._text("name" if key == "project" else key, value)

    def _noted(self, meta: Object) -> Object:
        for name in ("annotations", "labels"):
            if isinstance(meta.get(name), dict):
                meta[name] = {**meta[name], self._text(f"{name} key", "k"): self._text(f"{name} value", "v")}
        return meta


@dataclass
class Heard:
    """All that comes out of one act, on whatever road, as texts that somebody is to read."""

    texts: dict[str, str] = field(default_factory=dict)
    error: SpottuiError | None = None
    said: str = ""
    audit: Path = Path()
    questions: list[Question] = field(default_factory=list)
    fields: list[Field] = field(default_factory=list)

    def take(self, where: str, text: str) -> None:
        """Take in one text."""
        self.texts[f"{where} {len(self.texts)}"] = text

    def take_field(self, one: Field) -> None:
        """Take in what the operator is asked for."""
        self.fields.append(one)
        self.take("asks", one.text)
        for pick in one.picks:
            self.take("offers", pick.title)
            self.take("notes", pick.note)
        if one.kind != "fixed":
            self.take("proposes", one.value)

    def take_question(self, one: Question) -> None:
        """Take in a question."""
        self.questions.append(one)
        self.take("question", one.text)
        self.take("to type", one.typed)
        for line in one.lines:
            self.take("below the question", line)


def answers_to(fields: list[Field], given: Mapping[str, Any]) -> dict[str, Any]:
    """Answer as an operator who takes what is offered first."""
    answers = dict(given)
    for one in fields:
        if one.name in answers or (one.asked_if is not None and not one.asked_if(answers)):
            continue
        if one.kind in ("choice", "several") and one.picks:
            answers[one.name] = one.picks[0].value if one.kind == "choice" else (one.picks[0].value,)
        elif one.kind == "number":
            answers[one.name] = max(one.least, 1)
        else:
            answers[one.name] = one.value_of(answers) if one.value_of else one.value or "x"
    return answers


async def no_terminal_here(target: Target, container: str, command: Sequence[str]) -> str:
    """Say what the program's own terminal says at the end."""
    return f"The shell in {target.name}/{container} ended with exit code 0."


async def no_port_here(target: Target, remote: int, local: int) -> int:
    """Forward nothing."""
    return 40000


def no_screen_here(target: Target, found: Mapping[str, Any]) -> None:
    """Show nothing: `test_lists` has what is shown of a Secret."""


async def play(
    world: World, action: str, around: Callable[[KubeApi], Any], target: Target, *, many: bool = False
) -> Heard:
    """Perform an act as its screen does: asks, question, runs; return all that was said."""
    heard, act = Heard(), by_id(action)
    one: Operator = world.operator("admin", around)
    heard.audit = one.audit.path
    one.runner._heard = lambda event: heard.take("command", event.command.detail)
    one.runner._services = replace(one.services, terminal=no_terminal_here, forward=no_port_here, show=no_screen_here)

    async def yes(question: Question) -> bool:
        heard.take_question(question)
        return True

    def told(progress: Progress) -> None:
        heard.take("progress", progress.text)
        heard.take("progress line", str(progress))

    try:
        fields = list(await one.runner.fields(act, target))
        for asked in fields:
            heard.take_field(asked)
        options = answers_to(fields, SCENES[action].options)
        if many:
            heard.said = await one.runner.perform_many(act, [target], yes, options, progress=told)
        else:
            heard.said = await one.runner.perform(act, target, yes, options, say=lambda text: heard.take("told", text))
        heard.take("result", heard.said)
    except SpottuiError as error:
        heard.error = error
        heard.take("error", str(error))
    finally:
        for running in (*one.runner.running.now, *one.runner.running.ended):
            for line in running.lines:
                heard.take("running", line)
        for text in one.told:
            heard.take("told", text)
        await one.close()
    return heard


async def play_in(
    folder: Path,
    action: str,
    seed: int,
    *,
    share: float = 0.5,
    deeply: bool = False,
    many: bool = False,
    name: str = "",
) -> Heard:
    """Perform an act in a robot of its own; `name`: what its target is called, whatever the cluster calls it."""
    async with a_world(folder) as world:
        await SCENES[action].prepare(world)
        target = target_of(world, action)
        called = {name: target.name} if name else {}
        aim = msgspec.structs.replace(target, name=name) if name else target

        def spoiling(api: KubeApi) -> SpoilingApi:
            return SpoilingApi(api, seed, share, deeply=deeply, called=called)

        return await play(world, action, spoiling, aim, many=many)
