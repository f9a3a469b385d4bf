"""The bad link of these tests: the simulator's TCP proxy before a real API server, run by a thread of its own."""

from __future__ import annotations

import asyncio
import ctypes
import itertools
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from spottui.sim.link import UP, Link, Shape
from spottui.sim.link_proxy import LinkProxy

T = TypeVar("T")
_CLONE_NEWNET = 0x40000000


class FaultProxy:
    """A port on loopback that leads to another one over a link that can be made bad.

    `netns` is the network namespace in which the port is open; the port behind it is in ours.
    """

    def __init__(self, target: int, netns: Path | None = None) -> None:
        self._target, self._netns = target, netns
        self._loop = asyncio.new_event_loop()
        self._link = Link("fault")
        self._thread = threading.Thread(target=self._run, name="fault-proxy", daemon=True)
        self._opened = threading.Event()
        self._proxy: LinkProxy | None = None
        self._trouble: BaseException | None = None
        self.port = 0
        """The port that clients connect to."""

    def __enter__(self) -> FaultProxy:
        self._thread.start()
        self._opened.wait()
        if self._trouble is not None:
            raise self._trouble
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._call(self._link_proxy.stop)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    @property
    def connections(self) -> int:
        """Connections that reached the port so far; those that a cut link did not let through are not among them."""
        return self._link_proxy.accepted

    def set(self, shape: Shape) -> None:
        """Make the link as bad, or as good, as `shape`; open connections feel it at once."""
        self._call(lambda: self._link.set(shape))

    def heal(self) -> None:
        """Let everything through again."""
        self.set(UP)

    def forget(self) -> None:
        """Forget all open connections without a word to either side, as a router does that was away; take new ones."""
        self.set(Shape("half-open"))
        self.heal()

    @contextmanager
    def flapping(self, seconds: float) -> Iterator[None]:
        """Break the link for `seconds`, let it be for as long, and so on; it is whole at the end.

        It is broken in turns without a word and by resetting and refusing all connections.
        """

        async def flap() -> None:
            for broken in itertools.cycle((Shape("reset"), Shape("down"))):
                self._link.set(broken)
                await asyncio.sleep(seconds)
                self._link.set(UP)
                await asyncio.sleep(seconds)

        flap_task = asyncio.run_coroutine_threadsafe(flap(), self._loop)
        try:
            yield
        finally:
            flap_task.cancel()
            self.heal()

    # -- within

    @property
    def _link_proxy(self) -> LinkProxy:
        assert self._proxy is not None, "not started"
        return self._proxy

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)

        async def start() -> None:
            try:
                with _inside(self._netns):  # a socket stays in the namespace that it was made in
                    self._proxy = LinkProxy(self._link, self._target)
                self.port = self._proxy.start()
            except BaseException as error:
                self._trouble = error
            self._opened.set()

        self._loop.run_until_complete(start())
        if self._trouble is None:
            self._loop.run_forever()
            pending = asyncio.all_tasks(self._loop)
            for task in pending:
                task.cancel()
            self._loop.run_until_complete(asyncio.gather(*pending, return_exceptions=True))
        self._loop.close()

    def _call(self, act: Callable[[], T]) -> T:
        """Do something in the proxy's thread and wait for it."""

        async def do() -> T:
            return act()

        return asyncio.run_coroutine_threadsafe(do(), self._loop).result(10)


@contextmanager
def _inside(netns: Path | None) -> Iterator[None]:
    """Have this thread make its sockets in another network namespace."""
    if netns is None:
        yield
        return
    with open("/proc/thread-self/ns/net") as ours, netns.open() as theirs:
        _set_namespace(theirs.fileno())
        try:
            yield
        finally:
            _set_namespace(ours.fileno())


def _set_namespace(descriptor: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(descriptor, _CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
