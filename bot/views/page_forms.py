"""The forms of paging: page somebody, reassign, snooze, note."""

from collections.abc import Sequence

from bot.config import Config
from bot.core.texts import LONGEST_TEXT
from bot.paging.pages import LONGEST_WHAT
from bot.paging.rows import Page
from bot.paging.targets import Choice
from bot.views.forms import about
from bot.views.page import headline
from bot.views.page_buttons import SNOOZES, snoozed_for
from bot.views.text import (
    MOST_OPTIONS,
    Block,
    context,
    field,
    literal,
    modal,
    option,
    search,
    section,
    select,
    text_input,
)

ACTION = "page.to"


def page_form(
    config: Config,
    choices: Sequence[Choice],
    on_call: Sequence[str],
    *,
    incident: int | None = None,
    private: bool = False,
    chosen: str | None = None,
    what: str = "",
    error: str | None = None,
) -> Block:
    """Whom, and with which words. `on_call` tells who is it now, a line each."""
    blocks: list[Block] = [section(f":warning: {error}")] if error else []
    blocks += _to(choices, chosen, "Whom do you need?")
    if on_call:
        blocks.append(context("*On call now*\n" + "\n".join(on_call)))
    hint = None
    if private:
        hint = "The incident is private: the words stay on its timeline, and whoever is paged reads no more than that."
    elif incident is not None:
        hint = "Without words the incident's title is sent."
    blocks.append(
        field(
            "what",
            "What is wrong?",
            text_input(
                longest=LONGEST_WHAT, initial=what, placeholder="Orders fail since 14:05, I need help"
            ),
            optional=incident is not None,
            hint=hint,
        )
    )
    title = "Page somebody" if incident is None else f"Page for #{incident}"[:24]
    return modal("page", title, blocks, submit="Page", about=about(incident=incident))


def reassign_form(page: Page, config: Config, choices: Sequence[Choice]) -> Block:
    blocks = [_subject(page, config), *_to(choices, None, "Who takes it?")]
    return modal(
        "page_reassign",
        f"Reassign page #{page.id}"[:24],
        blocks,
        submit="Reassign",
        about=about(page=page.id),
    )


def snooze_form(page: Page, config: Config) -> Block:
    options = [option(snoozed_for(minutes), str(minutes)) for minutes in SNOOZES]
    blocks = [
        _subject(page, config),
        field("length", "For how long?", select(options, initial="30")),
        context("Nothing rings until then; after that it rings anew, at you too."),
    ]
    return modal(
        "page_snooze", f"Snooze page #{page.id}"[:24], blocks, submit="Snooze", about=about(page=page.id)
    )


def page_note_form(page: Page, config: Config) -> Block:
    blocks = [
        _subject(page, config),
        field(
            "text",
            "Note",
            text_input(longest=LONGEST_TEXT, lines=True, placeholder="Looking at the database"),
            hint="It goes on the timeline and counts as progress.",
        ),
    ]
    return modal(
        "page_note", f"Note on page #{page.id}"[:24], blocks, submit="Add", about=about(page=page.id)
    )


def _to(choices: Sequence[Choice], chosen: str | None, label: str) -> list[Block]:
    """The menu of all whom one can page; with more than Slack shows at once it is searched."""
    initial = next((choice for choice in choices if choice.value == chosen), None)
    if len(choices) <= MOST_OPTIONS:
        menu = select([as_option(one) for one in choices], initial=chosen, placeholder="Choose or type")
    else:
        menu = search(
            initial=as_option(initial) if initial else None,
            placeholder=f"Type to find one of {len(choices)} people, schedules and services",
        )
    return [field("to", label, {**menu, "action_id": ACTION})]


def as_option(choice: Choice) -> Block:
    return option(choice.label, choice.value, choice.description)


def _subject(page: Page, config: Config) -> Block:
    return context(f"{headline(page, config)}: {literal(page.what, 200)}")
