"""Clicks on how one is paged, at Home."""

from bot.core.errors import UserError
from bot.delivery.providers import deliverable
from bot.incidents.homes import refresh_home
from bot.paging import contacts
from bot.paging.how_paged import how_paged
from bot.paging.rows import ContactMethod, QuietHours
from bot.runtime import Bot
from bot.views.contacts import add_form, code_form, quiet_form, rules_form
from handlers.forms import replace, show
from handlers.oncall_text import zone_of
from handlers.registrations import Action
from handlers.request import Answer, Request, carry_out


async def add(bot: Bot, request: Request) -> Answer | None:
    await show(bot, request, add_form(deliverable(bot.settings.gateways)))
    return None


async def more(bot: Bot, request: Request) -> Answer | None:
    """What the menu beside a method offers."""
    method_id, wanted = request.chosen
    if method_id is None:
        raise UserError("That menu does not say which contact method it is about.", "Open Home again.")
    if wanted == "code":
        await show(bot, request, code_form(await _own(bot, request, method_id)))
        return None
    if wanted == "test":
        async with carry_out(bot, request) as session:
            method = await contacts.send_test(
                session, method_id, user_id=request.user_id, now=bot.clock.now()
            )
        return Answer(f"A test is on its way to {method.label}. Should it not come, Home says why.")
    await _change(bot, request, method_id, wanted)
    return None


async def _own(bot: Bot, request: Request, method_id: int) -> ContactMethod:
    async with bot.db.begin() as session:
        return await contacts.own_method(session, method_id, user_id=request.user_id)


async def _change(bot: Bot, request: Request, method_id: int, wanted: str) -> None:
    now, user = bot.clock.now(), request.user_id
    async with carry_out(bot, request) as session:
        if wanted == "again":
            method, code = await contacts.new_code(session, method_id, user_id=user, now=now)
            contacts.send_code(session, bot.vault, method, code, now=now)
        elif wanted in ("on", "off"):
            await contacts.set_disabled(session, method_id, disabled=wanted == "off", user_id=user, now=now)
        elif wanted == "remove":
            await contacts.remove(session, method_id, user_id=user, now=now)
        else:
            raise UserError("That menu is of an older Tocsin.", "Open Home again.")
        refresh_home(session, user, now=now)


async def rules(bot: Bot, request: Request) -> Answer | None:
    async with bot.db.read() as session:
        paged = await how_paged(session, bot.vault, request.user_id)
    await show(bot, request, rules_form(paged))
    return None


async def rule_remove(bot: Bot, request: Request) -> Answer | None:
    number = request.number("which rule", "Open Home again.")
    async with carry_out(bot, request) as session:
        await contacts.remove_rule(session, number, user_id=request.user_id)
        refresh_home(session, request.user_id, now=bot.clock.now())
        await session.flush()
        paged = await how_paged(session, bot.vault, request.user_id)
    await replace(bot, request, rules_form(paged))
    return None


async def quiet(bot: Bot, request: Request) -> Answer | None:
    async with bot.db.read() as session:
        hours = await session.get(QuietHours, request.user_id)
        zone = hours.timezone if hours is not None else str(await zone_of(session, bot, request))
    await show(bot, request, quiet_form(hours, zone))
    return None


async def consent(bot: Bot, request: Request) -> Answer | None:
    agreed = request.action.get("value") == "yes"
    async with carry_out(bot, request) as session:
        now = bot.clock.now()
        await contacts.set_consent(session, user_id=request.user_id, agreed=agreed, now=now)
        refresh_home(session, request.user_id, now=now)
    return None


ACTIONS = (
    Action("contact.add", add),
    Action("contact.more", more),
    Action("contact.rules", rules),
    Action("contact.rule_remove", rule_remove),
    Action("contact.quiet", quiet),
    Action("contact.consent", consent),
)
