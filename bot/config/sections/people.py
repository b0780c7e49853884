"""People, so that everything else refers to them by name and not by Slack's ids."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, WithJsonSchema, model_validator

from bot.config.calendar import Timezone
from bot.config.fields import Section, Slug, refuse
from bot.config.problems import Flaw, shown

_EMAIL = re.compile(r"[^\s@<>|\",]{1,64}@[^\s@<>|\",]+\.[^\s@<>|\",.]+")
_SLACK_ID = re.compile(r"[UW][A-Z0-9]{2,}")


def _email(value: str) -> str:
    if len(value) > 254 or not _EMAIL.fullmatch(value):
        raise refuse(f"{shown(value)} is not an e-mail address", "an address such as ada@example.com")
    return value


def _slack_id(value: str) -> str:
    if not _SLACK_ID.fullmatch(value):
        raise refuse(
            f"{shown(value)} is not a Slack user id", "an id such as U012AB3CD; better give the email"
        )
    return value


_PHONE = re.compile(r"\+?[0-9][0-9 ()/.-]{2,30}[0-9]")


def _phone(value: str) -> str:
    if not _PHONE.fullmatch(value.strip()):
        raise refuse(f"{shown(value)} is not a phone number", "a number such as +49 30 1234567, in quotes")
    return value.strip()


class Person(Section):
    """Somebody who can be invited, paged or asked."""

    name: Slug
    """The name by which the rest of the configuration refers to this person."""

    email: (
        Annotated[str, AfterValidator(_email), WithJsonSchema({"type": "string", "format": "email"})] | None
    ) = None
    """The address in Slack. The bot looks up the Slack account by it."""

    slack: (
        Annotated[
            str, AfterValidator(_slack_id), WithJsonSchema({"type": "string", "pattern": "^[UW][A-Z0-9]+$"})
        ]
        | None
    ) = None
    """The Slack user id, as a last resort for somebody whose address is hidden."""

    timezone: Timezone | None = None
    """Where this person lives, for nights, weekends and quiet hours. Default: the organization's timezone."""

    phone: (
        Annotated[
            str,
            AfterValidator(_phone),
            WithJsonSchema({"type": "string", "pattern": _PHONE.pattern, "examples": ["+49 30 1234567"]}),
        ]
        | None
    ) = None
    """The number that colleagues call when no page could be delivered. It is shown to them then."""

    @model_validator(mode="after")
    def _can_be_found(self) -> Person:
        if self.email is None and self.slack is None:
            raise refuse(
                "has neither an email nor a slack id", "an email, so that Slack can be asked who it is"
            )
        return self


def one_account_each(items: Any) -> Iterator[Flaw]:
    """The same account under two names would be invited twice and counted as two people."""
    for key in ("email", "slack"):
        first: dict[str, int] = {}
        for index, item in enumerate(items if isinstance(items, Sequence) else ()):
            value = item.get(key) if isinstance(item, dict) else None
            if not isinstance(value, str):
                continue
            if value.casefold() in first:
                other = (first[value.casefold()], key)
                yield Flaw(
                    f"{shown(value)} belongs to two people", "one entry a person", None, (index, key), other
                )
            first.setdefault(value.casefold(), index)
