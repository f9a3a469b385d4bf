"""Why Argo CD could not compare or sync, by what it said: is it the link, Argo CD itself, or what is in git?"""

from __future__ import annotations

import re

PASSING = frozenset({"link", "offline", "portal", "remote", "argo-down", "busy"})
"""Classes that pass by themselves: no link to the cluster, none to git, a captive portal, a git server that is ill,
a part of Argo CD that is away, another operation or an object that changes too fast."""

_ARGO_DOWN = r"argocd-redis|code = Unavailable|transport: Error while dialing|argocd-repo-server"
_CLUSTER = r"failed to get cluster info|error synchronizing cache state|Failed to load live state"
_CLOCK = r"certificate has expired or is not yet valid"
_PORTAL = r"invalid pkt-len|status code: 30[1278]|x509:"
_AUTH = (
    r"authentication required|authorization failed|status code: 40[137]\b|SSH_AUTH_SOCK|knownhosts:|"
    r"unable to authenticate|invalid credentials|Permission denied \(publickey"
)
_REMOTE = r"status code: 5\d\d|status code: 429"
_CACHED_NETWORK = r"Manifest generation error \(cached\).*(failed timeout|dial tcp|no such host|i/o timeout)"
_OFFLINE = (
    r"no such host|connection refused|network is unreachable|no route to host|i/o timeout|Client\.Timeout|"
    r"context deadline exceeded|DeadlineExceeded|connection reset|unable to connect to|unable to access|"
    r"Could not resolve host|connection timed out|TLS handshake timeout|temporary failure in name resolution|"
    r"[\":] EOF\b|unexpected EOF"
)
_MISSING = (
    r"repository not found|to a commit SHA|revision not found|app path does not exist|not our ref|"
    r"manifest unknown|couldn't find remote ref"
)
_MANIFEST = r"Failed to unmarshal|Manifest generation error|code = FailedPrecondition|error converting YAML"
_SPEC = r"InvalidSpecError|which does not exist|do not match any of the allowed destinations|not permitted in project"
_TABLE = tuple(
    (word, re.compile(pattern, re.IGNORECASE | re.DOTALL))
    for word, pattern in (
        ("argo-down", _ARGO_DOWN),
        ("cluster", _CLUSTER),
        ("clock", _CLOCK),
        ("auth", _AUTH),
        ("remote", _REMOTE),
        ("portal", _PORTAL),
        ("offline", _CACHED_NETWORK),
        ("missing", _MISSING),
        ("manifest", r"Manifest generation error \(cached\)"),
        ("offline", _OFFLINE),
        ("manifest", _MANIFEST),
        ("spec", _SPEC),
    )
)
"""The first that fits counts: what is said of a part of Argo CD also says "connection refused"."""


def error_class(message: str) -> str:
    """Return the class of what Argo CD said: "offline", "auth", "manifest", ...; "other" when it is none we know."""
    return next((word for word, pattern in _TABLE if pattern.search(message)), "other")


def needs_hard_refresh(message: str) -> bool:
    """Whether a cached failure of the network is in the way: an ordinary refresh would only bring it up again."""
    return "Manifest generation error (cached)" in message
