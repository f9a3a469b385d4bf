"""A real Kubernetes control plane on loopback, for tests and benchmarks; knows nothing of spottui.

How to run the tests that use it: `make check-cluster`, or

    SPOTTUI_CLUSTER=1 pytest tests/cluster

It needs Go 1.26 or newer and the `openssl` program; no container engine, no root. The first run builds
kube-apiserver, kube-controller-manager, kube-scheduler, etcd and kwok (about ten minutes on two cores)
into `.cluster/` (or SPOTTUI_CLUSTER_DIR), later runs start in seconds. Of its 6 GB, `go/` may be deleted then.

Outside pytest:

    with ControlPlane() as plane:
        plane.start(controllers=True, kwok_nodes=1)
        plane.create_pods(5000)
        subprocess.run(["kubectl", "--kubeconfig", plane.kubeconfig("viewer"), "get", "nodes"])

What is not real: the kubelet and what it runs. kwok writes the status that a kubelet would write, by the
files in `stages/`; there are no logs, no exec and no containers.

WatchList (`sendInitialEvents=true`) is refused by old servers in two shapes, and a client must know both:

- `start(watch_list=False)` sets the feature gate `WatchList=false`, which Kubernetes 1.37 still has. The server
  answers 422, "sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled".
- `ControlPlane(etcd=Path(...))` with an etcd 3.4, as Debian 12 has it. The server answers 200, and the only event
  is of type ERROR with a Status of code 500, reason InternalError, "a watch stream was requested by the client
  but the required storage feature RequestWatchProgress is disabled".
"""

from __future__ import annotations

import atexit
import secrets
import shutil
import tempfile
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from . import contents, manifests, toolchain
from .api_client import ApiClient, Login
from .commands import AuditFiles
from .credentials import EXPIRED, USERS, Authority, inline, write_kubeconfig
from .processes import Server, wait_until
from .servers import Servers


@dataclass(frozen=True, slots=True)
class TokenFileLogin:
    """A kubeconfig whose token is read from a second file, which a test may rewrite."""

    kubeconfig: Path
    token_file: Path


class ControlPlane:
    """One etcd, one API server and what is wanted around them; stops exactly what it started.

    The servers die with this process, even if it is killed. `admin` may be used from any thread, all else
    from one at a time.
    """

    def __init__(self, etcd: Path | None = None) -> None:
        self._etcd_binary = etcd
        self._folder: Path | None = None
        self._servers: Servers | None = None
        self._admin: ApiClient | None = None
        self._nodes: tuple[str, ...] = ()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @staticmethod
    def build() -> toolchain.Binaries:
        """Build the servers if they are not built yet; `start` does it too.

        Raises:
            toolchain.BuildFailed: Go is missing or the build failed.
        """
        return toolchain.build()

    # -- life

    def start(
        self,
        watch_list: bool = True,
        controllers: bool = False,
        kwok_nodes: int = 0,
        audit_policy: Path | None = None,
    ) -> None:
        """Start the servers and return when all of them answer.

        Args:
            watch_list: Whether the server offers streaming lists; see the module's text.
            controllers: Start the controller manager and the scheduler too.
            kwok_nodes: How many nodes kwok plays (`node-0` and on); it is not started for none.
            audit_policy: What the API server writes down in `audit_log`; without it, nothing.
        """
        assert self._folder is None, "started already"
        binaries = toolchain.build()
        self._folder = Path(tempfile.mkdtemp(prefix="spottui-cluster-"))
        atexit.register(self.stop)
        try:
            self._servers = Servers(self._folder, binaries)
            audit = AuditFiles(audit_policy, self.audit_log) if audit_policy is not None else None
            self._servers.start_etcd(self._etcd_binary)
            self._servers.start_apiserver(watch_list, audit)
            self._fill(self._servers, controllers, kwok_nodes)
        except BaseException:
            self.stop()
            raise

    def _fill(self, servers: Servers, controllers: bool, kwok_nodes: int) -> None:
        admin = self._admin = self.client("admin")
        wait_until(lambda: admin.exists("/api/v1/namespaces/default"), "the namespace default is there")
        for role in manifests.roles():
            self.apply(role)
        login = self.kubeconfig("admin")
        if controllers:
            servers.start_controllers(login)
            # The service account controller is among the last to start: its work shows that all of them run.
            account = "/api/v1/namespaces/default/serviceaccounts/default"
            wait_until(lambda: servers.check() and admin.exists(account), "the controllers work")
        if kwok_nodes:
            servers.start_kwok(login)
            self._nodes = tuple(f"node-{number}" for number in range(kwok_nodes))
            contents.create_nodes(admin, self._nodes, toolchain.KUBERNETES_VERSION)
        servers.check()

    def stop(self) -> None:
        """Stop everything that was started and delete its folder; does nothing when all is stopped."""
        atexit.unregister(self.stop)
        if self._servers is not None:
            self._servers.kill()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
        self._servers = self._folder = self._admin = None
        self._nodes = ()

    def kill_apiserver(self) -> None:
        """Kill the API server at once; its port then refuses connections."""
        self._apiserver.kill()

    def start_apiserver(self) -> None:
        """Start the killed API server again: same port, same data, same certificates."""
        self._apiserver.start()
        self._started.wait_for_apiserver()

    def restart_apiserver(self) -> None:
        """Kill the API server and start it again."""
        self.kill_apiserver()
        self.start_apiserver()

    def freeze(self) -> None:
        """Make the API server hang: it accepts connections and answers nothing until `thaw`."""
        self._apiserver.freeze()

    def thaw(self) -> None:
        """Let the frozen API server run on."""
        self._apiserver.thaw()

    def compact(self, restart: bool = True) -> int:
        """Make every resourceVersion before now too old: watches from there get 410; return etcd's revision.

        Compacting etcd is not enough: the API server's watch cache remembers the last minute or so.

        Args:
            restart: Also restart the API server, whose cache then begins at the present.
        """
        revision = self._started.compact_etcd()
        if restart:
            self.restart_apiserver()
        return revision

    def pids(self) -> dict[str, int]:
        """Return the process ids of the running servers, by name."""
        running = self._servers.running if self._servers is not None else {}
        return {name: server.pid for name, server in running.items() if server.pid is not None}

    def logs(self) -> dict[str, Path]:
        """Return the log file of each server, by name."""
        return {name: server.log for name, server in self._started.running.items()}

    # -- ways in

    @property
    def admin(self) -> ApiClient:
        """A client of group system:masters."""
        assert self._admin is not None, "not started"
        return self._admin

    @property
    def folder(self) -> Path:
        """The temporary folder of this control plane; gone after `stop`."""
        assert self._folder is not None, "not started"
        return self._folder

    @property
    def audit_log(self) -> Path:
        """What the API server writes down of requests, one JSON object a line."""
        return self.folder / "audit.log"

    @property
    def authority(self) -> Authority:
        """Who signs the certificates of the server and of its clients."""
        return self._started.authority

    @property
    def server(self) -> str:
        """The API server's address, such as `https://127.0.0.1:18080`; the same after a restart."""
        return f"https://127.0.0.1:{self.port}"

    @property
    def port(self) -> int:
        """The API server's port on 127.0.0.1."""
        return self._started.port

    @property
    def nodes(self) -> tuple[str, ...]:
        """Names of the nodes that kwok plays."""
        return self._nodes

    def token(self, user: str) -> str:
        """Return the bearer token of a user; for `expired`, one that the server refuses."""
        return self._started.tokens.of(user)

    def renew_token(self, user: str) -> str:
        """Give a user a new token and restart the API server; from then on the old one gets 401."""
        token = self._started.tokens.renew(user)
        self.restart_apiserver()
        return token

    def login(self, user: str) -> Login:
        """Return the port, the authority's file and the token for a client of one's own."""
        return self._started.login(user)

    def client(self, user: str) -> ApiClient:
        """Return a new blocking client that speaks as a user."""
        return ApiClient(self.login(user))

    def kubeconfig(self, user: str = "admin", server: str | None = None) -> Path:
        """Write a kubeconfig with a user's token in it and return its path.

        Args:
            user: `admin` (system:masters), `viewer` (may read, no Secrets), `operator` (viewer, and may patch
                workloads and Applications, delete pods, create events), `nobody` (known, may do nothing), or
                `expired` (401).
            server: Another address for the same server, such as a proxy's on 127.0.0.1.
        """
        assert user in (*USERS, EXPIRED), f"unknown user {user}"
        return self._write_kubeconfig(user, {"token": self.token(user)}, server)

    def kubeconfig_with_token_file(self, user: str, server: str | None = None) -> TokenFileLogin:
        """Write a kubeconfig that names a token file; write another token there to renew it."""
        file = self.folder / f"token-{user}-{secrets.token_hex(4)}"
        file.write_text(self.token(user))
        return TokenFileLogin(self._write_kubeconfig(user, {"tokenFile": str(file)}, server), file)

    def kubeconfig_with_certificate(self, user: str, expired: bool = False, server: str | None = None) -> Path:
        """Write a kubeconfig with a client certificate in it; an `expired` one ended an hour ago: 401."""
        lifetime = timedelta(hours=-1) if expired else timedelta(days=1)
        return self._write_kubeconfig(user, inline(self._started.authority.client(user, lifetime)), server)

    # -- contents

    def allow(self, user: str, group: str, resources: tuple[str, ...], verbs: tuple[str, ...]) -> None:
        """Allow a user more than its role does, in all namespaces; `group` is empty for the core one."""
        name = f"spottui-test-extra-{secrets.token_hex(4)}"
        rule = {"apiGroups": [group], "resources": list(resources), "verbs": list(verbs)}
        self.apply(manifests.cluster_role(name, (rule,)))
        self.apply(manifests.binding(name, name, (user,)))

    def apply(self, what: Path | str | dict[str, Any], namespace: str = "default") -> list[dict[str, Any]]:
        """Apply an object, a YAML text or a YAML file on the server's side; return the objects."""
        return contents.apply(self.admin, what, namespace)

    def create_namespace(self, prefix: str = "test") -> str:
        """Create a namespace with a name of its own and return the name."""
        wanted = {"metadata": {"generateName": f"{prefix}-"}}
        return self.admin.post("/api/v1/namespaces", wanted)["metadata"]["name"]

    def create_pods(self, count: int, namespace: str = "default", seed: int = 0) -> list[str]:
        """Create running pods of about 5 kB each on the first node and return their names.

        Takes about 45 s for 5,000 on two idle cores. Waits until no pod of the namespace is Pending. A second
        call in the same namespace needs another seed, as the names come from it.
        """
        node = self._nodes[0] if self._nodes else "node-0"
        return contents.create_pods(self.admin, count, namespace, node, played=bool(self._nodes), seed=seed)

    def install_argo_crds(self) -> None:
        """Install Argo CD's own CRDs.

        Raises:
            contents.NoSharedFolder: They are not on this machine.
        """
        contents.install_argo_crds(self.admin)

    # -- within

    @property
    def _started(self) -> Servers:
        assert self._servers is not None, "not started"
        return self._servers

    @property
    def _apiserver(self) -> Server:
        return self._started.running["kube-apiserver"]

    def _write_kubeconfig(self, user: str, credential: dict[str, Any], server: str | None) -> Path:
        path = self.folder / f"kubeconfig-{user}-{secrets.token_hex(4)}.yaml"
        authority = self._started.authority.root.certificate
        return write_kubeconfig(path, server or self.server, authority, user, credential)
