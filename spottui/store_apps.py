"""What the store keeps of Applications beside their records: the last good state, revisions that were seen."""

from __future__ import annotations

from collections.abc import Iterable

from spottui.records import Meta
from spottui.records_argocd import Application, ArgoSettings
from spottui.verdicts.app_snapshot import Behind, Remembered, behind, last_good, remember

LAST_GOOD = "applications/last-good"
"""What those records are called among what an earlier run left."""


class AppMemory:
    """Remembers each Application by its UID, and forgets what is gone."""

    def __init__(self) -> None:
        self._known: dict[str, Remembered] = {}
        self.settings: dict[str, ArgoSettings] = {}
        """What each Argo CD is set to, by its namespace."""

    def hear(self, changed: Iterable[Meta], gone: Iterable[Meta], at: float) -> None:
        """Take in Applications as they are heard; records of other kinds are left alone."""
        for one in changed:
            if isinstance(one, Application):
                self._known[one.uid] = remember(self._known.get(one.uid), one, at)
        for one in gone:
            self._known.pop(one.uid, None)

    def goods(self, apps: Iterable[Application]) -> list[Application]:
        """Return the last compared records of those Applications that are not compared now, to be kept on the disk."""
        found = (self.last_good(app) for app in apps)
        return [good for good, _ in (each for each in found if each is not None)]

    def recall(self, goods: Iterable[Meta], at: float) -> None:
        """Take in what an earlier run knew as last compared, where this one knows no better."""
        for one in goods:
            known = self._known.get(one.uid)
            if isinstance(one, Application) and (known is None or known.good is None):
                self._known[one.uid] = remember(known, one, at)

    def copy(self) -> AppMemory:
        """Return a copy that a thread may read."""
        made = AppMemory()
        made._known.update(self._known)
        return made

    def behind(self, app: Application) -> Behind:
        """Return how far an Application is behind git, counted with what was seen."""
        return behind(app, self._known.get(app.uid))

    def last_good(self, app: Application) -> tuple[Application, float | None] | None:
        """Return the last compared state and when that was, while the present one is not compared."""
        return last_good(app, self._known.get(app.uid))
