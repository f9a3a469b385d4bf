"""The history of an Application: what was deployed, and which rows there is a way back to."""

from __future__ import annotations

from dataclasses import dataclass

from spottui.actions.argocd_operation import with_policy
from spottui.actions.argocd_results import revision_text
from spottui.actions.objects import Object, part, rows, said
from spottui.errors import SpottuiError
from spottui.records import Target


@dataclass(frozen=True)
class Row:
    """One row of status.history."""

    id: int
    deployed_at: str
    """RFC 3339; empty when Argo CD did not write it down."""
    by: str
    revision: str
    """As it is shown; several sources' joined by "+"."""
    source: Object
    sources: tuple[Object, ...]
    revisions: tuple[str, ...]
    """Of several sources, or the one."""

    @property
    def why_not(self) -> str:
        """Why there is no way back to it, empty when there is one."""
        if not self.sources and not self.source.get("repoURL"):
            return "Argo CD did not keep where it came from"
        if not all(self.revisions) or len(self.revisions) != max(1, len(self.sources)):
            return "Argo CD did not keep its revision"
        return ""

    def request(self, app: Object, *, prune: bool) -> Object:
        """Return the operation's `sync` and `retry`; hooks are not run, as by Argo CD's own server."""
        sync: Object = {"syncStrategy": {"apply": {}}, "prune": prune}
        if self.sources:
            sync |= {"revisions": list(self.revisions), "sources": list(self.sources)}
        else:
            sync |= {"revision": self.revisions[0], "source": self.source}
        return with_policy(app, sync)


def history_of(app: Object) -> list[Row]:
    """Return the rows of the history that have an id, the newest first; the first is what is deployed."""
    found = [_row(row) for row in rows(part(app, "status"), "history") if isinstance(row.get("id"), int)]
    return found[::-1]


def last_deployed(app: Object) -> str:
    """Return the revision that was deployed last, as it is shown; empty when the history is."""
    listed = history_of(app)
    return listed[0].revision if listed else ""


def _row(row: Object) -> Row:
    sources = tuple(rows(row, "sources"))
    many = row.get("revisions")
    revisions = many if sources and isinstance(many, list) else [row.get("revision")]
    by = part(row, "initiatedBy")
    return Row(
        id=row["id"],
        deployed_at=said(row.get("deployedAt"), 40),
        by="auto-sync" if by.get("automated") else said(by.get("username"), 80),
        revision=revision_text(row) or "?",
        source=part(row, "source"),
        sources=sources,
        revisions=tuple(str(each or "") for each in revisions),
    )


def row_to(app: Object, target: Target, wanted: object) -> Row:
    """Return the row with an id; None is the one before what is deployed. 0 is a real id.

    Raises:
        SpottuiError: There is none, it is deployed already, or there is no way back to it.
    """
    listed = history_of(app)
    others = listed[1:]
    if not others:
        raise SpottuiError(f"{target.name} has no earlier row in its history: there is nothing to roll back to.")
    if wanted is None:
        found = next((row for row in others if not row.why_not), None)
        if found is None:
            raise SpottuiError(f"{target.name}: there is no way back to any row: {others[0].why_not}.")
        return found
    if listed[0].id == wanted:
        raise SpottuiError(f"{target.name}: row {wanted} ({listed[0].revision}) is what is deployed. Nothing was sent.")
    found = next((row for row in others if row.id == wanted), None)
    if found is None:
        known = f"{others[-1].id} to {others[0].id}"
        raise SpottuiError(f"{target.name} has no row {said(wanted, 20)} in its history; it has {known}.")
    if found.why_not:
        raise SpottuiError(f"{target.name}: there is no way back to row {found.id}: {found.why_not}.")
    return found
