"""A page in Slack: the message that rings, edited in place, and what the incident's card says of it."""

from collections.abc import Sequence

from bot.config import Config
from bot.config.sections.paging import target
from bot.paging.people import is_user_id
from bot.paging.ringing import CHANNEL
from bot.paging.rows import (
    ACKED,
    ACKNOWLEDGED,
    EXHAUSTED,
    FAILED,
    QUEUED,
    RESOLVED,
    RINGING,
    SNOOZED,
    STALE,
    WAITING,
    Notification,
    Page,
)
from bot.paging.status import ASKS, LAST_RESORT, NOBODY_LEFT, RINGS_AGAIN, Next, PageStatus
from bot.views.alerts import alerts_words, newest_words
from bot.views.incident_text import NAME, service_name
from bot.views.page_buttons import ON_CARD, acknowledge_row, page_buttons, page_menu
from bot.views.text import (
    Block,
    actions,
    button,
    context,
    literal,
    mention,
    moment,
    section,
)

# Slack takes 50 blocks, and some 13,000 characters; people read no more than this of one message.
LISTED = 12
# So many rings are told one by one.
RUNG = 6

METHODS = {"slack": "Slack", "channel": "Slack", "sms": "SMS", "email": "e-mail", "voice": "phone call"}


def page_text(statuses: Sequence[PageStatus], config: Config) -> str:
    """What notifications and screen readers get."""
    if len(statuses) == 1:
        page = statuses[0].page
        return f"{mark(page)} {headline(page, config)}: {literal(page.what, 1200)}"
    ringing = sum(rings(one.page) for one in statuses)
    return (
        f":rotating_light: {ringing} of {len(statuses)} pages ring for you"
        if ringing
        else f":white_check_mark: None of these {len(statuses)} pages rings any more"
    )


def page_blocks(statuses: Sequence[PageStatus], config: Config, *, first: int) -> list[Block]:
    """The pages that one message tells of; `first` names the bundle for "Acknowledge all"."""
    if len(statuses) == 1:
        return _whole(statuses[0], config)
    blocks: list[Block] = []
    ringing = sum(rings(one.page) for one in statuses)
    if ringing > 1:
        blocks.append(section(page_text(statuses, config)))
        label = f"Acknowledge all {ringing}"
        blocks.append(actions("page-all", button(label, "page.acknowledge_all", str(first), style="primary")))
    for status in statuses[:LISTED]:
        blocks += _in_brief(status, config)
    if len(statuses) > LISTED:
        blocks.append(context(f"… and {len(statuses) - LISTED} more: `/page list` shows them."))
    return blocks


def page_list(statuses: Sequence[PageStatus], config: Config, *, more: bool) -> list[Block]:
    """The open pages, a line each."""
    blocks: list[Block] = []
    for status in statuses:
        page = status.page
        show = button("Show", "page.show", str(page.id))
        blocks.append(
            section(
                f"{mark(page)} {headline(page, config)}: {literal(page.what, 200)}\n{state_words(page)}",
                accessory=show,
                block_id=f"page-line-{page.id}",
            )
        )
    if more:
        blocks.append(context("These are the newest; older ones are open too."))
    return blocks


def _whole(status: PageStatus, config: Config) -> list[Block]:
    page = status.page
    blocks = [
        section(f"{mark(page)} {headline(page, config)}\n*{literal(page.what, 1200)}*"),
        context(state_words(page)),
    ]
    if alerts := _alerts(status):
        blocks.append(context("\n".join(alerts)))
    if told := rung_lines(status, config):
        blocks.append(context("\n".join(told)))
    if coming := next_words(status):
        blocks.append(context(coming))
    return blocks + page_buttons(page)


def _in_brief(status: PageStatus, config: Config) -> list[Block]:
    page = status.page
    coming = next_words(status)
    words = " · ".join(filter(None, (state_words(page), *_alerts(status)[:1], coming)))
    return [
        section(
            f"{mark(page)} {headline(page, config)}: {literal(page.what, 300)}",
            accessory=page_menu(page),
            block_id=f"page-{page.id}",
        ),
        context(words),
        *acknowledge_row(page, place="line"),
    ]


def _alerts(status: PageStatus) -> list[str]:
    """How its alerts stand, where there is more to say than that it has one; and what one of them says now."""
    now = status.alerts
    if now is None or not status.page.is_open:
        return []
    if now.count == 1 and now.deliveries <= 1 and not (now.flapping or now.acknowledged):
        return []
    return [alerts_words(now), *newest_words(now, status.page.what)]


def rings(page: Page) -> bool:
    """Whether somebody is still to answer."""
    return page.state in (RINGING, EXHAUSTED)


def mark(page: Page) -> str:
    sign = {
        RINGING: ":rotating_light:",
        EXHAUSTED: ":sos:",
        ACKNOWLEDGED: ":eyes:",
        SNOOZED: ":zzz:",
        RESOLVED: ":white_check_mark:",
    }.get(page.state, ":alarm_clock:")
    return f":test_tube: {sign}" if page.drill else sign


def headline(page: Page, config: Config) -> str:
    """Which page; of a private incident no more than its number."""
    parts = ["*DRILL*"] if page.drill else []
    parts.append(f"*Page #{page.id}*")
    if page.severity is not None:
        parts.append(literal(page.severity, NAME))
    if page.service is not None and not page.private:
        parts.append(service_name(page.service, config))
    if page.incident_id is not None:
        parts.append(f"incident #{page.incident_id}")
    return " · ".join(parts)


def state_words(page: Page) -> str:
    """Who has it, or since when nobody does."""
    if page.state == ACKNOWLEDGED and page.acknowledged_at is not None:
        return f"Acknowledged by {mention(page.acknowledged_by)} {moment(page.acknowledged_at)}"
    if page.state == SNOOZED and page.snoozed_until is not None:
        return f"Snoozed by {mention(page.acknowledged_by)} until {moment(page.snoozed_until)}"
    if page.state == RESOLVED and page.resolved_at is not None:
        by = f" by {mention(page.resolved_by)}" if page.resolved_by else ""
        why = f": {literal(page.reason, 300)}" if page.reason != RESOLVED else ""
        return f"Resolved{by} {moment(page.resolved_at)}{why}"
    by = f" by {mention(page.created_by)}" if page.created_by else ""
    opened = f"Opened {moment(page.created_at)}{by}"
    said = {WAITING: "has not begun to ring", EXHAUSTED: "nobody has taken it"}.get(page.state, "")
    return " · ".join(filter(None, (opened, said, literal(page.reason, 600))))


# -- who was rung, and what became of it ------------------------------------------------------------------------


def rung_lines(status: PageStatus, config: Config, limit: int = RUNG) -> list[str]:
    """A line for each ring of the present life, the newest last."""
    present = [one for one in status.notifications if one.life == status.page.life]
    lines = [_rung(one, config) for one in present[-limit:]]
    if len(present) > limit:
        lines.insert(0, f"… {len(present) - limit} earlier")
    return lines


def _rung(one: Notification, config: Config) -> str:
    sign = {
        QUEUED: ":hourglass_flowing_sand:",
        ACKED: ":white_check_mark:",
        FAILED: ":x:",
        STALE: ":no_bell:",
    }.get(one.state, ":outbox_tray:")
    via = via_words(one.via, config)
    whom = who_words(f"#{one.channel}" if one.method == CHANNEL else str(one.person))
    return (
        f"{sign} *{whom}*{f' ({via})' if via else ''}, {METHODS.get(one.method, one.method)}: {_result(one)}"
    )


def _result(one: Notification) -> str:
    """Each state with its time: what a provider has said, and nothing more."""
    trouble = f": {literal(one.problem, 150)}" if one.problem else ""
    answer = f" ({literal(one.answer, 150)})" if one.answer else ""
    steps = [
        (one.accepted_at, "accepted", answer if one.delivered_at is None else ""),
        (one.delivered_at, "delivered", answer),
        (one.failed_at if one.accepted_at is None else None, "failed", trouble),
        (one.seen_at, "seen", ""),
        (one.acknowledged_at, "acknowledged", ""),
    ]
    said = [f"{word} {moment(at, '{time_secs}')}{more}" for at, word, more in steps if at is not None]
    if one.state == FAILED:
        pass
    elif one.state == STALE and one.accepted_at is None:
        said.append("not sent, as it is not needed any more")
    elif one.state == QUEUED and one.leaves_at > one.created_at:
        said.append(f"goes out at {moment(one.leaves_at, '{time}')}")
    elif one.state == QUEUED:
        said.append(f"not accepted yet{trouble}")
    return " → ".join(said)


def who_words(name: str) -> str:
    """Somebody by the name of app.yaml, without ringing at them once more; a bare account by its mention."""
    return mention(name) if is_user_id(name) else literal(name, NAME)


def via_words(via: str, config: Config) -> str:
    """The target that led to somebody: "First responder", "@sre"; a person needs none."""
    kind, name = target(via) if ":" in via else ("", via)
    if kind == "schedule":
        schedule = config.schedule(name)
        return literal((schedule.title if schedule else None) or name, NAME)
    if kind == "group":
        return literal(f"@{name}", NAME)
    return "" if kind in ("person", "channel") else literal(name, NAME)


# -- what comes next ---------------------------------------------------------------------------------------------


def next_words(status: PageStatus) -> str:
    """ "Next: bo at 14:10 if nobody acknowledges"."""
    if status.missing:
        waits = f"All must acknowledge; still to come: *{', '.join(map(who_words, status.missing))}*"
        return "\n".join((waits, *(_next(one, status.page, "unless they do") for one in status.next)))
    return "\n".join(_next(one, status.page, "if nobody acknowledges") for one in status.next)


def _next(one: Next, page: Page, unless: str) -> str:
    at = moment(one.at, "{time}")
    who = ", ".join(map(who_words, one.who)) or "nobody, as nobody is on call"
    if one.what == ASKS:
        return f"Without news Tocsin asks {mention(page.acknowledged_by)} at {at}."
    if one.what == RINGS_AGAIN:
        return f"Still on it? Without an answer it rings again at {at}."
    if one.what == NOBODY_LEFT:
        return f"Nobody is left to ring. At {at} people get the list to call."
    if one.what == LAST_RESORT:
        return f"Last resort: *{who}* at {at}"
    if page.state == WAITING:
        return f"Rings *{who}* {moment(one.at)} unless somebody acknowledges before."
    if page.state in (SNOOZED, EXHAUSTED):
        return f"Begins anew at {at}: *{who}*"
    return f"Next: *{who}* at {at} {unless}"


# -- on the card ------------------------------------------------------------------------------------------------


def on_card(statuses: Sequence[PageStatus], config: Config, limit: int = 3) -> list[Block]:
    """The incident's pages: who was rung with which result, who has it, what comes next."""
    blocks: list[Block] = []
    for status in statuses[-limit:]:
        page = status.page
        told = rung_lines(status, config, 4)
        coming = next_words(status)
        words = "\n".join(filter(None, (*told, coming)))
        what = f" {literal(page.what, 150)}" if len(statuses) > 1 and not page.private else ""
        blocks.append(
            section(
                f"{mark(page)} *Page #{page.id}*{what} · {state_words(page)}",
                accessory=page_menu(page),
                block_id=f"{ON_CARD}menu-{page.id}",
            )
        )
        if words:
            blocks.append(context(words))
        blocks += acknowledge_row(page, place="card")
    if len(statuses) > limit:
        blocks.append(context(f"… and {len(statuses) - limit} more open pages: `/page list`."))
    return blocks
