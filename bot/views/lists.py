"""Lists of incidents: what is listed, a page at a time, and the form to find some."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.config import Config
from bot.core.search_words import LONGEST_TYPED
from bot.incidents.filters import ALL, OPEN, Filter, meant_instead
from bot.incidents.listing import MOST, PAGE, Listed
from bot.views.incident_fields import field_filters, type_input, type_name, wanted_words
from bot.views.incident_text import line, service_name, status_title
from bot.views.service_menu import services_menu
from bot.views.text import (
    Block,
    actions,
    button,
    context,
    escape,
    field,
    literal,
    mention,
    modal,
    moment,
    option,
    section,
    select,
    text_input,
)

HINT = "All the words, in any order; words in “quotes” stand next to each other."


def incident_list(listed: Listed, config: Config) -> list[Block]:
    """A page of incidents, the newest first."""
    if not listed.incidents:
        return [*_nothing(listed, config), _turn(listed)]
    head = " · ".join([f"*{list_text(listed)}*", *filter_words(listed.filter, config)])
    blocks: list[Block] = [section(head)]
    for incident in listed.incidents:
        blocks.append(
            section(
                line(incident, config, limit=200), accessory=button("Show", "incident.show", str(incident.id))
            )
        )
    blocks.append(_turn(listed))
    if foot := _foot(listed):
        blocks.append(context(*foot))
    return blocks


def list_text(listed: Listed) -> str:
    """How many there are, for those whom the blocks do not reach."""
    count = f"More than {listed.total:,}" if listed.is_more else str(listed.total)
    which = "open " if listed.filter.status == OPEN else ""
    return f"{count} {which}incident{'s' if listed.total != 1 else ''}"


def filter_words(which: Filter, config: Config) -> list[str]:
    """What is asked of those that are listed, but for whether they are open."""
    said = [] if which.status in (OPEN, ALL) else [status_title(which.status, config, emoji=False)]
    said += [", ".join(escape(name) for name in which.severities)] if which.severities else []
    said += [", ".join(service_name(name, config) for name in which.services)] if which.services else []
    said += [", ".join(type_name(name, config) for name in which.types)] if which.types else []
    said += [wanted_words(name, wanted, config) for name, wanted in which.fields]
    said += [f"with {mention(which.person)}"] if which.person else []
    said += [f"since {moment(which.since.at)}"] if which.since else []
    said += [f"until {moment(which.until.at)}"] if which.until else []
    said += [f"“{literal(which.words, 300)}”"] if which.words else []
    return said


def _nothing(listed: Listed, config: Config) -> list[Block]:
    if listed.filter.is_plain:
        is_open = listed.filter.status == OPEN
        words = ":sunny: No open incidents." if is_open else "No incident was ever declared."
        return [section(f"{words} `/incident declare` starts one.")]
    asked = " · ".join(filter_words(listed.filter, config))
    which = "open " if listed.filter.status == OPEN else ""
    meant = meant_instead(listed.filter, config)
    guess = f" Did you mean `/incident list {escape(meant)}`?" if meant else ""
    return [
        section(f":mag: No {which}incident fits: {asked}.{guess}"),
        context("Ask for less. What is private is listed for those who take part in it."),
    ]


def _turn(listed: Listed) -> Block:
    asked, page = listed.filter.written, listed.page
    turn = []
    if page > 0:
        turn.append(button("Newer", "list.newer", f"{page}:{asked}"))
    if page < _pages(listed) - 1:
        turn.append(button("Older", "list.older", f"{page + 2}:{asked}"))
    return actions("turn", *turn, button("Filter …", "list.filter", f"1:{asked}"))


def _foot(listed: Listed) -> list[str]:
    pages, said = _pages(listed), []
    if pages > 1:
        said.append(f"Page {listed.page + 1} of {pages}")
    if listed.is_more:
        said.append(f"Of the newest {MOST:,}; a period shows earlier ones: `/incident list until:2026-06-30`")
    elif listed.filter == Filter() and pages == 1:
        said.append("`/incident list all` shows the past ones too.")
    if listed.is_cut:
        said.append("Many texts have these words: looked at were the newest. More words find less.")
    return said


def _pages(listed: Listed) -> int:
    return -(-listed.total // PAGE)


def list_modal(listed: Listed, config: Config) -> Block:
    """The same for a reader who is in Home, or in the form."""
    return modal("list_results", "Incidents", incident_list(listed, config), close="Close")


def filter_form(which: Filter, config: Config, zone: ZoneInfo) -> Block:
    """To find incidents; what is asked for already is filled in."""
    statuses = [option("Open", OPEN), option("All", ALL)]
    statuses += [option(one.title, one.name) for one in config.statuses][:98]
    severities = [option(one.name, one.name) for one in config.severities]
    chosen = [one for one in severities if one["value"] in which.severities]
    severity = {**select(severities, placeholder="Any"), "type": "multi_static_select"}
    severity |= {"initial_options": chosen} if chosen else {}
    person: Block = {"type": "users_select"} | ({"initial_user": which.person} if which.person else {})
    blocks = [
        field("status", "Which?", select(statuses, initial=which.status)),
        field(
            "words",
            "With the words",
            text_input(longest=LONGEST_TYPED, initial=which.words),
            optional=True,
            hint=HINT,
        ),
        field("severities", "Severity", severity, optional=True),
    ]
    if config.services:
        services = services_menu(config, which.services)
        blocks.append(field("services", "Service", services, optional=True))
    # The one that is asked for; of several the form keeps the first.
    blocks += type_input(config, which.types[0] if which.types else None)
    blocks += field_filters(config.fields, which.fields)
    blocks += [
        field("person", "Who takes part?", person, optional=True),
        field("since", "Declared since", _day(which.since.at if which.since else None, zone), optional=True),
        # What is listed ends before that moment.
        field(
            "until",
            "Declared until",
            _day(which.until.at - timedelta(seconds=1) if which.until else None, zone),
            optional=True,
        ),
    ]
    return modal("list_filter", "Find incidents", blocks, submit="Find")


def _day(at: datetime | None, zone: ZoneInfo) -> Block:
    chosen = {"initial_date": at.astimezone(zone).date().isoformat()} if at else {}
    return {"type": "datepicker", **chosen}
