"""The commands on Argo CD Applications: apps, sync, refresh, rollback, terminate, history, diff.

Each answers on standard output, as text or as JSON, and tells how far it is on standard error. Imports nothing heavy:
the command that runs brings its own.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import click

from spottui.cli import cluster_options, output_option, robot_option, run, tell, wait_option
from spottui.errors import BadConfig

if TYPE_CHECKING:
    from spottui.cli_request import Request
    from spottui.oneshot.argocd_acts import Asked
    from spottui.settings import Settings

Command = TypeVar("Command", bound=Callable[..., Any])


def armed_options(command: Command) -> Command:
    """Let a sync wait for its time: --when-idle and what goes with it."""
    for option in (
        click.option("--link-up", metavar="TIME", help="With --when-idle: the link must have been up for it; 30s."),
        click.option(
            "--charge", type=click.FloatRange(0, 100), metavar="PERCENT", help="With --when-idle: the least charge."
        ),
        click.option("--expires", metavar="TIME", help="With --when-idle: how long to wait; 8h."),
        click.option("--when-idle", is_flag=True, help="Wait until the robot rests and the link is up, sync once."),
    ):
        command = option(command)
    return command


def sync_options(command: Command) -> Command:
    """Let a sync be what Argo CD can make of it."""
    for option in (
        click.option(
            "--retries", "retry", type=click.IntRange(0, 100), metavar="N", help="Let Argo CD try again so often."
        ),
        click.option(
            "--resource",
            "resources",
            multiple=True,
            metavar="GROUP:KIND:NAME",
            help="Only this one; repeat it for more. NAME may be NAMESPACE/NAME.",
        ),
        click.option("--no-hooks", is_flag=True, help="Run no hooks."),
        click.option("--out-of-sync", is_flag=True, help="Only apply what differs."),
        click.option("--server-side", is_flag=True, help="Let the API server merge (server-side apply)."),
        click.option("--replace", is_flag=True, help="Replace whole objects instead of merging them."),
        click.option("--force", is_flag=True, help="Delete and make anew what cannot be changed."),
        click.option("--dry-run", is_flag=True, help="Only let Argo CD say what it would do."),
        click.option("--prune", is_flag=True, help="Also delete what is no longer in git."),
        click.option(
            "--revision", metavar="REV", help="Sync to this revision; for several sources one each, with commas."
        ),
    ):
        command = option(command)
    return command


@click.command(short_help="List the Argo CD Applications.", epilog="Example: spottui apps -o json | jq .applications")
@cluster_options
@output_option
@click.pass_obj
def apps(request: Request, output: str, **flags: Any) -> None:
    """List the Argo CD Applications: sync, health, operation, revision, and whether sync windows let them be synced."""
    request.take(**flags)
    settings = request.settings()
    from spottui.oneshot.argocd_apps import apps as ask

    click.echo(run(ask(settings, request.environ, request.home, as_json=output == "json")))


@click.command(short_help="Let Argo CD sync Applications.", epilog="Example: spottui sync argocd/navigation --wait 120")
@cluster_options
@click.argument("apps", metavar="APP [APP]...", nargs=-1, required=True)
@sync_options
@output_option
@wait_option
@armed_options
@robot_option
@click.pass_obj
def sync(
    request: Request,
    apps: tuple[str, ...],
    output: str,
    wait: float,
    when_idle: bool,
    expires: str | None,
    charge: float | None,
    link_up: str | None,
    **flags: Any,
) -> None:
    """Let Argo CD sync Applications, four at a time.

    Each APP is written as a name or namespace/name. Waits until Argo CD says how it went; --wait 0 only asks. What a
    sync window forbids is not sent. Calling this is the consent: it does not ask again. It is written to the audit
    file before it is sent.

    With --when-idle it waits until the link is up, the robot's update window is open and Argo CD's sync windows
    allow it, and syncs once; ctrl-c takes it back.
    """
    wanted = {name: flags.pop(name) for name in tuple(flags) if "__" not in name}
    request.take(**flags)
    settings = request.settings()
    if when_idle:
        _sync_when_idle(request, settings, apps, output, wanted, (expires, charge, link_up))
        return
    if (expires, charge, link_up) != (None, None, None):
        raise BadConfig("--expires, --charge and --link-up go with --when-idle.")
    from spottui.oneshot.argocd_acts import resource_of, sync_asked

    wanted["resources"] = tuple(resource_of(text) for text in wanted["resources"])
    _act(request, settings, apps, sync_asked(wanted, wait, as_json=output == "json"))


def _sync_when_idle(
    request: Request,
    settings: Settings,
    apps: tuple[str, ...],
    output: str,
    wanted: Mapping[str, Any],
    conditions: tuple[str | None, float | None, str | None],
) -> None:
    from spottui.oneshot.armed import sync_when_idle, wish_of

    if wanted["dry_run"]:
        raise BadConfig("Use --when-idle or --dry-run, not both: a dry run changes nothing that could be waited for.")
    others = ", ".join(name for name, value in wanted.items() if value and name not in ("revision", "prune"))
    if others:
        raise BadConfig(f"--when-idle goes with --revision and --prune only, not with: {others}.")
    if len(apps) != 1 or output == "json":
        raise BadConfig("--when-idle is for one Application, and answers in text.")
    wish = wish_of(settings, apps[0], wanted["revision"], wanted["prune"], *conditions)
    click.echo(run(sync_when_idle(settings, request.environ, request.home, wish, tell)))


@click.command(
    short_help="Let Argo CD compare Applications.", epilog="Example: spottui refresh navigation camera --hard"
)
@cluster_options
@click.argument("apps", metavar="APP [APP]...", nargs=-1, required=True)
@click.option("--hard", is_flag=True, help="Also render the manifests anew: slow on a small computer.")
@output_option
@wait_option
@click.pass_obj
def refresh(request: Request, apps: tuple[str, ...], hard: bool, output: str, wait: float, **flags: Any) -> None:
    """Let Argo CD read git again and compare Applications with it, four at a time.

    Each APP is written as a name or namespace/name. With auto-sync on, a new commit is then applied.
    """
    request.take(**flags)
    settings = request.settings()
    action = "application.hard-refresh" if hard else "application.refresh"
    _act(request, settings, apps, _asked(action, {}, output, wait))


@click.command(short_help="Roll an Application back.", epilog="Example: spottui rollback navigation 12")
@cluster_options
@click.argument("app", metavar="APP")
@click.argument("row", metavar="[ID]", type=click.IntRange(min=0), required=False)
@click.option("--prune", is_flag=True, help="Also delete what that revision does not have.")
@output_option
@wait_option
@click.pass_obj
def rollback(request: Request, app: str, row: int | None, prune: bool, output: str, wait: float, **flags: Any) -> None:
    """Roll the Application APP back to the row ID of its history; without ID to the one before.

    See: spottui history APP. Auto-sync is turned off first, as it would undo the rollback within a second, and stays
    off. A revision that Argo CD has fetched before needs no link to git. Calling this is the consent: it does not ask
    again.
    """
    request.take(**flags)
    settings = request.settings()
    _act(request, settings, (app,), _asked("application.rollback", {"id": row, "prune": prune}, output, wait))


@click.command(short_help="End an Application's operation.", epilog="Example: spottui terminate navigation")
@cluster_options
@click.argument("app", metavar="APP")
@output_option
@wait_option
@click.pass_obj
def terminate(request: Request, app: str, output: str, wait: float, **flags: Any) -> None:
    """End the operation of the Application APP that is in progress; what it applied stays."""
    request.take(**flags)
    settings = request.settings()
    _act(request, settings, (app,), _asked("application.terminate", {}, output, wait))


@click.command(short_help="Show what was deployed.", epilog="Example: spottui history navigation")
@cluster_options
@click.argument("app", metavar="APP")
@output_option
@click.pass_obj
def history(request: Request, app: str, output: str, **flags: Any) -> None:
    """Show what was deployed of the Application APP, the newest first, with the IDs that a rollback takes."""
    request.take(**flags)
    settings = request.settings()
    from spottui.oneshot.argocd_history import history as ask

    click.echo(run(ask(settings, request.environ, request.home, app, as_json=output == "json")))


@click.command(short_help="Show what a sync would change.", epilog="Example: spottui diff navigation")
@cluster_options
@click.argument("app", metavar="APP")
@output_option
@click.pass_obj
def diff(request: Request, app: str, output: str, **flags: Any) -> None:
    """Show what differs between the cluster and git of the Application APP, Secrets masked.

    Against git where argocd-server is set ([argocd] url), else against what was applied last.
    """
    request.take(**flags)
    settings = request.settings()
    from spottui.oneshot.argocd_diff import diff as ask

    click.echo(run(ask(settings, request.environ, request.home, app, as_json=output == "json")))


def _asked(action: str, options: Mapping[str, Any], output: str, wait: float) -> Asked:
    from spottui.oneshot.argocd_acts import Asked

    given = {name: value for name, value in options.items() if value is not None and value is not False}
    return Asked(action, given, wait, output == "json")


def _act(request: Request, settings: Settings, apps: tuple[str, ...], asked: Asked) -> None:
    """Command the Applications; say the answer, then leave with the exit status."""
    from spottui.oneshot.argocd_acts import act

    report = run(act(settings, request.environ, request.home, apps, asked, tell))
    if report.out:
        click.echo(report.out)
    for line in report.errors:
        tell(line)
    if report.status:
        sys.exit(report.status)


COMMANDS = (apps, sync, refresh, rollback, terminate, history, diff)
