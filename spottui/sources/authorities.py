"""Which authorities this computer trusts, for TLS to the outside; read one by one where the system lays them out so."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from pathlib import Path


def trusting_context(environ: Mapping[str, str]) -> ssl.SSLContext:
    """Return a context for clients that trusts what this computer trusts; may block for some 20 ms.

    A folder with a file for each authority, named by its hash, is read as it is needed: reading all of them takes
    most of a megabyte. A file that the environment names counts as ever.
    """
    paths = ssl.get_default_verify_paths()
    if paths.openssl_cafile_env not in environ and paths.capath and _is_hashed(Path(paths.capath)):
        context = ssl.create_default_context(capath=paths.capath)
    else:
        context = ssl.create_default_context()
    return context


def _is_hashed(folder: Path) -> bool:
    try:
        return next(folder.glob("[0-9a-f]*.0"), None) is not None
    except OSError:
        return False
