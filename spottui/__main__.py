"""The command line: reads flags, builds settings, starts the screen or one command, gives the exit status.

Imports nothing heavy: Textual and the Kubernetes client are imported by the command that needs them.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from spottui import __version__, clock, first_paint
from spottui.errors import BadConfig, SpottuiError

if TYPE_CHECKING:
    from spottui.app_demo import DemoRobot
    from spottui.config import Settings

QUIET_GRPC = {"GRPC_VERBOSITY": "NONE", "GRPC_PYTHON_DISABLE_ABSL_INIT_LOG": "1"}
"""gRPC reads these once, when it is imported; otherwise its C core writes over the screen."""

Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass(slots=True)
class Request:
    """What the command line said so far: flags of the root and of the sub-command."""

    flags: dict[str, Any] = field(default_factory=dict)
    config_file: Path | None = None
    log_path: Path | None = None
    """Set once the settings are known: where a crash is written down."""

    log_problem: str = ""
    """Why the log cannot be written; said after the screen is left when one is drawn."""
    draws: bool = False
    demo: list[str] | None = None
    """Arguments of the embedded robot's process; None without --demo."""

    def take(self, **flags: Any) -> None:
        """Take in flags, named section__key; what was not given (None) changes nothing."""
        for name, value in flags.items():
            if value is not None:
                self.flags[name.replace("__", ".")] = value

    def settings(self) -> Settings:
        """Read the settings and start the log.

        Raises:
            BadConfig: With every problem found.
        """
        from spottui.config import load
        from spottui.crash import set_up_log

        settings = load(
            environ=os.environ,
            home=Path.home(),
            folder=Path.cwd(),
            flags=self.flags,
            config_file=self.config_file,
            actions=known_keys(),
        )
        self.log_path = settings.log.file
        self.log_problem = set_up_log(settings.log.file, settings.log.level) or ""
        if self.log_problem and not self.draws:
            click.echo(f"spottui: {self.log_problem}", err=True)
        return settings


def known_keys() -> dict[str, str]:
    """Return the id and the own keys of every binding that [keys] may change."""
    from spottui.actions.registry import ACTIONS
    from spottui.settings_actions import PROGRAM_KEYS

    by_key = {action.key: action.id for action in reversed(ACTIONS) if action.key}  # the first of each key
    return PROGRAM_KEYS | {action_id: key for key, action_id in by_key.items()}


def cluster_options(command: Command) -> Command:
    """Let a command name the cluster: --kubeconfig, --context, --namespace, each with the same meaning."""
    for option in (
        click.option("-n", "--namespace", "cluster__namespace", metavar="NAME", help="Start in this namespace."),
        click.option("--context", "cluster__context", metavar="NAME", help="Use this context of the kubeconfig."),
        click.option("--kubeconfig", "cluster__kubeconfig", metavar="FILE", help="Use this kubeconfig and no other."),
    ):
        command = option(command)
    return command


robot_option = click.option(
    "--robot", "robot__address", metavar="ADDRESS", help="The Spot itself, e.g. 192.168.80.3 or host:port."
)
wait_option = click.option(
    "--wait",
    type=click.FloatRange(0, 86400),
    default=60,
    metavar="SECONDS",
    show_default=True,
    help="How long to watch for the effect; 0 only asks.",
)


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


class Root(click.Group):
    """The root command; "sim" is imported when it is asked for, as it brings the simulator along."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), "sim"])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name != "sim":
            return super().get_command(ctx, cmd_name)
        from spottui.oneshot.simulator import sim

        return sim


@click.group(
    cls=Root,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit status: 0 done, 1 failed, 2 wrong use or settings, 3 no answer, 4 forbidden.",
)
@cluster_options
@robot_option
@click.option("--demo", is_flag=True, help="Look at the embedded robot: no real one is needed or touched.")
@click.option("--scenario", metavar="NAME|FILE", help="With --demo: what happens; see: spottui sim scenarios.")
@click.option("--pods", type=click.IntRange(0, 20_000), metavar="N", help="With --demo: so many pods more.")
@click.option("--config", "config_file", type=click.Path(path_type=Path), metavar="FILE", help="Settings file.")
@click.option(
    "--write/--read-only",
    "safety__start_unlocked",
    default=None,
    help="Start with commands unlocked, or locked (the default; L unlocks).",
)
@click.option("--low-data", "links__low_data", is_flag=True, default=None, help="Spare the link; see screen 6.")
@click.option("--mouse/--no-mouse", "ui__mouse", default=None, help="Take the mouse, or leave it to the terminal.")
@click.option("--log-file", "log__file", metavar="FILE", help="Write the program's own log here.")
@click.version_option(__version__, prog_name="spottui", message="%(prog)s %(version)s")
@click.pass_context
def cli(
    context: click.Context,
    demo: bool,
    scenario: str | None,
    pods: int | None,
    config_file: Path | None,
    **flags: Any,
) -> None:
    """See and steer the Kubernetes on a robot's back.

    Without a command: the full screen. It starts locked, so looking around can break nothing.

    \b
    Examples:
      spottui                              the cluster that kubectl would use, or the robot's own
      spottui --kubeconfig spot-07.yaml    another cluster
      spottui --demo                       an embedded robot, to look around and to try the keys
      spottui status                       one page of text, for a script or a bad terminal
      spottui doctor                       what is wrong with my setup?
    """
    request = context.obj = context.obj or Request()
    request.config_file = config_file
    request.take(**flags)
    if demo or scenario is not None or pods is not None:
        from spottui.app_demo import demo_arguments

        request.demo = demo_arguments(context, demo, scenario, pods)
    if context.invoked_subcommand is None:
        context.exit(start_screen(request))


def start_screen(request: Request) -> int:
    """Run the full screen until the operator leaves it; return the exit status."""
    from spottui.settings_terminal import textual_variables, why_no_screen

    why_not = why_no_screen(os.environ, has_input=sys.stdin.isatty(), has_output=sys.stdout.isatty())
    if why_not:
        request.settings()  # what is wrong with them is told as well
        raise BadConfig(why_not)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: sys.exit(128 + number))  # until the app has its own
    gc.disable()  # collecting while importing costs a tenth of the start and frees nothing; the app enables it
    request.draws = True
    if request.demo is None:
        first_paint.enter()
    else:
        first_paint.enter("the embedded robot, on this computer")
    demo: DemoRobot | None = None
    try:
        settings = request.settings()
        if request.demo is not None:
            from spottui.app_demo import DemoRobot, check_scenario

            demo = DemoRobot(request.demo, settings.log.file)
            check_scenario(request.demo)
        os.environ.update(textual_variables(os.environ))  # before the import: Textual reads them once
        from spottui.app import build_app

        app = build_app(settings, environ=os.environ, home=Path.home(), clock=clock.now, demo=demo)
    except BaseException:
        first_paint.leave()
        if demo is not None:
            demo.stop()
        raise
    try:
        app.run(mouse=settings.ui.mouse)
    finally:
        if demo is not None:
            demo.stop()
    if request.log_problem:
        click.echo(f"spottui: {request.log_problem}", err=True)
    return app.return_code or 0


@cli.command(short_help="Say once how the cluster is.", epilog="Example: spottui status -o json | jq .findings")
@cluster_options
@robot_option
@click.option("-o", "--output", type=click.Choice(["text", "json"]), default="text", help="Form of the answer.")
@click.pass_obj
def status(request: Request, output: str, **flags: Any) -> None:
    """Say once how the cluster is: nodes, pods, wasm, applications, findings."""
    request.take(**flags)
    settings = request.settings()
    from spottui.oneshot.status import status as ask

    click.echo(run(ask(settings, os.environ, Path.home(), as_json=output == "json")))


@cli.command(short_help="Let Argo CD sync an Application.", epilog="Example: spottui sync argocd/navigation --wait 120")
@cluster_options
@click.argument("app", metavar="APP")
@click.option("--revision", metavar="REV", help="Sync to this revision instead of the one in the Application.")
@click.option("--prune", is_flag=True, help="Also delete what is no longer in git.")
@click.option("--dry-run", is_flag=True, help="Only let Argo CD say what it would do.")
@wait_option
@armed_options
@robot_option
@click.pass_obj
def sync(
    request: Request,
    app: str,
    revision: str | None,
    prune: bool,
    dry_run: bool,
    wait: float,
    when_idle: bool,
    expires: str | None,
    charge: float | None,
    link_up: str | None,
    **flags: Any,
) -> None:
    """Let Argo CD sync the Application APP, written as a name or namespace/name.

    Waits until Argo CD says how it went; --wait 0 only asks. Calling this is the consent: it does not
    ask again. The command is written to the audit file before it is sent.

    With --when-idle it waits until the link is up, the robot's update window is open and Argo CD's sync windows
    allow it, and syncs once; ctrl-c takes it back.
    """
    request.take(**flags)
    settings = request.settings()
    if not when_idle and (expires, charge, link_up) != (None, None, None):
        raise BadConfig("--expires, --charge and --link-up go with --when-idle.")
    if when_idle:
        from spottui.oneshot.armed import sync_when_idle, wish_of

        if dry_run:
            raise BadConfig(
                "Use --when-idle or --dry-run, not both: a dry run changes nothing that could be waited for."
            )
        wish = wish_of(settings, app, revision, prune, expires, charge, link_up)
        waiting = sync_when_idle(settings, os.environ, Path.home(), wish, lambda text: click.echo(text, err=True))
        click.echo(run(waiting))
        return
    from spottui.oneshot.command import sync as ask

    options = {"revision": revision, "prune": prune, "dry_run": dry_run}
    click.echo(run(ask(settings, os.environ, Path.home(), app, options, wait)))


@cli.command(short_help="Restart a workload.", epilog="Example: spottui restart deploy/camera -n perception")
@cluster_options
@click.argument("target", metavar="KIND/NAME")
@wait_option
@click.pass_obj
def restart(request: Request, target: str, wait: float, **flags: Any) -> None:
    """Restart a workload, one pod after another, as kubectl rollout restart does.

    KIND is deploy, sts or ds, or a longer form of these. Waits until the new pods are ready; --wait 0 only
    asks. Calling this is the consent: it does not ask again.
    """
    request.take(**flags)
    settings = request.settings()
    from spottui.oneshot.command import restart as ask

    click.echo(run(ask(settings, os.environ, Path.home(), target, wait)))


@cli.command(
    "exec",
    short_help="Run a command or a shell in a container.",
    epilog="Example: spottui exec -it deploy/camera -n perception -- sh",
    context_settings={"ignore_unknown_options": True},
)
@cluster_options
@click.option("-c", "--container", default="", metavar="NAME", help="The container; the pod's first by default.")
@click.option("-i", "--stdin", "has_input", is_flag=True, help="Pass on what is typed.")
@click.option("-t", "--tty", "is_terminal", is_flag=True, help="Give it this terminal; ctrl-] leaves.")
@click.argument("target", metavar="POD|KIND/NAME")
@click.argument("command", nargs=-1, type=click.UNPROCESSED, metavar="[--] COMMAND...")
@click.pass_obj
def exec_(
    request: Request,
    target: str,
    command: tuple[str, ...],
    container: str,
    has_input: bool,
    is_terminal: bool,
    **flags: Any,
) -> None:
    """Run COMMAND in a container of POD, or of the first running pod of KIND/NAME; its exit status is ours.

    Without COMMAND: the best shell that the image has, on this terminal. Written to the audit file first.
    """
    request.take(**flags)
    settings = request.settings()
    if is_terminal and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise BadConfig("There is no terminal to give away (-t): standard input or output is none.")
    from spottui.oneshot.exec import run as ask

    wants_shell = not command
    sys.exit(
        run(
            ask(
                settings,
                os.environ,
                Path.home(),
                target,
                command,
                container=container,
                has_input=has_input or wants_shell,
                is_terminal=is_terminal or (wants_shell and sys.stdin.isatty() and sys.stdout.isatty()),
            )
        )
    )


@cli.command(short_help="Check the setup and say what to do.")
@cluster_options
@robot_option
@click.pass_obj
def doctor(request: Request, **flags: Any) -> None:
    """Check everything that spottui needs, one line each, and say what to do about what is wrong."""
    request.take(**flags)
    settings = request.settings()
    from spottui.oneshot.doctor import examine

    sys.exit(run(examine(settings, os.environ, Path.home(), click.echo)))


@cli.group(short_help="Show the settings.")
def config() -> None:
    """Show the settings and where they come from."""


@config.command("show")
@click.pass_obj
def config_show(request: Request) -> None:
    """Print every setting with its origin, as a settings file."""
    from spottui.settings_text import effective

    click.echo(effective(request.settings()))


@config.command("path")
@click.pass_obj
def config_path(request: Request) -> None:
    """Print the path of the settings file."""
    click.echo(request.settings().file)


@cli.command(short_help="Print a completion script.", epilog="Example: spottui completion bash >> ~/.bashrc")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the script that lets SHELL complete spottui's commands and options."""
    from click.shell_completion import get_completion_class

    script = get_completion_class(shell)
    assert script is not None  # click has these three
    click.echo(script(cli, {}, "spottui", "_SPOTTUI_COMPLETE").source())


def run(work: Coroutine[Any, Any, Any]) -> Any:
    """Run one command's coroutine to its end."""
    import asyncio

    return asyncio.run(work)


def main() -> None:
    """Run the command line and leave with its exit status; say failures in a sentence, without traceback."""
    for name, value in QUIET_GRPC.items():
        os.environ.setdefault(name, value)
    request = Request()
    try:
        status = cli.main(prog_name="spottui", standalone_mode=False, obj=request)
    except click.ClickException as error:
        error.show()
        status = error.exit_code
    except SpottuiError as error:
        click.echo(f"spottui: {error}", err=True)
        status = error.exit_status
    except (click.Abort, KeyboardInterrupt):
        click.echo("spottui: stopped by ctrl-c.", err=True)
        status = 130
    except Exception as error:
        from spottui.config import state_folder
        from spottui.crash import record_crash

        log_path = request.log_path or state_folder(os.environ, Path.home()) / "spottui.log"
        click.echo(record_crash(error, log_path), err=True)
        status = 1
    let_go_of_closed_streams()
    sys.exit(status)


def let_go_of_closed_streams() -> None:
    """Keep Python's own last flush from turning a hang-up or a closed pipe into another exit status."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


if __name__ == "__main__":
    main()
