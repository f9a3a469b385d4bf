"""Reads when a certificate or a token ends; knows their encodings, and must not judge whether to trust them."""

from __future__ import annotations

import base64
import binascii
import json
import re
from datetime import UTC, datetime

_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", re.DOTALL)
_SEQUENCE, _UTC_TIME, _GENERALIZED_TIME, _VERSION = 0x30, 0x17, 0x18, 0xA0


def certificate_end(pem: bytes) -> float | None:
    """Return notAfter of the first certificate of a PEM text in seconds since the epoch; None: there is none."""
    block = _PEM.search(pem)
    if block is None:
        return None
    try:
        return der_end(base64.b64decode(block[1]))
    except (binascii.Error, ValueError):
        return None


def der_end(der: bytes) -> float | None:
    """Return notAfter of a certificate as TLS sends it; None: it cannot be read."""
    try:
        return _not_after(der)
    except (ValueError, IndexError, KeyError):
        return None


def token_end(authorization: str) -> float | None:
    """Return the `exp` of a bearer token that is a JWT; None: it does not say."""
    parts = authorization.rpartition(" ")[2].split(".")
    if len(parts) != 3:
        return None
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
        return float(claims["exp"])
    except (binascii.Error, ValueError, KeyError, TypeError):
        return None


def _not_after(der: bytes) -> float:
    """Walk Certificate > tbsCertificate > validity > notAfter of RFC 5280."""
    _, certificate, _ = _element(der, 0)
    _, body, _ = _element(certificate, 0)
    tag, _, at = _element(body, 0)
    before = 3 if tag == _VERSION else 2  # serial number, algorithm, issuer; a version 1 has no first field
    for _ in range(before):
        _, _, at = _element(body, at)
    _, validity, _ = _element(body, at)
    _, _, at = _element(validity, 0)
    tag, text, _ = _element(validity, at)
    pattern = {_UTC_TIME: "%y%m%d%H%M%SZ", _GENERALIZED_TIME: "%Y%m%d%H%M%SZ"}[tag]
    return datetime.strptime(text.decode("ascii"), pattern).replace(tzinfo=UTC).timestamp()


def _element(data: bytes, at: int) -> tuple[int, bytes, int]:
    """Return tag, content and the offset after one DER element."""
    tag, length, at = data[at], data[at + 1], at + 2
    if length & 0x80:
        size = length & 0x7F
        length, at = int.from_bytes(data[at : at + size], "big"), at + size
    return tag, data[at : at + length], at + length
