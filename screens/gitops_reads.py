"""What is asked of argocd-server about one Application while somebody looks at it: its commit, its tree."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from spottui.errors import SpottuiError
from spottui.records_argocd import Application, CommitWords
from spottui.screens.gitops_lines import NO_COMMIT
from spottui.screens.palette import target_of
from spottui.screens.parts import Parts
from spottui.verdicts.app_tree_served import Served

TREE_EVERY = 15.0
"""Seconds between two readings of the tree."""
NO_REVISION = "commit message: ? no revision is known now"


class AppReads:
    """Holds what was read; reads anew when there is something new to ask."""

    def __init__(self, parts: Parts, run: Callable[..., Any], changed: Callable[[], None]) -> None:
        """`run` runs a coroutine (a screen's run_worker); `changed` is called when an answer is there."""
        self._parts, self._run, self._changed = parts, run, changed
        self.commit: CommitWords | str | None = None
        """None: it is being read; a text: why there is none."""
        self._commit_of = ""
        self.served: Served | None = None
        """The tree as argocd-server told it last; None: it was not asked, or did not answer yet."""
        self.tree_problem = ""
        """Why there is no newer tree, a sentence; empty when all is well."""
        self._tree_at = float("-inf")
        self._is_reading = False

    def look(self, app: Application, *, has_unknown: bool) -> None:
        """Have read what is worth it; `has_unknown`: there are objects whose health is not known here."""
        self._look_for_commit(app)
        now = self._parts.clock()
        is_due = not 0 <= now - self._tree_at < TREE_EVERY
        if has_unknown and is_due and not self._is_reading and self._parts.app_tree is not None:
            self._is_reading, self._tree_at = True, now
            self._run(self._read_tree(app), group="tree")

    def _look_for_commit(self, app: Application) -> None:
        revision = app.revision
        if revision == self._commit_of and self.commit is not None:
            return
        if self._parts.app_commit is None or not revision or app.sync == "Unknown":
            self.commit = NO_COMMIT if self._parts.app_commit is None else NO_REVISION
        elif revision != self._commit_of:
            self._commit_of, self.commit = revision, None
            self._run(self._read_commit(app, revision), group="commit")

    async def _read_commit(self, app: Application, revision: str) -> None:
        assert self._parts.app_commit is not None
        try:
            found: CommitWords | str = await self._parts.app_commit(target_of(app, "Application"), revision)
        except SpottuiError as error:
            found = f"commit message: ? {error}"
        if revision == self._commit_of:
            self.commit = found
            self._changed()

    async def _read_tree(self, app: Application) -> None:
        assert self._parts.app_tree is not None
        try:
            self.served = Served(await self._parts.app_tree(target_of(app, "Application")))
            self.tree_problem = ""
        except SpottuiError as error:
            self.tree_problem = str(error)
        finally:
            self._is_reading = False
        self._changed()
