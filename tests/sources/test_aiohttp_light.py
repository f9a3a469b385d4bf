"""aiohttp as spottui imports it, each time in a Python of its own."""

from __future__ import annotations

import subprocess
import sys


def run(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.strip()


def test_its_import_reads_no_certificates_and_leaves_the_reading_to_others() -> None:
    said = run(
        "import ssl\n"
        "reads = []\n"
        "real = ssl.SSLContext.set_default_verify_paths\n"
        "def counted(self):\n"
        "    reads.append(self); real(self)\n"
        "ssl.SSLContext.set_default_verify_paths = counted\n"
        "from spottui.sources.aiohttp_light import aiohttp\n"
        "during = len(reads)\n"
        "ssl.create_default_context()\n"
        "print(during, len(reads))\n"
    )
    assert said == "0 1"


def test_a_connection_that_brings_no_context_trusts_nobody() -> None:
    said = run(
        "from spottui.sources.aiohttp_light import aiohttp\n"
        "from aiohttp import connector\n"
        "context = connector._SSL_CONTEXT_VERIFIED\n"
        "print(context.cert_store_stats()['x509_ca'], context.verify_mode.name, context.check_hostname)\n"
    )
    assert said == "0 CERT_REQUIRED True"


def test_every_part_of_the_client_takes_it_from_there() -> None:
    said = run(
        "import sys\n"
        "import spottui.sources.kube_api\n"
        "from aiohttp import connector\n"
        "print(connector._SSL_CONTEXT_VERIFIED.cert_store_stats()['x509_ca'])\n"
    )
    assert said == "0"
