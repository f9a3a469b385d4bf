"""GET pods/NAME/log: which run of which container, which of its lines, and following them."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web

from spottui.sim.controllers_pods import seconds_of
from spottui.sim.kubelet_container import Container
from spottui.sim.kubelet_exec import container_of, unreachable, yes
from spottui.sim.kubelet_logs import Life, Line, nano
from spottui.sim.kubelet_loop import Kubelet
from spottui.sim.status import ApiError, bad_request

LOOK_AFTER_CLIENT = 5.0
"""Real seconds between two looks whether a silent follower is still there."""


async def serve_log(kubelet: Kubelet, request: web.Request) -> web.StreamResponse:
    """Answer with a container's log.

    Raises:
        ApiError: 400, 404, 422; 500 when the node's kubelet is down.
    """
    options = Options(request)
    pod, name = container_of(kubelet, request)
    meta = pod["metadata"]
    if not pod["spec"].get("nodeName"):
        return web.Response(text="", content_type="text/plain")
    unreachable(kubelet, pod["spec"]["nodeName"])
    run = kubelet.run_of(meta["namespace"], meta["name"])
    container = next((one for one in run.containers if one.name == name), None) if run else None
    if container is None:
        raise bad_request(f'container "{name}" in pod "{meta["name"]}" is not available')
    life = chosen(container, meta["name"], has_inits=bool(pod["spec"].get("initContainers")), previous=options.previous)
    answer = web.StreamResponse(headers={"Content-Type": "text/plain", "Cache-Control": "no-cache, private"})
    if not options.follow:
        text = options.text(kubelet, options.first(kubelet, life))
        return web.Response(body=text, headers=answer.headers)
    await answer.prepare(request)
    await _follow(kubelet, request, answer, options, life)
    return answer


class Options:
    """The query of a log request.

    Raises:
        ApiError: 400 for what is no number or time, 422 for what is out of range.
    """

    def __init__(self, request: web.Request) -> None:
        self.follow, self.previous = yes(request, "follow"), yes(request, "previous")
        self.timestamps = yes(request, "timestamps")
        self.tail = self._number(request, "tailLines", 0)
        self.limit = self._number(request, "limitBytes", 1)
        self.since_seconds = self._number(request, "sinceSeconds", 1)
        self.since_time: float | None = None
        if request.query.get("sinceTime"):
            if self.since_seconds is not None:
                said = "Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified"
                raise _invalid("", said, "FieldValueForbidden")
            try:
                self.since_time = seconds_of(request.query["sinceTime"])
            except ValueError as error:
                raise bad_request(f'parsing time "{request.query["sinceTime"]}": cannot parse as RFC 3339') from error
        self._sent = 0

    @staticmethod
    def _number(request: web.Request, name: str, least: int) -> int | None:
        text = request.query.get(name)
        if not text:
            return None
        try:
            number = int(text)
        except ValueError as error:
            raise bad_request(f'strconv.ParseInt: parsing "{text}": invalid syntax') from error
        if number < least:
            raise _invalid(
                name, f"Invalid value: {number}: must be greater than or equal to {least}", "FieldValueInvalid"
            )
        return number

    @property
    def is_full(self) -> bool:
        """Whether limitBytes is used up."""
        return self.limit is not None and self._sent >= self.limit

    def first(self, kubelet: Kubelet, life: Life) -> list[Line]:
        """Return the lines that are there now, those asked for."""
        lines = life.lines(kubelet.clock.now())
        since = self.since_time
        if self.since_seconds is not None:
            since = kubelet.clock.wall() - self.since_seconds
        if since is not None:
            lines = [line for line in lines if kubelet.timeline.wall_at(line[0]) >= since]
        if self.tail is not None:
            lines = lines[-self.tail :] if self.tail else []
        return lines

    def text(self, kubelet: Kubelet, lines: list[Line]) -> bytes:
        """Return lines as they are sent, up to limitBytes."""
        stamped = (
            f"{nano(kubelet.timeline.wall_at(when))} {text}\n" if self.timestamps else f"{text}\n"
            for when, text in lines
        )
        made = "".join(stamped).encode()
        if self.limit is not None:
            made = made[: max(0, self.limit - self._sent)]
        self._sent += len(made)
        return made


def chosen(container: Container, pod: str, *, has_inits: bool, previous: bool) -> Life:
    """Return the run whose log is meant, as the kubelet chooses it.

    Raises:
        ApiError: 400 with the kubelet's text when there is none.
    """
    name = f'container "{container.name}" in pod "{pod}"'
    default = "PodInitializing" if has_inits else "ContainerCreating"
    state = container.state or {"waiting": {"reason": default}}
    last = container.last_state.get("terminated", {}).get("containerID", "")
    if previous:
        found = container.lives.get(last.removeprefix("containerd://"))
        if found is None:
            raise bad_request(f"previous terminated {name} not found")
        return found
    if "running" in state:
        wanted = container.id
    elif "terminated" in state:
        wanted = state["terminated"].get("containerID", "") or last
    else:
        wanted = last
    found = container.lives.get(wanted.removeprefix("containerd://"))
    if found is not None:
        return found
    if "waiting" not in state:
        raise bad_request(f"{name} is terminated")
    reason = state["waiting"]["reason"]
    said = {"ErrImagePull": "image can't be pulled", "ImagePullBackOff": "trying and failing to pull image"}
    raise bad_request(f"{name} is waiting to start: {said.get(reason, reason)}")


async def _follow(
    kubelet: Kubelet, request: web.Request, answer: web.StreamResponse, options: Options, life: Life
) -> None:
    """Send what is there and then each new line until the run ends or the client goes."""
    lines = options.first(kubelet, life)
    seen = kubelet.clock.now()
    while not options.is_full:
        if lines:
            try:
                await answer.write(options.text(kubelet, lines))
            except (ConnectionResetError, RuntimeError):
                return
        if life.ended is not None and life.ended <= seen:
            return
        if not await _wait(kubelet, request, life, seen):
            return
        now = kubelet.clock.now()
        lines = [line for line in life.lines(now) if line[0] > seen]
        seen = now


async def _wait(kubelet: Kubelet, request: web.Request, life: Life, seen: float) -> bool:
    """Wait for the next line or the end; return whether the client is still there."""
    pulse = life.pulse
    waits: list[asyncio.Task[Any]] = [asyncio.create_task(pulse.wait())]
    due = life.next_after(seen)
    if due is not None:
        waits.append(asyncio.create_task(kubelet.clock.sleep(due - kubelet.clock.now())))
    try:
        while True:
            if request.transport is None or request.transport.is_closing():
                return False
            done, _ = await asyncio.wait(waits, timeout=LOOK_AFTER_CLIENT, return_when=asyncio.FIRST_COMPLETED)
            if done:
                return True
    finally:
        for wait in waits:
            wait.cancel()


def _invalid(field: str, said: str, reason: str) -> ApiError:
    """Return the 422 of a PodLogOptions."""
    text = f"{field}: {said}" if field else said
    causes = [{"reason": reason, "message": said, "field": field}]
    return ApiError(422, "Invalid", f'PodLogOptions "" is invalid: {text}', {"kind": "PodLogOptions", "causes": causes})
