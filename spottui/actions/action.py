"""What a command is made of: what it is called, what it needs, how much it asks, how it runs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from spottui.actions.forms import Form
from spottui.actions.objects import RESOURCES
from spottui.actions.services import Options, Services
from spottui.records import Target


class Weight(Enum):
    """How much an operator must do to confirm."""

    NONE = "none"
    """Nothing, while writing is unlocked."""
    ASK = "ask"
    """Answer a question; Cancel has the focus."""
    TYPE_NAME = "type name"
    """Type `Question.typed`."""


@dataclass(frozen=True)
class Permission:
    """What the API server must allow for an action, as a SelfSubjectAccessReview names it."""

    verb: str
    group: str
    """Empty for the core group."""
    resource: str
    """Plural."""
    subresource: str = ""
    argocd: str = ""
    """What Argo CD's own RBAC calls it, where argocd-server is asked: "sync"; empty: it does not ask for it."""


Run = Callable[[Services, Target, Options], Awaitable[str]]


@dataclass(frozen=True, kw_only=True)
class Action:
    """One command: what it is called, what it needs and how it runs."""

    id: str
    """"workload.restart"; also the id of its key binding and its name in the audit log."""
    title: str
    verb: str
    """For sentences: "restart"."""
    past: str
    """For summaries: "restarted"."""
    kinds: tuple[str, ...]
    """Kubernetes kinds it applies to."""
    key: str = ""
    """Empty: it has no key of its own, only the menu and the palette."""
    permission: Callable[[Target], Permission]
    also: tuple[Permission, ...] = ()
    """What it needs beside `permission`, in the target's namespace."""
    inside: tuple[Permission, ...] = ()
    """What it needs in each of `namespaces`."""
    namespaces: Callable[[Services, Target], Awaitable[Sequence[str]]] | None = None
    """Reads only; returns the namespaces of what it changes beside its target."""
    weight: Weight
    dangerous: bool = False
    timeout: float
    """Seconds after which the outcome is "unknown"; a back-stop, acts stop looking before that."""
    writes: bool = True
    is_set_back: bool = False
    """It changes what git may say otherwise: a self-healing Application undoes it."""
    many: bool = True
    """Marked rows can be commanded together, with the same options."""
    is_long: bool = False
    """It may run for minutes: it is watched in the list of running commands, not in passing messages."""
    can_stop: bool = False
    """It looks at `Services.is_stopped` and can be ended midway."""
    help: str
    """One line: what it does to the target."""
    describe: Callable[[Target, Options], str]
    """The question's sentence, without its question mark: names action, target and namespace."""
    run: Run
    shows_many: bool = False
    """On many targets it is watched in a view of its own: it takes its time, and how each one fares matters."""
    preview_many: Callable[[Services, Sequence[Target]], Awaitable[str]] | None = None
    """Reads only; returns what the question on many targets should add."""
    preview: Run | None = None
    """Reads only; returns what the question should add, raises SpottuiError when asking is pointless."""
    form: Form | None = None
    """Reads only; returns what the operator is asked for before the question."""


def needs(verb: str, subresource: str = "", *, argocd: str = "") -> Callable[[Target], Permission]:
    """Return what gives the permission for `verb` on the target's own resource."""

    def permission(target: Target) -> Permission:
        group, _, resource = RESOURCES[target.kind]
        return Permission(verb, group, resource, subresource, argocd)

    return permission


def sentence(what: str, to: str = "", option: str = "revision") -> Callable[[Target, Options], str]:
    """Return a describer: `what`, the target, its namespace, and `to` with the chosen option."""

    def describe(target: Target, options: Options) -> str:
        where = f" in namespace {target.namespace}" if target.namespace else ""
        chosen = f"{to}{options[option]}" if to and options.get(option) not in (None, "") else ""
        return f"{what} {target}{where}{chosen}"

    return describe
