"""The forms of recurring reviews, sent."""

from datetime import UTC, date, datetime

from bot.core.errors import UserError
from bot.routine import meetings
from bot.routine.meeting_queries import by_number
from bot.routine.meeting_rows import DECISION, FEEDBACK, NOTE
from bot.runtime import Bot
from bot.views.forms import message_form
from bot.views.meetings import ANONYMOUS, answer_field, item_text
from handlers.forms import member_chosen
from handlers.registrations import Submission
from handlers.request import Answer, Request, carry_out


def _number(request: Request) -> int:
    number = request.about.get("meeting")
    if not isinstance(number, int):
        raise UserError("This form does not say which review it is about.", "Close it and open it again.")
    return number


async def feedback(bot: Bot, request: Request) -> Answer | None:
    """Where no name is wished, none is handed on: what is not written down nobody can find."""
    by = None if ANONYMOUS in (request.value("name") or ()) else request.user_id
    now = bot.clock.now()
    async with carry_out(bot, request) as session:
        row = await by_number(session, _number(request))
        said = {number: request.words(answer_field(number)) for number in range(max(len(row.questions), 1))}
        if not any(words.strip() for words in said.values()):
            raise UserError("That says nothing.", "Answer one of them at least.", field=answer_field(0))
        for number, words in said.items():
            if words.strip():
                question = row.questions[number] if row.questions else None
                await meetings.say(session, row.id, FEEDBACK, words, by=by, now=now, question=question)
    return Answer(view=message_form("Thank you", ":white_check_mark: It is shown when the review begins."))


async def note(bot: Bot, request: Request) -> Answer | None:
    kind = DECISION if request.about.get("kind") == DECISION else NOTE
    text, now = request.words("text"), bot.clock.now()
    async with carry_out(bot, request) as session:
        await meetings.say(session, _number(request), kind, text, by=request.user_id, now=now)
    return None


async def action(bot: Bot, request: Request) -> Answer | None:
    refusal = "Guests and bots have no action items."
    owner = await member_chosen(bot, request, "owner", ask="Say who does it.", refusal=refusal)
    due = request.value("due")
    async with carry_out(bot, request) as session:
        item = await meetings.promise(
            session,
            _number(request),
            title=request.words("title"),
            owner=owner,
            due_on=date.fromisoformat(due) if isinstance(due, str) and due else None,
            impact=request.value("impact"),
            effort=request.value("effort"),
            config=bot.config,
            by=request.user_id,
            now=bot.clock.now(),
        )
    return Answer(view=message_form("Action item", item_text(item)))


async def hand_over(bot: Bot, request: Request) -> Answer | None:
    refusal = "Guests and bots lead no reviews."
    to = await member_chosen(bot, request, "person", ask="Say who leads it.", refusal=refusal)
    async with carry_out(bot, request) as session:
        await meetings.hand_over(
            session, _number(request), to, config=bot.config, by=request.user_id, now=bot.clock.now()
        )
    return None


async def postpone(bot: Bot, request: Request) -> Answer | None:
    at = request.value("at")
    if not isinstance(at, int):
        raise UserError("Say to when.", "Choose a day and a time.", field="at")
    async with carry_out(bot, request) as session:
        await meetings.postpone(
            session,
            _number(request),
            datetime.fromtimestamp(at, UTC),
            request.words("reason"),
            config=bot.config,
            by=request.user_id,
            now=bot.clock.now(),
        )
    return None


SUBMISSIONS = (
    Submission("meeting_feedback", feedback),
    Submission("meeting_note", note),
    Submission("meeting_action", action),
    Submission("meeting_hand_over", hand_over),
    Submission("meeting_postpone", postpone),
)
