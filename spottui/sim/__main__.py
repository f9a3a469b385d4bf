"""`python -m spottui.sim`: the embedded robot as a process of its own.

Says one line of JSON when it is ready: kubeconfig, robot address, CA, credentials, control address. Ends on ctrl-c,
SIGTERM, SIGHUP, `spottui sim stop`, or with the process that started it (--with-parent).
"""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import signal
import sys
from pathlib import Path
from typing import Any, NoReturn

import click

from spottui.sim.run_files import RunFiles
from spottui.sim.scenario import ScenarioError
from spottui.sim.scenario_check import load

DEFAULT_SCENARIO = "field-day"
LIBRARIES = ("aiohttp", "asyncio", "grpc")
PORT = click.IntRange(0, 65535)


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--scenario", default=DEFAULT_SCENARIO, show_default=True, metavar="NAME|FILE", help="What happens.")
@click.option("--seed", type=int, help="Another seed than the scenario's.")
@click.option("--speed", type=click.FloatRange(0, 1000), default=1.0, show_default=True, help="Story seconds a second.")
@click.option("--pods", type=click.IntRange(0, 20_000), default=0, help="So many pods more, on nodes of their own.")
@click.option("--changes", type=click.FloatRange(0, 5000), default=0.0, help="Changes a second to those pods.")
@click.option("--api-port", type=PORT, default=0, help="Port of the Kubernetes API; 0 takes a free one.")
@click.option("--robot-port", type=PORT, default=0, help="Port of the Spot.")
@click.option("--control-port", type=PORT, default=0, help="Port of the control address.")
@click.option("--folder", type=click.Path(path_type=Path), help="Folder for kubeconfig and CA; removed at the end.")
@click.option(
    "--state-home",
    envvar="XDG_STATE_HOME",
    type=click.Path(path_type=Path),
    help='Below it lies the note by which "spottui sim link ..." finds this robot.  [default: ~/.local/state]',
)
@click.option("--log-file", type=click.Path(path_type=Path), help="Write the log here instead of to standard error.")
@click.option("--with-parent", is_flag=True, help="End at the end of standard input, or when the parent dies.")
def main(**options: Any) -> None:
    """Serve a Kubernetes API, an Argo CD and a Spot on loopback, and let a scenario happen."""
    gc.disable()  # collecting while importing costs start time and frees nothing; the robot enables it
    try:
        scenario = load(options["scenario"])
        set_up_log(options["log_file"])
        state = options["state_home"] or Path.home() / ".local" / "state"
        files = RunFiles(options["folder"], state / "spottui" / "sim")
    except (ScenarioError, OSError) as error:
        fail(error)
    try:
        status = asyncio.run(serve(scenario, files, options))
    except (ScenarioError, OSError) as error:
        fail(error)
    finally:
        files.remove()
    sys.exit(status)


async def serve(scenario: Any, files: RunFiles, options: dict[str, Any]) -> int:
    """Start the robot, say that it is ready, and keep it until it is asked to stop."""
    from spottui.sim.parent import follow_parent
    from spottui.sim.robot import EmbeddedRobot, Wishes

    loop = asyncio.get_running_loop()
    robot = EmbeddedRobot(scenario, files, Wishes(**{name: options[name] for name in Wishes.__annotations__}))
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        loop.add_signal_handler(number, robot.ask_to_stop)
    if options["with_parent"]:
        follow_parent(lambda: loop.call_soon_threadsafe(robot.ask_to_stop), files.remove)
    try:
        told = await robot.start()
        if why := files.leave_note(told):
            logging.getLogger("spottui.sim").warning(why)
        gc.freeze()
        gc.enable()
        click.echo(json.dumps(told))
        await robot.until_stopped()
    finally:
        await robot.stop()
        files.remove()  # while signals are still heard: the kernel's word of a dead parent may come last
    return 0


def set_up_log(path: Path | None) -> None:
    """Send the log to a file, or to standard error."""
    handler: logging.Handler = logging.StreamHandler()
    if path is not None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
        handler = logging.FileHandler(path, mode="w", encoding="utf-8")
    logging.basicConfig(
        handlers=[handler], level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    handler.addFilter(one_line)
    for loud in LIBRARIES:
        logging.getLogger(loud).setLevel(logging.WARNING)


def one_line(record: logging.LogRecord) -> bool:
    """Cut what libraries say of bad requests to one line: that is the client's fault, and no stack tells more."""
    if record.name.partition(".")[0] in LIBRARIES and record.exc_info:
        error = record.exc_info[1]
        said = " ".join(str(error).split())
        record.msg, record.args = f"{record.getMessage()}: {type(error).__name__}: {said}", ()
        record.exc_info = record.exc_text = None
    return True


def fail(error: Exception) -> NoReturn:
    """Say in a sentence why there is no robot, and leave."""
    said = str(error)
    if isinstance(error, OSError):
        named = f"{error.filename}: " if error.filename else ""
        said = f"The embedded robot cannot start: {named}{error.strerror or error}."
    click.echo(f"spottui sim: {said}", err=True)
    sys.exit(2)


if __name__ == "__main__":
    main()
