"""Rights of users made to measure: which ones an act uses, and tokens that have all, some or none of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from spottui.sim.api_access import READ, Identity, Rule, operator_rules, viewer_rules
from spottui.sim.api_request import Asked

from .world import World


@dataclass(frozen=True, order=True)
class Right:
    """One verb on one resource, in one namespace (empty: everywhere)."""

    verb: str
    group: str
    resource: str
    """"pods", "pods/eviction"."""
    namespace: str

    def __str__(self) -> str:
        where = f" in {self.namespace}" if self.namespace else ""
        return f"{self.verb} {self.resource}{f'.{self.group}' if self.group else ''}{where}"

    @property
    def rule(self) -> Rule:
        """As a role has it."""
        rule: Rule = {"verbs": [self.verb], "apiGroups": [self.group], "resources": [self.resource]}
        return {**rule, "namespaces": [self.namespace]} if self.namespace else rule


def right_of(asked: Asked) -> Right:
    """Return what a request needs."""
    resource = f"{asked.plural}/{asked.subresource}" if asked.subresource else asked.plural
    return Right(asked.verb, asked.group, resource, asked.namespace)


@contextmanager
def noted(world: World) -> Iterator[dict[Right, None]]:
    """Note the rights that are used while the block runs, in the order of their first use."""
    authorizer, used = world.server.authorizer, dict[Right, None]()
    check = authorizer.__class__.check

    def checked(self: Any, who: Identity, asked: Asked) -> None:
        check(self, who, asked)
        if asked.is_resource and not asked.plural.startswith("selfsubject"):
            used[right_of(asked)] = None

    authorizer.__class__.check = checked  # type: ignore[method-assign]
    try:
        yield used
    finally:
        authorizer.__class__.check = check  # type: ignore[method-assign]


def rules_of(rights: Iterable[Right]) -> list[Rule]:
    """Return the rules that give exactly these rights."""
    return [right.rule for right in rights]


def one_namespace_rules(namespace: str) -> list[Rule]:
    """Return what lets somebody look at one namespace."""
    return [{**rule, "verbs": READ, "namespaces": [namespace]} for rule in viewer_rules()]


TOKENS: dict[str, list[Rule]] = {
    "nobody": [],
    "one-namespace": one_namespace_rules("robot"),
    "all": viewer_rules(),
    "operate": operator_rules(),
}
"""Users whom the matrix tries; the administrator is the fifth."""
