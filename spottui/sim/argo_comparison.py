"""Compares an Application with git: asks the repo-server for manifests, and the cluster for what is there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from spottui.sim.argo_compare import Difference, compare
from spottui.sim.argo_index import Tracked, instance_of
from spottui.sim.argo_repo import RepoError, RepoServer
from spottui.sim.argo_status import Condition, app_health, is_app, row_of, source_type, sync_of
from spottui.sim.objects import Object, Objects

Source = dict[str, Any]


@dataclass(slots=True)
class Compared:
    """The result of one comparison."""

    sources: list[Source]
    revisions: list[str]
    """SHAs; as they were asked for when they could not be resolved."""
    found: Difference
    error: str = ""
    """Text of the ComparisonError; empty when the comparison worked."""
    warnings: list[Condition] = field(default_factory=list)

    @property
    def sync(self) -> str:
        """Synced, OutOfSync or Unknown."""
        return "Unknown" if self.error else sync_of(self.found)

    @property
    def health(self) -> str:
        """The health of what is there; known also when git is not."""
        return app_health(self.found)

    @property
    def conditions(self) -> list[Condition]:
        """Errors and warnings."""
        return [*([("ComparisonError", self.error)] if self.error else []), *self.warnings]

    def rows(self, with_health: bool) -> list[dict[str, Any]]:
        """Return status.resources, in Argo CD's order."""
        rows = [row_of(pair, bool(self.error), with_health) for pair in self.found.pairs]
        return sorted(
            rows, key=lambda row: "/".join(row.get(part, "") for part in ("group", "kind", "namespace", "name"))
        )

    def sync_status(self, spec: dict[str, Any]) -> dict[str, Any]:
        """Return status.sync."""
        against: dict[str, Any] = {"destination": spec.get("destination") or {}}
        if spec.get("ignoreDifferences"):
            against["ignoreDifferences"] = spec["ignoreDifferences"]
        if spec.get("sources"):
            against |= {"source": {"repoURL": ""}, "sources": self.sources}
            return {"status": self.sync, "comparedTo": against, "revisions": self.revisions}
        against["source"] = self.sources[0]
        return {"status": self.sync, "comparedTo": against, "revision": self.revisions[0]}

    def types(self, spec: dict[str, Any]) -> dict[str, Any]:
        """Return sourceType, or for several sources sourceTypes."""
        if spec.get("sources"):
            return {"sourceTypes": [source_type(source) for source in self.sources]}
        return {"sourceType": source_type(self.sources[0])}

    @property
    def is_app_of_apps(self) -> bool:
        """It has Applications among its resources."""
        return any(is_app(pair.object) for pair in self.found.pairs)


class Comparer:
    """Makes comparisons."""

    def __init__(self, objects: Objects, repo: RepoServer, tracked: Tracked, namespace: str) -> None:
        self._objects, self._repo, self._tracked, self._namespace = objects, repo, tracked, namespace

    async def compare(
        self, app: Object, sources: list[Source], revisions: list[str], *, fresh: bool, hard: bool
    ) -> Compared:
        """Compare an Application with revisions of its sources.

        Args:
            revisions: One for each source; an empty one is the source's targetRevision.
            fresh: Ask git, however young the known refs are.
            hard: Render anew as well.
        """
        wanted = [revision or source.get("targetRevision", "") for revision, source in self._pairs(sources, revisions)]
        shas, manifests, error = list(wanted), [], ""
        for at, source in enumerate(sources):
            try:
                shas[at] = await self._repo.resolve(source.get("repoURL", ""), wanted[at], fresh=fresh)
                if source.get("path") or source.get("chart"):
                    path = source.get("path") or source["chart"]
                    manifests += await self._repo.render(source.get("repoURL", ""), shas[at], path, hard=hard)
            except RepoError as failure:
                number = f"source {at + 1} of {len(sources)}"
                error = f"Failed to load target state: failed to generate manifest for {number}: {failure}"
                shas, manifests = wanted, []
                break
        instance = instance_of(app, self._namespace)
        found = compare(self._objects, app, instance, manifests, self._tracked.of(instance))
        warnings = [("RepeatedResourceWarning", text) for text in found.repeated]
        warnings += [("SharedResourceWarning", text) for text in found.shared]
        return Compared(sources, shas, found, error, warnings)

    @staticmethod
    def _pairs(sources: list[Source], revisions: list[str]) -> list[tuple[str, Source]]:
        given = [*revisions, *[""] * len(sources)]
        return list(zip(given[: len(sources)], sources, strict=True))
