"""The forms about shifts, sent: an override, a request to cover, a swap."""

from datetime import UTC, datetime

from bot.core.errors import UserError
from bot.oncall.requests import ask_cover, ask_swap
from bot.oncall.standing_in import put_on_call
from bot.runtime import Bot
from handlers.oncall_text import actor_of, person_behind
from handlers.registrations import Submission
from handlers.request import Answer, Request, carry_out

Chosen = tuple[str, datetime, datetime]


def _moment(seconds: object, field: str) -> datetime:
    if not isinstance(seconds, int):
        raise UserError("Say when.", "Choose a day and a time.", field=field)
    return datetime.fromtimestamp(seconds, UTC)


def _shift(value: object, field: str) -> Chosen:
    """A shift that was chosen from a menu (views.oncall.shift_value)."""
    schedule, *moments = str(value or "").split("|")
    if len(moments) != 2 or not all(one.isascii() and one.isdigit() for one in moments):
        raise UserError("Choose a shift.", field=field)
    starts_at, ends_at = (_moment(int(one[:11]), field) for one in moments)
    return schedule, starts_at, ends_at


async def override(bot: Bot, request: Request) -> Answer | None:
    starts_at = _moment(request.value("starts_at"), "starts_at")
    ends_at = _moment(request.value("ends_at"), "ends_at")
    if ends_at <= starts_at:
        raise UserError("The end must be later than the beginning.", field="ends_at")
    person = await person_behind(bot, str(request.value("person")))
    async with carry_out(bot, request) as session:
        await put_on_call(
            session,
            config=bot.config,
            schedule=request.words("schedule"),
            person=person,
            starts_at=starts_at,
            ends_at=ends_at,
            actor=await actor_of(session, bot, request),
            by=request.user_id,
            now=bot.clock.now(),
            reason=request.words("reason"),
        )
    return None


async def cover(bot: Bot, request: Request) -> Answer | None:
    """The whole shift, or the part that was named."""
    schedule, starts_at, ends_at = _shift(request.value("shift"), "shift")
    since, until = request.value("starts_at"), request.value("ends_at")
    where = request.words("where")
    async with carry_out(bot, request) as session:
        await ask_cover(
            session,
            config=bot.config,
            schedule=schedule,
            starts_at=starts_at if since is None else _moment(since, "starts_at"),
            ends_at=ends_at if until is None else _moment(until, "ends_at"),
            actor=await actor_of(session, bot, request),
            by=request.user_id,
            now=bot.clock.now(),
            channel=where if where.startswith("#") else None,
            reason=request.words("reason"),
        )
    return None


async def swap(bot: Bot, request: Request) -> Answer | None:
    schedule, *mine = _shift(request.value("shift"), "shift")
    theirs_in, *theirs = _shift(request.value("their_shift"), "their_shift")
    if schedule != theirs_in:
        raise UserError(
            "These shifts are of two schedules.", "Choose two of the same one.", field="their_shift"
        )
    async with carry_out(bot, request) as session:
        await ask_swap(
            session,
            config=bot.config,
            schedule=schedule,
            mine=(mine[0], mine[1]),
            other=str(request.about.get("other", "")),
            theirs=(theirs[0], theirs[1]),
            actor=await actor_of(session, bot, request),
            by=request.user_id,
            now=bot.clock.now(),
            reason=request.words("reason"),
        )
    return None


SUBMISSIONS = (
    Submission("oncall_override", override),
    Submission("oncall_cover", cover),
    Submission("oncall_swap", swap),
)
