"""The command line: reads flags, builds settings, starts the screen or one command, gives the exit status.

Imports nothing heavy: Textual and the Kubernetes client are imported by the command that needs them.
"""

from __future__ import annotations

import contextlib
import gc
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spottui import __version__, clock, early_signals, first_paint, streams
from spottui.cli import cluster_options, output_option, robot_option, run
from spottui.cli_argocd import COMMANDS as ARGOCD_COMMANDS
from spottui.cli_audit import COMMANDS as AUDIT_COMMANDS
from spottui.cli_workloads import COMMANDS as WORKLOAD_COMMANDS
from spottui.errors import BadConfig, SpottuiError

if TYPE_CHECKING:
    from spottui.app_demo import DemoRobot
    from spottui.app_last_state import LastStates
    from spottui.config import Settings

QUIET_GRPC = {"GRPC_VERBOSITY": "NONE", "GRPC_PYTHON_DISABLE_ABSL_INIT_LOG": "1"}
"""gRPC reads these once, when it is imported; otherwise its C core writes over the screen."""


@dataclass(slots=True)
class Request:
    """What the command line said so far: flags of the root and of the sub-command."""

    flags: dict[str, Any] = field(default_factory=dict)
    config_file: Path | None = None
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    log_path: Path | None = None
    """Set once the settings are known: where a crash is written down."""

    log_problem: str = ""
    """Why the log cannot be written; said after the screen is left when one is drawn."""
    draws: bool = False
    demo: list[str] | None = None
    """Arguments of the embedded robot's process; None without --demo."""

    @property
    def home(self) -> Path:
        """The home directory."""
        return Path.home()

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
@click.option(
    "--no-cache",
    "cache__last_state",
    flag_value=False,
    default=None,
    help="Neither show nor keep the last known state.",
)
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
    early_signals.listen()  # until the app does
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
        last_states = show_last_state(settings) if request.demo is None and settings.cache.last_state else None
        os.environ.update(textual_variables(os.environ))  # before the import: Textual reads them once
        from spottui.app import build_app

        where = {"environ": os.environ, "home": Path.home(), "clock": clock.now}
        app = build_app(settings, **where, demo=demo, last_states=last_states)
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


def show_last_state(settings: Settings) -> LastStates:
    """Draw how the cluster was when it was heard last, before the app is imported that will draw more of it."""
    from spottui.app_last_state import LastStates, page_lines

    last_states = LastStates(settings, os.environ, Path.home(), clock.now)
    if (page := last_states.open()) is not None:
        plain = settings.ui.ascii
        first_paint.show(*page_lines(page, clock.now(), plain), plain=plain)
    return last_states


@cli.command(short_help="Say once how the cluster is.", epilog="Example: spottui status -o json | jq .findings")
@cluster_options
@robot_option
@output_option
@click.pass_obj
def status(request: Request, output: str, **flags: Any) -> None:
    """Say once how the cluster is: nodes, pods, wasm, applications, findings."""
    request.take(**flags)
    settings = request.settings()
    from spottui.oneshot.status import status as ask

    click.echo(run(ask(settings, os.environ, Path.home(), as_json=output == "json")))


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


for each in (*ARGOCD_COMMANDS, *WORKLOAD_COMMANDS, *AUDIT_COMMANDS):
    cli.add_command(each)


def main() -> None:
    """Run the command line and leave with its exit status; say failures in a sentence, without traceback."""
    streams.prepare()
    streams.give_back_locale(os.environ)
    for name, value in QUIET_GRPC.items():
        os.environ.setdefault(name, value)
    request = Request()
    said = ""
    try:
        status = cli.main(prog_name="spottui", standalone_mode=False, obj=request)
    except click.ClickException as error:
        status = error.exit_code
        with contextlib.suppress(OSError):
            error.show()
    except SpottuiError as error:
        said, status = f"spottui: {error}", error.exit_status
    except (click.Abort, KeyboardInterrupt):
        said, status = "spottui: stopped by ctrl-c.", 130
    except Exception as error:
        said, status = _last_line(error, request), 1
    if said:
        with contextlib.suppress(OSError):  # nobody can be told where standard error takes nothing
            click.echo(said, err=True)
    streams.let_go()
    sys.exit(status)


def _last_line(error: Exception, request: Request) -> str:
    """Return what is said of an error that nobody expected."""
    if isinstance(error, OSError) and error.errno in streams.CANNOT_WRITE and error.filename is None:
        return f"spottui: The answer cannot be written: {os.strerror(error.errno)}."
    from spottui.config import state_folder
    from spottui.crash import record_crash

    return record_crash(error, request.log_path or state_folder(os.environ, Path.home()) / "spottui.log")


if __name__ == "__main__":
    main()
