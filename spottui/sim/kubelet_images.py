"""Images: which are on which node, how long a pull takes, and why one fails."""

from __future__ import annotations

import hashlib
from collections import defaultdict

from spottui.sim.behaviour import Behaviour
from spottui.sim.objects import Object

FIRST_BACK_OFF, LONGEST_BACK_OFF = 10.0, 300.0
LISTED = 50
"""Images in a node's status at most: the kubelet's nodeStatusMaxImages."""


class ImageStore:
    """The images of all nodes, and the way to the registries."""

    def __init__(self) -> None:
        self._present: defaultdict[str, dict[str, int]] = defaultdict(dict)
        self.unreachable = ""
        """Why no registry can be reached ("no such host", "i/o timeout"); empty: they can."""
        self.missing: set[str] = set()
        """Images that no registry has."""

    def has(self, node: str, image: str) -> bool:
        """Return whether an image is on a node."""
        return full(image) in self._present[node]

    def add(self, node: str, image: str, size: int) -> None:
        """Put an image on a node."""
        self._present[node][full(image)] = size

    def remove(self, node: str, image: str) -> None:
        """Take an image from a node, as the kubelet does when its disk runs full."""
        self._present[node].pop(full(image), None)

    def failure(self, image: str, behaviour: Behaviour) -> str:
        """Return why a pull fails, in containerd's words; empty when it does not."""
        name = full(image)
        host, _, rest = name.partition("/")
        repository, _, tag = rest.partition("@") if "@" in rest else rest.rpartition(":")
        head = f'failed to pull and unpack image "{name}": '
        if self.unreachable:
            url = f'Head "https://{_served(host)}/v2/{repository}/manifests/{tag}"'
            why = self.unreachable.replace("{host}", _served(host))
            if "dial" not in why and "timeout" not in why:
                why = f"dial tcp: lookup {_served(host)}: {why}"
            return f"{head}failed to resolve image: failed to do request: {url}: {why}"
        if image in self.missing or name in self.missing or behaviour.image_error == "not found":
            return f"{head}failed to resolve image: {name}: not found"
        if behaviour.image_error == "unauthorized":
            token = f"https://{_served(host)}/token?scope=repository%3A{repository.replace('/', '%2F')}%3Apull"
            said = (
                f"failed to authorize: failed to fetch anonymous token: unexpected status from GET request to {token}"
            )
            return f"{head}failed to resolve image: {said}: 401 Unauthorized"
        return behaviour.image_error

    def listed(self, node: str) -> list[Object]:
        """Return a node's `status.images`, the largest first."""
        by_size = sorted(self._present[node].items(), key=lambda pair: (-pair[1], pair[0]))
        return [{"names": _names(name), "sizeBytes": size} for name, size in by_size[:LISTED]]

    def size(self, node: str) -> int:
        """Return the bytes of a node's images."""
        return sum(self._present[node].values())


def full(image: str) -> str:
    """Return an image reference with registry and tag, as containerd writes it."""
    first, slash, _ = image.partition("/")
    if not slash:
        image = f"docker.io/library/{image}"
    elif "." not in first and ":" not in first and first != "localhost":
        image = f"docker.io/{image}"
    if "@" not in image and ":" not in image.rsplit("/", 1)[-1]:
        image += ":latest"
    return image


def digest(image: str) -> str:
    """Return the digest of an image: the one in its reference, else one that belongs to its name."""
    _, at, known = image.partition("@")
    return known if at else f"sha256:{hashlib.sha256(full(image).encode()).hexdigest()}"


def image_id(image: str) -> str:
    """Return the imageID of a container status."""
    repository = full(image).partition("@")[0]
    head, colon, _ = repository.rpartition(":")
    return f"{head if colon and '/' in head else repository}@{digest(image)}"


def _names(name: str) -> list[str]:
    return [image_id(name)] + ([] if "@" in name else [name])


def _served(host: str) -> str:
    return "registry-1.docker.io" if host == "docker.io" else host
