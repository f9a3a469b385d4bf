"""The servers of one control plane and how they start and stop; knows nothing of what lies in the cluster."""

from __future__ import annotations

import http.client
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import commands
from .api_client import ApiClient, ApiRefused, Login
from .credentials import Authority, Tokens
from .processes import Server, ServerFailed, free_port, wait_until
from .toolchain import Binaries

STAGES = Path(__file__).parent / "stages"


class Servers:
    """etcd, the API server and the programs around them, in one folder, on ports of their own."""

    def __init__(self, folder: Path, binaries: Binaries) -> None:
        self.authority = Authority(folder / "pki")
        self.tokens = Tokens(folder / "tokens.csv")
        self.port = 0
        """The API server's port on 127.0.0.1; stays the same over restarts."""
        self.running: dict[str, Server] = {}
        """By name, in the order of their start."""
        self._folder = folder
        self._binaries = binaries
        self._etcd_port = 0
        self._service_account_key = self.authority.service_account_key()

    def login(self, user: str) -> Login:
        """Return where the API server is and a user's token."""
        return Login(self.port, self.authority.root.certificate, self.tokens.of(user))

    def kill(self) -> None:
        """End everything at once, the last started first; nothing here needs to end well."""
        for server in reversed(self.running.values()):
            server.kill()
        self.running.clear()

    def check(self) -> bool:
        """Return true, or raise `ServerFailed` if one has ended."""
        for server in self.running.values():
            server.check()
        return True

    def start_etcd(self, binary: Path | None) -> None:
        """Start etcd, from another binary if one is given, and wait until it answers."""

        def attempt() -> Server:
            self._etcd_port, data = free_port(), self._folder / "etcd"
            return self._add("etcd", commands.etcd(binary or self._binaries.etcd, data, self._etcd_port, free_port()))

        self._start_on_free_port(attempt, self._wait_for_etcd)

    def start_apiserver(self, watch_list: bool, audit: commands.AuditFiles | None = None) -> None:
        """Start the API server for the first time and wait until it is ready."""
        files = commands.ApiserverFiles(
            serving=self.authority.serving(),
            client_authority=self.authority.root.certificate,
            kubelet_client=self.authority.client("apiserver"),
            service_account_key=self._service_account_key,
            tokens=self.tokens.file,
            scratch=self._folder / "pki",
            audit=audit,
        )

        def attempt() -> Server:
            self.port, binary = free_port(), self._binaries.apiserver
            command = commands.apiserver(binary, files, self.port, self._etcd_port, watch_list)
            return self._add("kube-apiserver", command)

        self._start_on_free_port(attempt, self.wait_for_apiserver)

    def start_controllers(self, kubeconfig: Path) -> None:
        """Start the controller manager and the scheduler."""
        authority = self.authority.root.certificate
        command = commands.controllers(self._binaries.controllers, kubeconfig, self._service_account_key, authority)
        self._add("kube-controller-manager", command).start()
        self._add("kube-scheduler", commands.scheduler(self._binaries.scheduler, kubeconfig)).start()

    def start_kwok(self, kubeconfig: Path) -> None:
        """Start kwok, which plays the kubelets of fake nodes by the files in `stages/`."""
        stages = sorted(STAGES.glob("*.yaml"))
        self._add("kwok", commands.kwok(self._binaries.kwok, kubeconfig, stages)).start()

    def wait_for_apiserver(self) -> None:
        """Wait until the API server says that it is ready."""
        client = ApiClient(self.login("admin"))

        def is_ready() -> bool:
            self.running["kube-apiserver"].check()
            try:
                return bool(client.get("/readyz"))
            except (OSError, http.client.HTTPException, ApiRefused):
                return False

        wait_until(is_ready, "the API server is ready", timeout=60)
        client.close()

    def compact_etcd(self) -> int:
        """Drop every revision before the present one, which is returned."""
        now = self._ask_etcd("/v3/kv/range", {"key": "AA==", "limit": 1})["header"]["revision"]
        self._ask_etcd("/v3/kv/compaction", {"revision": now, "physical": True})
        return int(now)

    def _add(self, name: str, command: commands.Command) -> Server:
        """Remember a server from before its start on, so that `kill` ends it whatever happens."""
        folder = str(self._folder)
        environment = {"PATH": os.environ.get("PATH", ""), "HOME": folder, "TMPDIR": folder}
        environment["GOGC"] = "400"  # memory for speed: these heaps are small and collected all the time
        self.running[name] = Server(name, command, self._folder / f"{name}.log", environment)
        return self.running[name]

    def _start_on_free_port(self, attempt: Callable[[], Server], wait: Callable[[], None]) -> None:
        """Start a server on ports just found free; again on others if somebody was quicker."""
        for left in (2, 1, 0):
            attempt().start()
            try:
                return wait()
            except ServerFailed as failed:
                if "address already in use" not in str(failed) or not left:
                    raise

    def _wait_for_etcd(self) -> None:
        def answers() -> bool:
            self.running["etcd"].check()
            try:
                return "header" in self._ask_etcd("/v3/kv/range", {"key": "AA==", "limit": 1})
            except (OSError, http.client.HTTPException):
                return False

        wait_until(answers, "etcd answers")

    def _ask_etcd(self, path: str, question: dict[str, Any]) -> dict[str, Any]:
        """Call etcd's API through its JSON gateway."""
        connection = http.client.HTTPConnection("127.0.0.1", self._etcd_port, timeout=10)
        try:
            connection.request("POST", path, json.dumps(question), {"Content-Type": "application/json"})
            response = connection.getresponse()
            text = response.read().decode()
        finally:
            connection.close()
        if response.status != 200:
            raise OSError(f"etcd answered {response.status} to {path}: {text}")
        return json.loads(text)
