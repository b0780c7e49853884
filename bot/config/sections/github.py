"""GitHub: where action items stand as issues."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, WithJsonSchema

from bot.config.fields import Duration, Label, Link, Section, VariableName, refuse
from bot.config.problems import shown

_REPOSITORY = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})/[A-Za-z0-9._-]{1,100}")


def _repository(value: str) -> str:
    text = value.strip().removeprefix("https://github.com/").removesuffix(".git").strip("/")
    if not _REPOSITORY.fullmatch(text) or text.endswith(("/.", "/..")):
        raise refuse(f"{shown(value)} is not a repository", "OWNER/NAME, such as acme/operations")
    return text


Repository = Annotated[
    str, AfterValidator(_repository), WithJsonSchema({"type": "string", "examples": ["acme/operations"]})
]


class GitHub(Section):
    """Action items become issues of a repository, and what becomes of these there becomes of the items."""

    repository: Repository
    """The repository whose issues they are."""

    export: Literal["all", "asked"] = "asked"
    """Which items become issues: all but those of private incidents and of drills, or those for which somebody asks (`/ops actions issue`)."""

    labels: Annotated[tuple[Label, ...], Field(max_length=20)] = ("action-item",)
    """The labels that a new issue gets. GitHub makes those that it does not know yet."""

    token_from: VariableName = "GITHUB_TOKEN"  # noqa: S105 - the name of a variable
    """The environment variable with the token: fine-grained, with read and write access to the repository's issues."""

    poll_every: Duration = timedelta(minutes=5)
    """How often GitHub is asked for issues that were closed or reopened there. At least a minute is waited."""

    api_url: Link = "https://api.github.com"
    """GitHub's API. An Enterprise server has it at https://HOST/api/v3."""

    @property
    def web_url(self) -> str:
        """Where people read it."""
        if self.api_url == "https://api.github.com":
            return "https://github.com"
        return self.api_url.removesuffix("/").removesuffix("/api/v3")
