"""Knows which cells changed a moment ago; must not read a clock or draw."""


class Flashes:
    """Cells that flash, in two generations: each `fade` ends the older one.

    A cell so flashes for one to two periods of whoever calls `fade`, without a clock.
    """

    def __init__(self) -> None:
        self._young: dict[str, frozenset[str]] = {}
        self._old: dict[str, frozenset[str]] = {}

    def __bool__(self) -> bool:
        return bool(self._young or self._old)

    def add(self, uid: str, keys: frozenset[str]) -> None:
        """Let these columns of a row flash."""
        self._young[uid] = self._young.get(uid, frozenset()) | keys

    def of(self, uid: str) -> frozenset[str]:
        """Return the keys of the columns that flash in a row."""
        if not self:
            return frozenset()
        return self._young.get(uid, frozenset()) | self._old.get(uid, frozenset())

    def fade(self) -> bool:
        """End the older generation; return whether anything still flashes."""
        self._old, self._young = self._young, {}
        return bool(self._old)

    def clear(self) -> None:
        """End all at once."""
        self._young, self._old = {}, {}
