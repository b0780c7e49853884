"""The two ways in which the playground says no.

SlackError   a Web API answer `{"ok": false, "error": ...}`, worded for the bot as Slack words it
Refused      a control route's answer with status 400, 404 or 409, worded for the page and the tests
"""

from collections.abc import Sequence
from typing import Any


class SlackError(Exception):
    """A Web API call that Slack would refuse. `extra` is added to the answer."""

    def __init__(self, error: str, /, **extra: Any) -> None:
        super().__init__(error)
        self.error = error
        self.extra = extra

    @classmethod
    def with_messages(cls, error: str, problems: Sequence[str]) -> "SlackError":
        """An error that lists what is wrong in `errors` and `response_metadata.messages`."""
        return cls(
            error,
            errors=list(problems),
            response_metadata={"messages": [f"[ERROR] {problem}" for problem in problems]},
        )

    def answer(self) -> dict[str, Any]:
        """The JSON that the bot gets."""
        return {"ok": False, "error": self.error, **self.extra}


class Refused(Exception):
    """A control request that the playground does not carry out."""

    def __init__(self, status: int, error: str, detail: str = "", **extra: Any) -> None:
        super().__init__(f"{error}: {detail}")
        self.status = status
        self.error = error
        self.detail = detail
        self.extra = extra

    def answer(self) -> dict[str, Any]:
        """The JSON that the page or the test gets."""
        return {"ok": False, "error": self.error, "detail": self.detail, **self.extra}
