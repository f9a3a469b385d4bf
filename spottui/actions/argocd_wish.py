"""What an operator may choose about a sync, what of it is dangerous, and the operation that it makes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from spottui.actions.argocd_operation import check_compared, with_policy
from spottui.actions.argocd_owner import is_automated
from spottui.actions.objects import Object, part, rows, said
from spottui.actions.services import Options
from spottui.errors import SpottuiError
from spottui.records import Target

FLAGS: Mapping[str, str] = {
    "prune": "pruning",
    "dry_run": "a dry run",
    "force": "force",
    "replace": "replacing",
    "server_side": "server-side apply",
    "out_of_sync": "only what is out of sync",
    "no_hooks": "no hooks",
}
"""Name in the options -> how it is said."""
HARMLESS = frozenset({"server_side", "out_of_sync", "no_hooks"})
DANGEROUS = frozenset({"prune", "force", "replace"})
"""They delete what runs: the name is typed for them."""
SYNC_OPTIONS: Mapping[str, str] = {
    "replace": "Replace=true",
    "server_side": "ServerSideApply=true",
    "out_of_sync": "ApplyOutOfSyncOnly=true",
}
MOST_RETRIES = 100
SELECT = "select"
"""Among the flags of a form: only some resources are meant, so that none must not become all."""


@dataclass(frozen=True)
class Wish:
    """One sync as it is asked for."""

    revision: str = ""
    """Empty: the Application's own. For several sources one each, comma-separated."""
    flags: frozenset[str] = frozenset()
    resources: tuple[Object, ...] = ()
    """group, kind, namespace, name of each; none: all."""
    limit: int | None = None
    """Retries; None: as the Application's policy has it."""

    @property
    def is_dry_run(self) -> bool:
        """Nothing is to be changed."""
        return "dry_run" in self.flags

    def check(self, app: Object, target: Target) -> None:
        """Refuse what cannot come to a good end.

        Raises:
            SpottuiError: It contradicts itself, the Application, or auto-sync.
        """
        if {"replace", "server_side"} <= self.flags:
            raise SpottuiError(f"{target.name}: replacing and server-side apply exclude each other. Nothing was sent.")
        if "prune" in self.flags:
            check_compared(app, target)
        _check_count(app, self.revision, target)
        if self.revision and not self.is_dry_run:
            _check_auto_sync(app, self.revision, target)

    def request(self, app: Object) -> Object:
        """Return the operation's `sync` and `retry`."""
        sync: Object = {}
        if self.revision:
            many = rows(part(app, "spec"), "sources")
            sync = {"revisions": _revisions(self.revision)} if many else {"revision": self.revision}
        if "prune" in self.flags:
            sync["prune"] = True
        if self.is_dry_run:
            sync["dryRun"] = True
        how = {"force": True} if "force" in self.flags else {}
        if how or "no_hooks" in self.flags:
            sync["syncStrategy"] = {"apply" if "no_hooks" in self.flags else "hook": how}
        if self.resources:
            sync["resources"] = list(self.resources)
        options = tuple(text for flag, text in SYNC_OPTIONS.items() if flag in self.flags)
        return with_policy(app, sync, options=options, limit=self.limit)


def wish_of(options: Options, *, implied: Iterable[str] = (), allowed: Iterable[str]) -> Wish:
    """Return the wish that options spell.

    Args:
        implied: Flags that the action sets by itself.
        allowed: Flags that it may be asked for.

    Raises:
        SpottuiError: A flag is asked for that belongs to another action, or a value is none.
    """
    listed = options.get("flags")
    given = {flag for flag in FLAGS if options.get(flag)} | {flag for flag in listed or () if flag in FLAGS}
    for flag in sorted(given - set(allowed) - set(implied)):
        raise SpottuiError(f"A sync with {flag} is the action {_action_of(flag)}. Nothing was sent.")
    if SELECT in (listed or ()) and not options.get("resources"):
        raise SpottuiError("No resource was selected. Nothing was sent.")
    return Wish(
        revision=str(options.get("revision") or ""),
        flags=frozenset(given | set(implied)),
        resources=tuple(_reference(each) for each in options.get("resources") or ()),
        limit=_limit(options.get("retry")),
    )


def _action_of(flag: str) -> str:
    other = {"prune": "application.sync-prune", "dry_run": "application.sync-dry-run"}
    return other.get(flag, "application.sync-force")


def _limit(value: Any) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST_RETRIES:
        raise SpottuiError(f"A sync is tried again 0 to {MOST_RETRIES} times. Nothing was sent.")
    return value


def _reference(value: Any) -> Object:
    """Return what an operation names a resource by."""
    found = value if isinstance(value, Mapping) else {}
    if not found.get("kind") or not found.get("name"):
        raise SpottuiError("A resource is named by its kind and name. Nothing was sent.")
    names = ("group", "kind", "namespace", "name")
    return {name: str(found[name]) for name in names if found.get(name)}


def _revisions(text: str) -> list[str]:
    return [each.strip() for each in text.split(",")]


def _check_count(app: Object, revision: str, target: Target) -> None:
    sources = rows(part(app, "spec"), "sources")
    if not revision or not sources:
        return
    given = _revisions(revision)
    if len(given) != len(sources) or not all(given):
        raise SpottuiError(
            f"{target.name} has {len(sources)} sources: name a revision for each, comma-separated. Nothing was sent."
        )


def _check_auto_sync(app: Object, revision: str, target: Target) -> None:
    """Refuse a revision that auto-sync would replace by its own within a second."""
    if not is_automated(app):
        return
    spec, sync = part(app, "spec"), part(app, "status", "sync")
    sources = rows(spec, "sources") or [part(spec, "source")]
    own = [str(each.get("targetRevision") or "HEAD") for each in sources]
    many = sync.get("revisions")
    compared = many if isinstance(many, list) and many else [sync.get("revision")]
    if _revisions(revision) in (own, compared):
        return
    raise SpottuiError(
        f"{target.name}: auto-sync is set to {said('+'.join(own), 80)} and would undo a sync to another revision. "
        "Nothing was sent; turn auto-sync off first, or roll back, which does it."
    )


def words(options: Options) -> str:
    """Return what was chosen, as the end of a question's sentence; empty when nothing was."""
    listed = options.get("flags") or ()
    chosen = [text for flag, text in FLAGS.items() if options.get(flag) or flag in listed]
    count = len(options.get("resources") or ())
    if count:
        chosen.append(f"{count} selected resource{'s' if count != 1 else ''} only")
    if options.get("retry") is not None:
        chosen.append(f"at most {options['retry']} retries")
    to = f" to {said(options['revision'], 200)}" if options.get("revision") else ""
    return to + (f", with {', '.join(chosen)}" if chosen else "")
