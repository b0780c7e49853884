"""The forms about how one is paged, sent."""

import re
from datetime import timedelta

from bot.core.errors import UserError
from bot.delivery.providers import deliverable
from bot.incidents.homes import refresh_home
from bot.paging import contacts
from bot.paging.how_paged import how_paged
from bot.runtime import Bot
from bot.views.contacts import SLACK, code_form, rules_form
from handlers.oncall_text import zone_of
from handlers.registrations import Submission
from handlers.request import Answer, Request, carry_out


async def add(bot: Bot, request: Request) -> Answer | None:
    """Keeps the address, has the code sent, and asks for it in the same modal."""
    kind, now = str(request.value("kind")), bot.clock.now()
    if kind in contacts.KINDS and kind not in deliverable(bot.settings.gateways):
        raise UserError(
            f"This Tocsin has no gateway for {kind}.",
            "Choose another way, or ask whoever runs it.",
            field="kind",
        )
    # No receipt: the same modal goes on to the code, and Slack knows both by one id.
    async with bot.db.begin() as session:
        method, code = await contacts.add_method(
            session,
            bot.vault,
            user_id=request.user_id,
            kind=kind,
            address=request.words("address"),
            label=request.words("label"),
            now=now,
        )
        contacts.send_code(session, bot.vault, method, code, now=now)
        refresh_home(session, request.user_id, now=now)
    return Answer(view=code_form(method))


async def code(bot: Bot, request: Request) -> Answer | None:
    method_id, now = request.about.get("method"), bot.clock.now()
    if not isinstance(method_id, int):
        raise UserError("This form does not say which method it is about.", "Open Home again.", field="code")
    # No receipt: a wrong code is counted, and the same form is sent again.
    async with bot.db.begin() as session:
        method = await contacts.verify(
            session, method_id, request.words("code"), user_id=request.user_id, now=now
        )
        refresh_home(session, request.user_id, now=now)
    if method is None:
        raise UserError(
            "That is not the code.", "Look again: of several messages the newest counts.", field="code"
        )
    return None


async def rule(bot: Bot, request: Request) -> Answer | None:
    """Adds a rule, and shows them all: the form stays open for the next."""
    minutes, by = request.words("minutes").strip(), request.value("by") or SLACK
    if not (minutes.isascii() and minutes.isdigit()):
        raise UserError("That is no number of minutes.", "Give 0 to 1440.", field="minutes")
    # No receipt: the form is sent again for each rule. Adding the same one twice adds it once.
    async with bot.db.begin() as session:
        await contacts.add_rule(
            session,
            user_id=request.user_id,
            urgency="low" if request.value("urgency") == "low" else "high",
            delay=timedelta(minutes=int(minutes[:6])),
            method_id=None if by == SLACK else int(by),
        )
        refresh_home(session, request.user_id, now=bot.clock.now())
        paged = await how_paged(session, bot.vault, request.user_id)
    return Answer(view=rules_form(paged))


async def quiet(bot: Bot, request: Request) -> Answer | None:
    begins, ends = request.words("begins").strip(), request.words("ends").strip()
    hours = None if not begins and not ends else (_minutes(begins, "begins"), _minutes(ends, "ends"))
    async with carry_out(bot, request) as session:
        zone = await zone_of(session, bot, request)
        await contacts.set_quiet_hours(session, user_id=request.user_id, hours=hours, timezone=str(zone))
        refresh_home(session, request.user_id, now=bot.clock.now())
    return None


def _minutes(text: str, block_id: str) -> int:
    match = re.fullmatch(r"([01]?\d|2[0-3])[:.]([0-5]\d)", text)
    if match is None:
        raise UserError("That is no time of day.", "Write it like 22:00.", field=block_id)
    return int(match[1]) * 60 + int(match[2])


SUBMISSIONS = (
    Submission("contact_add", add),
    Submission("contact_code", code),
    Submission("contact_rule", rule),
    Submission("contact_quiet", quiet),
)
