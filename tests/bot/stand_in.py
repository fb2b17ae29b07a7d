"""A complete stand-in for the application's action server, for tests only."""

from __future__ import annotations

import json
import threading
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_SLOTS = ("device_owner", "lives_with")
_UTTERS = {
    "action_request_human": "utter_human_asked",
    "action_change_language": "utter_language_ask",
    "action_refer": "utter_ask_referral",
    "action_feedback": "utter_give_feedback",
}
# What the complaint's actions say: key and menu.
_SAYS = {
    "action_complaint_start": ("complaint.start", "complaint_start"),
    "action_complaint_leave": ("complaint.not_sent", None),
    "action_complaint_withdraw": ("complaint.withdrawn", None),
    "action_status": ("status.ask_code", None),
    "action_ask_complaint_form_complaint_step": ("complaint.ask.platform", "complaint_typed"),
}


class ActionServer:
    """Answers like actions/ and remembers which actions were called, in order.

    Attributes:
        called: (action, conversation) pairs.
        is_down: every call gets status 500 while true.
    """

    def __init__(self) -> None:
        self.called: list[tuple[str, str]] = []
        self.is_down = False
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/webhook"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> ActionServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def names(self, conversation: str) -> list[str]:
        """Return the actions called for a conversation, in order."""
        return [action for action, sender in self.called if sender == conversation]

    def answer(self, call: dict[str, Any]) -> dict[str, Any]:
        """Return events and responses of one action call."""
        action, tracker = call["next_action"], call["tracker"]
        self.called.append((action, call["sender_id"]))
        if action in _BY_TRACKER:
            return _BY_TRACKER[action](tracker)
        if action in _SAYS:
            key, menu = _SAYS[action]
            said = {"response": "utter_complaint", "say": key, "offer": menu}
            return {"events": [], "responses": [said]}
        if action == "action_safety_plan":
            slots = tracker["slots"]
            said = [f"plan_{slots['device_owner']}", f"plan_near_{slots['lives_with']}"]
            return {"events": [], "responses": [{"response": f"utter_{x}"} for x in said]}
        if action == "action_also" and tracker["slots"]["group"]:
            group = tracker["slots"]["group"]
            return {"events": [], "responses": [{"response": f"utter_for_{group}", "menu": "none"}]}
        said = [{"response": _UTTERS[action]}] if action in _UTTERS else []
        return {"events": [], "responses": said}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                if self.headers.get("content-encoding") == "deflate":
                    body = zlib.decompress(body)
                allowed = self.headers.get("authorization") == "Bearer test-action-secret"
                status = 500 if stand_in.is_down else 200 if allowed else 403
                answer = stand_in.answer(json.loads(body)) if status == 200 else {}
                content = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                return

        return Handler


def _matter(tracker: dict[str, Any]) -> dict[str, Any]:
    """The matter of the message, else the one that is owed; said once."""
    metadata = next(e for e in reversed(tracker["events"]) if e["event"] == "user")["metadata"]
    matter = metadata.get("matter") or tracker["slots"].get("matter_owed")
    if not matter:
        return {"events": [], "responses": []}
    return {
        "events": [_slot("matter_owed", None)],
        "responses": [{"response": f"utter_{matter}"}],
    }


def _validated(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the slots of this turn, as rasa_sdk's form validation does."""
    found: dict[str, Any] = {}
    for event in reversed(events):
        if event["event"] == "user":
            break
        if event["event"] == "slot" and event["name"] in _SLOTS:
            found.setdefault(event["name"], event["value"])
    return [_slot(name, value) for name, value in found.items()]


def _step(tracker: dict[str, Any]) -> list[dict[str, Any]]:
    """The form goes on until "declare" is chosen."""
    if tracker["latest_message"]["intent"]["name"] != "complaint_says":
        return []
    chosen = [one["value"] for one in tracker["latest_message"]["entities"]]
    return [_slot("complaint_step", "ended" if "declare" in chosen else None)]


_BY_TRACKER = {
    "validate_safety_plan_form": lambda tracker: {
        "events": _validated(tracker["events"]),
        "responses": [],
    },
    "validate_complaint_form": lambda tracker: {"events": _step(tracker), "responses": []},
    "action_matter": _matter,
}


def _slot(name: str, value: Any) -> dict[str, Any]:
    return {"event": "slot", "name": name, "value": value, "timestamp": None}
