"""What stands around a log: how it is read and narrowed, and what its containers are called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from spottui.records_logs import LogSource
from spottui.widgets.log_view import LogView, tag
from spottui.widgets.one_line import Part

TAG_WIDTH = 22


def state_parts(view: LogView, span: str, container: str, left_out: int) -> list[Part]:
    """Return the line above a log: which part of it, how much, what narrows it; `left_out` containers are not read."""
    buffer = view.buffer
    shown = [Part(((span, "accent"),), 2)]
    if container:
        shown.append(Part(((f"container {container}", "accent"),), 2))
    following = ("following", "good") if view.follows else ("standing still (s follows)", "warn")
    shown.append(Part((following,)))
    of_all = f" of {buffer.end - buffer.first}" if buffer.is_filtered else ""
    shown.append(Part(((f"{len(buffer)} lines{of_all}", ""),), 3))
    if buffer.first:
        shown.append(Part(((f"{buffer.first} older ones dropped", "dim"),), 4))
    if buffer.is_filtered:
        shown.append(Part(((f"& {buffer.row_filter.text}", "accent"),), 1))
    if buffer.row_filter.error:
        shown.append(Part(((buffer.row_filter.error, "bad"),), 1))
    if view.needle:
        shown.append(Part(((f"/{view.needle}", "accent"),), 1))
    if left_out:
        shown.append(Part(((f"{left_out} more containers are not read", "warn"),), 1))
    return shown


def tags(sources: Sequence[LogSource], before: Mapping[str, str]) -> dict[str, str]:
    """Return the tag of each "pod/container" as soon as there are several; those tagged before keep theirs."""
    names = dict(before)
    if len(sources) < 2 and not names:
        return names
    are_several_pods = len({source.pod_uid for source in sources}) > 1
    for source in sources:
        short = source.pod.rpartition("-")[2] if source.pod.count("-") else source.pod
        name = f"{short}/{source.container}" if are_several_pods else source.container
        names.setdefault(f"{source.pod}/{source.container}", tag(name, TAG_WIDTH))
    return names
