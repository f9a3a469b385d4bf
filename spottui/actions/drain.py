"""Drains a node: cordons it, then evicts what may go, within the disruption budgets, until all of it has gone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from spottui.actions import eviction
from spottui.actions.drain_pods import Placed, of_fate, placed_on
from spottui.actions.forms import Field, Pick
from spottui.actions.nodes import OTHERS_UNKNOWN, is_closed, others_that_take_pods, set_cordoned
from spottui.actions.objects import PASSING, fetch
from spottui.actions.services import Options, Services, Unfinished
from spottui.errors import Conflict, Forbidden, LoginExpired, NotFound, SpottuiError, TryLater
from spottui.records import Target

PATIENCE = 900.0
"""Seconds until a drain stops trying and says what is left."""
ASK_AGAIN = 5.0
"""Seconds until a pod is asked for again that a disruption budget did not let go; as kubectl."""
NAMED = 3
TERMINATING = "because it is being terminated"
"""What the server says of a pod in a namespace that is being deleted; kubectl asks again too."""


async def form(services: Services, target: Target) -> tuple[Field, ...]:
    """Ask for the consents that its pods need, and for nothing else."""
    await fetch(services, target)
    pods = await placed_on(services, target.name)
    fields: list[Field] = []
    for name, text in _consents(pods).items():
        picks = (Pick(False, "No, leave them: the drain will not begin"), Pick(True, "Yes, they may go"))
        fields.append(Field(name=name, text=text, kind="choice", picks=picks))
    return tuple(fields)


async def preview(services: Services, target: Target, options: Options) -> str:
    """Say what goes, what stays, and what it means where no other node takes pods.

    Raises:
        SpottuiError: A consent is missing.
    """
    node = await fetch(services, target)
    pods = await placed_on(services, target.name)
    _check(pods, target, options)
    go, stay = [pod for pod in pods if not pod.stays], [pod for pod in pods if pod.stays]
    notes = [f"{_count(go)} {'goes' if len(go) == 1 else 'go'}: {_names(go)}." if go else "No pod has to go."]
    if stay:
        notes.append(f"{_count(stay)} of DaemonSets and of the node itself {'stays' if len(stay) == 1 else 'stay'}.")
    if is_closed(node):
        notes.append("It is cordoned already.")
    others = await others_that_take_pods(services, target)
    if others is None:
        notes.append(OTHERS_UNKNOWN)
    elif not others:
        notes.append(
            "NO OTHER NODE TAKES PODS: every workload stands still until this one is uncordoned, "
            "Argo CD too if it runs here."
        )
    return " ".join(notes)


async def namespaces(services: Services, target: Target) -> list[str]:
    """Return the namespaces of the pods that a drain evicts."""
    pods = await placed_on(services, target.name)
    return sorted({pod.target.namespace for pod in pods if not pod.stays})


async def drain(services: Services, target: Target, options: Options) -> str:
    """Cordon the node and evict its pods; stops when told to, and says what is left then.

    Options: "empty_dir" and "unmanaged" (consents), "grace" (seconds, each pod's own when absent).

    Raises:
        SpottuiError: A consent is missing, or the node may not be changed.
    """
    pods = await placed_on(services, target.name)
    _check(pods, target, options)
    asked_at = services.clock()
    await set_cordoned(services, target, is_cordoned=True)
    state = _State([pod for pod in pods if not pod.stays], options.get("grace"))
    services.progress(f"{target.name}: cordoned; {_count(state.left)} to go.")
    for pause in _pauses():
        over = services.clock() - asked_at >= PATIENCE
        if over or state.is_over or services.is_stopped():
            break
        await _ask_round(services, state)
        await services.sleep(pause)
        await _look(services, target, state, options)
        services.progress(_progress(target, state))
    return _result(services, target, state, pods, services.clock() - asked_at)


@dataclass
class _State:
    left: list[Placed]
    grace: int | None
    gone: int = 0
    asked: set[str] = field(default_factory=set[str])
    """UIDs of the pods whose eviction was accepted."""
    blocked: dict[str, str] = field(default_factory=dict[str, str])
    """UID -> why it was not let go the last time."""
    again_at: dict[str, float] = field(default_factory=dict[str, float])
    lost: str = ""
    refused: str = ""
    """Why going on makes no sense: the login is gone."""
    denied: set[str] = field(default_factory=set[str])
    """UIDs of the pods that may not be evicted by this user."""

    @property
    def is_over(self) -> bool:
        """Nothing is left that could still be asked for or go."""
        return bool(self.refused) or all(pod.target.uid in self.denied for pod in self.left)


async def _ask_round(services: Services, state: _State) -> None:
    """Ask for each pod that was not asked for yet and whose turn it is."""
    for pod in state.left:
        uid = pod.target.uid
        if services.is_stopped():
            return
        if uid in state.asked | state.denied or pod.is_ending or services.clock() < state.again_at.get(uid, 0.0):
            continue
        try:
            await eviction.ask(services, pod.target, state.grace)
        except (NotFound, Conflict):  # gone, or its name is another pod's by now: the next look tells
            state.asked.add(uid)
        except LoginExpired as error:
            state.refused = str(error)
            return
        except Forbidden as error:
            _forbidden(state, uid, error, services.clock())
        except SpottuiError as error:  # a budget, a link that drops, a server that is busy: asking twice does no harm
            state.blocked[uid] = str(error)
            state.again_at[uid] = services.clock() + ASK_AGAIN
            if isinstance(error, TryLater):
                services.progress(f"{pod} waits: {error}")
        else:
            state.asked.add(uid)
            state.blocked.pop(uid, None)
            services.progress(f"{pod} is ending.")


def _forbidden(state: _State, uid: str, error: Forbidden, now: float) -> None:
    """Take in a 403: without the right it stays one; in a namespace that is being deleted the pod goes by itself."""
    state.blocked[uid] = str(error)
    if TERMINATING in str(error):
        state.again_at[uid] = now + ASK_AGAIN
    else:
        state.denied.add(uid)


async def _look(services: Services, target: Target, state: _State, options: Options) -> None:
    """Take out what has gone; what came meanwhile is evicted too unless it needs a consent that was not given."""
    try:
        there = await placed_on(services, target.name, looks_for_orphans=False)
    except PASSING as error:
        state.lost = str(error)
        return
    state.lost = ""
    uids = {pod.target.uid for pod in there}
    for pod in [pod for pod in state.left if pod.target.uid not in uids]:
        services.progress(f"{pod} has gone.")
        state.left.remove(pod)
        state.gone += 1
    known = {pod.target.uid for pod in state.left}
    state.left += [
        pod for pod in there if not pod.stays and pod.target.uid not in known and not _missing([pod], options)
    ]


def _pauses() -> Iterator[float]:
    """Yield seconds between looks: quick at first, then sparing with the link."""
    pause = 1.0
    while True:
        yield pause
        pause = min(4.0, pause * 1.3)


def _progress(target: Target, state: _State) -> str:
    total = state.gone + len(state.left)
    waits = [pod for pod in state.left if pod.target.uid in state.blocked]
    text = f"{target.name}: {state.gone} of {total} pods gone"
    if state.lost:
        return f"{text}, as last heard"
    return f"{text}; {_names(waits)} {'is' if len(waits) == 1 else 'are'} not let go" if waits else text


def _result(services: Services, target: Target, state: _State, pods: Sequence[Placed], seconds: float) -> str:
    stay = sum(pod.stays for pod in pods)
    if not state.left:
        kept = f"; {stay} of DaemonSets and of the node stay" if stay else ""
        text = f"{target.name}: drained, {_number(state.gone)} gone after {seconds:.0f} s{kept}"
        return f"{text}. It is cordoned until you uncordon it."
    how = (
        "refused"
        if state.refused or state.denied
        else "stopped by you"
        if services.is_stopped()
        else f"not done after {seconds:.0f} s"
    )
    total = state.gone + len(state.left)
    text = f"{target.name}: drain {how}; {state.gone} of {total} pods gone, left: {_names(state.left)}"
    why = next((state.blocked[pod.target.uid] for pod in state.left if pod.target.uid in state.blocked), "")
    if state.refused or state.denied:
        raise SpottuiError(f"{text}. It stays cordoned. {state.refused or why}")
    return Unfinished(f"{text}. It stays cordoned. {why or state.lost}".strip())


def _check(pods: Sequence[Placed], target: Target, options: Options) -> None:
    missing = _missing(pods, options)
    if missing:
        raise SpottuiError(f"{target.name} is not drained: {missing} Nothing was sent.")


def _missing(pods: Sequence[Placed], options: Options) -> str:
    """Return the first consent that these pods need and that was not given."""
    return next((text for name, text in _consents(pods).items() if options.get(name) is not True), "")


def _consents(pods: Sequence[Placed]) -> dict[str, str]:
    """Return the option and the question of each consent that these pods need."""
    found: dict[str, str] = {}
    if local := of_fate(pods, "empty dir"):
        found["empty_dir"] = f"What is in the emptyDir of {_names(local)} is lost. May that be?"
    if bare := of_fate(pods, "unmanaged"):
        found["unmanaged"] = (
            f"Nothing makes {_names(bare)} again. May {'it' if len(bare) == 1 else 'they'} go for good?"
        )
    return found


def _names(pods: Sequence[Placed]) -> str:
    names = ", ".join(str(pod) for pod in pods[:NAMED])
    return f"{names} and {len(pods) - NAMED} more" if len(pods) > NAMED else names


def _count(pods: Sequence[Placed]) -> str:
    return _number(len(pods))


def _number(count: int) -> str:
    return "1 pod" if count == 1 else f"{count} pods"
