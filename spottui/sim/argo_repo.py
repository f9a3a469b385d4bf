"""The repo-server of the embedded Argo CD: what of git the robot has, and what it says when it cannot get more.

As the real one it answers from old refs for three minutes, keeps every commit it ever fetched, and pauses after
three failures to render the same thing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from spottui.sim.argo_git import Commit, Failure, Git, fetching_refused, listing_refused
from spottui.sim.objects import Object, copy_of
from spottui.sim.story_clock import StoryClock

REFS_KEPT = 180.0
"""Seconds for which refs are answered from memory (ARGOCD_RECONCILIATION_TIMEOUT of the repo-server)."""
GIT_TIMEOUT = 15.0
"""Seconds until a git server that does not answer is given up (ARGOCD_GIT_REQUEST_TIMEOUT)."""
EXEC_TIMEOUT = 90.0
"""Seconds until `helm` or `kustomize` is given up (ARGOCD_EXEC_TIMEOUT)."""
PAUSE_AFTER = 3
PAUSE = 3600.0
"""After so many failures to render, the same error is told for so many seconds."""
MANIFESTS_KEPT = 24 * 3600.0

_SHA = re.compile(r"[0-9a-f]{40}")
_DOWN = (
    'rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: '
    'dial tcp 10.152.183.44:8081: connect: connection refused"'
)

Place = tuple[str, str, str]
"""URL, SHA, path."""


class RepoError(Exception):
    """What the controller hears instead of manifests; the text begins with "rpc error"."""


@dataclass(slots=True)
class _Failed:
    """A thing that could not be rendered."""

    since: float
    count: int
    message: str


@dataclass(slots=True)
class _Clone:
    """What the robot has of one repository."""

    refs: dict[str, str] = field(default_factory=dict)
    listed_at: float | None = None
    commits: dict[str, Commit] = field(default_factory=dict)


class RepoServer:
    """Resolves revisions and renders paths, with the caches of the real one."""

    def __init__(self, git: Git, clock: StoryClock) -> None:
        self._git, self._clock = git, clock
        self.is_down = False
        """The repo-server itself does not run; nothing can be compared then, not even a full SHA."""
        self._clones: dict[str, _Clone] = {}
        self._rendered: dict[Place, tuple[float, tuple[Object, ...]]] = {}
        self._failed: dict[Place, _Failed] = {}

    def restart(self) -> None:
        """Lose the clones, as a restart of its pod does; rendered manifests are in Redis and stay."""
        self._clones.clear()

    async def resolve(self, url: str, revision: str, *, fresh: bool) -> str:
        """Return the SHA of a branch, tag or SHA.

        Args:
            revision: Empty is HEAD.
            fresh: Ask the server, however young the known refs are: for refreshes and operations.

        Raises:
            RepoError: No refs to be had, or none of this name.
        """
        if self.is_down:
            raise RepoError(_DOWN)
        if _SHA.fullmatch(revision):
            return revision
        refs = await self._refs(url, fresh=fresh)
        sha = refs.get(revision or "HEAD")
        if sha is None:
            # A short SHA is resolved against the refs only: git has no other way without the commits.
            raise RepoError(
                f"rpc error: code = Unknown desc = unable to resolve '{revision}' to a commit SHA: revision not found"
            )
        return sha

    async def _refs(self, url: str, *, fresh: bool) -> dict[str, str]:
        clone = self._clones.setdefault(url, _Clone())
        young = clone.listed_at is not None and self._clock.now() - clone.listed_at < REFS_KEPT
        if young and not fresh:
            return clone.refs
        failure = await self._reach(url)
        if failure:
            clone.listed_at = None
            raise RepoError(listing_refused(url, failure))
        clone.refs = dict(self._git.repositories[url].branches)
        clone.listed_at = self._clock.now()
        return clone.refs

    async def _reach(self, url: str) -> Failure:
        failure = self._git.failure_of(url)
        if failure == "timeout":
            await self._clock.sleep(GIT_TIMEOUT)
            failure = self._git.failure_of(url)  # the link came back while it waited
        return failure

    async def commit(self, url: str, sha: str) -> Commit:
        """Return a commit, from the clone or fetched.

        Raises:
            RepoError: It is not in the clone, and cannot be fetched.
        """
        clone = self._clones.setdefault(url, _Clone())
        if sha not in clone.commits:
            failure = await self._reach(url)
            if failure:
                raise RepoError(fetching_refused(url, failure))
            clone.commits.update(self._git.repositories[url].commits)
        if sha not in clone.commits:
            raise RepoError(
                "rpc error: code = Unknown desc = failed to initialize repository resources: rpc error: code = "
                f"Internal desc = Failed to checkout revision {sha}: `git fetch origin {sha} --force --prune` failed "
                f"exit status 128: fatal: remote error: upload-pack: not our ref {sha}"
            )
        return clone.commits[sha]

    async def render(self, url: str, sha: str, path: str, *, hard: bool) -> list[Object]:
        """Return the manifests of a path at a commit; the caller may write into them.

        Args:
            hard: Render anew, whatever is remembered: for hard refreshes.

        Raises:
            RepoError: The commit is not to be had, or the path cannot be rendered.
        """
        if self.is_down:
            raise RepoError(_DOWN)
        place = (url, sha, path)
        if hard:
            self._rendered.pop(place, None)
            self._failed.pop(place, None)
        known = self._rendered.get(place)
        if known is not None and self._clock.now() - known[0] < MANIFESTS_KEPT:
            return [copy_of(each) for each in known[1]]
        self._raise_when_paused(place)
        commit = await self.commit(url, sha)
        try:
            manifests = await self._build(commit, url, path)
        except RepoError as error:
            self._remember(place, str(error))
            raise
        self._failed.pop(place, None)
        self._rendered[place] = (self._clock.now(), manifests)
        return [copy_of(each) for each in manifests]

    async def _build(self, commit: Commit, url: str, path: str) -> tuple[Object, ...]:
        if path in commit.broken:
            raise RepoError(f"rpc error: code = FailedPrecondition desc = {commit.broken[path]}")
        if path not in commit.manifests:
            raise RepoError(f"rpc error: code = Unknown desc = {path}: app path does not exist")
        if path in commit.fetching and self._git.failure_of(url):
            await self._clock.sleep(EXEC_TIMEOUT)
            raise RepoError("rpc error: code = Unknown desc = `helm dependency build` failed timeout after 1m30s")
        return commit.manifests[path]

    def _raise_when_paused(self, place: Place) -> None:
        failed = self._failed.get(place)
        if failed is None or failed.count < PAUSE_AFTER:
            return
        if self._clock.now() - failed.since >= PAUSE:
            del self._failed[place]
            return
        said = failed.message.partition(" desc = ")[2]
        raise RepoError(f"rpc error: code = Unknown desc = Manifest generation error (cached): {said}")

    def _remember(self, place: Place, message: str) -> None:
        failed = self._failed.setdefault(place, _Failed(self._clock.now(), 0, message))
        failed.count += 1
        failed.message = message
