"""What keeps a probe from an answer, in words; opens nothing."""

from __future__ import annotations

import asyncio
import socket
import ssl

from spottui.errors import Unreachable
from spottui.sources.text import clean

EXPIRED, NAME = 10, 62
"""X509_V_ERR_CERT_HAS_EXPIRED, X509_V_ERR_HOSTNAME_MISMATCH of openssl/x509_vfy.h."""


class NoName(Unreachable):
    """The name cannot be resolved."""


class Wrong(Unreachable):
    """TLS failed: the certificate is not good for this name, or there is no TLS."""

    def __init__(self, text: str, code: int | None = None) -> None:
        super().__init__(text)
        self.code = code
        """OpenSSL's X509_V_ERR_*; None when it is not about the certificate."""


def translated(error: Exception) -> Unreachable:
    """Return a failure in words."""
    if isinstance(error, Unreachable):
        return error
    if isinstance(error, ssl.SSLCertVerificationError):
        return Wrong(_certificate_words(error), error.verify_code)
    if isinstance(error, ssl.SSLError):
        return Wrong("It does not speak TLS, or none that can be agreed on.")
    if isinstance(error, TimeoutError):
        return Unreachable("It does not answer.")
    return Unreachable(f"It cannot be reached: {words(error)}.")


def _certificate_words(error: ssl.SSLCertVerificationError) -> str:
    if error.verify_code == EXPIRED:
        return "Its certificate has expired."
    if error.verify_code in (NAME, 64):  # 64: the same for an address
        return "Its certificate is for another name."
    return f"Its certificate is not trusted here: {clean(error.verify_message, 80)}."


def words(error: Exception) -> str:
    """Return what a failure means, without a capital or a full stop."""
    match error:
        case ConnectionRefusedError():
            return "the connection is refused"
        case ConnectionResetError() | BrokenPipeError() | ConnectionAbortedError():
            return "the connection is cut"
        case asyncio.IncompleteReadError():
            return "the connection is cut"
        case socket.gaierror():
            return "no name server knows it" if error.errno == socket.EAI_NONAME else "no name server answers"
        case OSError() if error.strerror:
            return clean(error.strerror, 80).lower()
    return clean(str(error), 80) or type(error).__name__
