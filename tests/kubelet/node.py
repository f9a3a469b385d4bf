"""One real node on this machine: a containerd and a kubelet in a folder of their own; knows nothing of spottui.

It joins a `ControlPlane` under the name of its address, which is also where the API server finds its kubelet.
"""

from __future__ import annotations

import os
import subprocess
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.cluster.control_plane import ControlPlane
from tests.cluster.processes import Server, ServerFailed, free_port, wait_until

from . import leftovers
from .images import write_images
from .programs import Programs
from .settings import ADDRESS, write_containerd, write_kubelet, write_network
from .traces import Traces, undo_orphans

NAME = ADDRESS
_NAMESPACE = "k8s.io"


class Node:
    """containerd and a kubelet; `stop` ends both, their containers, and what they left in the kernel."""

    def __init__(self, plane: ControlPlane, programs: Programs) -> None:
        undo_orphans()
        self._plane, self._programs = plane, programs
        self._traces = Traces.begin()
        self._folder = self._traces.folder
        self.cgroup = self._traces.cgroup
        """The cgroup that all pods are in, relative to each hierarchy."""
        self._containerd: Server | None = None
        self._kubelet: Server | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def logs(self) -> dict[str, Path]:
        """The log file of each program, by name."""
        return {server.name: server.log for server in (self._containerd, self._kubelet) if server is not None}

    def start(self) -> None:
        """Start both, and return when the node is ready.

        Raises:
            tests.cluster.processes.ServerFailed: One of them ended; with the end of its log.
            TimeoutError: The node did not become ready.
        """
        try:
            self._start_containerd()
            self._start_kubelet()
            wait_until(self._is_ready, f"the node is ready; {self._kubelet_log()}", timeout=90)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End everything and delete the folder, whatever fails on the way; does nothing the second time."""
        if not self._folder.root.exists():
            return
        with ExitStack() as steps:  # which are done in the opposite order
            steps.callback(self._traces.undo)
            if self._containerd is not None:
                steps.callback(self._containerd.kill)
                if self._containerd.is_running:
                    steps.callback(self._end_containers)
            if self._kubelet is not None:
                steps.callback(self._kubelet.kill)

    def ctr(self, *arguments: str) -> str:
        """Run `ctr` in the namespace of the kubelet's containers and return what it prints.

        Raises:
            tests.cluster.processes.ServerFailed: It failed; with what it said.
        """
        command = [self._programs.built / "ctr", "-a", self._folder.socket, "-n", _NAMESPACE, *arguments]
        ran = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
        if ran.returncode:
            raise ServerFailed(f"`ctr {' '.join(arguments)}` failed: {ran.stderr}")
        return ran.stdout

    # -- within

    def _start_containerd(self) -> None:
        settings = write_containerd(self._folder, self._programs.plugins, self._programs.runc)
        write_network(self._folder)
        self._containerd = self._server("containerd", [self._programs.built / "containerd", "--config", settings])
        self._containerd.start()
        wait_until(self._containerd_answers, "containerd answers", timeout=30)
        archive = self._folder.root / "images.tar"
        write_images(self._programs.busybox, archive)
        self.ctr("image", "import", "--local", "--snapshotter", "native", str(archive))

    def _containerd_answers(self) -> bool:
        assert self._containerd is not None
        self._containerd.check()
        try:
            self.ctr("version")
        except ServerFailed:
            return False
        return True

    def _start_kubelet(self) -> None:
        leftovers.make_cgroup(self.cgroup)
        leftovers.add_address(ADDRESS)
        authority = self._plane.login("admin").authority
        settings = write_kubelet(self._folder, free_port(), authority, f"/{self.cgroup}")
        command: list[str | Path] = [
            self._programs.built / "kubelet",
            f"--config={settings}",
            f"--kubeconfig={self._plane.kubeconfig('admin')}",
            f"--hostname-override={NAME}",
            f"--node-ip={ADDRESS}",
            f"--root-dir={self._folder.kubelet}",
            f"--cert-dir={self._folder.root}/pki",
        ]
        self._kubelet = self._server("kubelet", command)
        self._kubelet.start()

    def _server(self, name: str, command: list[str | Path]) -> Server:
        root = self._folder.root
        path = f"{self._programs.built}:{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
        environment = {"PATH": path, "HOME": str(root), "TMPDIR": str(root)}
        return Server(name, command, root / f"{name}.log", environment)

    def _is_ready(self) -> bool:
        assert self._kubelet is not None
        self._kubelet.check()
        path = f"/api/v1/nodes/{NAME}"
        if not self._plane.admin.exists(path):
            return False
        node = self._plane.admin.get(path)
        is_ready = any(each["type"] == "Ready" and each["status"] == "True" for each in node["status"]["conditions"])
        return is_ready and not node["spec"].get("taints")

    def _kubelet_log(self) -> str:
        return f"see {self._kubelet.log}" if self._kubelet is not None else ""

    def _end_containers(self) -> None:
        """End them through containerd, whose shims then leave of their own accord."""

        def all_ended() -> bool:
            running = self.ctr("task", "list", "-q").split()
            for identity in running:
                with suppress(ServerFailed):  # containerd's own work on an ended one is as quick as we are
                    self.ctr("task", "delete", "--force", identity)
            return not running

        wait_until(all_ended, "the containers have ended", timeout=30)
