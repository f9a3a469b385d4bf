"""A pod, or the template of one, from its JSON: the facts of kubectl describe, in its order."""

from __future__ import annotations

from spottui.actions.objects import part, rows
from spottui.screens.describe_sheet import NONE, Json, Sheet, moment, text, words
from spottui.verdicts.manifest import shown_value


def pod_facts(sheet: Sheet, found: Json) -> None:
    """Add the facts of a pod below its name, namespace."""
    meta, spec, status = part(found, "metadata"), part(found, "spec"), part(found, "status")
    sheet.fact("Priority", spec.get("priority", 0))
    if spec.get("priorityClassName"):
        sheet.fact("Priority Class Name", spec["priorityClassName"])
    if spec.get("runtimeClassName"):
        sheet.fact("Runtime Class Name", spec["runtimeClassName"])
    sheet.fact("Service Account", spec.get("serviceAccountName") or "")
    node, host = text(spec.get("nodeName")), text(status.get("hostIP"))
    sheet.fact("Node", f"{node}/{host}" if node else NONE)
    if status.get("startTime"):
        sheet.fact("Start Time", moment(status["startTime"]))
    sheet.pairs("Labels", part(meta, "labels"))
    sheet.pairs("Annotations", part(meta, "annotations"), sign=": ")
    if meta.get("deletionTimestamp"):
        sheet.fact("Status", f"Terminating (since {moment(meta['deletionTimestamp'])})", tone="warn")
        sheet.fact("Termination Grace Period", f"{text(meta.get('deletionGracePeriodSeconds'))}s")
    else:
        sheet.fact("Status", status.get("phase") or "")
    for name in ("reason", "message"):
        if status.get(name):
            sheet.fact(name.capitalize(), status[name], tone="warn")
    sheet.fact("IP", status.get("podIP") or "")
    addresses = [text(one.get("ip")) for one in rows(status, "podIPs")]
    if addresses:
        sheet.head("IPs")
        for address in addresses:
            sheet.fact("IP", address, 2)
    else:
        sheet.fact("IPs", NONE)
    owner = next((one for one in rows(meta, "ownerReferences") if one.get("controller") is True), None)
    if owner is not None:
        sheet.fact("Controlled By", f"{text(owner.get('kind'))}/{text(owner.get('name'))}")
    container_facts(sheet, spec, status)
    conditions = rows(status, "conditions")
    if conditions:
        sheet.head("Conditions")
        sheet.table(("Type", "Status"), [(text(one.get("type")), text(one.get("status"))) for one in conditions])
        for one in conditions:
            if one.get("status") != "True" and one.get("message"):
                sheet.line(f"{text(one.get('type'))}: {text(one['message'])}", tone="warn")
    placement_facts(sheet, spec, status)


def placement_facts(sheet: Sheet, spec: Json, status: Json) -> None:
    """Add volumes, quality of service, where it may run."""
    volume_facts(sheet, spec)
    if status.get("qosClass"):
        sheet.fact("QoS Class", status["qosClass"])
    sheet.pairs("Node-Selectors", part(spec, "nodeSelector"))
    sheet.many("Tolerations", (toleration(one) for one in rows(spec, "tolerations")))


def container_facts(sheet: Sheet, spec: Json, status: Json) -> None:
    """Add all containers, init containers first."""
    kinds = (
        ("Init Containers", "initContainers", "initContainerStatuses"),
        ("Containers", "containers", "containerStatuses"),
        ("Ephemeral Containers", "ephemeralContainers", "ephemeralContainerStatuses"),
    )
    for title, declared, told in kinds:
        heard = {one.get("name"): one for one in rows(status, told)}
        containers = rows(spec, declared)
        if containers:
            sheet.head(title)
        for one in containers:
            _container(sheet, one, heard.get(one.get("name")))


def _container(sheet: Sheet, one: Json, heard: Json | None) -> None:
    sheet.head(text(one.get("name")), 2)
    if heard is not None:
        sheet.fact("Container ID", heard.get("containerID") or "", 4)
    sheet.fact("Image", one.get("image") or "", 4)
    if heard is not None:
        sheet.fact("Image ID", heard.get("imageID") or "", 4)
    ports = rows(one, "ports")
    name = "Ports" if len(ports) > 1 else "Port"
    sheet.fact(name, ", ".join(_port(port, "containerPort") for port in ports) or NONE, 4)
    sheet.fact(f"Host {name}", ", ".join(_port(port, "hostPort") for port in ports) or NONE, 4)
    for title, key in (("Command", "command"), ("Args", "args")):
        if one.get(key):
            sheet.head(title, 4)
            for word in words(one, key):
                sheet.line(word, 6)
    if heard is not None:
        _state(sheet, "State", part(heard, "state"))
        if part(heard, "lastState"):
            _state(sheet, "Last State", part(heard, "lastState"))
        sheet.fact("Ready", "True" if heard.get("ready") else "False", 4)
        sheet.fact("Restart Count", heard.get("restartCount", 0), 4)
    sheet.amounts("Limits", part(one, "resources", "limits"), 4)
    sheet.amounts("Requests", part(one, "resources", "requests"), 4)
    for title, key in (("Liveness", "livenessProbe"), ("Readiness", "readinessProbe"), ("Startup", "startupProbe")):
        if one.get(key):
            sheet.fact(title, probe_text(part(one, key)), 4)
    _environment(sheet, one)
    mounts = rows(one, "volumeMounts")
    sheet.fact("Mounts", "" if mounts else NONE, 4)
    for mount in sorted(mounts, key=lambda mount: text(mount.get("mountPath"))):
        mode = "ro" if mount.get("readOnly") else "rw"
        under = f',path="{text(mount["subPath"])}"' if mount.get("subPath") else ""
        sheet.line(f"{text(mount.get('mountPath'))} from {text(mount.get('name'))} ({mode}{under})", 6)


def _port(port: Json, key: str) -> str:
    named = f" ({text(port['name'])})" if port.get("name") else ""
    return f"{text(port.get(key, 0))}/{text(port.get('protocol') or 'TCP')}{named}"


def _state(sheet: Sheet, title: str, state: Json) -> None:
    """Add how a container is, or was; an empty state is waiting, by the API's own words."""
    if "running" in state:
        sheet.fact(title, "Running", 4)
        sheet.fact("Started", moment(part(state, "running").get("startedAt")), 6)
    elif "terminated" in state:
        ended = part(state, "terminated")
        sheet.fact(title, "Terminated", 4)
        for name in ("reason", "message"):
            if ended.get(name):
                sheet.fact(name.capitalize(), ended[name], 6)
        sheet.fact("Exit Code", ended.get("exitCode", 0), 6)
        if ended.get("signal"):
            sheet.fact("Signal", ended["signal"], 6)
        sheet.fact("Started", moment(ended.get("startedAt")), 6)
        sheet.fact("Finished", moment(ended.get("finishedAt")), 6)
    else:
        waiting = part(state, "waiting")
        sheet.fact(title, "Waiting", 4)
        if waiting.get("reason"):
            sheet.fact("Reason", waiting["reason"], 6)
        if waiting.get("message"):
            sheet.fact("Message", waiting["message"], 6)


def _environment(sheet: Sheet, one: Json) -> None:
    variables = rows(one, "env")
    sheet.fact("Environment", "" if variables else NONE, 4)
    for variable in variables:
        source = part(variable, "valueFrom")
        if "secretKeyRef" in source:
            key = part(source, "secretKeyRef")
            value = f"<set to the key '{text(key.get('key'))}' in secret '{text(key.get('name'))}'>"
        elif "configMapKeyRef" in source:
            key = part(source, "configMapKeyRef")
            value = f"<set to the key '{text(key.get('key'))}' of config map '{text(key.get('name'))}'>"
        elif "fieldRef" in source:
            value = f"({text(part(source, 'fieldRef').get('fieldPath'))})"
        else:
            value = shown_value(text(variable.get("name")), text(variable.get("value")))
            value = value or ("(from elsewhere)" if source else "")
        sheet.fact(text(variable.get("name")), value, 6)


def probe_text(probe: Json) -> str:
    """Return a probe as kubectl writes it."""
    settings = (
        f"delay={text(probe.get('initialDelaySeconds', 0))}s timeout={text(probe.get('timeoutSeconds', 1))}s "
        f"period={text(probe.get('periodSeconds', 10))}s #success={text(probe.get('successThreshold', 1))} "
        f"#failure={text(probe.get('failureThreshold', 3))}"
    )
    if "exec" in probe:
        return f"exec [{' '.join(words(part(probe, 'exec'), 'command'))}] {settings}"
    if "httpGet" in probe:
        get = part(probe, "httpGet")
        scheme = text(get.get("scheme") or "HTTP").lower()
        address = f"{text(get.get('host'))}:{text(get.get('port'))}"
        return f"http-get {scheme}://{address}{text(get.get('path'))} {settings}"
    if "tcpSocket" in probe:
        socket = part(probe, "tcpSocket")
        return f"tcp-socket {text(socket.get('host'))}:{text(socket.get('port'))} {settings}"
    if "grpc" in probe:
        return (
            f"grpc <pod>:{text(part(probe, 'grpc').get('port'))} {text(part(probe, 'grpc').get('service'))} {settings}"
        )
    return f"unknown {settings}"


VOLUME_NAMES = {
    "persistentVolumeClaim": ("PersistentVolumeClaim", (("ClaimName", "claimName"), ("ReadOnly", "readOnly"))),
    "configMap": ("ConfigMap", (("Name", "name"), ("Optional", "optional"))),
    "secret": ("Secret", (("SecretName", "secretName"), ("Optional", "optional"))),
    "emptyDir": ("EmptyDir", (("Medium", "medium"), ("SizeLimit", "sizeLimit"))),
    "hostPath": ("HostPath", (("Path", "path"), ("HostPathType", "type"))),
    "projected": ("Projected", ()),
    "downwardAPI": ("DownwardAPI", ()),
    "nfs": ("NFS", (("Server", "server"), ("Path", "path"), ("ReadOnly", "readOnly"))),
    "csi": ("CSI", (("Driver", "driver"), ("ReadOnly", "readOnly"))),
}
"""Source of a volume -> its name, and its facts with the field each is from."""
_DEFAULTS = {"optional": "false", "readOnly": "false", "sizeLimit": "<unset>"}


def volume_facts(sheet: Sheet, spec: Json) -> None:
    """Add the volumes of a pod."""
    volumes = rows(spec, "volumes")
    sheet.fact("Volumes", "" if volumes else NONE)
    for volume in volumes:
        sheet.head(text(volume.get("name")), 2)
        key = next((name for name in volume if name != "name"), "")
        title, facts = VOLUME_NAMES.get(key, (key, ()))
        sheet.fact("Type", title, 4)
        for name, field in facts:
            sheet.fact(name, part(volume, key).get(field, _DEFAULTS.get(field, "")), 4)


def toleration(one: Json) -> str:
    """Return a toleration as kubectl writes it."""
    value = f"={text(one['value'])}" if one.get("value") else ""
    effect = f":{text(one['effect'])}" if one.get("effect") else ""
    exists = ""
    if one.get("operator") == "Exists" and not one.get("value"):
        exists = " op=Exists" if one.get("key") or one.get("effect") else "op=Exists"
    seconds = f" for {text(one['tolerationSeconds'])}s" if one.get("tolerationSeconds") is not None else ""
    return f"{text(one.get('key'))}{value}{effect}{exists}{seconds}"
