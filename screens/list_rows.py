"""Rows of lists that no single kind gives: images with who uses them, volumes with who mounts them; pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import cast

from msgspec import Struct

from spottui.records import Pod
from spottui.records_lists import Claim, NodeImages, Volume
from spottui.store import Store

PULL_TROUBLE = frozenset({"ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull"})


class ImageRow(Struct, frozen=True, kw_only=True):
    """An image that a pod names or a node holds."""

    uid: str
    """The name of the image: it has no other identity here."""
    name: str
    digest: str = ""
    pods: tuple[str, ...] = ()
    """namespace/name of the pods that use it."""
    trouble: str = ""
    """Why it is not pulled, as the kubelet says."""
    size: int | None = None
    """Bytes on the node; None: no node tells of it."""
    nodes: tuple[str, ...] = ()


def image_rows(store: Store) -> list[ImageRow]:
    """Return every image that a pod names or a node tells of, once."""
    held = cast("Mapping[str, NodeImages]", store.lists.objects("node-images")).values()
    sizes, places, digests = _held(held)
    users: defaultdict[str, dict[str, None]] = defaultdict(dict)
    troubles: dict[str, str] = {}
    for pod in store.pods.values():
        for container in pod.containers:
            name = full_name(container.image)
            users[name][f"{pod.namespace}/{pod.name}"] = None
            if container.reason in PULL_TROUBLE:
                troubles[name] = f"{container.reason} {container.message}".strip()
            if "@sha256:" in container.image_id:
                digests.setdefault(name, container.image_id.rpartition("@")[2])
    names = dict.fromkeys(name for name in (*users, *places) if name)
    return [
        ImageRow(
            uid=name,
            name=name,
            digest=digests.get(name, name.rpartition("@")[2] if "@" in name else ""),
            pods=tuple(users.get(name, ())),
            trouble=troubles.get(name, ""),
            size=sizes.get(name),
            nodes=tuple(places.get(name, ())),
        )
        for name in names
    ]


def _held(nodes: Iterable[NodeImages]) -> tuple[dict[str, int | None], dict[str, list[str]], dict[str, str]]:
    """Return sizes, nodes and digests by the name of the image; an image without a tag goes by its digest."""
    sizes: dict[str, int | None] = {}
    places: defaultdict[str, list[str]] = defaultdict(list)
    digests: dict[str, str] = {}
    for node in nodes:
        for image in node.images:
            digest = next((name.rpartition("@")[2] for name in image.names if "@" in name), "")
            for name in [name for name in image.names if "@" not in name] or image.names[:1]:
                sizes[name] = image.size
                places[name].append(node.name)
                if digest:
                    digests[name] = digest
    return sizes, places, digests


def full_name(image: str) -> str:
    """Return an image as nodes name it: with its registry, and "latest" where no tag is given."""
    if not image:
        return ""
    first, slash, rest = image.partition("/")
    if not slash:
        image = f"docker.io/library/{image}"
    elif not ("." in first or ":" in first or first == "localhost"):
        image = f"docker.io/{first}/{rest}"
    has_tag = "@" in image or ":" in image.rpartition("/")[2]
    return image if has_tag else f"{image}:latest"


class VolumeRow(Struct, frozen=True, kw_only=True):
    """A claim with the volume behind it, or a volume that nobody claims, and the pods that mount it."""

    uid: str
    name: str
    namespace: str
    """Empty for a volume without a claim."""
    created_at: float | None
    claim: Claim | None
    volume: Volume | None
    pods: tuple[str, ...]


def volume_rows(store: Store) -> list[VolumeRow]:
    """Return one row for each claim, and one for each volume that no known claim is bound to."""
    claims = cast("Mapping[str, Claim]", store.lists.objects("persistentvolumeclaims"))
    volumes = {one.name: one for one in cast("Mapping[str, Volume]", store.lists.objects("persistentvolumes")).values()}
    mounted = _mounted(store.pods.values())
    rows = [
        VolumeRow(
            uid=claim.uid,
            name=claim.name,
            namespace=claim.namespace,
            created_at=claim.created_at,
            claim=claim,
            volume=volumes.get(claim.volume),
            pods=tuple(mounted.get((claim.namespace, claim.name), ())),
        )
        for claim in claims.values()
    ]
    bound = {claim.volume for claim in claims.values()}
    for volume in volumes.values():
        if volume.name not in bound:
            rows.append(
                VolumeRow(
                    uid=volume.uid,
                    name=volume.name,
                    namespace="",
                    created_at=volume.created_at,
                    claim=None,
                    volume=volume,
                    pods=(),
                )
            )
    return rows


def _mounted(pods: Iterable[Pod]) -> Mapping[tuple[str, str], list[str]]:
    found: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for pod in pods:
        for claim in pod.claims:
            found[pod.namespace, claim].append(pod.name)
    return found
