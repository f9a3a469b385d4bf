"""The command lines of the servers; starts nothing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .credentials import KeyPair

Command = list[str | Path]


@dataclass(frozen=True, slots=True)
class AuditFiles:
    """What the API server writes down of each request, by which policy, and where."""

    policy: Path
    log: Path


@dataclass(frozen=True, slots=True)
class ApiserverFiles:
    """What the API server reads."""

    serving: KeyPair
    client_authority: Path
    kubelet_client: KeyPair
    """As whom the server speaks to kubelets."""
    service_account_key: Path
    tokens: Path
    scratch: Path
    audit: AuditFiles | None = None
    """None: nothing is written down."""


def etcd(binary: Path, data: Path, port: int, peer_port: int) -> Command:
    """Return etcd's command: one member, without waiting for the disk."""
    client, peer = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{peer_port}"
    command: Command = [binary, "--data-dir", data, "--unsafe-no-fsync", "--log-level", "warn"]
    command += ["--listen-client-urls", client, "--advertise-client-urls", client]
    command += ["--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer]
    return [*command, "--initial-cluster", f"default={peer}"]


def apiserver(binary: Path, files: ApiserverFiles, port: int, etcd_port: int, watch_list: bool) -> Command:
    """Return the API server's command."""
    command: Command = [
        binary,
        f"--etcd-servers=http://127.0.0.1:{etcd_port}",
        "--bind-address=127.0.0.1",
        f"--secure-port={port}",
        f"--cert-dir={files.scratch}",
        f"--tls-cert-file={files.serving.certificate}",
        f"--tls-private-key-file={files.serving.key}",
        f"--client-ca-file={files.client_authority}",
        f"--kubelet-client-certificate={files.kubelet_client.certificate}",
        f"--kubelet-client-key={files.kubelet_client.key}",
        f"--token-auth-file={files.tokens}",
        f"--service-account-key-file={files.service_account_key}",
        f"--service-account-signing-key-file={files.service_account_key}",
        "--service-account-issuer=https://kubernetes.default.svc",
        "--service-cluster-ip-range=10.96.0.0/16",
        "--authorization-mode=Node,RBAC",
        # Else a pod is refused until its namespace's service account exists, which needs the controllers.
        "--disable-admission-plugins=ServiceAccount",
        # A loopback address may not be an endpoint of the service `kubernetes`; it would say so every 10 s.
        "--endpoint-reconciler-type=none",
    ]
    if files.audit is not None:
        command += [f"--audit-policy-file={files.audit.policy}", f"--audit-log-path={files.audit.log}"]
    return command if watch_list else [*command, "--feature-gates=WatchList=false"]


def controllers(binary: Path, kubeconfig: Path, service_account_key: Path, authority: Path) -> Command:
    """Return the controller manager's command."""
    return [
        binary,
        *_client_of(kubeconfig),
        f"--service-account-private-key-file={service_account_key}",
        f"--root-ca-file={authority}",
        "--concurrent-deployment-syncs=10",
    ]


def scheduler(binary: Path, kubeconfig: Path) -> Command:
    """Return the scheduler's command."""
    return [binary, *_client_of(kubeconfig)]


def _client_of(kubeconfig: Path) -> Command:
    speed: Command = ["--kube-api-qps=500", "--kube-api-burst=1000"]
    return [f"--kubeconfig={kubeconfig}", "--leader-elect=false", "--secure-port=0", *speed]


def kwok(binary: Path, kubeconfig: Path, stages: list[Path]) -> Command:
    """Return kwok's command; it plays only the nodes that carry its annotation."""
    command: Command = [binary, f"--kubeconfig={kubeconfig}", "--manage-all-nodes=false", "--v=WARN"]
    command += ["--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake"]
    command += ["--node-lease-duration-seconds=40", "--node-ip=10.0.0.1", "--cidr=10.64.0.0/14"]
    return [*command, *(f"--config={path}" for path in stages)]
