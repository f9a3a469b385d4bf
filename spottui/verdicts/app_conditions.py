"""What Argo CD's conditions and failed operations mean: a class, a sentence of cause, one of advice."""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec import Struct

from spottui.records_argocd import Application
from spottui.verdicts.sync_errors import error_class, needs_hard_refresh

LONGEST = 4000
"""Characters of a message that are looked at: what decides stands at its end or its beginning."""
TOLD = 300
"""Characters of Argo CD's own words that a sentence repeats."""

_HOST = re.compile(r"(?:[a-z+]{2,9}://|git@)(?:[^/\s\"@]{1,128}@)?([A-Za-z0-9.-]{1,253})")
_PROJECT = re.compile(r"referencing project (\S{1,253}) which does not exist")
_PREFIX = re.compile(
    r"^(?:ComparisonError: )?(?:Failed to load target state: )?(?:failed to generate manifest for source \d+ of \d+: )?"
    r"(?:rpc error: code = \w+ desc = )?(?:Manifest generation error \(cached\): )?"
)


class AppCause(Struct, frozen=True, kw_only=True):
    """One condition, or one failed operation, in words."""

    code: str
    """OFFLINE, PORTAL, REMOTE, CLOCK, AUTH, SOURCE, BROKEN, SPEC, ARGO, CLUSTER, WARNING or OTHER."""
    cause: str
    advice: str
    severity: str
    """"bad", or "warn" where what runs goes on as it is."""
    type: str
    """Of the condition; "operation" for a failed operation."""
    since: float | None = None
    host: str = ""
    """Whose git or chart server it is about; empty when the message names none."""
    needs_hard_refresh: bool = False
    """A cached failure: an ordinary refresh brings up the same one again."""


def causes(app: Application) -> tuple[AppCause, ...]:
    """Return what the conditions say, errors first, then why the last operation could not even start."""
    found = [explain(one.type, one.message, one.since, app.repo) for one in app.conditions]
    found.sort(key=lambda cause: cause.code == "WARNING")
    operation = app.operation
    if operation is not None and operation.phase == "Error" and not any(one.code != "WARNING" for one in found):
        found.append(explain("operation", operation.message, operation.finished_at, app.repo))
    return tuple(found)


def explain(kind: str, message: str, since: float | None = None, repo: str = "") -> AppCause:
    """Return what a condition of a type means by what its message says.

    Args:
        kind: The condition's type, or "operation" for a failed one.
        repo: Of the Application: it names the host where the message does not.
    """
    text = message if len(message) <= LONGEST else f"{message[: LONGEST // 2]} … {message[-LONGEST // 2 :]}"
    if kind.endswith("Warning"):
        return _warning(kind, text, since)
    word = error_class(text)
    if word == "other" and kind == "InvalidSpecError":
        word = "spec"
    host = _host(text) or _host(repo)
    code, cause, advice = _words(word, text, host)
    cause = cause if host and cause.startswith(host) else cause[:1].upper() + cause[1:]
    needs_hard = needs_hard_refresh(text)
    if needs_hard and word in ("offline", "manifest"):
        advice += " Argo CD repeats this failure from its cache for up to an hour: U refreshes hard."
    return AppCause(
        code=code,
        cause=cause,
        advice=advice,
        severity="warn" if word in ("offline", "portal", "remote") else "bad",
        type=kind,
        since=since,
        host=host,
        needs_hard_refresh=needs_hard,
    )


def link_or_repository(cause: AppCause, app: Application, apps: Iterable[Application]) -> str:
    """Return whether the link or one repository is to blame, by the other Applications of the same host."""
    if cause.code not in ("OFFLINE", "PORTAL", "REMOTE") or not cause.host:
        return ""
    near = [one for one in apps if one.uid != app.uid and _host(one.repo) == cause.host]
    if not near:
        return ""
    ill = [one for one in near if _code(one) == cause.code]
    if len(ill) == len(near):
        return f"All {len(near) + 1} Applications of {cause.host} say so: it is the link, or that server."
    later = [one for one in near if cause.since is not None and (one.reconciled_at or 0.0) > cause.since]
    if not ill and later:
        return f"{len(later)} others of {cause.host} were compared since: it is this repository, or it was short."
    if not ill:
        return f"The {len(near)} others of {cause.host} were not compared since."
    return f"{len(ill) + 1} of {len(near) + 1} Applications of {cause.host} say so."


def _code(app: Application) -> str:
    """Return the class of an Application's first error; empty without one."""
    return next(
        (explain(one.type, one.message, repo=app.repo).code for one in app.conditions if one.type.endswith("Error")), ""
    )


def _host(text: str) -> str:
    found = _HOST.search(text)
    return found.group(1) if found else ""


def _said(text: str) -> str:
    """Return Argo CD's words without what stands before nearly all of them, as one line, cut."""
    plain = " ".join(_PREFIX.sub("", text).split())
    return plain if len(plain) <= TOLD else f"{plain[: TOLD - 1]}…"


def _words(word: str, text: str, host: str) -> tuple[str, str, str]:
    """Return code, cause and advice for a class of `error_class`."""
    git = host or "the git server"
    if word == "spec":
        return _spec(text)
    table = {
        "offline": ("OFFLINE", f"{git} cannot be reached from the robot.", _OFFLINE_ADVICE),
        "portal": (
            "PORTAL",
            f"Something between the robot and {git} answers in its place: a captive portal or an intercepting proxy.",
            "Log in to that network's portal, or give Argo CD the proxy's certificate; 6 Links has the probes.",
        ),
        "remote": ("REMOTE", f"{git} answers with an error of its own.", "Nothing is wrong here; wait, then u."),
        "clock": (
            "CLOCK",
            "A certificate is not valid at the time that the robot's clock shows.",
            "Set the robot's clock (no NTP after a battery change?), then u; 7 Robot shows how far it is off.",
        ),
        "auth": (
            "AUTH",
            f"{git} does not take Argo CD's credentials, or its SSH host key is not known.",
            "Renew the repository's token, key or known_hosts in Argo CD's settings, then u.",
        ),
        "missing": (
            "SOURCE",
            f"The repository, branch, path or chart is not there: {_said(text)}",
            "Correct spec.source, or push what is missing; then u.",
        ),
        "manifest": (
            "BROKEN",
            f"What is in git cannot be rendered: {_said(text)}",
            "Only a commit that corrects it helps; what runs goes on as it is.",
        ),
        "argo-down": (
            "ARGO",
            "A part of Argo CD is down: its repo-server or its Redis does not answer.",
            "Look at the pods of Argo CD's namespace (3 Workloads); the link is not to blame.",
        ),
        "cluster": (
            "CLUSTER",
            f"Argo CD cannot read the cluster that it deploys to: {_said(text)}",
            "Look at the API server and at Argo CD's rights there; the link to git is not to blame.",
        ),
    }
    return table.get(
        word, ("OTHER", _said(text) or "Argo CD gives no reason.", "d describes it; y has Argo CD's whole message.")
    )


_OFFLINE_ADVICE = "What runs goes on. With the link back, u compares at once; s arms a sync until then."


def _spec(text: str) -> tuple[str, str, str]:
    found = _PROJECT.search(text)
    if found:
        name = found.group(1)
        return "SPEC", f"Its project {name} does not exist.", f"Make the AppProject {name}, or correct spec.project."
    if "do not match any of the allowed destinations" in text or "not permitted in project" in text:
        advice = "Allow it in the AppProject (sourceRepos, destinations), or correct the Application."
        return "SPEC", f"Its project does not permit it: {_said(text)}", advice
    return "SPEC", f"Its spec is not valid: {_said(text)}", "Correct the Application's spec; a sync does not help."


def _warning(kind: str, text: str, since: float | None) -> AppCause:
    meanings = {
        "SharedResourceWarning": "An object belongs to two Applications, which undo each other's changes.",
        "RepeatedResourceWarning": "An object is in git more than once: the last one wins.",
        "ExcludedResourceWarning": "Argo CD is set to leave an object alone that is in git.",
        "OrphanedResourceWarning": "The namespace holds objects that no Application knows.",
    }
    cause = f"{meanings.get(kind, kind)} {_said(text)}".strip()
    return AppCause(
        code="WARNING", cause=cause, advice="It may stay so; y has the list.", severity="warn", type=kind, since=since
    )
