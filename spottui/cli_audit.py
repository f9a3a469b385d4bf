"""The command on the audit log: audit. Imports nothing heavy: it brings its own when it runs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from spottui.cli_request import Request


@click.command(
    short_help="Show the commands that were sent from here, and check the log.",
    epilog="Example: spottui audit --since 24h    Exit status of --verify: 0 whole, 1 broken.",
)
@click.option("--verify", "wants_verdict", is_flag=True, help="Only check that the log is whole: its chain of hashes.")
@click.option("--since", metavar="TIME", help="Only commands since then: 90m, 24h, 7d, or 2027-01-15T08:00 (UTC).")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--file", type=click.Path(path_type=Path), metavar="FILE", help="Another log, with FILE.head beside it.")
@click.pass_obj
def audit(request: Request, wants_verdict: bool, since: str | None, as_json: bool, file: Path | None) -> None:
    """Print what was commanded from here, by whom, and how it ended: done, failed or unknown.

    Each line of the log holds the hash of the line before, and a file beside it (FILE.head) the last hash and the
    count: a line that was changed, taken out or put in is seen, and lines that are missing at the end. What cannot be
    seen: that somebody who may write both files made both anew, or set both back to an older copy.
    """
    settings = request.settings()
    from spottui.oneshot.audit import show, verdict

    path = file or settings.audit.path
    if wants_verdict:
        text, is_whole = verdict(path, as_json=as_json)
        click.echo(text)
        sys.exit(0 if is_whole else 1)
    text, warning = show(path, since, as_json=as_json)
    click.echo(text)
    if warning:
        click.echo(f"spottui: {warning}", err=True)


COMMANDS = (audit,)
