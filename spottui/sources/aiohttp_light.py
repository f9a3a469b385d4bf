"""Imports aiohttp without reading the system's certificates twice; take `aiohttp` from here.

aiohttp makes two TLS contexts for those who bring none: a tenth of a second of the way to the first pods, and spottui
always brings its own. Made here they know no authority, so that a connection which took one by mistake would be
refused rather than trusted.
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def _no_certificates() -> Iterator[None]:
    """Leave out the reading of the system's certificates in this thread, for as long as the block runs."""
    here, read = threading.get_ident(), ssl.SSLContext.set_default_verify_paths

    def skip(self: ssl.SSLContext) -> None:
        if threading.get_ident() != here:
            read(self)

    ssl.SSLContext.set_default_verify_paths = skip
    try:
        yield
    finally:
        ssl.SSLContext.set_default_verify_paths = read


with _no_certificates():
    import aiohttp

__all__ = ["aiohttp"]
