"""Runbooks: where they are kept, what they are for, and the commands that their steps may run."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator

from bot.config.calendar import Day
from bot.config.fields import (
    CheckName,
    Duration,
    Label,
    Link,
    Meaning,
    PersonName,
    RefersByKind,
    Section,
    ServiceName,
    SeverityName,
    Slug,
    VariableName,
    Whole,
    duration_text,
    named,
    refuse,
)
from bot.config.near import near
from bot.config.problems import Flaw, shown

LONGEST_COMMAND = timedelta(hours=1)
# Whoever confirms must be able to read it.
LONGEST_ARGV = 1500
# What only Tocsin itself is to know.
_OWN_SECRETS = ("TOCSIN_", "SLACK_")
_KINDS = ("person", "schedule", "role")
_ALLOWED = (
    "everybody, person:NAME, schedule:NAME (whoever is on call) or role:NAME (who has it in the incident)"
)


def _allowed(value: str) -> str:
    kind, colon, name = (part.strip() for part in value.partition(":"))
    if value.strip() == "everybody":
        return "everybody"
    if not colon or kind not in _KINDS or not name:
        guess = near(kind, ("everybody", *_KINDS))
        meant = f"{guess}:{name}" if colon and guess in _KINDS else guess
        raise refuse(f"{shown(value)} does not say who", _ALLOWED, meant)
    return f"{kind}:{name.removeprefix('@')}"


Allowed = Annotated[
    str,
    AfterValidator(_allowed),
    RefersByKind((("person", "people"), ("schedule", "schedules"), ("role", "roles"))),
    WithJsonSchema(
        {"type": "string", "examples": ["everybody", "person:ada", "schedule:primary", "role:lead"]}
    ),
]
"""Who may do something: everybody, a person, whoever is on call, whoever has a role in the incident."""


class Command(Section):
    """A program of this machine that a step of a runbook may run, without a shell."""

    name: Slug
    """The short name. A step carries it as a link: `[Roll back](command:rollback)`."""

    title: Label | None = None
    """What people read on the button. Default: the short name."""

    argv: Annotated[
        tuple[Annotated[str, Field(min_length=1, max_length=1000)], ...], Field(min_length=1, max_length=50)
    ]
    """The program and its arguments, word by word. It runs in the folder of app.yaml."""

    timeout: Duration = timedelta(minutes=5)
    """How long it may take, 1h at most; then it is ended with all that it started."""

    allowed: Annotated[tuple[Allowed, ...], Field(min_length=1)]
    """Who may run it: everybody, person:NAME, schedule:NAME (whoever is on call), role:NAME (who has it in the incident)."""

    needs: Literal["confirmation", "second_person"] = "confirmation"
    """What comes before a run: whoever asks confirms the exact words, or somebody else approves them."""

    approvers: tuple[Allowed, ...] = ()
    """Who may approve. Default: those who may run it; never the one who asks."""

    environment: tuple[VariableName, ...] = ()
    """Environment variables that it is given beside PATH, HOME, LANG, LC_ALL, TZ and TMPDIR, by name. What they hold is hidden in its output."""

    @model_validator(mode="after")
    def _is_possible(self) -> Command:
        if self.timeout > LONGEST_COMMAND:
            raise refuse(
                f"{duration_text(self.timeout)} is too long",
                f"at most {duration_text(LONGEST_COMMAND)}",
                at="timeout",
            )
        length = sum(map(len, self.argv))
        if length > LONGEST_ARGV:
            raise refuse(
                f"has {length} characters in all", f"at most {LONGEST_ARGV}: write a script", at="argv"
            )
        for name in self.environment:
            if name.startswith(_OWN_SECRETS):
                raise refuse(f"{name} is Tocsin's own", "a variable of the command's", at="environment")
        if self.approvers and self.needs != "second_person":
            raise refuse("nobody has to approve", "needs: second_person, or leave it out", at="approvers")
        return self

    @property
    def shown_name(self) -> str:
        """The title, or the name where there is none."""
        return self.title or self.name


class Linked(Section):
    """What a runbook is for. It fits an incident of one of its services or checks, and of its severities if it has any."""

    owner: PersonName | None = None
    """Who keeps it right, by the name under `people`: they are reminded when it is stale."""

    services: tuple[ServiceName, ...] = ()
    """The services that it is for, by name."""

    checks: tuple[CheckName, ...] = ()
    """The checks whose failure it is for, by name."""

    severities: tuple[SeverityName, ...] = ()
    """Only for incidents of these severities. Without services and checks: for all of them."""


class FrontMatter(Linked):
    """What may stand between two lines `---` at the top of a runbook."""

    title: Label | None = None
    """The name that people read. Default: the first heading."""

    link: Link | None = None
    """Where people read it whole."""

    tested: Day | None = None
    """The day on which its steps were last tried."""


class RunbookPage(Linked):
    """A runbook that is kept elsewhere, or more about one of the folder."""

    name: Slug
    """The short name. Without a link it is that of a file: `failover` for failover.md."""

    url: Link | None = None
    """Where its Markdown is, for everybody to see. It is renewed, and the last good copy stays."""

    url_from: VariableName | None = None
    """The environment variable that holds its address, where that is a secret."""

    refresh_every: Duration = timedelta(minutes=30)
    """How often it is fetched."""

    @model_validator(mode="after")
    def _has_one_source(self) -> RunbookPage:
        if self.url is not None and self.url_from is not None:
            raise refuse("has url and url_from", "one of url, url_from")
        return self

    @property
    def is_fetched(self) -> bool:
        """Whether it is kept elsewhere."""
        return self.url is not None or self.url_from is not None


def _folder_for_files(written: Any) -> Iterator[Flaw]:
    """Without a folder every page has an address."""
    if not isinstance(written, dict) or written.get("folder"):
        return
    for index, _ in named(written.get("pages")):
        page = written["pages"][index]
        if not page.get("url") and not page.get("url_from"):
            yield Flaw("is missing", "url, or `folder` of the runbooks", path=("pages", index))


class Runbooks(Section):
    """Where runbooks are kept, and when they are stale."""

    folder: Meaning | None = None
    """A folder of Markdown files (*.md), relative to app.yaml."""

    pages: tuple[RunbookPage, ...] = ()
    """Runbooks that are kept elsewhere, and more about those of the folder."""

    stale_after: Duration = timedelta(days=180)
    """How long after it was last tested a runbook is stale."""

    remind_every: Duration = timedelta(days=7)
    """How often its owner is reminded of one that is stale; without an owner the announcement channel is."""

    def page(self, name: str) -> RunbookPage | None:
        """What app.yaml says of the runbook of this name."""
        return next((page for page in self.pages if page.name == name), None)

    @property
    def are_there(self) -> bool:
        """Whether there can be any."""
        return self.folder is not None or bool(self.pages)


RunbooksSection = Annotated[Runbooks, Whole(_folder_for_files)]
