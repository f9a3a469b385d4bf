"""What the store keeps of Applications beside their records: the last good state, revisions that were seen."""

from __future__ import annotations

from collections.abc import Iterable

from spottui.records import Application, Meta
from spottui.verdicts.app_snapshot import Behind, Remembered, behind, last_good, remember


class AppMemory:
    """Remembers each Application by its UID, and forgets what is gone."""

    def __init__(self) -> None:
        self._known: dict[str, Remembered] = {}

    def hear(self, changed: Iterable[Meta], gone: Iterable[Meta], at: float) -> None:
        """Take in Applications as they are heard; records of other kinds are left alone."""
        for one in changed:
            if isinstance(one, Application):
                self._known[one.uid] = remember(self._known.get(one.uid), one, at)
        for one in gone:
            self._known.pop(one.uid, None)

    def behind(self, app: Application) -> Behind:
        """Return how far an Application is behind git, counted with what was seen."""
        return behind(app, self._known.get(app.uid))

    def last_good(self, app: Application) -> tuple[Application, float | None] | None:
        """Return the last compared state and when that was, while the present one is not compared."""
        return last_good(app, self._known.get(app.uid))
