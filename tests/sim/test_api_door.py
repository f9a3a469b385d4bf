"""What the API server does with every request, whatever it asks for."""

from __future__ import annotations

import asyncio
import logging
import zlib

import pytest
from aiohttp import web

from .api_case import TOKENS, serving, until


async def test_what_is_not_known_is_a_status_and_one_line_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with serving() as case:
        for method, path, code, reason in (
            ("GET", "/nowhere", 404, "NotFound"),
            ("GET", "/apis/no.such.group/v1/things", 404, "NotFound"),
            ("GET", "/apis/no.such.group", 404, "NotFound"),
            ("POST", "/version", 405, "MethodNotAllowed"),
            ("PUT", "/api/v1/pods", 405, "MethodNotAllowed"),
            ("OPTIONS", "/api/v1/pods", 405, "MethodNotAllowed"),
        ):
            caplog.clear()
            status, body = await case.ask(method, path)
            assert (status, body["kind"], body["code"], body["reason"]) == (code, "Status", code, reason)
            said = [record for record in caplog.records if record.name.startswith("spottui.sim.api")]
            assert len(said) == 1, path
            assert path in said[0].getMessage()
            assert said[0].exc_info is None


async def test_what_is_no_http_is_one_line_too(caplog: pytest.LogCaptureFixture) -> None:
    async with serving() as case:
        reader, writer = await asyncio.open_connection("127.0.0.1", case.port)
        writer.write(b"GET /api/v1/pods NOTHTTP\r\n\r\n")
        assert b" 400 " in await reader.readline()
        writer.close()
        await until(lambda: caplog.records, "it is logged")
    assert "Traceback" not in caplog.text
    assert len(caplog.records) == 1


async def test_a_fault_of_ours_is_a_status_and_one_line_without_a_trace(caplog: pytest.LogCaptureFixture) -> None:
    async def broken(request: web.Request) -> web.Response:
        raise KeyError("a bug")

    async with serving(routes=(web.get("/api/v1/namespaces/{namespace}/pods/{name}/log", broken),)) as case:
        status, body = await case.ask("GET", "/api/v1/namespaces/default/pods/a/log")
    assert (status, body["reason"]) == (500, "InternalError")
    assert "Traceback" not in caplog.text
    assert len([record for record in caplog.records if record.levelno >= logging.ERROR]) == 1


async def test_routes_of_others_stand_behind_the_same_door() -> None:
    async def log(request: web.Request) -> web.Response:
        return web.Response(text="a line\n")

    path = "/api/v1/namespaces/{namespace}/pods/{name}/log"
    async with serving(routes=(web.get(path, log),)) as case:
        asked = path.format(namespace="default", name="a")
        case.server.authorizer.rules["viewer"] = []
        status, body = await case.ask("GET", asked, user="viewer")
        assert (status, body["reason"]) == (403, "Forbidden")
        assert '"pods/log"' in body["message"]
        async with case.http.get(asked, headers={"Authorization": f"Bearer {TOKENS['admin']}"}) as answer:
            assert await answer.text() == "a line\n"


async def test_metrics_are_in_discovery_when_they_are_served_and_unavailable_when_they_are_switched_off() -> None:
    async def nodes(request: web.Request) -> web.Response:
        return web.json_response({"kind": "NodeMetricsList", "items": []})

    path = "/apis/metrics.k8s.io/v1beta1/nodes"
    async with serving() as case:
        assert (await case.ask("GET", "/apis/metrics.k8s.io/v1beta1"))[0] == 404
    async with serving(routes=(web.get(path, nodes),)) as case:
        assert {one["name"] for one in (await case.ask("GET", "/apis/metrics.k8s.io/v1beta1"))[1]["resources"]} == {
            "nodes",
            "pods",
        }
        assert (await case.ask("GET", path, user="viewer"))[0] == 200
        case.server.metrics_answer = False
        assert (await case.ask("GET", path))[1]["reason"] == "ServiceUnavailable"


async def test_large_answers_are_packed_for_who_takes_that_and_small_ones_are_not() -> None:
    async with serving() as case:
        case.config("large", data="x" * 200_000)
        case.http._auto_decompress = False
        headers = {"Authorization": f"Bearer {TOKENS['admin']}"}
        for accepted, packed in (("gzip", True), ("identity", False)):
            asked = {**headers, "Accept-Encoding": accepted}
            async with case.http.get("/api/v1/configmaps", headers=asked) as answer:
                body = await answer.read()
                assert (answer.headers.get("Content-Encoding") == "gzip") is packed
                assert b'"large"' in (zlib.decompress(body, 31) if packed else body)
        async with case.http.get("/api/v1/pods", headers={**headers, "Accept-Encoding": "gzip"}) as answer:
            assert "Content-Encoding" not in answer.headers


async def test_a_body_that_is_too_large_is_refused() -> None:
    async with serving() as case:
        body = {"metadata": {"name": "a"}, "data": {"x": "y" * 4_000_000}}
        status, said = await case.ask("POST", "/api/v1/namespaces/default/configmaps", body)
    assert (status, said["reason"]) == (413, "RequestEntityTooLarge")


@pytest.mark.parametrize("body", [b"{", b"[1]", b'"text"', b"\xff\xfe", b"k8s\x00", b"null", b'{"metadata": 7}'])
async def test_a_body_that_cannot_be_read_is_a_refusal_and_never_a_fault(body: bytes) -> None:
    async with serving() as case:
        for media in ("application/json", "application/yaml", "application/vnd.kubernetes.protobuf"):
            headers = {"Content-Type": media}
            status, said = await case.ask("POST", "/api/v1/namespaces/default/configmaps", body, headers=headers)
            assert 400 <= status < 500, (media, said)


async def test_what_has_the_wrong_type_is_a_refusal_and_never_a_fault() -> None:
    async with serving() as case:
        for body in (
            {"metadata": {"name": 7}},
            {"metadata": {"name": "a", "labels": "x"}},
            {"metadata": {"name": "a", "labels": {"a": 7}}},
            {"metadata": {"name": "a"}, "spec": "x"},
            {"metadata": {"name": "a"}, "spec": {"containers": "x"}},
            {"metadata": {"name": "a"}, "spec": {"containers": [7]}},
            {"metadata": {"name": "a"}, "spec": {"containers": [{"name": "a", "image": "b", "env": "x"}]}},
            {"metadata": {"name": "a"}, "spec": {"containers": [{"name": "a", "image": 7}], "tolerations": 7}},
            {"metadata": {"name": "a"}, "spec": {"containers": [{"name": "a", "image": "x", "resources": 7}]}},
        ):
            status, said = await case.ask("POST", "/api/v1/namespaces/default/pods", body)
            assert 400 <= status < 500, (body, said)
