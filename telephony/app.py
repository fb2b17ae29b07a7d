"""The public app: web chat and webhooks on one port, and nothing else."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Depends, FastAPI
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from amaan.conversation import Acceptor, Eraser
from amaan.core import Core
from amaan.errors import AmaanError
from amaan.ports import Papers
from telephony.headers import StrictHeaders
from telephony.web.checks import OpenToAll, PageRoute
from telephony.web.errors import ErrorAnswers
from telephony.web.routes import web_router

_HEALTH_SECONDS = 2.0


def public_app(
    core: Core,
    acceptor: Acceptor,
    eraser: Eraser,
    twilio_router: APIRouter | None = None,
    *,
    papers: Papers | None = None,
) -> FastAPI:
    """The app that faces the internet. The caller opens `core` and starts its hub.

    The server that runs it must write no access log: it would hold addresses.
    """
    answers = ErrorAnswers(core.catalogues, core.settings)
    app = FastAPI(
        title="Amaan",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        # FastAPI would hand spans and logs, input values among them, to any OpenTelemetry
        # provider it finds (platform-notes, section 5).
        telemetry={"auto_configure": False, "tracing": False, "metrics": False, "logs": False},
    )

    async def known(request: Request, error: Exception) -> Response:
        if isinstance(error, AmaanError):
            return answers.answer(request, error.http_status, error.code)
        assert isinstance(error, HTTPException)
        return answers.answer(request, error.status_code, _CODES.get(error.status_code, "input"))

    async def unknown(request: Request) -> Response:
        return answers.answer(request, 500, "error")

    async def healthz() -> Response:
        """Whether this process and its database answer."""
        try:
            async with asyncio.timeout(_HEALTH_SECONDS), core.database.transaction() as tx:
                await tx.session.execute(text("SELECT 1"))
        except (SQLAlchemyError, OSError, TimeoutError):
            return JSONResponse({"error": "storage"}, 503)
        return JSONResponse({"status": "ok"})

    app.add_exception_handler(AmaanError, known)
    app.add_exception_handler(HTTPException, known)
    app.router.route_class = PageRoute
    app.add_api_route("/healthz", healthz, dependencies=[Depends(OpenToAll())], response_model=None)
    app.include_router(web_router(core, acceptor, eraser, papers))
    if twilio_router is not None:
        app.include_router(twilio_router)
    # Nothing to gain by guessing lengths: no cookie brings a secret into a foreign page's request.
    app.add_middleware(GZipMiddleware, minimum_size=500)
    is_https = core.settings.origin.startswith("https://")
    app.add_middleware(StrictHeaders, trouble=unknown, is_https=is_https)
    return app


_CODES = {404: "not_found", 405: "method_not_allowed", 413: "too_large"}
