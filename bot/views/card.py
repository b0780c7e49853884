"""The card: the pinned message of an incident's channel, edited in place. And the same for one reader."""

from bot.config import Config, Role
from bot.incidents.queries import Situation
from bot.incidents.rows import Incident
from bot.views.alerts import alerts_words, failing_words, newest_words
from bot.views.incident_fields import classified_words
from bot.views.incident_text import (
    NAME,
    declarer,
    happened,
    headline,
    marks,
    service_words,
    severity_words,
    short_line,
    status_words,
)
from bot.views.page import on_card, rings
from bot.views.page_text import item_words, unpaged_words
from bot.views.task_text import card_line, named_link
from bot.views.text import (
    Block,
    actions,
    button,
    channel_link,
    confirm,
    context,
    header,
    link,
    literal,
    mention,
    moment,
    mrkdwn,
    notes,
    option,
    overflow,
    rich,
    section,
    span,
)

# Slack's section takes ten fields.
FACTS = 10
# So many failures are shown, and of one failure so many things that it befell.
PROBLEMS = 4
LINKS = 5


def card(situation: Situation, config: Config, *, source_link: str | None = None) -> list[Block]:
    """The incident at a glance and what can be done about it."""
    incident = situation.incident
    blocks: list[Block] = [header(headline(incident, config))]
    if marks(incident):
        blocks.append(context(*marks(incident)))
    blocks.append(
        {
            "type": "section",
            "fields": [mrkdwn(f"*{label}*\n{words}", 2000) for label, words in _facts(situation, config)],
        }
    )
    blocks.append(context(_dates(incident, source_link)))
    if classified := classified_words(incident, config):
        blocks.append(notes(" · ".join(classified)))
    if incident.summary:
        blocks.append(section(rich(incident.summary, 2500)))
    if situation.alerts is not None:
        newest = newest_words(situation.alerts, f"{incident.title}\n{incident.summary}")
        blocks.append(
            context(alerts_words(situation.alerts), *newest, *failing_words(situation.alerts, config))
        )
    blocks.extend(_last_update(situation))
    blocks.extend(_paging(situation, config))
    blocks.extend(_runbooks(situation))
    blocks.extend(_tasks(situation))
    blocks.extend(_links(situation))
    blocks.extend(_actions(situation))
    blocks.extend(_relations(situation, config))
    blocks.extend(_similar(situation, config))
    blocks.extend(_problems(situation))
    blocks.extend(_buttons(situation, config))
    return blocks


def card_text(incident: Incident, config: Config) -> str:
    """What notifications and screen readers get instead of the blocks."""
    return f"{literal(headline(incident, config, emoji=False), 1500)} – {status_words(incident, config, emoji=False)}"


def card_for_reader(situation: Situation, config: Config) -> list[Block]:
    """The card as `/incident show` gives it to one reader anywhere: with the way to the channel."""
    blocks = card(situation, config)
    incident = situation.incident
    if incident.channel_id is not None:
        blocks.insert(1, context(f"{channel_link(incident.channel_id)}"))
    return blocks


def _facts(situation: Situation, config: Config) -> list[tuple[str, str]]:
    incident = situation.incident
    facts = [("Severity", severity_words(incident, config)), ("Status", status_words(incident, config))]
    after = []
    if incident.service is not None:
        after.append(("Service", service_words(incident, config)))
    facts += _role_facts(situation, config, FACTS - len(facts) - len(after))
    return [*facts, *after]


def _dates(incident: Incident, source_link: str | None) -> str:
    origin = f" from {link(source_link, 'this message')}" if source_link is not None else ""
    if incident.retrospective:
        return f"{happened(incident)} · Written down by {declarer(incident)}{origin}"
    declared = f"Declared {moment(incident.declared_at)} by {declarer(incident)}{origin}"
    if incident.resolved_at is None:
        return declared
    took = span(incident.resolved_at - incident.declared_at)
    return f"{declared} · Resolved {moment(incident.resolved_at)}, after {took}"


def _role_facts(situation: Situation, config: Config, room: int) -> list[tuple[str, str]]:
    """Who does what. Where there are more roles than places, those that somebody has come first."""
    roles = sorted(config.roles, key=lambda role: role.name not in situation.roles)[:room]
    shown = []
    nobody = "_nobody yet_" if situation.incident.is_open else "_nobody_"
    for role in config.roles:
        if role in roles:
            holder = situation.roles.get(role.name)
            words = mention(holder) if holder else nobody
            shown.append((f"{role.emoji} {literal(role.title, NAME)}", words))
    return shown


def _last_update(situation: Situation) -> list[Block]:
    entry = situation.last_update
    end = situation.resolution
    if end is not None and end.data.get("text"):
        return [section(f"*What ended it*, by {mention(end.author)}\n{rich(str(end.data['text']), 2700)}")]
    if entry is None:
        return []
    words = f"*Last update*, {moment(entry.occurred_at)} by {mention(entry.author)}\n{rich(str(entry.data.get('text', '')), 1800)}"
    if entry.data.get("impact"):
        words += f"\n*Impact:* {rich(str(entry.data['impact']), 900)}"
    return [section(words)]


def _paging(situation: Situation, config: Config) -> list[Block]:
    """Who was rung and who has it; or why nobody is paged."""
    paging = situation.paging
    if not paging.pages and paging.unpaged is not None and situation.incident.is_open:
        return [context(unpaged_words(paging.unpaged, paging.item))]
    item = [context(words) for words in item_words(paging.item)]
    return [*(on_card(paging.pages, config) if paging.pages else ()), *item]


def _runbooks(situation: Situation) -> list[Block]:
    """What is written for such a case, and how its steps come into the channel."""
    if not situation.runbooks:
        return []
    named = [
        link(one.link, one.title[:NAME])
        if one.link and len(one.link) <= 300
        else f"*{literal(one.title, NAME)}*"
        for one in situation.runbooks
    ]
    return [context(f":book: {', '.join(named)}")]


def _tasks(situation: Situation) -> list[Block]:
    """How much is still to be done, and the first of it."""
    now = situation.tasks
    if now is None:
        return []
    lines = [f":clipboard: *Tasks*: {now.open} of {now.total} open", *map(card_line, now.first)]
    more = now.open - len(now.first)
    return [section("\n".join([*lines, *([f"… and {more} more"] if more > 0 else [])]))]


def _links(situation: Situation) -> list[Block]:
    """The first of them by name; one whose address is too long for the card is named alone."""
    links = situation.links
    if not links:
        return []
    more = [f"{len(links) - LINKS} more"] if len(links) > LINKS else []
    return [context(f":link: {' · '.join([*(named_link(one, 300) for one in links[:LINKS]), *more])}")]


def _actions(situation: Situation) -> list[Block]:
    """What was promised because of it."""
    now, number = situation.actions, situation.incident.id
    if now is None:
        return []
    items = f"{now.total} action item{'s' if now.total != 1 else ''}"
    done = f"{now.open} open" if now.open else "none of them open"
    return [context(f":ballot_box_with_check: {items}, {done}: `/ops actions #{number}`")]


# How another incident belongs to this one: by kind, and whether this one went into that.
_BELONGS = {
    ("related", True): ":link: Belongs together with",
    ("related", False): ":link: Belongs together with",
    ("duplicate", True): ":leftwards_arrow_with_hook: Instead of this one there is",
    ("duplicate", False): ":leftwards_arrow_with_hook: This one stands also for",
    ("merged", True): ":leftwards_arrow_with_hook: Merged into",
    ("merged", False): ":leftwards_arrow_with_hook: Merged into this one:",
}


def _relations(situation: Situation, config: Config) -> list[Block]:
    """What belongs to it."""
    return [
        context(f"{_BELONGS[one.kind, one.into]} {short_line(one.other, config)}")
        for one in situation.relations
    ]


def _similar(situation: Situation, config: Config) -> list[Block]:
    """Earlier ones that were like it: what helped then may help now."""
    return [context(f":mag: Like it{_when(one)}: {short_line(one, config)}") for one in situation.similar]


def _when(incident: Incident) -> str:
    return f", {moment(incident.declared_at, '{date_short}')}"


def _problems(situation: Situation) -> list[Block]:
    """What could not be done yet, so that nobody relies on it."""
    if not situation.problems:
        return []
    by_mend: dict[str, list[str]] = {}
    for problem in situation.problems:
        if problem.mend:
            by_mend.setdefault(problem.mend, []).append(problem.what or "something")
    lines = [
        f":warning: {_listed(failed)} failed. {rich(mend, 600)}"
        for mend, failed in list(by_mend.items())[:PROBLEMS]
    ]
    return [context(*lines, "Tocsin keeps trying; the timeline tells more.")]


def _listed(failed: list[str]) -> str:
    """What failed, each once, in so many words as a line takes."""
    names = list(dict.fromkeys(failed))
    more = [f"{len(names) - PROBLEMS} more"] if len(names) > PROBLEMS else []
    words = [rich(name, 200) for name in names[:PROBLEMS]] + more
    listed = " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
    return listed[:1].upper() + listed[1:]


def _buttons(situation: Situation, config: Config) -> list[Block]:
    incident = situation.incident
    number = str(incident.id)
    rows: list[Block] = []
    free = [role for role in config.roles if role.name not in situation.roles]
    if incident.is_open and free:
        rows.append(actions("roles", *(_take(role, number) for role in free[:5])))
    work = []
    if incident.is_open:
        # One thing at a time stands out: a page that rings comes first.
        ringing = any(rings(status.page) for status in situation.paging.pages)
        work += [
            button("Update", "incident.update", number, style=None if ringing else "primary"),
            button("Severity", "incident.severity", number),
            button("Status", "incident.status", number),
            button("Page …", "page.open", number),
            button("Resolve", "incident.resolve", number),
        ]
        if situation.alerts is not None and situation.alerts.checks:
            work.append(button("Checks", "incident.checks", number))
        if situation.runbooks:
            work.append(button("Runbook …", "runbook.choose", number))
    elif incident.is_resolved:
        work += [
            button("Close", "incident.close", number, confirm=_closing(incident)),
            button("Reopen", "incident.reopen", number),
        ]
    elif incident.merged_into is None:
        work.append(button("Reopen", "incident.reopen", number))
    rows.append(actions("work", *work, overflow("incident.more", *_more(situation))))
    rows.append(actions("share", *_sharing(situation)))
    return rows


def _sharing(situation: Situation) -> list[Block]:
    """What is to be done, what is needed for it, and what whoever comes next must know."""
    number = str(situation.incident.id)
    found = [
        button("Tasks …", "incident.task.list", number),
        button("Links …", "incident.link.list", number),
        button("Catch me up", "incident.catch_up", number),
    ]
    if situation.roles and not situation.incident.is_closed:
        found.append(button("Hand over …", "incident.handover", number))
    return found


def _take(role: Role, number: str) -> Block:
    return button(f"Join as {role.title.lower()}", f"incident.take.{role.name}", number)


def _closing(incident: Incident) -> Block:
    return confirm(
        f"Close incident #{incident.id}?",
        "A closed incident is a record: it takes notes, and no more changes unless it is reopened.",
        "Close it",
    )


def _more(situation: Situation) -> list[Block]:
    """Five at most. What an open one has no room for is a click further: *Timeline* exports, *Resolve* closes, too."""
    incident = situation.incident
    number = incident.id
    options = [option("Timeline", f"{number}:timeline"), option("Add a note", f"{number}:note")]
    if not incident.is_closed:
        options.append(option("Edit title, summary, fields", f"{number}:details"))
    if incident.is_open:
        options.append(option("Merge into another …", f"{number}:merge"))
    else:
        options.append(option("Export the timeline", f"{number}:export"))
    if situation.problems:
        options.append(option("Try again what failed", f"{number}:retry"))
    elif incident.is_open:
        options.append(option("Close, as it was none …", f"{number}:close"))
    return options
