"""An ha-mcp that plays back what a real one answered, on a real loopback port.

The end-to-end tests put a real ha-mcp where this one stands.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
import json
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from .recorded import Capture, capture

SECRET_PATH = "/private_test-secret"

_TOOLS = {
    "ha_eval_template": "eval-template",
    "ha_get_state": "get-state",
    "ha_report_issue": "report-issue",
}

type Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(slots=True)
class Instance:
    """One life of the server, as `settings/info` names it."""

    instance_id: str = "instance-1"
    worker_id: str | None = "worker-1"
    started_at: float = 1_795_400_000.0
    version: str = "8.7.0"


@dataclass(slots=True)
class FakeHaMcp:
    """What the server answers; tests change it while it runs.

    `state` names the captures to play; `tools` and `routes` replace single answers.
    `records` are the usage records, newest last, as ha-mcp keeps them. `fields_as` are the
    types that `ha_report_issue` takes for its argument `fields`; `asked` are the arguments
    of every tool call that came.
    """

    state: str = "8.7.0/healthy"
    instance: Instance = field(default_factory=Instance)
    records: list[dict[str, Any]] = field(default_factory=list)
    tools: dict[str, Capture | Handler] = field(default_factory=dict)
    routes: dict[str, Handler] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    fields_as: tuple[type, ...] = (list, str)
    asked: list[dict[str, Any]] = field(default_factory=list)
    clock_ahead: float = 0.0
    server: TestServer | None = None

    @property
    def url(self) -> str:
        """The address with its secret path."""
        assert self.server is not None
        return f"http://127.0.0.1:{self.server.port}{SECRET_PATH}"

    @property
    def now(self) -> datetime:
        """The server's own idea of the time."""
        return datetime.now(UTC) + timedelta(seconds=self.clock_ahead)

    async def start(self, port: int = 0) -> None:
        """Listen."""
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        self.server = TestServer(app, host="127.0.0.1", port=port)
        await self.server.start_server()

    async def stop(self) -> None:
        """Stop listening, and free the port."""
        if self.server is not None:
            await self.server.close()

    def call(
        self,
        tool: str,
        *,
        ended: datetime | None = None,
        duration_ms: float = 12.5,
        code: str | None = None,
        parameters: dict[str, Any] | None = None,
        error_message: str | None = None,
    ) -> None:
        """Record a tool call as ha-mcp does, as a failure if it has a code or message."""
        if code is not None:
            error_message = json.dumps({"success": False, "error": {"code": code, "message": "m"}})
        self.records.append(
            {
                "timestamp": (ended or self.now).isoformat(),
                "tool_name": tool,
                "parameters": parameters or {},
                # No two real calls take exactly as long, even where a test stops the clock.
                "execution_time_ms": duration_ms + len(self.records) / 1e6,
                "success": error_message is None,
                "error_message": error_message,
                "response_size_bytes": None if error_message else 100,
                "user_context": None,
            }
        )

    def _date(self) -> str:
        return format_datetime(self.now, usegmt=True)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        path = request.path.removeprefix(SECRET_PATH)
        if path == "/api/settings/info":
            return await self._route("info", request)
        if path not in ("", "/") or not request.path.startswith(SECRET_PATH):
            self.requests.append("other")
            return web.Response(status=404, text="Not Found")
        if request.method == "GET":
            return await self._route("landing", request)
        message = await request.json()
        if message["method"] == "tools/call":
            return await self._tool(request, message)
        return await self._route(message["method"], request)

    async def _route(self, name: str, request: web.Request) -> web.StreamResponse:
        self.requests.append(name)
        if (handler := self.routes.get(name)) is not None:
            return await handler(request)
        if name == "info":
            data = {
                "is_addon": False,
                "deployment_mode": "docker",
                "instance_id": self.instance.instance_id,
                "worker_id": self.instance.worker_id,
                "started_at": self.instance.started_at,
                "version": self.instance.version,
            }
            known = {k: v for k, v in data.items() if v is not None}
            return web.json_response(known, headers={"Date": self._date()})
        return await self._play(capture(self.state, name), request)

    async def _tool(self, request: web.Request, message: dict[str, Any]) -> web.StreamResponse:
        name = message["params"]["name"]
        self.requests.append(name)
        arguments = message["params"]["arguments"]
        self.asked.append(arguments)
        answer = self.tools.get(name) or capture(self.state, _TOOLS.get(name, "unknown-tool"))
        if not isinstance(answer, Capture):
            return await answer(request)
        if name == "ha_report_issue" and name not in self.tools:
            answer = self._report(answer, arguments)
        response = await self._play(answer, request)
        failed = b'"isError":true' in answer.body
        self.call(name, parameters=arguments, error_message="failed" if failed else None)
        return response

    def _report(self, recorded: Capture, arguments: dict[str, Any]) -> Capture:
        """Put the usage records and the instance into a recorded report."""
        data = recorded.tool_data
        most = 12 * arguments.get("tool_call_count", 10)
        data["recent_logs"] = list(reversed(self.records[-min(most, 200) :]))
        data["diagnostic_info"]["ha_mcp_version"] = self.instance.version
        data["diagnostic_info"]["instance"] = {
            "instance_id": self.instance.instance_id,
            "started_at": self.instance.started_at,
            "uptime_seconds": 1.0,
        }
        fields = arguments.get("fields")
        if fields is not None and type(fields) not in self.fields_as:
            return tool_error("VALIDATION_FAILED")
        if isinstance(fields, str):
            fields = fields.split(",")
        if fields is not None:
            data = {key: value for key, value in data.items() if key in {*fields, "success"}}
        return tool_answer(data)

    async def _play(self, answer: Capture, request: web.Request) -> web.StreamResponse:
        body = answer.body
        headers = {"Content-Type": answer.content_type, "Date": self._date()}
        if request.method == "POST":
            number = (await request.json())["id"]
            body = body.replace(b'"id":1,', f'"id":{number},'.encode(), 1)
        return web.Response(status=answer.status, body=body, headers=headers)


def tool_answer(data: dict[str, Any], *, is_error: bool = False) -> Capture:
    """Return an answer with this data, in the shape of 8.7.0."""
    result: dict[str, Any] = {
        "content": [{"type": "text", "text": json.dumps(data)}],
        "isError": is_error,
    }
    if not is_error:
        result["structuredContent"] = data
    message = json.dumps({"jsonrpc": "2.0", "id": 1, "result": result}, separators=(",", ":"))
    return Capture(200, "text/event-stream", f"event: message\r\ndata: {message}\r\n\r\n".encode())


def tool_error(code: str) -> Capture:
    """Return a tool's refusal with an error code."""
    return tool_answer({"success": False, "error": {"code": code, "message": "m"}}, is_error=True)


def plain_answer(status: int, text: str = "", kind: str = "text/plain") -> Handler:
    """Return a handler that answers like some other web server; a redirect leads nowhere."""

    async def handler(_request: web.Request) -> web.StreamResponse:
        headers = {"Location": f"http://127.0.0.1:1{SECRET_PATH}"} if status // 100 == 3 else {}
        return web.Response(status=status, text=text, content_type=kind, headers=headers)

    return handler
