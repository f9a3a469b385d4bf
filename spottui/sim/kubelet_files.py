"""What a shell in a container finds: its environment and a few files, made of the pod's own objects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spottui.sim.kubelet_container import Container
from spottui.sim.resources import resource

if TYPE_CHECKING:
    from spottui.sim.kubelet_pod import PodRun

CONFIG_MAPS, SECRETS = resource("configmaps"), resource("secrets")
NODES = resource("nodes")
ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"
_OS = 'NAME="Alpine Linux"\nID=alpine\nVERSION_ID=3.22.1\nPRETTY_NAME="Alpine Linux v3.22"\n'
PROGRAMS = (
    "cat",
    "date",
    "echo",
    "env",
    "false",
    "hostname",
    "id",
    "kill",
    "ls",
    "ps",
    "pwd",
    "sh",
    "sleep",
    "true",
    "uname",
)


def environment(run: PodRun, one: Container) -> dict[str, str]:
    """Return the variables of a container."""
    found = {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOSTNAME": run.pod["spec"].get("hostname") or run.name,
        "HOME": "/root",
        "KUBERNETES_SERVICE_HOST": "10.152.183.1",
        "KUBERNETES_SERVICE_PORT": "443",
    }
    objects = run.kubelet.objects
    for source in one.spec.get("envFrom") or ():
        for field, kind in (("configMapRef", CONFIG_MAPS), ("secretRef", SECRETS)):
            named = (source.get(field) or {}).get("name")
            holder = objects.find(kind, run.namespace, named) if named else None
            found.update((holder or {}).get("data") or {} if kind is CONFIG_MAPS else {})
    for variable in one.spec.get("env") or ():
        source = variable.get("valueFrom") or {}
        value = variable.get("value", "")
        if "configMapKeyRef" in source:
            wanted = source["configMapKeyRef"]
            holder = objects.find(CONFIG_MAPS, run.namespace, wanted["name"]) or {}
            value = (holder.get("data") or {}).get(wanted["key"], "")
        elif "fieldRef" in source:
            value = _field(run, source["fieldRef"]["fieldPath"])
        found[variable["name"]] = value
    return found


def _field(run: PodRun, path: str) -> str:
    known = {
        "metadata.name": run.name,
        "metadata.namespace": run.namespace,
        "metadata.uid": run.uid,
        "spec.nodeName": run.node,
        "status.podIP": run.ip,
        "status.hostIP": run.kubelet.node(run.node).address,
    }
    return known.get(path, "")


def files(run: PodRun, one: Container) -> dict[str, str]:
    """Return path -> text of the files that can be read."""
    hostname = run.pod["spec"].get("hostname") or run.name
    found = {
        "/etc/hostname": f"{hostname}\n",
        "/etc/hosts": f"127.0.0.1\tlocalhost\n{run.ip}\t{hostname}\n",
        "/etc/os-release": _OS,
        "/etc/resolv.conf": f"search {run.namespace}.svc.cluster.local svc.cluster.local\nnameserver 10.152.183.10\n",
        "/proc/uptime": f"{run.kubelet.clock.now() + 3600:.2f} 0.00\n",
        f"{ACCOUNT}/namespace": run.namespace,
        "/dev/null": "",
    }
    found.update({f"/bin/{name}": "" for name in PROGRAMS})
    if one.life is not None:
        found.update(one.life.behaviour.files)
    for each in run.containers:
        sensor = run.behaviour(each).needs_sensor
        if sensor and not run.kubelet.lacks(run.node, sensor):
            found[f"/dev/sensors/{sensor}"] = ""
    volumes = {volume["name"]: volume for volume in run.pod["spec"].get("volumes") or ()}
    for mount in one.spec.get("volumeMounts") or ():
        named = (volumes.get(mount["name"], {}).get("configMap") or {}).get("name")
        holder = run.kubelet.objects.find(CONFIG_MAPS, run.namespace, named) if named else None
        for key, text in ((holder or {}).get("data") or {}).items():
            found[f"{mount['mountPath'].rstrip('/')}/{key}"] = text
    return found


def machine(run: PodRun) -> tuple[str, str]:
    """Return kernel and architecture of the pod's node."""
    info = ((run.kubelet.objects.find(NODES, "", run.node) or {}).get("status") or {}).get("nodeInfo") or {}
    arch = {"arm64": "aarch64", "amd64": "x86_64"}.get(info.get("architecture", ""), "aarch64")
    return info.get("kernelVersion", "5.10.120-tegra"), arch
