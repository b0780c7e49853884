"""On-call as people see it: who has it, messages about shifts, requests to colleagues, forms."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.config import Config
from bot.incidents.rows import Incident
from bot.oncall.calendars import UNKNOWN_NAMES, WORKS
from bot.oncall.duties import Duty
from bot.oncall.layers import EARLIEST, LATEST
from bot.oncall.overrides import LONGEST_REASON
from bot.oncall.rows import (
    COVER,
    DECLINED,
    EXPIRED,
    SWAP,
    TAKEN,
    WITHDRAWN,
    FeedLink,
    ImportedCalendarRow,
    OverrideRow,
    ShiftRequest,
)
from bot.oncall.schedule import Shift
from bot.paging.rows import Page
from bot.views.forms import about
from bot.views.incident_text import NAME, line
from bot.views.text import (
    MOST_OPTIONS,
    Block,
    actions,
    button,
    confirm,
    context,
    escape,
    field,
    literal,
    mention,
    modal,
    moment,
    option,
    paragraphs,
    section,
    select,
    span,
    text_input,
)

# Slack takes 50 blocks and some 13,000 characters of a message; Home shares its hundred blocks with the incidents.
SHOWN, SHOWN_WHOLE, SHOWN_AT_HOME, SHOWN_IN_HANDOFF = 40, 12, 15, 10
SHIFTS_SHOWN, OVERRIDES_SHOWN = 30, 15
WHEN = "{date_short_pretty} at {time}"

Accounts = Mapping[str, str]
"""Slack user ids by the names of app.yaml, of those that are known."""


def person_text(name: str | None, accounts: Accounts) -> str:
    """A person as Slack shows them; by name where the account is not known; "nobody" for a gap."""
    if name is None:
        return "*nobody*"
    return mention(accounts[name]) if name in accounts else f"*{literal(name, NAME)}*"


def title_of(schedule: str, config: Config) -> str:
    known = config.schedule(schedule)
    return literal(known.shown_name if known else schedule, NAME)


def _from_to(starts_at: datetime, ends_at: datetime) -> str:
    since = "always" if starts_at <= EARLIEST else moment(starts_at, WHEN)
    return f"{since} to {'for ever' if ends_at >= LATEST else moment(ends_at, WHEN)}"


# -- who is on call --------------------------------------------------------------------------------------------


def duty_line(duty: Duty, accounts: Accounts) -> str:
    """Who has a schedule now, and until when."""
    shift = duty.shift
    sign = ":large_green_circle:" if shift.person is not None else ":warning:"
    until = "" if shift.ends_at >= LATEST else f" until {moment(shift.ends_at, WHEN)}"
    return f"{sign} *{literal(duty.section.shown_name, NAME)}*: {person_text(shift.person, accounts)}{until}"


def duty_text(duty: Duty, accounts: Accounts) -> str:
    """Who has a schedule now and why, and who is next."""
    lines = [f"{duty_line(duty, accounts)} · {literal(duty.shift.reason, 200)}"]
    if duty.next is not None:
        lines.append(
            f"Next: {person_text(duty.next.person, accounts)} from {moment(duty.next.starts_at, WHEN)}"
            f" · {literal(duty.next.reason, 100)}"
        )
    if duty.shadows:
        lines.append(f"Shadowing: {', '.join(person_text(name, accounts) for name in duty.shadows[:8])}")
    return "\n".join(lines)


def duties_blocks(duties: Sequence[Duty], accounts: Accounts) -> list[Block]:
    """All schedules; of many each in one line."""
    if not duties:
        return [section("app.yaml has no schedules. docs/on-call.md tells how to write one.")]
    tell = duty_text if len(duties) <= SHOWN_WHOLE else duty_line
    blocks = [section(tell(duty, accounts)) for duty in duties[:SHOWN]]
    if len(duties) > SHOWN_WHOLE:
        more = f"… and {len(duties) - SHOWN} more: " if len(duties) > SHOWN else ""
        blocks.append(context(f"{more}`/oncall NAME` tells why, and who is next"))
    blocks.append(context("`/oncall me` shows your shifts, `/oncall help` what else there is."))
    return blocks


def my_shifts_blocks(shifts: Sequence[Shift], config: Config, *, now: datetime) -> list[Block]:
    """Somebody's own shifts in three months."""
    if not shifts:
        return [section("You have no shift in the next three months.")]
    lines = [
        f"• {title_of(shift.schedule, config)}: {_from_to(shift.starts_at, shift.ends_at)}"
        f" · {literal(shift.reason, 100)}{' · *now*' if shift.starts_at <= now else ''}"
        for shift in shifts[:SHIFTS_SHOWN]
    ]
    blocks = paragraphs(["*Your shifts in the next three months*", *lines])
    if len(shifts) > SHIFTS_SHOWN:
        more = len(shifts) - SHIFTS_SHOWN
        blocks.append(context(f"… and {more} more; `/oncall feed` gives them all to your calendar"))
    return blocks


def home_blocks(
    duties: Sequence[Duty], accounts: Accounts, mine: Shift | None, *, now: datetime
) -> list[Block]:
    """ "On call now" and "My next shift", in short."""
    if not duties:
        return []
    lines = ["*On call now*"]
    for duty in duties[:SHOWN_AT_HOME]:
        until = "" if duty.shift.ends_at >= LATEST else f" until {moment(duty.shift.ends_at, WHEN)}"
        lines.append(
            f"• {literal(duty.section.shown_name, NAME)}: {person_text(duty.shift.person, accounts)}{until}"
        )
    if len(duties) > SHOWN_AT_HOME:
        lines.append(f"… and {len(duties) - SHOWN_AT_HOME} more: `/oncall`")
    if mine is not None:
        names = {duty.section.name: duty.section.shown_name for duty in duties}
        name = literal(names.get(mine.schedule, mine.schedule), NAME)
        if mine.starts_at <= now:
            words = f"*Your shift*: {name}, until {moment(mine.ends_at, WHEN)}"
        else:
            words = f"*My next shift*: {name}, {_from_to(mine.starts_at, mine.ends_at)}"
    else:
        words = "*My next shift*: none in the next three months"
    return [section("\n".join(lines)), section(words), {"type": "divider"}]


# -- change of hands, reminder, reachability -----------------------------------------------------------------


def handoff_text(
    schedule: str, before: str | None, after: str | None, accounts: Accounts, config: Config
) -> str:
    words = f":arrows_counterclockwise: *{title_of(schedule, config)}*: "
    if after is None:
        was = f" {person_text(before, accounts)} was until now." if before is not None else ""
        return f":warning: *{title_of(schedule, config)}*: nobody is on call.{was}"
    took = f", after {person_text(before, accounts)}" if before is not None else ""
    return f"{words}{person_text(after, accounts)} is on call now{took}"


def handoff_blocks(
    shift: Shift,
    before: str | None,
    accounts: Accounts,
    incidents: Sequence[Incident],
    pages: Sequence[Page],
    config: Config,
) -> list[Block]:
    """The change of hands, with what its reader may see of what is open."""
    text = handoff_text(shift.schedule, before, shift.person, accounts, config)
    until = "" if shift.ends_at >= LATEST else f" · until {moment(shift.ends_at, WHEN)}"
    why = literal(shift.reason, 500).strip() or "on call"  # Slack takes no line without a visible character
    blocks = [section(text), context(f"{why}{until}")]
    if incidents:
        lines = [f"• {line(incident, config, limit=150)}" for incident in incidents[:SHOWN_IN_HANDOFF]]
        more = len(incidents) - SHOWN_IN_HANDOFF
        lines += [f"… and {more} more: `/incident list`"] if more > 0 else []
        blocks.append(section("*Open incidents*\n" + "\n".join(lines)))
    if pages:
        lines = [_page_line(page) for page in pages[:SHOWN_IN_HANDOFF]]
        more = len(pages) - SHOWN_IN_HANDOFF
        lines += [f"… and {more} more"] if more > 0 else []
        blocks.append(section("*Unfinished pages*\n" + "\n".join(lines)))
    if not incidents and not pages:
        blocks.append(context(":sunny: No open incidents, no unfinished pages."))
    return blocks


def _page_line(page: Page) -> str:
    who = f" by {mention(page.acknowledged_by)}" if page.acknowledged_by else ""
    return f"• *Page #{page.id}* {literal(page.what, 120)} · {literal(page.state, 20)}{who}"


def reminder_text(shift: Shift, config: Config) -> str:
    return f":calendar: Your shift as *{title_of(shift.schedule, config)}* begins {moment(shift.starts_at, WHEN)}"


def reminder_blocks(shift: Shift, config: Config) -> list[Block]:
    """A shift comes near."""
    until = "" if shift.ends_at >= LATEST else f" and lasts until {moment(shift.ends_at, WHEN)}"
    return [
        section(f"{reminder_text(shift, config)}{until}."),
        context(
            f"No time? `/oncall cover {escape(shift.schedule)}` asks the others, `/oncall swap @name` exchanges shifts."
        ),
    ]


def unreachable_text(shift: Shift, config: Config) -> str:
    """To the owner of a schedule: pages cannot reach somebody who is on call soon."""
    return (
        f":warning: *{title_of(shift.schedule, config)}*: *{literal(str(shift.person), NAME)}* is on call from"
        f" {moment(shift.starts_at, WHEN)}, and Slack knows nobody with their e-mail address: no page reaches"
        " them there. Check `people` in app.yaml, or put somebody else on call with `/oncall override`."
    )


def group_problem_text(schedule: str, group: str, code: str, mend: str, config: Config) -> str:
    """To the owner: the user group is not kept in step."""
    return (
        f":warning: The user group @{literal(group, 40)} does not follow *{title_of(schedule, config)}*:"
        f" Slack says `{literal(code, 100)}`. {escape(mend)}"
    )


def calendar_text(calendar: ImportedCalendarRow, what: str, config: Config) -> str:
    """To the owner: `what` is the matter with a calendar that is kept elsewhere (bot.oncall.calendars)."""
    name = f"*{title_of(calendar.schedule, config)}*: the calendar of the layer {literal(calendar.layer, 40)}"
    verify = f"`tocsin oncall verify {escape(calendar.schedule)}` shows what follows."
    if what == WORKS:
        return f":white_check_mark: {name} is read again."
    if what == UNKNOWN_NAMES:
        return (
            f":warning: {name} names {literal(calendar.unknown or '', 300)}, of whom app.yaml knows nothing: nobody"
            " is on call by that. Add an e-mail address under `people`, or `names` of the layer in app.yaml."
            f" {verify}"
        )
    problem = literal(calendar.problem or "", 300)
    if calendar.text is None or calendar.fetched_at is None:
        return (
            f":warning: {name} cannot be read: {problem}. Nobody is on call by it."
            f" Check the layer's `ical` in app.yaml. {verify}"
        )
    return (
        f":warning: {name} cannot be renewed: {problem}. Who is on call still follows the copy of"
        f" {moment(calendar.fetched_at, WHEN)}. Check the layer's `ical` in app.yaml. {verify}"
    )


# -- overrides -----------------------------------------------------------------------------------------------


def override_line(override: OverrideRow, accounts: Accounts, config: Config) -> str:
    why = f" · {literal(override.reason, LONGEST_REASON)}" if override.reason else ""
    by = f" · made by {mention(override.made_by)}" if override.made_by else ""
    return (
        f"*#{override.id}* {title_of(override.schedule, config)}: {person_text(override.person, accounts)},"
        f" {_from_to(override.starts_at, override.ends_at)}{why}{by}"
    )


def overrides_blocks(overrides: Sequence[OverrideRow], accounts: Accounts, config: Config) -> list[Block]:
    if not overrides:
        return [section("No override is to come. `/oncall override` makes one.")]
    blocks: list[Block] = [section("*Overrides that run or are to come*")]
    for override in overrides[:OVERRIDES_SHOWN]:
        sure = confirm("Cancel this override?", "The layers of app.yaml hold again.", "Cancel it", "Keep it")
        cancel = button("Cancel", "oncall.override.cancel", str(override.id), confirm=sure)
        blocks.append(section(override_line(override, accounts, config), accessory=cancel))
    if len(overrides) > OVERRIDES_SHOWN:
        blocks.append(context(f"… and {len(overrides) - OVERRIDES_SHOWN} more: `/oncall override list NAME`"))
    return blocks


def override_told(override: OverrideRow, what: str, to: str, accounts: Accounts, config: Config) -> str:
    """To those whom an override concerns and who did not make it."""
    name, times = title_of(override.schedule, config), _from_to(override.starts_at, override.ends_at)
    by = mention(override.made_by if what == "made" else override.cancelled_by)
    why = f"\nWhy: {literal(override.reason, LONGEST_REASON)}" if override.reason and what == "made" else ""
    if what != "made":
        done = "ended" if what == "ended" else "cancelled"
        return f":calendar: {by} {done} the override by which you were on call for *{name}*, {times}."
    if override.person == to:
        return f":calendar: {by} put you on call for *{name}*, {times}.{why}"
    stands = person_text(override.person, accounts)
    return f":calendar: {by} put {stands} on call for *{name}* in your place, {times}.{why}"


# -- requests ------------------------------------------------------------------------------------------------


def request_text(request: ShiftRequest, accounts: Accounts, config: Config) -> str:
    """What is asked, in a line or two."""
    asker, name = person_text(request.asker, accounts), title_of(request.schedule, config)
    times = _from_to(request.starts_at, request.ends_at)
    why = f"\nWhy: {literal(request.reason, LONGEST_REASON)}" if request.reason else ""
    if request.kind == SWAP and request.other_starts_at and request.other_ends_at:
        other = person_text(request.other, accounts)
        theirs = _from_to(request.other_starts_at, request.other_ends_at)
        return (
            f":arrows_counterclockwise: {asker} wants to swap shifts of *{name}* with {other}:\n"
            f"• {asker} gives {times}\n• {other} gives {theirs}{why}"
        )
    return f":raising_hand: Who covers for {asker} as *{name}*, {times}?{why}"


def request_state(request: ShiftRequest, accounts: Accounts) -> str:
    """What came of it."""
    taker = person_text(request.taker or request.other, accounts)
    return {
        TAKEN: f":white_check_mark: {taker} {'agreed' if request.kind == SWAP else 'has it'}.",
        DECLINED: f":no_entry_sign: {taker} declined.",
        WITHDRAWN: ":leftwards_arrow_with_hook: Withdrawn.",
        EXPIRED: ":hourglass: Nobody has taken it in time."
        if request.kind == COVER
        else ":hourglass: There was no answer in time.",
    }.get(request.state, f"Open until {moment(request.expires_at, WHEN)}; who takes it first has it.")


def request_blocks(request: ShiftRequest, to: str | None, accounts: Accounts, config: Config) -> list[Block]:
    """The request as `to` sees it, a name of app.yaml; None: as all of a channel do."""
    state = request_state(request, accounts)
    if request.is_open and request.kind == SWAP:
        state = f"Open until {moment(request.expires_at, WHEN)}."
    blocks = [section(request_text(request, accounts, config)), context(state)]
    if not request.is_open:
        return blocks
    value, buttons = str(request.id), []
    if to != request.asker:
        label = "Accept" if request.kind == SWAP else "I take it"
        buttons.append(button(label, "oncall.request.agree", value, style="primary"))
        if request.kind == SWAP:
            buttons.append(button("Decline", "oncall.request.decline", value))
    if to is None or to == request.asker:
        buttons.append(button("Withdraw", "oncall.request.withdraw", value))
    return [*blocks, actions(f"oncall-request-{request.id}", *buttons)]


def answer_text(request: ShiftRequest, accounts: Accounts, config: Config) -> str:
    """To the asker, as a message that rings: what came of the request."""
    name, times = title_of(request.schedule, config), _from_to(request.starts_at, request.ends_at)
    rest = "" if request.state == TAKEN else f" You are still on call then: {times}."
    words = request_state(request, accounts)
    return f"{words} *{name}*, {times}.{rest}" if not rest else f"{words} *{name}*:{rest}"


def asked_in_person(request: ShiftRequest, channel: str, code: str, count: int, config: Config) -> str:
    """To the asker: Slack did not let the request be posted in a channel."""
    place = escape(channel) if channel.startswith("#") else f"<#{escape(channel)}>"
    words = f":warning: Your request as *{title_of(request.schedule, config)}* is not in {place}: Slack says `{literal(code, 100)}`."
    if not count:
        return f"{words} Nobody was asked: invite the bot there and ask again, or name another channel."
    people = "one person was" if count == 1 else f"{count} people were"
    return f"{words} {people.capitalize()} asked by direct message instead."


# -- the feed ------------------------------------------------------------------------------------------------


def feed_name(link: FeedLink, config: Config) -> str:
    if link.schedule is not None:
        return f"the calendar of *{title_of(link.schedule, config)}*"
    return "the calendar of your shifts"


def feed_made(link: FeedLink, url: str, config: Config) -> list[Block]:
    """The secret link, for its owner alone; it is shown this once."""
    return [
        section(
            f":calendar: This is {feed_name(link, config)}. Subscribe to it in your calendar program:\n```{escape(url)}```"
        ),
        context(
            "Whoever has the link sees these shifts. It is shown this once; an earlier link of yours has ended."
        ),
        _feed_buttons(link),
    ]


def feed_known(link: FeedLink, config: Config) -> list[Block]:
    """There is a link; it cannot be shown again."""
    return [
        section(
            f":calendar: You have a link to {feed_name(link, config)} since {moment(link.made_at, WHEN)}. "
            "Only its digest is kept, so it cannot be shown again."
        ),
        _feed_buttons(link),
    ]


def _feed_buttons(link: FeedLink) -> Block:
    value = link.schedule or ""
    sure = confirm("Make a new link?", "The link that you have ends at once.", "New link")
    return actions(
        "oncall-feed",
        button("New link", "oncall.feed.renew", value or "me:", confirm=sure),
        button("Revoke", "oncall.feed.revoke", str(link.id), style="danger"),
    )


# -- forms ---------------------------------------------------------------------------------------------------


def _at(
    block_id: str, label: str, initial: datetime | None, *, optional: bool = False, hint: str = ""
) -> Block:
    element: Block = {"type": "datetimepicker"}
    if initial is not None:
        element["initial_date_time"] = int(initial.timestamp())
    return field(block_id, label, element, optional=optional, hint=hint or None)


def _reason() -> Block:
    return field("reason", "Why?", text_input(longest=LONGEST_REASON), optional=True)


def override_form(config: Config, *, schedule: str | None, user: str, now: datetime) -> Block:
    """Who stands in, where and when. Slack shows the times in the reader's own zone."""
    options = [option(one.shown_name, one.name) for one in config.schedules[:MOST_OPTIONS]]
    chosen = schedule or (config.schedules[0].name if len(config.schedules) == 1 else None)
    start = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    blocks = [
        field("schedule", "Schedule", select(options, initial=chosen, placeholder="Choose a schedule")),
        field("person", "Who is on call", {"type": "users_select", "initial_user": user}),
        _at("starts_at", "From", start),
        _at("ends_at", "To", start + timedelta(hours=8)),
        _reason(),
    ]
    return modal("oncall_override", "Override", blocks, submit="Put on call")


def shift_value(shift: Shift) -> str:
    """A shift as the value of an option."""
    return f"{shift.schedule}|{int(shift.starts_at.timestamp())}|{int(shift.ends_at.timestamp())}"


def _shift_menu(shifts: Sequence[Shift], config: Config, zone: ZoneInfo, *, of: str | None = None) -> Block:
    """A menu with the first shift chosen, or the first of the schedule `of`."""
    options, initial = [], None
    for shift in shifts[:MOST_OPTIONS]:
        known = config.schedule(shift.schedule)
        starts, ends = shift.starts_at.astimezone(zone), shift.ends_at.astimezone(zone)
        form = "%a %d %b %H:%M"
        # The times first: they must survive where the label is cut.
        label = f"{starts:{form}} – {ends:{form}}, {known.shown_name if known else shift.schedule}"
        options.append(option(label, shift_value(shift)))
        if initial is None and of in (None, shift.schedule):
            initial = shift_value(shift)
    return select(options, initial=initial, placeholder="Choose a shift")


def cover_form(shifts: Sequence[Shift], config: Config, zone: ZoneInfo) -> Block:
    """Which shift, which part of it, and where to ask. `shifts` are the reader's own, at least one."""
    channels = {one.channel for one in config.schedules if one.channel is not None}
    where = [option("Each member, by direct message", "people")]
    where += [option(f"All at once in #{name}", f"#{name}") for name in sorted(channels)[: MOST_OPTIONS - 1]]
    hint = "Leave it empty for the whole shift."
    blocks = [
        field("shift", "Your shift", _shift_menu(shifts, config, zone)),
        _at("starts_at", "Only from", None, optional=True, hint=hint),
        _at("ends_at", "Only to", None, optional=True, hint=hint),
        field("where", "Where to ask", select(where, initial="people")),
        _reason(),
        context("Who takes it first has it. You can withdraw it until then."),
    ]
    return modal("oncall_cover", "Ask for cover", blocks, submit="Ask")


def swap_form(
    mine: Sequence[Shift], theirs: Sequence[Shift], other: str, config: Config, zone: ZoneInfo
) -> Block:
    """Which of one's own shifts against which of `other`'s, a name of app.yaml. Both lists have at least one."""
    blocks = [
        field("shift", "You give", _shift_menu(mine, config, zone)),
        field("their_shift", f"{other} gives", _shift_menu(theirs, config, zone, of=mine[0].schedule)),
        _reason(),
        context(f"Nothing changes before {literal(other, NAME)} agrees."),
    ]
    return modal("oncall_swap", "Swap shifts", blocks, submit="Ask", about=about(other=other))


def asked_text(request: ShiftRequest, count: int, channel: str | None, config: Config) -> str:
    """The answer to the asker."""
    where = "in the channel" if channel else f"{count} {'person' if count == 1 else 'people'}"
    left = span(request.expires_at - request.asked_at)
    return (
        f":white_check_mark: Asking {where}: *{title_of(request.schedule, config)}*,"
        f" {_from_to(request.starts_at, request.ends_at)}. It is open for {left}; you get a message to withdraw it."
    )
