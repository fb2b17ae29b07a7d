"""The published contract is the one that the sandbox keeps."""

from __future__ import annotations

import json

from fastapi import FastAPI

from intake.contract.__main__ import FILE, described


def test_the_document_follows_the_code() -> None:
    assert FILE.read_text() == described(), "run .venv-app/bin/python -m intake.contract"


def test_it_is_whole(sandbox: FastAPI) -> None:
    contract = json.loads(FILE.read_text())
    assert contract["openapi"].startswith("3.1")
    assert set(contract["paths"]) == {
        "/oauth/token",
        "/v1/complaints",
        "/v1/complaints/by-key/{key}",
        "/v1/complaints/{number}",
    }
    assert set(contract["webhooks"]) == {"state-change"}
    text = json.dumps(contract)
    for name in contract["components"]["schemas"]:
        assert f'"#/components/schemas/{name}"' in text
    filing = contract["paths"]["/v1/complaints"]["post"]
    assert filing["security"] == [{"oauth2": []}, {"mutualTLS": []}]
    headers = {one["name"] for one in filing["parameters"]}
    assert headers == {"Idempotency-Key", "X-Body-Signature"}
    assert "HTTPValidationError" not in text
