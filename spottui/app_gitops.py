"""What the screens ask argocd-server for, where the settings name one: targets, commits and trees of Applications."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spottui.app_argocd import argocd_api
from spottui.records import Target
from spottui.records_argocd import CommitWords, TreeNode
from spottui.settings import Settings
from spottui.store import Store

if TYPE_CHECKING:
    from spottui.sources.argocd_api import ArgocdApi


class ArgocdReader:
    """Asks argocd-server when a screen asks; the client is made with the first question, as its imports are heavy."""

    def __init__(self, settings: Settings, environ: Mapping[str, str], home: Path, store: Store) -> None:
        self._settings, self._environ, self._home, self._store = settings, environ, home, store
        self._client: ArgocdApi | None = None

    def _api(self) -> ArgocdApi:
        if self._client is None:
            self._client = argocd_api(self._settings, self._environ, self._home)
        assert self._client is not None, "made only where the settings name argocd-server"
        return self._client

    async def targets(self, target: Target) -> Sequence[Mapping[str, Any]]:
        """Return an Application's resources with live and wanted state; see `argocd_facts.managed_resources`.

        Raises:
            SpottuiError: argocd-server does not tell.
        """
        from spottui.sources.argocd_facts import managed_resources

        return await managed_resources(self._api(), target.namespace, target.name, self._project(target))

    async def commit(self, target: Target, revision: str) -> CommitWords:
        """Return what git says of a revision; of several sources' the first one is asked about.

        Raises:
            SpottuiError: argocd-server does not tell, as when it cannot reach git.
        """
        from spottui.sources.argocd_facts import commit

        sha = revision.split("+", 1)[0]
        found = await commit(self._api(), target.namespace, target.name, sha, self._project(target))
        return CommitWords(author=found.author, at=found.at, message=found.message)

    async def tree(self, target: Target) -> Sequence[TreeNode]:
        """Return an Application's tree with the health of each object.

        Raises:
            SpottuiError: argocd-server does not tell.
        """
        from spottui.sources.argocd_facts import tree

        return await tree(self._api(), target.namespace, target.name, self._project(target))

    def _project(self, target: Target) -> str:
        app = self._store.applications.get(target.uid)
        return app.project if app is not None else ""

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.close()
