"""An Application in sentences: causes with advice, how far behind, operation, windows; for pane and detail."""

from __future__ import annotations

from spottui import clock
from spottui.records_argocd import Application, CommitWords
from spottui.screens.gitops_parents import parent_lines
from spottui.screens.gitops_windows import all_windows, window_lines
from spottui.screens.gitops_words import (
    HEALTH_TONES,
    RESULT_TONES,
    SYNC_TONES,
    auto_words,
    operation_state,
    who,
)
from spottui.store import Store
from spottui.store_argocd import is_old
from spottui.verdicts.app_conditions import causes, link_or_repository
from spottui.verdicts.app_progress import progress, stuck
from spottui.verdicts.app_snapshot import KNOWN, clock_trouble, to_prune
from spottui.verdicts.changes_words import short_revision
from spottui.verdicts.sync_windows import WindowState
from spottui.widgets.tones import Line, Span

NO_COMMIT = "commit message: ? the Kubernetes API does not give it; argocd-server does: [argocd] url"
IMAGES_SHOWN = 6
RESULTS_SHOWN = 4


def cause_lines(store: Store, app: Application, now: float, plain: bool) -> list[Line]:
    """Return what stands in the way, each cause with its advice; empty when nothing does."""
    arrow: Span = ("-> " if plain else "→ ", "accent")
    lines: list[Line] = []
    for cause in causes(app):
        since = f"  since {clock.calm_age(cause.since, now)}" if cause.since is not None else ""
        lines.append(((f"{cause.code} ", cause.severity), (cause.cause, cause.severity), (since, "dim")))
        whose = link_or_repository(cause, app, store.applications.values())
        lines.append((arrow, (f"{whose} {cause.advice}".strip(), "")))
    if said := stuck(app, now):
        lines.append(((said, "warn"),))
    if said := clock_trouble(app, now):
        lines.append((("CLOCK ", "bad"), (said, "bad")))
    if app.health not in ("Healthy", "") and app.health_message:
        lines.append(((f"{app.health}: {app.health_message}", HEALTH_TONES.get(app.health, "warn")),))
    if app.is_paused:
        lines.append((("An annotation has Argo CD leave it alone (skip-reconcile).", "warn"),))
    return lines


def state_lines(store: Store, app: Application, now: float) -> list[Line]:
    """Return what is deployed against what git has, the last good state where the present one is not known."""
    far = store.apps.behind(app)
    compared = f"compared {clock.calm_age(app.reconciled_at, now)} ago" if app.reconciled_at else "never compared"
    age: Span = (f"  {compared}", "dim")
    if is_old(store, app, now):
        age = (f"  {compared}: what it says is old (is there a link, does Argo CD run?)", "warn")
    health: Span = (f" {app.health or '?'}", HEALTH_TONES.get(app.health, "dim"))
    first: Line = ((app.sync or "no status yet", SYNC_TONES.get(app.sync, "dim")), health, (f"  {far.why}", ""), age)
    good = store.apps.last_good(app)
    if good is None:
        if app.sync == "Unknown":
            return [first, (("What it was before was not seen: spottui looks since it was started.", "dim"),)]
        return [first, *(_differing(app) if app.sync in KNOWN else ())]
    last, at = good
    before = store.apps.behind(last)
    text = f"last known {clock.calm_age(at, now)} ago: {last.sync}. {before.why}"
    return [first, ((text, "dim"),)]


def _differing(app: Application) -> list[Line]:
    count, prunes = len(app.out_of_sync), to_prune(app)
    if not count:
        return []
    text = f"{count} of {app.resource_count} resources differ"
    return [((text, "warn"), (f", {prunes} of them no longer in git (to prune)" if prunes else "", "warn"))]


def operation_lines(app: Application, now: float) -> list[Line]:
    """Return the operation: its word, who and when, how far by phase, what failed or is waited for."""
    operation = app.operation
    word, tone = operation_state(app)
    if operation is None:
        said = "asked for, not begun yet" if app.has_pending_operation else "never synced"
        return [(("operation: ", "dim"), (said, "info" if app.has_pending_operation else "dim"))]
    at = operation.finished_at if operation.finished_at is not None else operation.started_at
    kind = " (dry run)" if operation.dry_run else ""
    parts: list[Span] = [
        ("operation: ", "dim"),
        (f"{word}{kind}", tone),
        (f" {short_revision(operation.revision)} by {who(operation.automated, operation.initiated_by)}", ""),
        (f" {clock.calm_age(at, now)} ago" if at is not None else "", "dim"),
    ]
    if operation.retries:
        parts.append((f", tried {operation.retries + 1} times", "warn"))
    lines: list[Line] = [tuple(parts)]
    found = progress(app)
    if found is not None and found.phases:
        lines[0] = (*lines[0], (f"  {' · '.join(phase.text for phase in found.phases)}", "dim"))
    if operation.message and word != "Sync OK":
        lines.append(((f"  {operation.message}", "dim"),))
    for one in found.failed[:RESULTS_SHOWN] if found is not None else ():
        lines.append(
            ((f"  {one.kind}/{one.name}: {one.message or one.status or one.hook_phase}", RESULT_TONES["Failed"]),)
        )
    return lines


def source_lines(app: Application) -> list[Line]:
    """Return where it comes from and goes to; several sources one per line."""
    lines: list[Line] = []
    for number, one in enumerate(app.sources, 1):
        lead = "source: " if len(app.sources) == 1 else f"source {number}: "
        what = one.chart or one.path or ("values only" if one.ref else ".")
        name = f" (ref {one.ref})" if one.ref else ""
        lines.append(((lead, "dim"), (f"{one.repo or '?'}  {what}{name}  at {one.target_revision or 'HEAD'}", "")))
    where = app.destination_name or app.destination_server
    is_here = where in ("", "in-cluster", "https://kubernetes.default.svc")
    goes = f"namespace {app.destination_namespace or '?'}{'' if is_here else f' of {where}'}"
    lines.append((("goes to: ", "dim"), (goes, ""), (f"  project {app.project or 'default'}", "dim")))
    return lines


def policy_line(app: Application) -> Line:
    """Return auto-sync, self-heal and prune, each as it is."""
    if not app.auto_sync:
        return (("auto-sync: ", "dim"), ("off", ""), ("  nothing happens by itself; s syncs", "dim"))
    words = f"on  self-heal {'on' if app.self_heal else 'off'}  prune {'on' if app.auto_prune else 'off'}"
    return (("auto-sync: ", "dim"), (words, ""))


def image_lines(app: Application) -> list[Line]:
    """Return the live images."""
    more = len(app.images) - IMAGES_SHOWN
    shown = "  ".join(app.images[:IMAGES_SHOWN]) + (f"  and {more} more" if more > 0 else "")
    return [(("images: ", "dim"), (shown or "none known", ""))]


def commit_line(app: Application, commit: CommitWords | str | None, now: float) -> Line:
    """Return the commit's words, or why there are none; None: they are being read."""
    revision = short_revision(app.revision)
    if commit is None:
        return ((f"commit {revision}: ", "dim"), ("being read…", "dim"))
    if isinstance(commit, str):
        return ((commit, "dim"),)
    first = commit.message.splitlines()[0] if commit.message else "(no message)"
    age = f", {clock.calm_age(commit.at, now)} ago" if commit.at is not None else ""
    return ((f"commit {revision}: ", "dim"), (first, ""), (f"  {commit.author}{age}", "dim"))


def pane(store: Store, app: Application, windows: WindowState | None, now: float, plain: bool) -> list[Line]:
    """Return the lines below the list: causes first, then state, operation, windows."""
    return [
        *cause_lines(store, app, now, plain),
        *state_lines(store, app, now),
        *operation_lines(app, now)[:2],
        *window_lines(store, app, windows, now),
        *parent_lines(store, app, now, plain),
        (("auto-sync: ", "dim"), (auto_words(app), "")),
    ]


def detail(
    store: Store,
    app: Application,
    windows: WindowState | None,
    commit: CommitWords | str | None,
    now: float,
    plain: bool,
) -> list[Line]:
    """Return all that is known of one Application beside its tree."""
    lines = [
        *cause_lines(store, app, now, plain),
        *state_lines(store, app, now),
        commit_line(app, commit, now),
        *operation_lines(app, now),
        *window_lines(store, app, windows, now),
    ]
    if windows is not None:
        lines += all_windows(windows, now)
    deployed = clock.calm_age(app.deployed_at, now)
    last = f"{short_revision(app.deployed_revision) or '?'} {deployed} ago" if app.deployed_at is not None else "never"
    lines.append((("deployed: ", "dim"), (last, ""), ("  as a whole", "dim")))
    return [
        *lines,
        policy_line(app),
        *parent_lines(store, app, now, plain),
        *source_lines(app),
        *image_lines(app),
    ]
