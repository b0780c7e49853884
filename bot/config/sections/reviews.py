"""Reviews of incidents: what is done once one is over, by whom, until when, and who is reminded."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, WithJsonSchema, model_validator

from bot.config.fields import (
    Duration,
    Label,
    Link,
    Meaning,
    Section,
    Slug,
    VariableName,
    duration_text,
    refuse,
)
from bot.config.sections.channels import ChannelName

# A card shows each with its buttons.
MOST_STEPS = 10
# The step that publishing does.
PUBLISH = "publish"


class ReviewStep(Section):
    """Something that a review asks somebody to do."""

    name: Slug
    """The short name that people type. `publish` is done by publishing the review."""

    title: Label
    """What is to be done."""

    owner: Literal["owner", "lead", "comms", "scribe", "service"] = "owner"
    """Who does it: the review's owner, who held this role, or whoever answers for the service. Where there is nobody, the review's owner."""

    required: bool = True
    """Whether it must be done. One that is not can be skipped, with a reason."""

    within: Duration | None = None
    """How long after the end of the incident it is due. Default: the severity's `review_within`."""


DEFAULT_STEPS = (
    ReviewStep(name="timeline", title="Check the timeline", owner="scribe"),
    ReviewStep(name="write", title="Write the review"),
    ReviewStep(
        name="meeting",
        title="Hold the meeting",
        owner="lead",
        required=False,
        within=timedelta(days=5),
    ),
    ReviewStep(name=PUBLISH, title="Publish it"),
    ReviewStep(
        name="follow-up", title="Follow up on the action items", required=False, within=timedelta(days=14)
    ),
)


LONGEST_WAIT = timedelta(minutes=5)


def _base(value: str) -> str:
    """The address without what is put behind it anyway."""
    return value.rstrip("/").removesuffix("/chat/completions")


class Wording(Section):
    """An endpoint that speaks as OpenAI's does, which improves the wording of a draft when somebody asks for it."""

    url: Annotated[
        Link,
        AfterValidator(_base),
        WithJsonSchema(
            {
                "type": "string",
                "format": "uri",
                "pattern": "^https?://",
                "examples": ["https://api.openai.com/v1", "http://localhost:11434/v1"],
            }
        ),
    ]
    """Its address up to /v1; `/chat/completions` is put behind it."""

    model: Meaning
    """The model that is asked for, as the endpoint names it."""

    key_from: VariableName | None = None
    """The environment variable with the key. Without it none is sent, as for a model on a machine of your own."""

    timeout: Duration = timedelta(minutes=1)
    """How long it may take, 5m at most."""

    @model_validator(mode="after")
    def _ends(self) -> Wording:
        if self.timeout > LONGEST_WAIT:
            raise refuse(
                f"{duration_text(self.timeout)} is too long",
                f"at most {duration_text(LONGEST_WAIT)}",
                at="timeout",
            )
        return self


class Reviews(Section):
    """The review of an incident. Which severities ask for one is said by each severity's `review`."""

    channel: ChannelName | None = None
    """Where reviews are published, by name. Default: the announcement channel."""

    due: Duration = timedelta(days=5)
    """When a review is due whose severity names no `review_within`: so long after the end of the incident."""

    steps: tuple[ReviewStep, ...] = DEFAULT_STEPS
    """What is done, in this order."""

    remind_before: Duration = timedelta(hours=4)
    """How long before something is due its owner is reminded."""

    remind_every: Duration = timedelta(days=1)
    """How often somebody is reminded of what is overdue."""

    lead_after: Duration = timedelta(days=1)
    """What is overdue for so long, the lead of the incident is reminded of too."""

    service_owner_after: Duration = timedelta(days=2)
    """What is overdue for so long, whoever answers for the service is reminded of too."""

    wording: Wording | None = None
    """What may improve the wording of a draft when somebody asks for it. Without it nothing of a review leaves for any such service; of a private incident's nothing ever does."""

    @model_validator(mode="after")
    def _makes_sense(self) -> Reviews:
        if not self.steps:
            raise refuse("the list is empty", "at least one step", at="steps")
        if len(self.steps) > MOST_STEPS:
            raise refuse(f"{len(self.steps)} steps are too many", f"at most {MOST_STEPS}", at="steps")
        if self.service_owner_after < self.lead_after:
            raise refuse("is sooner than lead_after", "as late, or later", at="service_owner_after")
        return self

    def step(self, name: str) -> ReviewStep | None:
        """The step of this name."""
        return next((step for step in self.steps if step.name == name), None)
