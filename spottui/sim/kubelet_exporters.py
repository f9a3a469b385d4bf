"""What pods serve over HTTP through the API server's proxy: GPU exporters' metrics and health answers."""

from __future__ import annotations

import hashlib
import math

from spottui.sim.controllers_pods import is_ready
from spottui.sim.controllers_service import SERVICES, port_number
from spottui.sim.kubelet_exec import unreachable
from spottui.sim.kubelet_loop import Kubelet
from spottui.sim.kubelet_metrics import Usage
from spottui.sim.kubelet_pod import PodRun
from spottui.sim.objects import Object
from spottui.sim.resources import resource
from spottui.sim.status import ApiError, bad_request

PODS = resource("pods")
TEXT = "text/plain; version=0.0.4; charset=utf-8"


def target_of(kubelet: Kubelet, kind: str, namespace: str, name: str) -> tuple[PodRun, int]:
    """Return the pod and the port that a proxy request reaches; `name` is [scheme:]NAME[:PORT].

    Raises:
        ApiError: 400, 404; 503 when nothing is behind a service or nobody listens.
    """
    parts = name.split(":")
    if len(parts) == 3 and parts[0] in ("http", "https"):
        parts = parts[1:]
    if len(parts) > 2:
        raise bad_request(f'invalid {kind[:-1]} request "{name}"')
    bare, port = parts[0], parts[1] if len(parts) > 1 else ""
    if kind == "services":
        return _behind(kubelet, namespace, bare, port)
    pod = kubelet.objects.get(PODS, namespace, bare)
    return _listening(kubelet, pod, port)


def _behind(kubelet: Kubelet, namespace: str, name: str, port: str) -> tuple[PodRun, int]:
    service = kubelet.objects.get(SERVICES, namespace, name)
    ports = service["spec"].get("ports") or []
    wanted = [one for one in ports if not port or port in (one.get("name"), str(one["port"]))]
    if not wanted:
        raise ApiError(503, "ServiceUnavailable", f'no service port "{port}" found for service "{name}"')
    selector = service["spec"].get("selector") or {}
    pods = [
        pod
        for pod in kubelet.objects.all(PODS, namespace)
        if selector and selector.items() <= (pod["metadata"].get("labels") or {}).items() and is_ready(pod)
    ]
    if not pods:
        raise ApiError(503, "ServiceUnavailable", f'no endpoints available for service "{name}"')
    target = wanted[0].get("targetPort", wanted[0]["port"])
    return _listening(kubelet, min(pods, key=lambda pod: pod["metadata"]["name"]), str(target))


def _listening(kubelet: Kubelet, pod: Object, port: str) -> tuple[PodRun, int]:
    meta = pod["metadata"]
    run = kubelet.run_of(meta["namespace"], meta["name"])
    if run is None or not run.ip:
        raise bad_request(f"pod {meta['name']} does not have a host assigned")
    unreachable(kubelet, run.node)
    numbers = [one["containerPort"] for each in pod["spec"]["containers"] for one in each.get("ports") or ()]
    number = int(port) if port.isdecimal() else port_number(pod, port) if port else (numbers or [80])[0]
    serves = [one for one in run.mains if one.is_running and (one.started or one.ready)]
    if number is None or not serves or (numbers and number not in numbers):
        place = f"{run.ip}:{number or port}"
        said = f"error trying to reach service: dial tcp {place}: connect: connection refused"
        raise ApiError(503, "ServiceUnavailable", said)
    return run, number


def answer(kubelet: Kubelet, usage: Usage, run: PodRun, path: str) -> tuple[int, str, str]:
    """Return status, content type and text of what a pod answers at a path."""
    exporters = [one.life.behaviour.exporter for one in run.mains if one.life and one.life.behaviour.exporter]
    if path in ("metrics", "metrics/") and exporters:
        text = dcgm(kubelet, usage, run) if exporters[0] == "dcgm" else jetson(kubelet, usage, run)
        return 200, TEXT, text
    if path in ("healthz", "readyz", "livez", "health"):
        fine = all(one.ready for one in run.mains)
        return (200, "text/plain", "ok\n") if fine else (503, "text/plain", "not ready\n")
    if path in ("", "/"):
        return 200, "text/plain", f"{run.workload} on {run.node}\n"
    return 404, "text/plain", "404 page not found\n"


def dcgm(kubelet: Kubelet, usage: Usage, run: PodRun) -> str:
    """Return what a DCGM exporter says of its node's GPU; with per-pod labels, as it adds them in Kubernetes."""
    node, now = run.node, kubelet.clock.now()
    used = usage.gpu(node, now)
    digest = hashlib.sha256(node.encode()).hexdigest()
    uuid = f"GPU-{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:32]}"
    holder = _gpu_holder(kubelet, node)
    labels = f'gpu="0",UUID="{uuid}",pci_bus_id="00000000:01:00.0",device="nvidia0",modelName="NVIDIA RTX 2000 Ada",'
    labels += f'Hostname="{node}",container="{holder[2]}",namespace="{holder[0]}",pod="{holder[1]}"'
    heat = kubelet.node(node).gpu_temperature + 0.25 * used + math.sin(now / 31)
    rows = (
        ("DCGM_FI_DEV_SM_CLOCK", "gauge", "SM clock frequency (in MHz).", 405 + 11.4 * used),
        ("DCGM_FI_DEV_MEM_CLOCK", "gauge", "Memory clock frequency (in MHz).", 7001),
        ("DCGM_FI_DEV_GPU_TEMP", "gauge", "GPU temperature (in C).", heat),
        ("DCGM_FI_DEV_POWER_USAGE", "gauge", "Power draw (in W).", 9.5 + 0.51 * used),
        ("DCGM_FI_DEV_GPU_UTIL", "gauge", "GPU utilization (in %).", used),
        ("DCGM_FI_DEV_MEM_COPY_UTIL", "gauge", "Memory utilization (in %).", used * 0.4),
        ("DCGM_FI_DEV_FB_FREE", "gauge", "Framebuffer memory free (in MiB).", 16380 - 512 - 90 * used),
        ("DCGM_FI_DEV_FB_USED", "gauge", "Framebuffer memory used (in MiB).", 512 + 90 * used),
        ("DCGM_FI_DEV_XID_ERRORS", "gauge", "Value of the last XID error encountered.", 0),
    )
    lines = []
    for name, type_, said, value in rows:
        whole = f"{value:.6f}" if name.endswith("POWER_USAGE") else f"{value:.0f}"
        lines += [f"# HELP {name} {said}", f"# TYPE {name} {type_}", f"{name}{{{labels}}} {whole}"]
    return "\n".join(lines) + "\n"


def jetson(kubelet: Kubelet, usage: Usage, run: PodRun) -> str:
    """Return what an exporter on a Jetson says: the load of the integrated GPU, its clock and its heat."""
    node, now = run.node, kubelet.clock.now()
    used = usage.gpu(node, now)
    cpu, memory = usage.node_total(node, now)
    heat = kubelet.node(node).gpu_temperature + 0.2 * used + math.sin(now / 31)
    rows = (
        ("gr3d_usage_percentage", "Load of the GPU in percent.", "", used),
        ("gr3d_frequency_megahertz", "Clock of the GPU.", "", 114 + 9.9 * used),
        ("cpu_load_percentage", "Load of all cores in percent.", "", cpu / 6 * 100),
        ("ram_used_megabytes", "Memory in use.", "", memory / 1024**2),
        ("temperature_celsius", "Temperature of a zone.", '{zone="GPU-therm"}', heat),
    )
    lines = []
    for name, said, labels, value in rows:
        lines += [f"# HELP {name} {said}", f"# TYPE {name} gauge", f"{name}{labels} {value:.1f}"]
    return "\n".join(lines) + "\n"


def _gpu_holder(kubelet: Kubelet, node: str) -> tuple[str, str, str]:
    """Return namespace, pod and container that hold the node's GPU; empty when nobody does."""
    for run in sorted(kubelet.runs_on(node), key=lambda run: run.name):
        for one in run.mains:
            limits = (one.spec.get("resources") or {}).get("limits") or {}
            if one.is_running and limits.get("nvidia.com/gpu"):
                return run.namespace, run.name, one.name
    return "", "", ""
