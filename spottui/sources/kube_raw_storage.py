"""PersistentVolumes and their claims on the wire, and how each becomes its record."""

from __future__ import annotations

from spottui.records_lists import Claim, Volume
from spottui.sources.kube_raw_values import Raw, RawMeta, RawObject, identity, message, word

SHORT_MODES = {
    "ReadWriteOnce": "RWO",
    "ReadOnlyMany": "ROX",
    "ReadWriteMany": "RWX",
    "ReadWriteOncePod": "RWOP",
}


class _Storage(Raw):
    storage: str | None = None


class _StorageRequests(Raw):
    requests: _Storage | None = None


class _ClaimSpec(Raw):
    volume_name: str | None = None
    storage_class_name: str | None = None
    volume_attributes_class_name: str | None = None
    resources: _StorageRequests | None = None


class _ClaimStatus(Raw):
    phase: str | None = None
    access_modes: list[str] | None = None
    capacity: _Storage | None = None


class RawClaim(RawObject):
    """v1.PersistentVolumeClaim."""

    spec: _ClaimSpec | None = None
    status: _ClaimStatus | None = None


def claim(raw: RawClaim, meta: RawMeta) -> Claim:
    """Return the record of a PersistentVolumeClaim."""
    spec, status = raw.spec or _ClaimSpec(), raw.status or _ClaimStatus()
    asked = spec.resources.requests if spec.resources else None
    is_bound = bool(spec.volume_name)
    return Claim(
        **identity(meta),
        phase=word(status.phase or ""),
        volume=word(spec.volume_name or ""),
        capacity=word((status.capacity.storage if status.capacity and is_bound else None) or ""),
        requested=word((asked.storage if asked else None) or ""),
        access_modes=_modes(status.access_modes) if is_bound else (),
        storage_class=word(spec.storage_class_name or ""),
        attributes_class=word(spec.volume_attributes_class_name or ""),
    )


def _modes(raw: list[str] | None) -> tuple[str, ...]:
    heard = set(raw or ())
    known = [short for mode, short in SHORT_MODES.items() if mode in heard]
    return (*known, *(word(mode) for mode in sorted(heard - SHORT_MODES.keys())))


class _ClaimReference(Raw):
    namespace: str | None = None
    name: str | None = None


class _VolumeSpec(Raw):
    capacity: _Storage | None = None
    access_modes: list[str] | None = None
    persistent_volume_reclaim_policy: str | None = None
    claim_ref: _ClaimReference | None = None
    storage_class_name: str | None = None
    volume_attributes_class_name: str | None = None


class _VolumeStatus(Raw):
    phase: str | None = None
    reason: str | None = None


class RawVolume(RawObject):
    """v1.PersistentVolume."""

    spec: _VolumeSpec | None = None
    status: _VolumeStatus | None = None


def volume(raw: RawVolume, meta: RawMeta) -> Volume:
    """Return the record of a PersistentVolume."""
    spec, status = raw.spec or _VolumeSpec(), raw.status or _VolumeStatus()
    bound = spec.claim_ref
    return Volume(
        **identity(meta),
        capacity=word((spec.capacity.storage if spec.capacity else None) or ""),
        access_modes=_modes(spec.access_modes),
        reclaim_policy=word(spec.persistent_volume_reclaim_policy or ""),
        phase=word(status.phase or ""),
        claim=word(f"{bound.namespace or ''}/{bound.name or ''}") if bound else "",
        storage_class=word(spec.storage_class_name or ""),
        attributes_class=word(spec.volume_attributes_class_name or ""),
        reason=message(status.reason),
    )
