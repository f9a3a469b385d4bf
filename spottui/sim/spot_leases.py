"""Who may command which part of the robot."""

from __future__ import annotations

import random
from dataclasses import dataclass

RESOURCES = {"body": ("mobility", "full-arm", "fan"), "full-arm": ("arm", "gripper")}
"""Lease resource -> those below it."""
LEASED = ("body", "mobility", "full-arm", "arm", "gripper", "fan")
TABLET = "tablet-4f2c"


@dataclass
class Holder:
    """Who may command a resource."""

    client: str = ""
    """Empty: nobody."""
    user: str = ""
    is_stale: bool = False
    sequence: int = 0


class Leases:
    """All resources and their holders."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self.epoch = ""
        """Changes with each boot."""
        self.holders: dict[str, Holder] = {}
        self.forget_all()

    def forget_all(self) -> None:
        """Have no holders, and a new epoch, as after a boot."""
        self.epoch = f"{self._rng.randrange(16**8):08x}"
        self.holders = {resource: Holder() for resource in LEASED}

    def take(self, client: str = TABLET, user: str = "admin", resource: str = "body") -> None:
        """Let a client hold a resource and all below it."""
        for holder in self._below(resource):
            if (holder.client, holder.is_stale) != (client, False):
                holder.sequence += 1
            holder.client, holder.user, holder.is_stale = client, user, False

    def drop(self, resource: str = "body") -> None:
        """Give a resource and all below it back."""
        for holder in self._below(resource):
            holder.client, holder.user, holder.is_stale = "", "", False

    def go_stale(self, resource: str = "body") -> None:
        """Let the holder stop renewing: it is still named, but lost."""
        for holder in self._below(resource):
            holder.is_stale = True

    def _below(self, resource: str) -> list[Holder]:
        found = [self.holders[resource]]
        for below in RESOURCES.get(resource, ()):
            found += self._below(below)
        return found
