"""What the node's programs read: containerd's, CNI's and the kubelet's settings; starts nothing."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from .images import PAUSE

SUBNET = "10.213.77.0/24"
"""Addresses of the pods; on this machine only."""
ADDRESS = "10.213.76.1"
"""The node's, on the loopback interface: an API server passes nothing on to a node at 127.0.0.1."""


@dataclass(frozen=True, slots=True)
class NodeFolder:
    """Where everything of one node lies; it is deleted at the end."""

    root: Path

    @property
    def socket(self) -> Path:
        """containerd's; its path must stay under 108 characters."""
        return self.root / "containerd.sock"

    @property
    def state(self) -> Path:
        return self.root / "state"

    @property
    def kubelet(self) -> Path:
        """The kubelet's own folder, in place of /var/lib/kubelet."""
        return self.root / "kubelet"


def write_containerd(folder: NodeFolder, plugins: Path, runc: Path) -> Path:
    """Write containerd's settings: images unpacked as plain copies, CNI's programs from `plugins`."""
    path = folder.root / "containerd.toml"
    path.write_text(f"""
version = 3
root = "{folder.root}/content"
state = "{folder.state}"
disabled_plugins = ["io.containerd.nri.v1.nri"]
[grpc]
address = "{folder.socket}"
[plugins.'io.containerd.internal.v1.opt']
path = "{folder.root}/opt"
[plugins.'io.containerd.cri.v1.images']
snapshotter = "native"
[plugins.'io.containerd.cri.v1.images'.pinned_images]
sandbox = "{PAUSE}"
[plugins.'io.containerd.cri.v1.runtime']
restrict_oom_score_adj = true
netns_mounts_under_state_dir = true
[plugins.'io.containerd.cri.v1.runtime'.cni]
bin_dirs = ["{plugins}"]
conf_dir = "{folder.root}/cni"
[plugins.'io.containerd.cri.v1.runtime'.containerd]
default_runtime_name = "runc"
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
BinaryName = "{runc}"
Root = "{folder.root}/runc"
SystemdCgroup = false
""")
    return path


def write_network(folder: NodeFolder) -> None:
    """Write the pods' network: one pair of interfaces for each, no way out of this machine."""
    place = folder.root / "cni"
    place.mkdir()
    addresses = {"type": "host-local", "ranges": [[{"subnet": SUBNET}]], "dataDir": str(folder.root / "addresses")}
    network = {
        "cniVersion": "0.4.0",
        "name": "spottui-test",
        "plugins": [{"type": "ptp", "ipMasq": False, "ipam": addresses}],
    }
    (place / "10-test.conflist").write_text(json.dumps(network))


def write_kubelet(folder: NodeFolder, port: int, authority: Path, cgroup: str) -> Path:
    """Write the kubelet's settings; it listens on `ADDRESS` and lets in who has a certificate of `authority`."""
    resolver = folder.root / "resolv.conf"
    resolver.write_text("nameserver 127.0.0.1\n")
    settings: dict[str, Any] = {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "address": ADDRESS,
        "port": port,
        "healthzPort": 0,
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": False},
            "x509": {"clientCAFile": str(authority)},
        },
        "authorization": {"mode": "AlwaysAllow"},
        "containerRuntimeEndpoint": f"unix://{folder.socket}",
        "podLogsDir": str(folder.root / "logs"),
        "volumePluginDir": str(folder.root / "volume-plugins"),
        "resolvConf": str(resolver),
        # A cgroup of our own, in which the pods' are made; systemd may not be there.
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": cgroup,
        "failCgroupV1": False,
        "failSwapOn": False,
        "localStorageCapacityIsolation": False,
        # The machine's own settings stay as they are, as far as the kubelet lets them.
        "makeIPTablesUtilChains": False,
        "oomScoreAdj": 0,
        "evictionHard": {"memory.available": "16Mi"},
        "imageGCHighThresholdPercent": 100,
        "maxPods": 30,
    }
    path = folder.root / "kubelet.yaml"
    path.write_text(yaml.safe_dump(settings, sort_keys=False))
    return path
