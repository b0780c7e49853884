"""Severities: how bad it is, and what follows from it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema, model_validator

from bot.config.fields import (
    Duration,
    Emoji,
    Label,
    Meaning,
    Section,
    duration,
    duration_text,
    refuse,
)
from bot.config.near import folded, near
from bot.config.problems import Flaw, shown

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,19}")
_ALIAS = re.compile(r"[A-Za-z0-9][A-Za-z0-9 -]{0,19}")


def _name(value: str) -> str:
    if not _NAME.fullmatch(value):
        raise refuse(
            f"{shown(value)} cannot be a severity's name",
            "one word such as SEV1, at most 20 letters and digits",
        )
    return value


def _alias(value: str) -> str:
    if not _ALIAS.fullmatch(value):
        raise refuse(
            f"{shown(value)} cannot be an alias",
            "a short name such as P1 or Level 3, at most 20 letters and digits",
        )
    return value


_WITHIN = re.compile(r"within\s+(.+)")
_PAGE_ALLOWED = "at_once, within 15m, business_hours or backlog"


def _page(value: object) -> str:
    text = " ".join(value.split()) if isinstance(value, str) else ""
    within = _WITHIN.fullmatch(text)
    if within is not None:
        return f"within {duration_text(duration(within[1]))}"
    if text not in ("at_once", "business_hours", "backlog"):
        guess = near(text, ("at_once", "business_hours", "backlog"))
        raise refuse(f"{shown(value)} is not a way to page", _PAGE_ALLOWED, guess)
    return text


PageRule = Annotated[
    str,
    BeforeValidator(_page),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^(at_once|within \d.*|business_hours|backlog)$",
            "examples": ["at_once", "within 15m", "business_hours", "backlog"],
        }
    ),
]
"""When somebody is paged; "within 15m" waits that long for somebody to take it by themselves."""

Review = Literal["required", "optional", "none"]


class Severity(Section):
    """A degree of harm. The order in the file counts: the most severe first."""

    name: Annotated[
        str, AfterValidator(_name), WithJsonSchema({"type": "string", "pattern": f"^{_NAME.pattern}$"})
    ]
    """The name, one word: SEV1."""

    aliases: tuple[
        Annotated[
            str, AfterValidator(_alias), WithJsonSchema({"type": "string", "pattern": f"^{_ALIAS.pattern}$"})
        ],
        ...,
    ] = ()
    """Other names for the same; case and spaces do not matter."""

    label: Label | None = None
    """A word beside the name: Critical."""

    meaning: Meaning
    """When to choose it, in plain words."""

    emoji: Emoji
    """The emoji that stands for it in lists and titles."""

    update_every: Duration | None = None
    """How often people expect an update while it is open. When none came in that time, the channel is asked for one (`nudges`)."""

    respond_within: Duration | None = None
    """How soon somebody must be at work on it: digests tell how often that was met (docs/measures.md). `page` says when somebody rings."""

    review: Review = "optional"
    """Whether a review follows once it is over: required, by itself; otherwise when somebody asks for it with `/incident review`."""

    review_within: Duration | None = None
    """How soon after the end the review is due. Default: `reviews.due`."""

    page: PageRule = "at_once"
    """When somebody is paged: at_once; within 15m (later, unless somebody has acknowledged by then); business_hours; backlog (nobody is; it makes an item of the backlog)."""

    urgency: Literal["high", "low"] = "high"
    """How loud a page is. Each person chooses their contact methods for high and for low urgency."""

    ask_after: Duration | None = None
    """An acknowledged page without progress (update, note, change) asks after this time. Default: `paging.ask_after`."""

    page_again_after: Duration | None = None
    """How long after the question it pages again. Default: `paging.page_again_after`."""

    @property
    def page_delay(self) -> timedelta:
        """How long a page waits for somebody to take it by themselves; zero unless `page` is "within …"."""
        within = _WITHIN.fullmatch(self.page)
        return duration(within[1]) if within else timedelta()

    @model_validator(mode="after")
    def _due_only_with_review(self) -> Severity:
        if self.review == "none" and self.review_within is not None:
            raise refuse(
                "there is no review that could be due",
                "leave it out, or set review to required or optional",
                at="review_within",
            )
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """The name and its aliases."""
        return (self.name, *self.aliases)


DEFAULT_SEVERITIES = (
    Severity(
        name="SEV1",
        aliases=("P1", "Level 3"),
        label="Critical",
        meaning="Complete outage, data loss or a security breach. All customers are hit.",
        emoji=":red_circle:",
        page="at_once",
        ask_after=timedelta(minutes=30),
        page_again_after=timedelta(minutes=10),
        update_every=timedelta(minutes=30),
        respond_within=timedelta(minutes=15),
        review="required",
        review_within=timedelta(hours=24),
    ),
    Severity(
        name="SEV2",
        aliases=("P2", "Level 2"),
        label="Major",
        meaning="A main function is broken or very slow. Many customers are hit.",
        emoji=":large_orange_circle:",
        page="within 15m",
        ask_after=timedelta(hours=1),
        page_again_after=timedelta(minutes=15),
        update_every=timedelta(hours=1),
        respond_within=timedelta(hours=1),
        review="required",
        review_within=timedelta(days=3),
    ),
    Severity(
        name="SEV3",
        aliases=("P3", "Level 1"),
        label="Minor",
        meaning="A small part is broken and there is a way around. Few are hit.",
        emoji=":large_yellow_circle:",
        page="business_hours",
        urgency="low",
        update_every=timedelta(hours=4),
        review="optional",
    ),
    Severity(
        name="SEV4",
        aliases=("P4",),
        label="Low",
        meaning="A flaw without urgency. Work goes on as usual.",
        emoji=":large_blue_circle:",
        page="backlog",
        urgency="low",
        update_every=timedelta(days=1),
        review="none",
    ),
)


def known_apart(items: Any) -> Iterator[Flaw]:
    """No name or alias means two severities, whatever its case and spaces."""
    if not isinstance(items, Sequence) or isinstance(items, str):
        return
    if not items:
        yield Flaw("the list is empty", "at least one severity")
    first: dict[str, tuple[int | str, ...]] = {}
    for index, item in enumerate(items):
        for path, name in _names(item) if isinstance(item, dict) else ():
            other = first.setdefault(folded(name), (index, *path))
            if other != (index, *path) and (path != ("name",) or other[1:] != ("name",)):
                yield Flaw(
                    f"{shown(name)} is a name given already",
                    "a name for each severity",
                    None,
                    (index, *path),
                    other,
                )


def _names(item: dict[str, Any]) -> Iterator[tuple[tuple[int | str, ...], str]]:
    if isinstance(item.get("name"), str):
        yield ("name",), item["name"]
    aliases = item.get("aliases")
    for index, alias in enumerate(aliases if isinstance(aliases, (list, tuple)) else ()):
        if isinstance(alias, str):
            yield ("aliases", index), alias
