"""Starts and stops single server processes; knows nothing of Kubernetes."""

from __future__ import annotations

import os
import queue
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path

# Runs before the server in its own process: asks Linux to kill it with its parent, then becomes it. A
# preexec_fn would do the same, but is unsafe in a process with threads.
_TIED_TO_PARENT = """
import ctypes, os, signal, sys
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    if os.getppid() != int(sys.argv[1]):
        sys.exit("the parent is gone")
os.execv(sys.argv[2], sys.argv[2:])
"""


class ServerFailed(RuntimeError):
    """Says which server did not start or ended early, with the end of its log."""


def tied_to_parent(command: Sequence[str | Path]) -> list[str]:
    """Return a command that runs `command` and dies with the thread that starts it (on Linux)."""
    return [sys.executable, "-I", "-S", "-c", _TIED_TO_PARENT, str(os.getpid()), *map(str, command)]


class _Launcher:
    """Starts processes from one thread that lives as long as Python.

    Linux ties a child to the *thread* that started it: started from a short-lived thread, a server
    would be killed as that thread ends.
    """

    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[tuple[Callable[[], None], Future[None]]] = queue.SimpleQueue()
        self._start = threading.Lock()
        self._thread: threading.Thread | None = None

    def launch(self, job: Callable[[], None]) -> None:
        """Run `job`, which starts a process, in the launcher's thread."""
        with self._start:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="launcher", daemon=True)
                self._thread.start()
        future: Future[None] = Future()
        self._jobs.put((job, future))
        future.result()

    def _run(self) -> None:
        while True:
            job, future = self._jobs.get()
            try:
                future.set_result(job())
            except (OSError, subprocess.SubprocessError) as error:
                future.set_exception(error)


_launcher = _Launcher()


class Server:
    """One server process: started, watched, frozen and stopped by its handle, never by its name."""

    def __init__(self, name: str, command: Sequence[str | Path], log: Path, environment: Mapping[str, str]) -> None:
        self.name = name
        self.log = log
        self._command = list(command)
        self._environment = dict(environment)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self._process.pid if self.is_running and self._process else None

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the process; its output goes to the end of the log."""
        assert not self.is_running, f"{self.name} runs already"

        def job() -> None:
            with self.log.open("ab") as log:
                # A session of its own: Ctrl-C reaches the tests only, and they stop the servers in order.
                self._process = subprocess.Popen(
                    tied_to_parent(self._command),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    env=self._environment,
                    start_new_session=True,
                )

        _launcher.launch(job)

    def check(self) -> None:
        """Raise `ServerFailed` if the process has ended."""
        if not self.is_running:
            status = None if self._process is None else self._process.returncode
            raise ServerFailed(f"{self.name} ended with status {status}:\n{self.log_tail()}")

    def log_tail(self, size: int = 3000) -> str:
        """Return the last `size` characters of the log."""
        return self.log.read_text(errors="replace")[-size:] if self.log.exists() else ""

    def freeze(self) -> None:
        """Stop the process from running, as a hung machine would; its connections stay open."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen process run on."""
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        """End the process at once, as a power cut would, and wait until it is gone."""
        if self._process is not None:
            if self._process.poll() is None:
                self._process.kill()
            self._process.wait()

    def _signal(self, number: signal.Signals) -> None:
        self.check()
        assert self._process is not None
        self._process.send_signal(number)


def wait_until(claim: Callable[[], object], what: str, timeout: float = 60, every: float = 0.05) -> None:
    """Wait until `claim()` is true.

    Raises:
        TimeoutError: It was not after `timeout` seconds; `what` is in the message.
    """
    deadline = time.monotonic() + timeout
    while not claim():
        if time.monotonic() > deadline:
            raise TimeoutError(f"After {timeout:g} s still not: {what}.")
        time.sleep(every)


def free_port() -> int:
    """Return a loopback port that nothing uses.

    From below the range for outgoing connections: a client that keeps dialling a dead server's port in
    that range can end up connected to itself, and then the server cannot have its port back.
    """
    for _ in range(200):
        port = random.randrange(18000, 32000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise ServerFailed("There is no free port between 18000 and 32000 on 127.0.0.1.")
