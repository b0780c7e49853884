"""Delivery: how long the bot waits for Slack, and how long it goes on trying."""

from __future__ import annotations

from datetime import timedelta

from pydantic import model_validator

from bot.config.fields import Duration, Section, duration_text, refuse


class Delivery(Section):
    """The patience of the outbox. The defaults suit nearly everybody."""

    slack_timeout: Duration = timedelta(seconds=10)
    """How long one call to Slack may take."""

    lease: Duration = timedelta(seconds=30)
    """How long a message in work belongs to one process. After that another may take it over. Longer than slack_timeout."""

    retry_first: Duration = timedelta(seconds=1)
    """The wait after the first failure. It doubles with each further one."""

    retry_longest: Duration = timedelta(minutes=5)
    """The longest wait between two attempts."""

    give_up_after: Duration = timedelta(hours=24)
    """When a message that cannot be delivered is given up, and the timeline says so."""

    read_members: bool = True
    """Whether the list of the workspace's members is read once a day, so that guests are known as such before they act. Without it Slack is asked at everybody's first act."""

    paced: bool = True
    """Whether calls are spread so that Slack's rate limits are never met. Only for a stand-in for Slack that has no limits: false."""

    @model_validator(mode="after")
    def _in_order(self) -> Delivery:
        if self.lease <= self.slack_timeout:
            # Otherwise a second process takes the row while the first one's call is still under way.
            raise refuse(
                f"{duration_text(self.lease)} is too short",
                f"more than slack_timeout ({duration_text(self.slack_timeout)})",
                at="lease",
            )
        if self.retry_longest < self.retry_first:
            raise refuse(
                f"{duration_text(self.retry_longest)} is too short",
                f"at least retry_first ({duration_text(self.retry_first)})",
                at="retry_longest",
            )
        if self.give_up_after < self.retry_longest:
            raise refuse(
                f"{duration_text(self.give_up_after)} is too short",
                f"at least retry_longest ({duration_text(self.retry_longest)})",
                at="give_up_after",
            )
        return self
