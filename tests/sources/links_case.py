"""What the tools and the kernel say of interfaces, routes and radios, in texts of the documented formats."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable

from spottui.sources.links_tools import ToolFailed

IW_LINK = """\
Connected to 04:f0:21:aa:bb:cc (on wlan0)
\tSSID: Spot\\xc3\\xa9 field\\x20
\tfreq: 5180
\tRX: 1043 bytes (12 packets)
\tTX: 908 bytes (9 packets)
\tsignal: -61 dBm
\trx bitrate: 6.0 MBit/s
\ttx bitrate: 72.2 MBit/s MCS 7 short GI

\tbss flags:\tshort-slot-time
\tdtim period:\t2
\tbeacon int:\t100
"""
PROC_WIRELESS = """\
Inter-| sta-|   Quality        |   Discarded packets               | Missed | WE
 face | tus | link level noise |  nwid  crypt   frag  retry   misc | beacon | 22
 wlan0: 0000   49.  -61.  -256        0      0      0     12      3        0
"""
ROUTE = """\
Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
wlan0\t{default}\t{gateway}\t0003\t0\t0\t600\t00000000\t0\t0\t0
wwan0\t{default}\t{modem}\t0003\t0\t0\t700\t00000000\t0\t0\t0
wlan0\t{net}\t00000000\t0001\t0\t0\t600\t{mask}\t0\t0\t0
"""
IPV6_ROUTE = (
    "fd000000000000000000000000000000 40 00000000000000000000000000000000 00 "
    "00000000000000000000000000000000 00000100 00000001 00000000 00000001    wlan0\n"
    "00000000000000000000000000000000 00 00000000000000000000000000000000 00 "
    "fe800000000000000000000000000001 00000400 00000001 00000000 00450003    wlan0\n"
    "00000000000000000000000000000000 00 00000000000000000000000000000000 00 "
    "00000000000000000000000000000000 ffffffff 00000001 00000000 00200200       lo\n"
)
MODEM_LIST = '{"modem-list":["/org/freedesktop/ModemManager1/Modem/3"]}'
MODEM = """{"modem":{"3gpp":{"operator-name":"Field\\u001b[31m Net","registration-state":"home"},
"generic":{"access-technologies":["lte","5gnr"],"manufacturer":"Telit","model":"FN980","primary-port":"cdc-wdm0",
"signal-quality":{"recent":"yes","value":"62"},"state":"connected"}}}"""
SIGNAL = """{"modem":{"signal":{"5g":{"rsrp":"-98.00","rsrq":"-12.00","snr":"9.50"},
"lte":{"rsrp":"-92.00","rsrq":"-11.00","rssi":"-61.00","snr":"12.60"},"refresh":{"rate":"10"}}}}"""
NMCLI = "wlan0:wifi:connected:Field\\: 7\ncdc-wdm0:gsm:connected:Mobile\\\\Net\nlo:loopback:unmanaged:\n"


def hexadecimal(address: str) -> str:
    """Return an IPv4 address as this machine's kernel writes it."""
    return f"{struct.unpack('=I', socket.inet_aton(address))[0]:08X}"


def route_text() -> str:
    """Return /proc/net/route of a computer on Wi-Fi with a modem beside it."""
    return ROUTE.format(
        default=hexadecimal("0.0.0.0"),
        gateway=hexadecimal("192.168.80.1"),
        modem=hexadecimal("10.64.0.1"),
        net=hexadecimal("192.168.80.0"),
        mask=hexadecimal("255.255.255.0"),
    )


def tools(**outputs: str | Exception) -> Callable[..., str]:
    """Return what runs the tools: `iw`, `mmcli_L`, `mmcli_m`, `mmcli_signal`, `nmcli`; those not named are missing."""

    def run(name: str, *arguments: str) -> str:
        key = name
        if name == "mmcli":
            key = "mmcli_L" if "-L" in arguments else "mmcli_signal" if "--signal-get" in arguments else "mmcli_m"
        found = outputs.get(key, ToolFailed(f"{name} is not installed here."))
        if isinstance(found, Exception):
            raise found
        return found

    return run
