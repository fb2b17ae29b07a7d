"""How the contract is described (OpenAPI 3.1): what FastAPI cannot see in the handlers.

Bodies are read by checks that verify them first, so their shapes are named here.
"""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter, FastAPI
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from intake.contract.models import (
    KEY_PATTERN,
    Acknowledgement,
    FiledComplaint,
    Problem,
    StateChange,
)
from intake.contract.signing import HEADER
from intake.sandbox.problems import MEDIA_TYPE

ABOUT: Final[dict[str, Any]] = {
    "title": "Complaint intake",
    "version": "1.0.0",
    "description": (
        "A contract proposed for the NCCIA's intake; the agency publishes none. A complaint is "
        "taken once for each Idempotency-Key. Bodies are signed (detached JWS, RFC 7515 F and "
        "RFC 7797, Ed25519). Authentication is OAuth 2.0 client credentials or mutual TLS. "
        "Attachments are described, never sent. An acknowledgement is not an FIR."
    ),
}
_SCHEMAS = "#/components/schemas/"
_TITLES = {
    400: "The request cannot be read: no or a wrong Idempotency-Key, or no JSON.",
    401: "No live access token.",
    403: "The body is not rightly signed: wrong, too old, or by an unknown key.",
    404: "There is no such complaint.",
    409: "This Idempotency-Key was used for another complaint.",
    413: "The body is larger than any complaint.",
    422: "The complaint is not as this contract describes it.",
    429: "Too many requests; nothing was taken. Retry-After says when to come again.",
    500: "A failure; the complaint may have been taken. Look it up by its key.",
    503: "Out of service; nothing was taken. Retry-After says when to come again.",
}


def _ref(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": _SCHEMAS + model.__name__}


def _problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {
        status: {
            "description": _TITLES[status],
            "content": {MEDIA_TYPE: {"schema": _ref(Problem)}},
            "headers": {
                "Retry-After": {"schema": {"type": "string"}, "description": "Seconds, or a date"}
            }
            if status in {429, 503}
            else {},
        }
        for status in statuses
    }


def _taken(description: str) -> dict[str, Any]:
    content = {"application/json": {"schema": _ref(Acknowledgement)}}
    return {"description": description, "content": content}


def _signature_of(whose: str) -> dict[str, Any]:
    return {
        "name": HEADER,
        "in": "header",
        "required": True,
        "schema": {"type": "string", "pattern": r"^[A-Za-z0-9_-]+\.\.[A-Za-z0-9_-]+$"},
        "description": (
            f"Detached JWS of the body by {whose}: alg Ed25519, kid (RFC 7638), b64 false, "
            "crit [b64], iat within five minutes; typ is complaint+json, or state+json in calls "
            "of the agency."
        ),
    }


_SECURITY: Final[list[dict[str, list[str]]]] = [{"oauth2": []}, {"mutualTLS": []}]
_TOKEN_ERROR = {
    "type": "object",
    "properties": {
        "error": {"enum": ["invalid_client", "invalid_request", "unsupported_grant_type"]}
    },
    "required": ["error"],
}
_TOKEN_ANSWER = {
    "type": "object",
    "properties": {
        "access_token": {"type": "string"},
        "token_type": {"const": "Bearer"},
        "expires_in": {"type": "integer", "minimum": 1, "description": "Seconds"},
    },
    "required": ["access_token", "token_type", "expires_in"],
}


def _json(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


TOKEN: Final[dict[str, Any]] = {
    "operation_id": "token",
    "summary": "An access token for the client (RFC 6749, 4.4)",
    "response_model": None,
    "responses": {
        200: _json("The token.", _TOKEN_ANSWER),
        400: _json("Another grant than client_credentials.", _TOKEN_ERROR),
        401: _json("Unknown client (HTTP Basic).", _TOKEN_ERROR),
        **_problems(413, 429, 503),
    },
    "openapi_extra": {
        "security": [{"basic": []}],
        "requestBody": {
            "required": True,
            "content": {
                "application/x-www-form-urlencoded": {
                    "schema": {
                        "type": "object",
                        "properties": {"grant_type": {"const": "client_credentials"}},
                        "required": ["grant_type"],
                    }
                }
            },
        },
    },
}
FILE: Final[dict[str, Any]] = {
    "operation_id": "file",
    "status_code": 201,
    "summary": "Files a complaint, once for each Idempotency-Key",
    "response_model": None,
    "responses": {
        201: _taken("Taken, now or before: the same key always gets the same answer."),
        **_problems(400, 401, 403, 409, 413, 422, 429, 500, 503),
    },
    "openapi_extra": {
        "security": _SECURITY,
        "parameters": [
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": True,
                "schema": {"type": "string", "pattern": KEY_PATTERN},
            },
            _signature_of("the client"),
        ],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": _ref(FiledComplaint)}},
        },
    },
}
FIND: Final[dict[str, Any]] = {
    "operation_id": "find",
    "summary": "What was taken under an Idempotency-Key",
    "response_model": None,
    "responses": {200: _taken("It was taken."), **_problems(401, 404, 422, 429, 500, 503)},
    "openapi_extra": {"security": _SECURITY},
}
STATE: Final[dict[str, Any]] = {
    "operation_id": "state",
    "summary": "How a complaint stands",
    "response_model": None,
    "responses": {200: _taken("How it stands."), **_problems(401, 404, 422, 429, 500, 503)},
    "openapi_extra": {"security": _SECURITY},
}


def webhooks() -> APIRouter:
    """The call that the agency makes when a state changes."""
    router = APIRouter()

    @router.post(
        "state-change",
        operation_id="state-change",
        summary="The agency tells that a complaint stands otherwise",
        response_model=None,
        status_code=204,
        responses={204: {"description": "Heard; any other answer: call again later."}},
        openapi_extra={
            "parameters": [_signature_of("the agency")],
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": _ref(StateChange)}},
            },
        },
    )
    async def state_change() -> None:
        """Described only; `intake.callbacks` takes it."""

    return router


def complete(app: FastAPI) -> None:
    """Makes the described models and the ways to authenticate part of the description."""
    describe = app.openapi

    def whole() -> dict[str, Any]:
        if app.openapi_schema is None:
            found = describe()
            models = (FiledComplaint, Acknowledgement, StateChange, Problem)
            _, schemas = models_json_schema(
                [(model, "validation") for model in models], ref_template=_SCHEMAS + "{model}"
            )
            components = found.setdefault("components", {})
            components["schemas"] = schemas["$defs"]
            components["securitySchemes"] = {
                "oauth2": {
                    "type": "oauth2",
                    "flows": {"clientCredentials": {"tokenUrl": "/oauth/token", "scopes": {}}},
                },
                "mutualTLS": {"type": "mutualTLS"},
                "basic": {"type": "http", "scheme": "basic"},
            }
            app.openapi_schema = found
        return app.openapi_schema

    app.openapi = whole  # type: ignore[method-assign]
