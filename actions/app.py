"""The internal app: the endpoint that Rasa calls for actions. Loopback only."""

from __future__ import annotations

import hmac
import json
import zlib

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from rasa_sdk import ActionExecutionRejection
from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionNotFoundException

from actions.base import AmaanAction
from actions.complaint import (
    AskStep,
    LeaveComplaint,
    ResumeComplaint,
    StartComplaint,
    Status,
    ValidateComplaintForm,
    WithdrawComplaint,
)
from actions.feedback import AskFeedback, Feedback
from actions.groups import Also
from actions.human import Escalate, RequestHuman
from actions.language import ChangeLanguage
from actions.matter import Matter
from actions.referral import Refer
from actions.safety_plan import PlanPart, PlanResume, SafetyPlan, ValidateSafetyPlanForm
from actions.stop import StopMessages
from amaan.core import Core
from amaan.errors import AmaanError
from amaan.logs import log
from amaan.ports import EscalationDesk

# A tracker of a long conversation; nothing of ours is larger.
MAX_BODY_BYTES = 8 * 1024 * 1024

ACTIONS: tuple[type[AmaanAction], ...] = (
    Escalate,
    RequestHuman,
    ChangeLanguage,
    StopMessages,
    SafetyPlan,
    PlanPart,
    PlanResume,
    Refer,
    Matter,
    AskFeedback,
    Feedback,
    StartComplaint,
    LeaveComplaint,
    WithdrawComplaint,
    ResumeComplaint,
    AskStep,
    Status,
)
"""Those that work on the conversation's row."""


def make_executor(core: Core, desk: EscalationDesk) -> ActionExecutor:
    """All actions, registered."""
    executor = ActionExecutor()
    for action in ACTIONS:
        executor.register_action(action(core, desk))
    executor.register_action(ValidateSafetyPlanForm())
    executor.register_action(ValidateComplaintForm(core, desk))
    executor.register_action(Also())
    return executor


def internal_app(core: Core, desk: EscalationDesk) -> FastAPI:
    """The app with `/webhook` (bearer secret) and `/healthz`. The caller opens `core`."""
    executor = make_executor(core, desk)
    expected = f"Bearer {core.settings.action_secret.get_secret_value()}".encode()

    app = FastAPI(
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        # FastAPI's error logs would hold the tracker, and with it what she wrote.
        telemetry={"auto_configure": False, "tracing": False, "metrics": False, "logs": False},
    )

    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.post("/webhook")
    async def webhook(request: Request) -> Response:
        given = request.headers.get("authorization", "").encode()
        if not hmac.compare_digest(given, expected):
            return JSONResponse({"error": "not_allowed"}, status_code=403)
        try:
            call = await _read_call(request)
        except (ValueError, zlib.error):
            return JSONResponse({"error": "input"}, status_code=400)
        return await _run(executor, call)

    return app


async def _read_call(request: Request) -> dict[str, object]:
    body = await request.body()
    if len(body) > MAX_BODY_BYTES:
        raise ValueError("too large")
    if request.headers.get("content-encoding") == "deflate":
        body = zlib.decompress(body)
    call = json.loads(body)
    if not isinstance(call, dict):
        raise ValueError("not an object")
    return call


async def _run(executor: ActionExecutor, call: dict[str, object]) -> Response:
    name = str(call.get("next_action"))
    try:
        result = await executor.run(call)
    except ActionExecutionRejection:
        return JSONResponse({"error": "rejected", "action_name": name}, status_code=400)
    except ActionNotFoundException:
        return JSONResponse({"error": "not_found", "action_name": name}, status_code=404)
    except AmaanError as error:
        log().warning("action_failed", task=name, code=error.code)
        return JSONResponse({"error": error.code, "action_name": name}, status_code=400)
    return JSONResponse(result.model_dump() if result else None)
