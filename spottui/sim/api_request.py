"""What a request to the embedded API server asks for, read from its method and path as Kubernetes reads them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import unquote

from spottui.sim.resources import BY_PLURAL, Resource

_VERBS = {"GET": "get", "HEAD": "get", "POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
_YES = ("1", "true", "t", "T", "TRUE", "True")


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as authorisation sees it: a verb on a resource, or on a path that is none."""

    verb: str
    path: str
    is_resource: bool = False
    group: str = ""
    version: str = ""
    plural: str = ""
    namespace: str = ""
    name: str = ""
    subresource: str = ""

    @property
    def kind(self) -> Resource | None:
        """Return the stored kind that is asked for; None where the server has none of this name."""
        found = BY_PLURAL.get((self.group, self.plural))
        return found if found is not None and found.version == self.version else None


def read_request(method: str, path: str, query: Mapping[str, str]) -> Asked:
    """Return what is asked for; `path` is the raw one, still escaped."""
    words = [unquote(word) for word in path.split("/") if word]
    verb = _VERBS.get(method, method.lower())
    none = Asked(method.lower(), path)
    if len(words) >= 3 and words[0] == "api":
        group, version, rest = "", words[1], words[2:]
    elif len(words) >= 4 and words[0] == "apis":
        group, version, rest = words[1], words[2], words[3:]
    else:
        return none
    asked = replace(none, is_resource=True, verb=verb, group=group, version=version)
    asked = _place(asked, rest)
    if asked.verb == "get" and not asked.name:
        asked = replace(asked, verb="watch" if query.get("watch") in _YES else "list")
        named = _named(query.get("fieldSelector", ""))
        asked = replace(asked, name=named) if named else asked
    elif asked.verb == "delete" and not asked.name:
        asked = replace(asked, verb="deletecollection")
    return asked


def _place(asked: Asked, rest: list[str]) -> Asked:
    """Read namespace, resource, name and subresource out of what follows the version."""
    if rest[0] == "namespaces" and len(rest) > 1:
        asked = replace(asked, namespace=rest[1])
        if len(rest) > 2 and rest[2] not in ("status", "finalize"):
            rest = rest[2:]
    plural, name, sub = (*rest, "", "", "")[:3]
    return replace(asked, plural=plural, name=name, subresource=sub)


def _named(selector: str) -> str:
    """Return the one name that a field selector asks for; such a list is authorised by that name."""
    for part in selector.split(","):
        field, _, value = part.replace("==", "=").partition("=")
        if field == "metadata.name" and value:
            return value
    return ""
