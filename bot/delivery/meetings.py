"""What is said of recurring reviews: their message, kept current, and in its thread what happens."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.cadences.recurring import coming
from bot.core.outbox import OutboxItem
from bot.delivery.in_place import KeptInChannel
from bot.delivery.incident_messages import MessageSender
from bot.delivery.sender import Later, Stale, new_message
from bot.delivery.slack import Call
from bot.paging.people import accounts_of
from bot.reviews.action_rows import ActionItem
from bot.routine.figures import figures
from bot.routine.meeting_queries import said_in
from bot.routine.meeting_rows import HELD, MISSED, Meeting, MeetingWord
from bot.routine.meetings import KIND
from bot.views import meetings as view
from bot.views.routine_tasks import Accounts


class MeetingMessageSender(KeptInChannel):
    """In the routine's channel: announced, running, and what came of it."""

    kind = "meeting.message"

    async def row(self, session: AsyncSession, item: OutboxItem) -> Meeting | None:
        return await session.get(Meeting, int(item.about["meeting"]))

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        row = await self.row(session, item)
        if row is None:
            return Stale("the meeting is gone")
        until = min(now, row.starts_at)
        counted = await figures(session, self.config, since=row.since_at, until=until, now=now)
        blocks = view.meeting_blocks(
            row,
            await said_in(session, row.id),
            counted if row.is_open else (),
            await accounts_of(session, self.config, people(row)),
        )
        args = {"text": view.message_text(row), "blocks": blocks}
        return self.said(item, row, self.config.routine_channel, args)


class MeetingWordSender(MessageSender):
    """What happens in it, in its thread; its end beside it, for all who read the channel."""

    kind = "meeting.word"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        row = await session.get(Meeting, int(item.about["meeting"]))
        if row is None:
            return Stale("the meeting is gone")
        if row.message_ts is None:
            return Later("its message is not there yet")
        accounts = await accounts_of(session, self.config, people(row))
        what = item.about["what"]
        if what in (HELD, MISSED):
            following = await coming(session, (KIND, row.review))
            said = await said_in(session, row.id)
            blocks = view.closing_blocks(row, said, following, accounts)
            return new_message(
                item, {"channel": row.channel_id, "text": view.closing_text(row), "blocks": blocks}
            )
        place = {"channel": row.channel_id, "thread_ts": row.message_ts}
        if what == "begun":
            counted = await figures(session, self.config, since=row.since_at, until=row.starts_at, now=now)
            blocks = view.begun_blocks(row, counted, accounts)
            return new_message(item, {**place, "text": view.begun_text(row, accounts), "blocks": blocks})
        text = await self._text(session, item, row, accounts)
        return new_message(item, {**place, "text": text}) if text else Stale("it is not so any more")

    async def _text(
        self, session: AsyncSession, item: OutboxItem, row: Meeting, accounts: Accounts
    ) -> str | None:
        what = item.about["what"]
        if what == "word":
            word = await session.get(MeetingWord, int(item.about["word"]))
            return view.word_text(word) if word is not None else None
        if what == "item":
            made = await session.get(ActionItem, int(item.about["item"]))
            return view.item_text(made) if made is not None else None
        if not row.is_open:
            return None
        if what == "handed":
            return view.handed_text(row, str(item.about["by"]), accounts)
        if what == "postponed":
            return view.postponed_text(row)
        return view.soon_text(row, accounts) if what == "soon" else view.over_text(row, accounts)


def people(row: Meeting) -> list[str]:
    """Their names in app.yaml."""
    return [*row.participants, *([row.facilitator] if row.facilitator is not None else [])]
