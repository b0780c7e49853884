"""How a person is paged: the section of their Home, and its forms."""

from collections.abc import Sequence
from datetime import datetime

from bot.paging.contacts import LONGEST_ADDRESS, LONGEST_LABEL, MOST_METHODS
from bot.paging.how_paged import HowPaged
from bot.paging.rows import ContactMethod, NotificationRule, QuietHours
from bot.views.forms import about
from bot.views.text import (
    Block,
    actions,
    button,
    context,
    escape,
    field,
    header,
    literal,
    modal,
    moment,
    option,
    overflow,
    section,
    select,
    shorten,
    text_input,
)

TITLES = {
    "email": "E-mail",
    "sms": "Text message (SMS)",
    "voice": "Phone call",
    "ntfy": "ntfy",
    "pushover": "Pushover",
    "telegram": "Telegram",
    "teams": "Microsoft Teams",
    "webhook": "Webhook",
}
SLACK = "slack"


def home_section(paged: HowPaged) -> list[Block]:
    """At most one block a method, so that Home stays under Slack's hundred."""
    blocks = [header("How you are paged")]
    if not any(method.verified_at and not method.disabled_at for method in paged.methods):
        words = ":warning: *In Slack alone.* Add another way, for nights, and for the day when Slack is down."
        if not paged.can_add:
            words += " Whoever runs Tocsin must set `TOCSIN_SECRET_KEY` first."
        blocks.append(section(words))
    blocks += [_method(method, paged) for method in paged.methods]
    blocks += [context(_rules(paged)), context(f"{_quiet(paged.quiet)}\n{_consent(paged)}")]
    buttons = [
        button("Notification rules", "contact.rules", "rules"),
        button("Quiet hours", "contact.quiet", "quiet"),
        button(
            "Do not probe before shifts" if paged.agreed else "Probe before my shifts",
            "contact.consent",
            "no" if paged.agreed else "yes",
        ),
    ]
    if paged.can_add and len(paged.methods) < MOST_METHODS:
        buttons.insert(0, button("Add a method", "contact.add", "add"))
    blocks.append(actions("contacts", *buttons))
    return blocks


def methods_message(paged: HowPaged) -> list[Block]:
    """The same in an answer, which is not kept current: without buttons."""
    shown = [block for block in home_section(paged) if block["type"] != "actions"]
    plain = [{name: value for name, value in block.items() if name != "accessory"} for block in shown]
    return [*plain, context("To change any of it, open Tocsin's *Home*.")]


def _method(method: ContactMethod, paged: HowPaged) -> Block:
    if method.verified_at is None:
        state = ":hourglass_flowing_sand: waits for the code that was sent there"
        choices = [("code", "Enter the code"), ("again", "Send another code"), ("remove", "Remove")]
    elif method.disabled_at is not None:
        state = ":no_bell: switched off"
        choices = [("on", "Switch on"), ("remove", "Remove")]
    else:
        state = ":white_check_mark: verified"
        choices = [("test", "Send a test"), ("off", "Switch off"), ("remove", "Remove")]
    if method.problem and method.tried_at:
        state += f"\n:warning: {moment(method.tried_at)}: {literal(method.problem, 300)}"
    more = overflow("contact.more", *(option(words, f"{method.id}:{choice}") for choice, words in choices))
    title = TITLES.get(method.kind, method.kind)
    if method.label != method.kind:
        title = f"{literal(method.label, LONGEST_LABEL * 2)}* · {title}"
    else:  # it was given no name
        title = f"{title}*"
    shown = literal(paged.shown.get(method.id, ""), 60)
    return section(
        f"*{title} · {shown}\n{state}",
        accessory=more,
        block_id=f"contact.{method.id}",
    )


def _rules(paged: HowPaged) -> str:
    if not paged.rules:
        return "Notification rules: Slack at once; for high urgency the others after 1, 3 and 5 minutes."
    lines = [_rule(rule, paged.methods) for rule in paged.rules]
    return "Notification rules: " + "; ".join(lines) + "."


def _rule(rule: NotificationRule, methods: Sequence[ContactMethod]) -> str:
    by = next((method.label for method in methods if method.id == rule.contact_method_id), "Slack")
    minutes = rule.delay_seconds // 60
    return f"{rule.urgency} urgency: {literal(by, LONGEST_LABEL * 2)} " + (
        f"after {minutes} min" if minutes else "at once"
    )


def _quiet(quiet: QuietHours | None) -> str:
    if quiet is None:
        return "Quiet hours for low urgency: none."
    span = f"{quiet.begins_at_wall:%H:%M} to {quiet.ends_at_wall:%H:%M}"
    return f"Quiet hours for low urgency: {span} ({escape(quiet.timezone)})."


def _consent(paged: HowPaged) -> str:
    if paged.agreed:
        return "Before your shifts your methods are probed: a quiet message, once a shift."
    return "Your methods are not probed before your shifts: you have not agreed."


# -- forms ----------------------------------------------------------------------------------------------------


def add_form(kinds: Sequence[str]) -> Block:
    """`kinds` are those that can be delivered here."""
    options = [option(TITLES[kind], kind) for kind in kinds]
    blocks = [
        field("kind", "How?", select(options, placeholder="Choose a way")),
        field(
            "address",
            "Address",
            text_input(longest=LONGEST_ADDRESS),
            hint="An e-mail address, a number such as +49 170 1234567, an ntfy topic or its https:// address, a "
            "Pushover user key, a Telegram chat number, or a webhook's address. It is kept encrypted.",
        ),
        field(
            "label",
            "Name",
            text_input(longest=LONGEST_LABEL, placeholder="My phone"),
            optional=True,
        ),
        context("A code is sent there. The method is used once you have entered it."),
    ]
    return modal("contact_add", "Add a method", blocks, submit="Send the code")


def code_form(method: ContactMethod) -> Block:
    blocks = [
        section(
            f"A code was sent to *{literal(method.label, LONGEST_LABEL * 2)}*. It may take a minute. "
            "Should it not come, Home says why."
        ),
        field("code", "Code", text_input(longest=12, placeholder="123456")),
    ]
    return modal("contact_code", "Enter the code", blocks, submit="Verify", about=about(method=method.id))


def rules_form(paged: HowPaged) -> Block:
    """The rules that there are, and another one."""
    usable = [method for method in paged.methods if method.verified_at is not None]
    by = [option("Slack", SLACK), *(option(shorten(method.label, 75), str(method.id)) for method in usable)]
    blocks: list[Block] = []
    if not paged.rules:
        blocks.append(
            context("You have no rules of your own. Once an urgency has one, only yours count for it.")
        )
    for rule in paged.rules:
        remove = button("Remove", "contact.rule_remove", str(rule.id))
        blocks.append(section(_rule(rule, paged.methods), accessory=remove, block_id=f"rule.{rule.id}"))
    blocks += [
        field(
            "urgency",
            "For pages of",
            select([option("High urgency", "high"), option("Low urgency", "low")], initial="high"),
        ),
        field("by", "Ring me by", select(by, initial=SLACK)),
        field("minutes", "After so many minutes", text_input(longest=4, initial="0")),
    ]
    return modal("contact_rule", "Notification rules", blocks, submit="Add this rule", close="Done")


def quiet_form(quiet: QuietHours | None, timezone: str) -> Block:
    begins = f"{quiet.begins_at_wall:%H:%M}" if quiet else ""
    ends = f"{quiet.ends_at_wall:%H:%M}" if quiet else ""
    blocks = [
        section("Pages of low urgency wait until these hours are over. High urgency always rings."),
        field("begins", "From", text_input(longest=5, initial=begins, placeholder="22:00"), optional=True),
        field("ends", "To", text_input(longest=5, initial=ends, placeholder="07:00"), optional=True),
        context(f"In your time zone, {escape(timezone)}. Leave both empty for none."),
    ]
    return modal("contact_quiet", "Quiet hours", blocks, submit="Save")


def unready_text(person: str | None, schedule: str, starts_at: datetime, label: str | None) -> str:
    """Before a shift, in Slack: to the person (None), or about them to the schedule's owner. `label`: what failed."""
    shift = f"shift as *{literal(schedule, 120)}* begins {moment(starts_at)}"
    if person is None:
        if label is None:
            return (
                f":warning: You can be reached in Slack alone, and your {shift}. "
                "Add a contact method in the app's Home, under “How you are paged”."
            )
        return (
            f":warning: {literal(label, 120)} could not be reached, and your {shift}. "
            "The app's Home says why, under “How you are paged”."
        )
    who = f"*{literal(person, 80)}*"
    if label is None:
        return f":warning: {who} can be reached in Slack alone, and their {shift}."
    return f":warning: A contact method of {who} could not be reached, and their {shift}."
