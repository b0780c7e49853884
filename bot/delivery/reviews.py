"""What is said of reviews: the card in the incident's channel, reminders, what is published, and files."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.errors import NotFound
from bot.core.outbox import OutboxItem, enqueue
from bot.core.viewer import PROGRAM, Viewer
from bot.delivery.files import FileSender
from bot.delivery.in_place import KeptInChannel
from bot.delivery.incident_messages import GONE, MessageSender
from bot.delivery.pages import DirectSender
from bot.delivery.sender import (
    AT_ONCE,
    ChannelPartSender,
    Later,
    Stale,
    find_message,
    key_of,
    locked_incident_of,
    new_message,
)
from bot.delivery.slack import Call, Slack
from bot.incidents.rows import Incident
from bot.reviews import course, telling
from bot.reviews.facts import written
from bot.reviews.people import admitted
from bot.reviews.queries import ReviewNow, kept_document, of_incident, review_of, version_of
from bot.reviews.rows import Review
from bot.views import reviews as view
from bot.views.review_text import as_file, record_of


class ReviewCardSender(MessageSender, ChannelPartSender):
    """Posts the review's card in the incident's channel once, then edits it in place."""

    kind = "review.card"
    what = "posting the card of the review"
    until_then = Later("the channel is not there yet")

    async def within(
        self, session: AsyncSession, item: OutboxItem, incident: Incident, channel: str, now: datetime
    ) -> Call | Stale | Later:
        known = await of_incident(session, incident)
        if known is None:
            return Stale("there is no review")
        args = {
            "channel": channel,
            "text": view.review_text(known),
            "blocks": view.review_blocks(known, self.config, now=now),
        }
        if known.review.card_ts is None:
            return new_message(item, args)
        return Call(
            "chat.update", {**args, "channel": known.review.card_channel_id, "ts": known.review.card_ts}
        )

    async def arrived(
        self, session: AsyncSession, item: OutboxItem, call: Call, answer: dict[str, Any], now: datetime
    ) -> None:
        incident = await locked_incident_of(session, item)
        review = await session.get(Review, incident.id)
        if review is not None and call.method == "chat.postMessage":
            review.card_channel_id, review.card_ts = answer["channel"], answer["ts"]
            if answer.get("found"):
                await telling.changed(session, incident, now=now)  # it may show an older state

    async def refused(
        self, session: AsyncSession, item: OutboxItem, code: str, now: datetime
    ) -> timedelta | None:
        """Somebody deleted it: post a new one."""
        review = await session.get(Review, int(item.incident_id or 0))
        if code not in GONE or review is None:
            return None
        review.card_ts = None
        return AT_ONCE


class ReviewReminderSender(DirectSender):
    """To one person; where nobody is known, to the incident's channel."""

    kind = "review.reminder"
    what = "reminding of the review"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        try:
            incident, known = await review_of(session, int(item.incident_id or 0), PROGRAM)
        except NotFound:
            return Stale("the incident is gone")
        found = course.reminder(self.config.reviews, known.review, known.tasks, now) if known else None
        if known is None or found is None:
            return Stale("nothing of the review is due any more")
        to = item.about["to"]
        rung = item.about["rung"] if to is not None else course.NOBODY
        if to is None:
            if incident.channel_id is None:
                return Stale("nobody is known, and there is no channel")
            address: str | None = incident.channel_id
        else:
            if not await admitted(session, incident, self.config, [to]):
                return Stale("they may not see the incident any more")
            address = await self.address_of(session, to)
        if address is None:
            return Stale("app.yaml does not know this person any more")
        args = {
            "channel": address,
            "text": view.reminder_text(known, rung, now),
            "blocks": view.reminder_blocks(known, found.tasks, rung, self.config, now=now),
        }
        return new_message(item, args)

    async def find(self, slack: Slack, item: OutboxItem, call: Call) -> dict[str, Any] | None:
        if item.about["to"] is None:
            return await find_message(slack, item, call)
        return await super().find(slack, item, call)


class PublishedReviewSender(KeptInChannel):
    """In the channel of reviews: posted once, and edited when a newer version is published."""

    kind = "review.published"
    what = "publishing the review"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        known = await published_review(session, item)
        if isinstance(known, Stale):
            return known
        review = known.review
        version = await version_of(session, known.incident.id, review.published_version or 0)
        if version is None:
            return Stale("this version is gone")
        args = {
            "text": view.published_text(known),
            "blocks": view.published_blocks(known, kept_document(version), self.config),
        }
        return self.said(item, review, self._channel(), args)

    async def row(self, session: AsyncSession, item: OutboxItem) -> Review | None:
        return await session.get(Review, int(item.incident_id or 0))

    def _channel(self) -> str:
        return self.config.reviews.channel or self.config.channels.announcements

    async def arrived(
        self, session: AsyncSession, item: OutboxItem, call: Call, answer: dict[str, Any], now: datetime
    ) -> None:
        incident = await locked_incident_of(session, item)
        review = await session.get(Review, incident.id)
        if review is None:
            return
        await super().arrived(session, item, call, answer, now)
        enqueue(
            session,
            "review.document",
            now=now,
            incident_id=incident.id,
            about={"version": review.published_version},
            lane=f"review:{incident.id}",
        )

    def what_of(self, item: OutboxItem) -> str:
        return f"publishing the review in #{self._channel()}"


async def published_review(session: AsyncSession, item: OutboxItem) -> ReviewNow | Stale:
    """The review, if all may read it."""
    try:
        incident, known = await review_of(session, int(item.incident_id or 0), PROGRAM)
    except NotFound:
        return Stale("the incident is gone")
    if incident.private:
        return Stale("reviews of private incidents are not published")
    if known is None or known.review.published_version is None:
        return Stale("the review is not published")
    return known


class ReviewExportSender(FileSender):
    """The review as a file in the direct messages of the one who asked for it."""

    kind = "review.export"
    what = "sending the exported review"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        try:
            incident, known = await review_of(session, int(item.incident_id or 0), Viewer(item.about["user"]))
        except NotFound:
            return Stale("its reader may not see the incident any more")
        if known is None:
            return Stale("there is no review")
        form = item.about["form"]
        document = as_file(record_of(await written(session, known), self.config), form, self.config)
        return Call(
            "files.completeUploadExternal",
            {"document": document, "name": f"review-{incident.id}-{key_of(item)}.{form}"},
        )

    def title_of(self, item: OutboxItem) -> str:
        return f"Review of incident #{item.incident_id}"


class ReviewDocumentSender(ReviewExportSender):
    """The published document as a file in the thread of its message."""

    kind = "review.document"
    what = "posting the document of the review"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        known = await published_review(session, item)
        if isinstance(known, Stale):
            return known
        review = known.review
        if review.published_version != item.about["version"]:
            return Stale("a newer version was published")
        if review.message_ts is None:
            return Later("its message is not there yet")
        record = record_of(await written(session, known, version=review.published_version), self.config)
        return Call(
            "files.completeUploadExternal",
            {
                "document": as_file(record, "md", self.config),
                "name": f"review-{known.incident.id}-v{review.published_version}-{key_of(item)}.md",
                "channel_id": review.channel_id,
                "thread_ts": review.message_ts,
            },
        )

    async def messages(self, slack: Slack, item: OutboxItem, call: Call) -> dict[str, Any]:
        place = {"channel": call.args["channel_id"], "ts": call.args["thread_ts"]}
        return await slack.call(Call("conversations.replies", {**place, "limit": 200}))

    async def place(self, slack: Slack, item: OutboxItem, call: Call) -> dict[str, Any]:
        return {"channel_id": call.args["channel_id"], "thread_ts": call.args["thread_ts"]}
