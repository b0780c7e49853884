"""`/oncall`: who is on call, one's own shifts, overrides, cover, swaps and feeds."""

import re
from collections.abc import Sequence
from dataclasses import replace

from bot.core.errors import UserError
from bot.core.slack_text import as_title, as_typed
from bot.oncall.duties import duties, shifts_of
from bot.oncall.members import members_of, refuse_strangers, section_of
from bot.oncall.overrides import known_person
from bot.oncall.queries import overrides_to_come
from bot.oncall.requests import ask_cover
from bot.oncall.schedule import Shift
from bot.oncall.spans import is_no_time, read_span
from bot.oncall.standing_in import put_on_call
from bot.paging.people import accounts_of
from bot.runtime import Bot
from bot.views import oncall as view
from bot.views.text import escape
from handlers.commands.subcommands import Subcommand, Subcommands, did_you_mean, quoted
from handlers.forms import show
from handlers.oncall_feed import feed
from handlers.oncall_text import (
    actor_of,
    person_named,
    refuse_without_schedules,
    schedule_first,
    zone_of,
)
from handlers.overriding import cancel
from handlers.registrations import Command
from handlers.request import Answer, Request, carry_out
from handlers.words import first_word

_IN_CHANNEL = re.compile(r"(?:^|\s)in\s+(?:<#([CG][A-Z0-9]+)(?:\|[^>]*)?>|(#[\w-]+))(?=\s|$)")


async def now_and_next(bot: Bot, request: Request) -> Answer | None:
    """Of all schedules, or of the one that is named."""
    word, rest = first_word(request.text)
    if rest:
        raise UserError(
            f"`/oncall {as_title(word)}` tells who is on call now and next, and takes no more words.",
            "`/oncall override` puts somebody on call; `tocsin oncall who --at` looks at another time.",
        )
    async with bot.db.read() as session:
        found = await duties(session, bot.config, now=bot.clock.now(), schedule=as_title(word) or None)
        accounts = await accounts_of(session, bot.config, [person.name for person in bot.config.people])
    return Answer("Who is on call", tuple(view.duties_blocks(found, accounts)))


async def me(bot: Bot, request: Request) -> Answer | None:
    async with bot.db.read() as session:
        actor = await actor_of(session, bot, request)
        refuse_strangers(bot.config, actor)
        found = await shifts_of(session, bot.config, actor, now=bot.clock.now())
    blocks = view.my_shifts_blocks(found, bot.config, now=bot.clock.now())
    return Answer("Your shifts", tuple(blocks))


# -- overrides -------------------------------------------------------------------------------------------------


async def override(bot: Bot, request: Request) -> Answer | None:
    """In one line, by the form, or the list and the end of those that are there."""
    refuse_without_schedules(bot.config)
    word, rest = first_word(request.text)
    if word.lower() in ("list", "ls"):
        return await list_overrides(bot, replace(request, text=rest))
    if word.lower() in ("cancel", "end", "remove", "delete"):
        return await _cancel(bot, request, rest)
    schedule = None
    if word:
        schedule, rest = schedule_first(bot.config, request.text)
    if not rest:
        form = view.override_form(bot.config, schedule=schedule, user=request.user_id, now=bot.clock.now())
        await show(bot, request, form)
        return None
    return await _override_in_a_line(bot, request, str(schedule), rest)


async def list_overrides(bot: Bot, request: Request) -> Answer:
    """Those that run or are to come, of all schedules or of one."""
    schedule = section_of(bot.config, as_title(request.text)).name if request.text else None
    async with bot.db.read() as session:
        found = await overrides_to_come(session, now=bot.clock.now(), schedule=schedule)
        accounts = await accounts_of(session, bot.config, [person.name for person in bot.config.people])
    return Answer("Overrides", tuple(view.overrides_blocks(found, accounts, bot.config)))


async def _cancel(bot: Bot, request: Request, words: str) -> Answer:
    number = words.strip().removeprefix("#")
    if not (number.isascii() and number.isdigit()):
        raise UserError("Say which override, by its number.", "`/oncall override list` shows them.")
    return await cancel(bot, request, int(number[:18]))


async def _override_in_a_line(bot: Bot, request: Request, schedule: str, words: str) -> Answer:
    word, rest = first_word(words)
    is_gap = word.lower() in ("nobody", "none")
    person = None if is_gap else await person_named(bot, request, word)
    async with carry_out(bot, request) as session:
        actor, zone = await actor_of(session, bot, request), await zone_of(session, bot, request)
        if person is None and not is_gap:  # a time: they mean themselves
            person, rest = actor, words
        try:
            span = read_span(as_typed(rest), zone, now=bot.clock.now())
        except UserError:
            if rest == words and is_no_time(word):
                known_person(bot.config, as_title(word))
            raise
        row = await put_on_call(
            session,
            config=bot.config,
            schedule=schedule,
            person=person,
            starts_at=span.starts_at,
            ends_at=span.ends_at,
            actor=actor,
            by=request.user_id,
            now=bot.clock.now(),
            reason=span.rest,
        )
        accounts = await accounts_of(session, bot.config, [row.person] if row.person else [])
    told = view.override_line(row, accounts, bot.config)
    return Answer(f":white_check_mark: Override {told}\nIts times were read in {escape(str(zone))}.")


# -- cover and swaps -------------------------------------------------------------------------------------------


async def cover(bot: Bot, request: Request) -> Answer | None:
    """In one line with its times; without them by the form."""
    words, channel = _without_channel(request.text)
    schedule, rest = schedule_first(bot.config, words) if words else (None, "")
    if not rest:
        mine = await _shifts(bot, request, schedule=schedule)
        async with bot.db.read() as session:
            zone = await zone_of(session, bot, request)
        await show(bot, request, view.cover_form(mine, bot.config, zone))
        return None
    async with carry_out(bot, request) as session:
        zone = await zone_of(session, bot, request)
        span = read_span(as_typed(rest), zone, now=bot.clock.now())
        actor = await actor_of(session, bot, request)
        row = await ask_cover(
            session,
            config=bot.config,
            schedule=str(schedule),
            starts_at=span.starts_at,
            ends_at=span.ends_at,
            actor=actor,
            by=request.user_id,
            now=bot.clock.now(),
            channel=channel,
            reason=span.rest,
        )
    count = len({*members_of(bot.config, section_of(bot.config, row.schedule))} - {actor})
    return Answer(view.asked_text(row, count, channel, bot.config))


def _without_channel(text: str) -> tuple[str, str | None]:
    found = _IN_CHANNEL.search(text)
    if found is None:
        return text, None
    return f"{text[: found.start()]} {text[found.end() :]}".strip(), found[1] or found[2]


async def swap(bot: Bot, request: Request) -> Answer | None:
    """Opens the form with both people's shifts."""
    refuse_without_schedules(bot.config)
    word, rest = first_word(request.text)
    schedule = None
    if rest and bot.config.schedule(as_title(word)) is not None:
        schedule, (word, _) = section_of(bot.config, as_title(word)).name, first_word(rest)
    other = await person_named(bot, request, word) if word else None
    if other is None and word and bot.config.schedule(as_title(word)) is None:
        known_person(bot.config, as_title(word))
    async with bot.db.read() as session:
        zone = await zone_of(session, bot, request)
    if other is None:
        raise UserError("Say with whom you want to swap.", "For example `/oncall swap @bo`.")
    if other == await person_named(bot, request, "me"):
        raise UserError("A swap needs two people.", "Name somebody else.")
    mine = await _shifts(bot, request, schedule=schedule, to_come=True)
    theirs = await _shifts(bot, request, schedule=schedule, to_come=True, person=other)
    common = {shift.schedule for shift in mine} & {shift.schedule for shift in theirs}
    if not common:
        raise UserError(
            f"You and {other} have no shifts in the same schedule.",
            "`/oncall cover` asks all members of a schedule.",
        )
    mine = [shift for shift in mine if shift.schedule in common]
    theirs = [shift for shift in theirs if shift.schedule in common]
    await show(bot, request, view.swap_form(mine, theirs, other, bot.config, zone))
    return None


async def _shifts(
    bot: Bot,
    request: Request,
    *,
    schedule: str | None,
    to_come: bool = False,
    person: str | None = None,
) -> Sequence[Shift]:
    """Somebody's shifts to choose from; raises UserError where there are none."""
    now = bot.clock.now()
    async with bot.db.read() as session:
        actor = await actor_of(session, bot, request)
        refuse_strangers(bot.config, actor)
        found = await shifts_of(session, bot.config, person or actor, now=now)
    chosen = [
        shift
        for shift in found
        if (schedule is None or shift.schedule == schedule) and (shift.starts_at > now or not to_come)
    ]
    if not chosen:
        whose = "You have" if person is None or person == actor else f"{person} has"
        raise UserError(f"{whose} no shift to give in the next three months.", "`/oncall me` shows yours.")
    return chosen


# -- the command -----------------------------------------------------------------------------------------------


async def usage_answer(bot: Bot, request: Request) -> Answer | None:
    return Answer(usage())


SUBCOMMANDS = Subcommands(
    "/oncall",
    {
        "": (
            Subcommand("me", "", "your shifts in the next three months", me, also=("mine",)),
            Subcommand(
                "override",
                "[schedule] [@person] [from] to [until] [why]",
                "somebody stands in; without words a form opens; `cancel 12` ends one",
                override,
            ),
            Subcommand("overrides", "[schedule]", "those that run or are to come", list_overrides),
            Subcommand(
                "cover",
                "[schedule] [from] to [until] [in #channel] [why]",
                "ask the others to take a shift of yours, or a part of it",
                cover,
            ),
            Subcommand("swap", "[schedule] @person", "exchange shifts with somebody, if they agree", swap),
            Subcommand(
                "feed",
                "[schedule] [new or revoke]",
                "a secret link for your calendar program: your shifts, or a schedule's",
                feed,
                also=("calendar",),
            ),
            Subcommand("help", "", "all of this", usage_answer),
        )
    },
)


async def oncall(bot: Bot, request: Request) -> Answer | None:
    """Hands on to the subcommand; a schedule's name asks for that schedule."""
    return await SUBCOMMANDS.answer(bot, request, otherwise=_otherwise)


async def _otherwise(bot: Bot, request: Request) -> Answer | None:
    word, _ = first_word(request.text)
    if not word or bot.config.schedule(as_title(word)) is not None:
        return await now_and_next(bot, request)
    guess = SUBCOMMANDS.guess(as_typed(word), [one.name for one in bot.config.schedules])
    schedules = ", ".join(f"`{one.name}`" for one in bot.config.schedules[:20]) or "none"
    return Answer(
        f":warning: I know neither a schedule nor a word {quoted(word)}.{did_you_mean(guess)}\n"
        f"Schedules: {schedules}. `/oncall help` shows all that there is."
    )


def usage() -> str:
    """All subcommands, a line each."""
    lines = [
        "`/oncall` who is on call now and next, in every schedule",
        "`/oncall primary` the same for one schedule",
        *SUBCOMMANDS.paragraphs(),
        "Times are read in your own time zone: `tomorrow 09:00 to 18:00`, `Fri 17:00 to Mon 09:00`, `for 2h`.",
    ]
    return "\n".join(lines)


COMMANDS = (
    Command(
        name="/oncall",
        description="Who is on call; overrides, cover, swaps, calendars",
        hint="[schedule] | me | override | cover | swap | feed | help",
        handle=oncall,
    ),
)
