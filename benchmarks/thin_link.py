"""Puts a thin link before a port of this computer, as a process of its own.

    python -m benchmarks.thin_link PORT --bits 64000 --round-trip 0.6

Says its own port, then each second how many bytes went in and out. Ends with its standard input.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from spottui.sim.link import Link, Shape
from spottui.sim.link_proxy import LinkProxy


async def serve(target: int, shape: Shape) -> None:
    """Carry bytes until standard input ends; then say how many there were."""
    link = Link("thin")
    proxy = LinkProxy(link, target)
    link.set(shape)
    print(proxy.start(), flush=True)
    try:
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    finally:
        print(link.inward.bytes, link.outward.bytes, flush=True)
        proxy.stop()


@contextmanager
def thin_link(target: int, *, bits: float, round_trip: float) -> Iterator[tuple[int, Callable[[], tuple[int, int]]]]:
    """Give the port of a thin link to `target`, and a function that ends it and returns the bytes in and out."""
    command = [sys.executable, "-m", "benchmarks.thin_link", str(target)]
    command += ["--bits", str(bits), "--round-trip", str(round_trip)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None and process.stdout is not None
        stdin, stdout = process.stdin, process.stdout

        def end() -> tuple[int, int]:
            stdin.close()
            incoming, outgoing = stdout.readline().split()
            return int(incoming), int(outgoing)

        try:
            yield int(stdout.readline()), end
        finally:
            stdin.close()


@click.command()
@click.argument("target", type=int)
@click.option("--bits", default=64_000.0, show_default=True, help="A second, each way; 0: no limit.")
@click.option("--round-trip", default=0.6, show_default=True, help="Seconds there and back.")
def main(target: int, bits: float, round_trip: float) -> None:
    """Be a thin link."""
    asyncio.run(serve(target, Shape(latency=round_trip / 2, bandwidth=bits / 8)))


if __name__ == "__main__":
    main()
