"""`/page`: pages somebody; and the words for what the buttons of a page do."""

from bot.core.errors import UserError
from bot.core.slack_text import as_title, as_typed
from bot.incidents import paging
from bot.paging.how_paged import how_paged
from bot.paging.status import statuses
from bot.paging.targets import Wanted, choices
from bot.runtime import Bot
from bot.views.contacts import methods_message
from bot.views.page import page_list
from bot.views.page_forms import page_form, page_note_form, reassign_form
from bot.views.text import rich
from handlers.commands.subcommands import Subcommand, Subcommands, code
from handlers.forms import show
from handlers.page_text import length, numbered, trial, whom
from handlers.paging import incident_here, on_trial, page_once, stands, told, who_is_on_call
from handlers.registrations import Command
from handlers.request import Answer, Request
from handlers.rings import rings_have_landed
from handlers.words import first_word
from handlers.working import work

LISTED = 20


# -- to look ------------------------------------------------------------------------------------------------------


async def list_pages(bot: Bot, request: Request) -> Answer | None:
    async with bot.db.read() as session:
        found = await paging.open_pages(session, request.viewer, limit=LISTED + 1)
        shown = await statuses(session, found[:LISTED], config=bot.config, now=bot.clock.now())
    if not shown:
        return Answer(":white_check_mark: No page is open.")
    blocks = page_list(shown, bot.config, more=len(found) > LISTED)
    return Answer(f"{len(found)} open pages" if len(found) <= LISTED else "Open pages", tuple(blocks))


async def show_page(bot: Bot, request: Request) -> Answer | None:
    number, _ = await numbered(bot, request)
    return await stands(bot, request, number)


async def methods(bot: Bot, request: Request) -> Answer | None:
    """How the reader is paged, as Home shows it."""
    async with bot.db.read() as session:
        paged = await how_paged(session, bot.vault, request.user_id)
    return Answer("How you are paged", tuple(methods_message(paged)))


# -- to answer ----------------------------------------------------------------------------------------------------


async def acknowledge(bot: Bot, request: Request) -> Answer | None:
    number, _ = await numbered(bot, request)
    page = await work(bot, request, paging.acknowledge, number, config=bot.config)
    await rings_have_landed(bot, [page.id])
    if page.acknowledged_at is None:
        return await told(
            bot, number, f":ballot_box_with_check: Your acknowledgement of page #{number} is noted."
        )
    return await told(bot, number, f":white_check_mark: Page #{number} is yours, and nothing rings any more.")


async def unacknowledge(bot: Bot, request: Request) -> Answer | None:
    number, _ = await numbered(bot, request)
    await work(bot, request, paging.unacknowledge, number, config=bot.config)
    return await told(bot, number, f":rotating_light: Page #{number} begins anew.")


async def escalate(bot: Bot, request: Request) -> Answer | None:
    number, _ = await numbered(bot, request)
    await work(bot, request, paging.escalate_now, number, config=bot.config)
    return await told(bot, number, f":arrow_up: Page #{number} goes on to the next step.")


async def snooze(bot: Bot, request: Request) -> Answer | None:
    number, rest = await numbered(bot, request)
    wait = length(rest.text)
    await work(bot, request, paging.snooze, number, wait)
    return await told(bot, number, f":zzz: Page #{number} is silent until then.")


async def reassign(bot: Bot, request: Request) -> Answer | None:
    number, rest = await numbered(bot, request)
    word, _ = first_word(rest.text)
    if not word:
        async with bot.db.read() as session:
            page = await paging.visible_page(session, number, request.viewer)
        await show(bot, request, reassign_form(page, bot.config, choices(bot.config)))
        return None
    to = await whom(bot, word)
    await work(bot, request, paging.reassign, number, to.policy, config=bot.config)
    return await told(bot, number, f":arrow_right: Page #{number} goes to *{rich(to.said, 100)}*.")


async def resolve(bot: Bot, request: Request) -> Answer | None:
    number, _ = await numbered(bot, request)
    await work(bot, request, paging.resolve, number)
    return Answer(f":white_check_mark: Page #{number} is over.")


async def note(bot: Bot, request: Request) -> Answer | None:
    number, rest = await numbered(bot, request)
    if not rest.text:
        async with bot.db.read() as session:
            page = await paging.visible_page(session, number, request.viewer)
        await show(bot, request, page_note_form(page, bot.config))
        return None
    await work(bot, request, paging.note, number, as_typed(rest.text))
    return Answer(f":white_check_mark: Your note on page #{number} stands on the timeline.")


SUBCOMMANDS = Subcommands(
    "/page",
    {
        "Answer a page": (
            Subcommand("list", "", "the open pages that you may see", list_pages, also=("ls",)),
            Subcommand(
                "show", "[number]", "how a page stands: who was rung, who has it, what comes next", show_page
            ),
            Subcommand("methods", "", "how you are paged yourself: ways, rules, quiet hours", methods),
            Subcommand(
                "ack", "[number]", "take it; nothing rings any more", acknowledge, also=("acknowledge",)
            ),
            Subcommand(
                "unack", "[number]", "give it back; it begins anew", unacknowledge, also=("unacknowledge",)
            ),
            Subcommand("escalate", "[number]", "on to the next step, now", escalate),
            Subcommand(
                "reassign", "[number] [whom]", "hand it to somebody else, who is rung at once", reassign
            ),
            Subcommand(
                "snooze", "[number] [30m … 24h]", "silent until then; after that it rings anew", snooze
            ),
            Subcommand("note", "[number] [text]", "a line on its timeline; counts as progress", note),
            Subcommand("resolve", "[number]", "it is over", resolve),
        )
    },
)


# -- to page ------------------------------------------------------------------------------------------------------


async def page(bot: Bot, request: Request) -> Answer | None:
    """Hands on to the subcommand, or pages whom the first word names; without words the form opens."""
    return await SUBCOMMANDS.answer(bot, request, otherwise=_otherwise)


async def _otherwise(bot: Bot, request: Request) -> Answer | None:
    word, rest = first_word(request.text)
    if word.lower() == "help":
        return Answer(usage())
    on_trial_only = trial(bot, request.text)
    if on_trial_only is not None:
        word, _ = first_word(on_trial_only.words)
        if not word:
            raise UserError("Say whom.", "For example `/page payments --dry-run --at Sun 03:00`.")
        return await on_trial(bot, await _whom(bot, word), on_trial_only.at)
    if not word:
        await _form(bot, request)
        return None
    to = await _whom(bot, word)
    incident = await incident_here(bot, request)
    what = as_title(rest)
    if not what and incident is None:
        await _form(bot, request, chosen=to.value)
        return None
    return await page_once(bot, request, to, what, incident.id if incident else None)


async def _whom(bot: Bot, word: str) -> Wanted:
    try:
        return await whom(bot, word)
    except UserError as error:
        meant = SUBCOMMANDS.nearest(as_typed(word))
        if meant is None or "Did you mean" in error.next_step:
            raise
        raise UserError(error.what, f"Did you mean `/page {meant}`? {error.next_step}") from None


async def _form(bot: Bot, request: Request, chosen: str | None = None) -> None:
    incident = await incident_here(bot, request)
    lines = await who_is_on_call(bot, bot.clock.now())
    form = page_form(
        bot.config,
        choices(bot.config),
        lines,
        incident=incident.id if incident else None,
        private=bool(incident and incident.private),
        chosen=chosen,
    )
    await show(bot, request, form)


def usage() -> str:
    """Every form of the command, a line each."""
    to_page = [
        "*Page somebody*",
        f"{code('/page <service, schedule, person, policy or @mention> [what is wrong]')} rings them; in an incident's channel it belongs to the incident",
        "`/page` opens the form",
        f"{code('/page <whom> --dry-run [--at Sun 03:00]')} tells who would be reached, when and how, and pages nobody",
    ]
    which = "Without a number it is the open page that rang you. A service that is called like one of these words: `/page service:list …`."
    return "\n\n".join(["\n".join(to_page), *SUBCOMMANDS.paragraphs(), which])


COMMANDS = (
    Command(
        name="/page",
        description="Page somebody, and answer pages",
        hint="whom [what is wrong] | list | show | methods | ack | snooze | reassign | escalate | note | resolve | help",
        handle=page,
    ),
)
