"""What this computer, its radios, its GPUs, its probes and its disk tell when every word of theirs is nasty."""

from __future__ import annotations

import json

from spottui.events import CommandHeard, Event, GpusHeard, HostHeard, LinksHeard, ProbesHeard, TrafficHeard
from spottui.records import Command, Target
from spottui.records_gpu import Gpus
from spottui.records_host import Disk, Fan, Host, HostProcess, Temperature
from spottui.records_links import Links, Probe, Traffic, Wifi
from spottui.sources.gpu_exporter import parse
from spottui.sources.links_modem import parse_devices, parse_modem
from spottui.sources.links_wifi import parse_iw_link
from spottui.sources.probe_judge import judge, parse_reply
from spottui.sources.probe_targets import git_target, own_target, registry_target
from spottui.sources.text import clean

from .corpus import CORPUS

TEXTS = [text for text in CORPUS.values() if text]


def iw_escaped(text: str) -> str:
    """Return an SSID as iw prints it."""
    data = text.encode()[:32]
    return "".join(chr(byte) if 33 <= byte < 127 and byte != 92 else f"\\x{byte:02x}" for byte in data)


def wifis(texts: list[str]) -> tuple[Wifi, ...]:
    """Return networks that call themselves so."""
    said = "Connected to 00:11 (on wlan0)\n\tSSID: {}\n\tfreq: 5180\n\tsignal: -61 dBm\n"
    found = (parse_iw_link(f"wlan{n}", said.replace("{}", iw_escaped(text))) for n, text in enumerate(texts))
    return tuple(one for one in found if one is not None)


def modem_json(text: str) -> str:
    """Return what mmcli prints of a modem whose words are all this one."""
    generic = {name: text for name in ("primary-port", "manufacturer", "model", "state")}
    modem = {"generic": {**generic, "access-technologies": [text]}, "3gpp": {"operator-name": text}}
    return json.dumps({"modem": modem})


def exporter_text(text: str) -> str:
    """Return an exporter's page whose labels are all this text."""
    label = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    labels = ",".join(f'{name}="{label}"' for name in ("UUID", "modelName", "pod", "namespace", "Hostname"))
    return f'DCGM_FI_DEV_GPU_UTIL{{gpu="0",{labels}}} 41\n'


def reply_of(text: str, status: int = 302) -> bytes:
    """Return an HTTP answer with a header of this text."""
    line = text.replace("\r", "").replace("\n", "").encode()
    return b"HTTP/1.1 %d %s\r\nLocation: https://%s/\r\nServer: %s\r\n\r\n%s" % (status, line, line, line, line)


def probe_of(number: int, text: str) -> Probe | None:
    """Return the probe of a target that is called so, which answers so."""
    makers = (lambda: own_target(text, "http://site.example/"), lambda: git_target(f"https://git.example/{text}"))
    target = (*makers, lambda: registry_target(text[:60]))[number % 3]()
    if target is None:
        return None
    state, reason = judge(target, parse_reply(reply_of(text)), is_trusted=number % 2 == 0)
    return Probe(
        id=target.id,
        kind=target.kind,
        name=target.name,
        url=target.url,
        state="down" if state == "none" else state,
        reason=reason,
    )


def own_readings(seed: int, at: float) -> list[Event]:
    """Return what is heard of everything that is not the cluster."""
    texts = [TEXTS[(seed * 7 + n * 5) % len(TEXTS)] for n in range(20)]
    words = [clean(text, 64) for text in texts]
    host = Host(
        name=words[0],
        heard_at=at,
        model=words[1],
        disks=tuple(Disk(word, 5, 10) for word in words[2:6]),
        temperatures=tuple(Temperature(word, 55.0) for word in words[6:10]),
        fans=(Fan(words[10], 900),),
        processes=tuple(HostProcess(n, word, 3.0, 4000) for n, word in enumerate(words[11:])),
        throttled=words[12],
    )
    modems = tuple(parse_modem(modem_json(text)) for text in texts[:3]) + parse_devices(f"w:gsm:{texts[4]}:{texts[5]}")
    links = Links(heard_at=at, wifis=wifis(texts[:6]), modems=modems, notes=((words[0], words[1]),))
    probes = tuple(one for n, text in enumerate(texts) if (one := probe_of(n, text)) is not None)
    gpus = tuple(gpu for text in texts[:5] for gpu in parse(exporter_text(text), "spot-core"))
    target = Target(kind="Pod", namespace=words[4], name=words[5], uid="u")
    command = Command(id="id", at=at, action=words[3], target=target, outcome="failed", detail=words[6])
    return [
        HostHeard(host),
        LinksHeard(links),
        ProbesHeard(probes, at, words[7]),
        TrafficHeard((Traffic(words[8], 1.0, 2.0, 3, 4),), at, words[9]),
        GpusHeard(Gpus(reader="cluster", heard_at=at, gpus=gpus, reason=words[10])),
        CommandHeard(command),
    ]
