"""The git servers that the embedded Argo CD deploys from: repositories, branches, commits, and how they fail.

A commit holds rendered manifests by path, as the repo-server would render them; there are no files, no Helm and
no Kustomize. What of it the robot already has is the repo-server's (argo_repo).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args
from urllib.parse import urlsplit

from spottui.sim.objects import Object, copy_of

Failure = Literal["", "dns", "refused", "timeout", "eof", "auth", "portal", "portal-tls", "remote", "clock", "missing"]
"""How a git server answers: well (empty); no such host; refused; never (15 s); cut off; 401; a captive portal's
page; a captive portal's certificate; 503; a certificate that is not valid yet; no such repository."""
FAILURES: tuple[str, ...] = get_args(Failure)

_ADDRESS = "140.82.113.3"
_RESOLVER = "10.0.0.53:53"


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit of a repository, with everything that lies in its tree."""

    sha: str
    message: str
    author: str
    date: float
    """Seconds since the epoch."""
    manifests: Mapping[str, tuple[Object, ...]]
    """What is rendered from a path."""
    broken: Mapping[str, str]
    """Path -> what rendering it says, e.g. a YAML error."""
    fetching: frozenset[str]
    """Paths that fetch from the network while they are rendered: a Helm dependency, a remote Kustomize base."""
    parent: str = ""


@dataclass(slots=True)
class Repository:
    """One repository on its server."""

    url: str
    commits: dict[str, Commit] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)
    """Branch or tag -> SHA; "HEAD" is the branch of the first commit."""
    failure: Failure = ""


class Git:
    """All remote repositories; used from one event loop."""

    def __init__(self, wall: Callable[[], float]) -> None:
        self.wall = wall
        self.failure: Failure = ""
        """How every repository fails; a repository may fail by itself as well."""
        self.repositories: dict[str, Repository] = {}
        self._made = 0

    @property
    def reachable(self) -> bool:
        """Whether the link to the git servers is up; setting it to False makes names not resolve."""
        return not self.failure

    @reachable.setter
    def reachable(self, reachable: bool) -> None:
        self.failure = "" if reachable else "dns"

    def fail(self, failure: Failure, url: str = "") -> None:
        """Let one repository, or (empty) all of them, fail like this; an empty failure mends it.

        Raises:
            ValueError: The failure has no such name.
        """
        if failure not in FAILURES:
            raise ValueError(f"There is no failure {failure!r}: {', '.join(name for name in FAILURES if name)}.")
        if url:
            self.repository(url).failure = failure
        else:
            self.failure = failure

    def repository(self, url: str) -> Repository:
        """Return the repository at a URL; it is made when there is none."""
        return self.repositories.setdefault(url, Repository(url))

    def commit(
        self,
        url: str,
        manifests: Mapping[str, Sequence[Object] | None],
        message: str,
        *,
        author: str = "Robot Team <robots@example.com>",
        branch: str = "main",
        broken: Mapping[str, str] | None = None,
        fetching: Sequence[str] = (),
    ) -> str:
        """Commit on a branch and return the SHA.

        Args:
            manifests: The paths that change; None deletes a path; all others stay as they were.
            broken: Paths that cannot be rendered, and what rendering says; only this commit's.
            fetching: Paths whose rendering needs the network.
        """
        repository = self.repository(url)
        parent = repository.branches.get(branch, "")
        tree = dict(repository.commits[parent].manifests) if parent else {}
        for path, rendered in manifests.items():
            tree.pop(path, None)
            if rendered is not None:
                tree[path] = tuple(copy_of(each) for each in rendered)
        self._made += 1
        sha = hashlib.sha1(f"{url} {branch} {self._made} {message}".encode(), usedforsecurity=False).hexdigest()
        repository.commits[sha] = Commit(
            sha, message, author, self.wall(), tree, dict(broken or {}), frozenset(fetching), parent
        )
        repository.branches[branch] = sha
        repository.branches.setdefault("HEAD", sha)
        if branch == "main":
            repository.branches["HEAD"] = sha
        return sha

    def tag(self, url: str, name: str, sha: str) -> None:
        """Name a commit, or move a branch, as a forced push does."""
        repository = self.repository(url)
        if sha not in repository.commits:
            raise KeyError(f"{url} has no commit {sha}")
        repository.branches[name] = sha

    def failure_of(self, url: str) -> Failure:
        """Return how a repository fails now; a URL that was never committed to is a missing repository."""
        if self.failure:
            return self.failure
        known = self.repositories.get(url)
        return known.failure if known is not None else "missing"


def listing_refused(url: str, failure: Failure) -> str:
    """Return what the repo-server says when it cannot list the refs of a repository."""
    host = urlsplit(url).hostname or "git"
    asked = f"{url}/info/refs?service=git-upload-pack"
    get = f'Get "{asked}": '
    tails = {
        "dns": f"{get}dial tcp: lookup {host} on {_RESOLVER}: no such host",
        "refused": f"{get}dial tcp {_ADDRESS}:443: connect: connection refused",
        "timeout": f"{get}context deadline exceeded (Client.Timeout exceeded while awaiting headers)",
        "eof": f"{get}EOF",
        "auth": "authentication required: Unauthorized",
        "portal": "invalid pkt-len found",
        "portal-tls": f"{get}tls: failed to verify certificate: x509: certificate signed by unknown authority",
        "remote": f'unexpected client error: unexpected requesting "{asked}" status code: 503',
        "clock": f"{get}tls: failed to verify certificate: x509: certificate has expired or is not yet valid: "
        "current time 1970-01-01T00:01:00Z is before 2026-01-01T00:00:00Z",
        "missing": "repository not found: Repository not found.",
    }
    return f"rpc error: code = Unknown desc = failed to list refs: {tails[failure]}"


def fetching_refused(url: str, failure: Failure) -> str:
    """Return what the repo-server says when it has to fetch a commit and cannot: the git program's own words."""
    host = urlsplit(url).hostname or "git"
    tails = {
        "dns": f"fatal: unable to access '{url}/': Could not resolve host: {host}",
        "auth": f"fatal: Authentication failed for '{url}/'",
        "missing": f"fatal: repository '{url}/' not found",
        "remote": f"fatal: unable to access '{url}/': The requested URL returned error: 503",
        "portal-tls": f"fatal: unable to access '{url}/': server certificate verification failed",
        "clock": f"fatal: unable to access '{url}/': server certificate verification failed",
    }
    tail = tails.get(failure, f"fatal: unable to connect to {host}:\n{host}[0: {_ADDRESS}]: errno=Connection refused")
    return (
        "rpc error: code = Unknown desc = failed to initialize repository resources: rpc error: code = Internal desc = "
        f"Failed to fetch default: `git fetch origin --tags --force --prune` failed exit status 128: {tail}"
    )
