"""Why one container keeps a pod from being ready, and the words that all verdicts on pods share."""

from __future__ import annotations

from collections.abc import Sequence

from spottui.records import Container, KubeEvent, Pod
from spottui.verdicts.why_exit import how_ended, how_ended_before
from spottui.verdicts.why_messages import Meaning, meaning
from spottui.verdicts.why_record import Around, Severity, Why

CREATING = frozenset({"", "ContainerCreating", "PodInitializing"})


def why_container(container: Container, pod: Pod, warnings: Sequence[KubeEvent], around: Around) -> Why | None:
    since = container.last_finished_at or pod.started_at or pod.created_at
    if container.state == "terminated" and container.exit_code:
        return why_ended(container, pod, around, since=container.finished_at or since)
    if container.state != "waiting" or container.reason in CREATING:
        return None
    if container.reason == "CrashLoopBackOff":
        return _crashing(container, pod, warnings, around, since)
    texts = [container.message, f"{container.reason}: {container.message}", *messages(warnings)]
    known = next((found for text in texts if (found := meaning(text)) is not None), None)
    if known is not None:
        return said(known, container=container, image=_is_image(container.reason), since=since)
    text = container.message or latest(warnings)
    cause = f"{_title(container)} {container.reason}" + (f": {text.rstrip('.')}." if text else ".")
    return Why(code=container.reason, cause=cause, advice="Look at its events.", since=since, container=container.name)


def _crashing(
    container: Container, pod: Pod, warnings: Sequence[KubeEvent], around: Around, since: float | None
) -> Why:
    """Judge a container that ends again and again: killed by a probe, by memory, by itself, or never started."""
    ended = container.last_message or ""
    if container.last_reason in ("StartError", "ContainerCannotRun") or container.last_exit_code == 128:
        if (known := meaning(ended)) is not None:
            return said(known, container=container, since=since)
    probes = [text for text in messages(warnings) if "iveness probe failed" in text or "tartup probe failed" in text]
    if probes and container.last_exit_code in (137, 143) and container.last_reason != "OOMKilled":
        known = meaning(probes[0])
        answer = known.cause if known else sentence(probes[0])
        return Why(
            code="PROBE_KILLED",
            cause=f"The kubelet kills {container.name} again and again: {answer[0].lower()}{answer[1:]}",
            advice="Read its previous logs (p); it runs but does not answer, or the probe is too strict.",
            since=since,
            container=container.name,
        )
    return how_ended_before(container, pod, around, since)


def why_ended(container: Container, pod: Pod, around: Around, since: float | None) -> Why:
    if container.message and (known := meaning(container.message)) is not None and known.source != "registry":
        return said(known, container=container, since=since)
    return how_ended(container, pod, around, since)


def said(
    known: Meaning,
    *,
    severity: Severity = "bad",
    container: Container | None = None,
    image: bool = False,
    since: float | None = None,
) -> Why:
    cause = known.cause
    if container is not None and image:
        cause = f"{container.image} cannot be pulled: {cause[0].lower() if cause[:2] == 'Th' else cause[0]}{cause[1:]}"
    elif container is not None and container.is_init:
        cause = f"Init container {container.name}: {cause}"
    return Why(
        code=known.code,
        cause=cause,
        advice=known.advice,
        severity=severity,
        since=since,
        container=container.name if container is not None else "",
    )


def messages(warnings: Sequence[KubeEvent]) -> list[str]:
    """Return what was said, the newest first."""
    return [event.message for event in reversed(warnings) if event.message.strip()]


def latest(warnings: Sequence[KubeEvent]) -> str:
    return next(iter(messages(warnings)), "")


def _title(container: Container) -> str:
    return f"Init container {container.name}:" if container.is_init else f"{container.name}:"


def _is_image(reason: str) -> bool:
    return "Image" in reason or reason in ("RegistryUnavailable", "SignatureValidationFailed")


def sentence(text: str) -> str:
    text = text.strip()
    return text if not text or text.endswith((".", "!", "?")) else f"{text}."
