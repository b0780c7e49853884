"""Clicks on recurring reviews."""

from datetime import timedelta

from bot.routine import meetings
from bot.routine.meeting_rows import DECISION, NOTE
from bot.runtime import Bot
from bot.views import meetings as view
from handlers.action_items import day
from handlers.forms import show as show_form
from handlers.meetings import list_page, meeting_by_number, number_in, shown
from handlers.registrations import Action
from handlers.request import Answer, Request, carry_out


async def show(bot: Bot, request: Request) -> Answer | None:
    return await shown(bot, number_in(request))


async def turn(bot: Bot, request: Request) -> Answer | None:
    page, _ = request.chosen
    return await list_page(bot, min(page or 0, 100_000))


async def feedback(bot: Bot, request: Request) -> Answer | None:
    row = await meeting_by_number(bot, number_in(request))
    await show_form(bot, request, view.feedback_form(row))
    return None


async def note(bot: Bot, request: Request) -> Answer | None:
    row = await meeting_by_number(bot, number_in(request))
    await show_form(bot, request, view.note_form(row, NOTE))
    return None


async def decision(bot: Bot, request: Request) -> Answer | None:
    row = await meeting_by_number(bot, number_in(request))
    await show_form(bot, request, view.note_form(row, DECISION))
    return None


async def action(bot: Bot, request: Request) -> Answer | None:
    row = await meeting_by_number(bot, number_in(request))
    await show_form(
        bot,
        request,
        view.action_form(row, request.user_id, day(bot) + timedelta(days=bot.config.actions.due_after_days)),
    )
    return None


async def hand_over(bot: Bot, request: Request) -> Answer | None:
    row = await meeting_by_number(bot, number_in(request))
    await show_form(bot, request, view.hand_over_form(row))
    return None


async def postpone(bot: Bot, request: Request) -> Answer | None:
    row = await meeting_by_number(bot, number_in(request))
    await show_form(bot, request, view.postpone_form(row))
    return None


async def close(bot: Bot, request: Request) -> Answer | None:
    async with carry_out(bot, request) as session:
        await meetings.close(session, number_in(request), by=request.user_id, now=bot.clock.now())
    return None


ACTIONS = (
    Action("meeting.show", show),
    Action("meeting.newer", turn),
    Action("meeting.older", turn),
    Action("meeting.feedback", feedback),
    Action("meeting.note", note),
    Action("meeting.decision", decision),
    Action("meeting.action", action),
    Action("meeting.hand_over", hand_over),
    Action("meeting.postpone", postpone),
    Action("meeting.close", close),
)
