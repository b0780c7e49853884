"""Messages about one thing that happened, and words for one person."""

from datetime import datetime

from bot.config import Config, Role
from bot.core.standing import marks_of
from bot.core.timeline import TimelineEntry
from bot.incidents.queries import PagingNow, Unpaged
from bot.incidents.rows import Incident
from bot.paging.urgency import Start
from bot.views.incident_text import NAME, happened, line, plain_drill
from bot.views.page_text import begins_words, paging_words
from bot.views.text import (
    Block,
    actions,
    button,
    channel_link,
    context,
    cut,
    escape,
    escaped,
    literal,
    mention,
    moment,
    rich,
    section,
)
from bot.views.timeline import slack_words


def entry_blocks(entry: TimelineEntry, incident: Incident, config: Config) -> list[Block]:
    """What happened, as a message. An update stands out; a change of state is one line, and so is what was amended."""
    if entry.kind == "update" and not marks_of(entry):
        blocks = [
            section(f":mega: *Update* by {mention(entry.author)}\n{rich(str(entry.data['text']), 2800)}")
        ]
        if entry.data.get("impact"):
            blocks.append(section(f"*Impact:* {rich(str(entry.data['impact']), 2900)}"))
        if entry.data.get("next_at"):
            blocks.append(
                context(f"The next one comes {moment(datetime.fromisoformat(entry.data['next_at']))}.")
            )
        return blocks
    return [section(slack_words(entry, config, limit=2500))]


def entry_text(entry: TimelineEntry, incident: Incident, config: Config) -> str:
    """The same for notifications: it also says which incident."""
    said = slack_words(entry, config, limit=500)
    return f"{plain_drill(incident)}{escape(incident.severity)} #{incident.id}: {said}"


def instructions_text(role: Role, incident: Incident) -> str:
    return f"You are {literal(role.title, NAME)} of #{incident.id} {literal(incident.title, 1000)}"


def instructions(role: Role, incident: Incident, config: Config, *, by: str, to: str) -> list[Block]:
    """What a role asks of the person who has it now."""
    assigned = "You took" if by == to else f"<@{by}> gave you"
    return [
        section(f"{role.emoji} {assigned} the role *{literal(role.title, NAME)}*\n{line(incident, config)}"),
        section(escaped(role.instructions.strip(), 3000)),
        # With the number, as it is read outside the channel.
        context(f"`{role.command} {incident.id} @name` hands it over."),
    ]


def declaring(incident: Incident, begins: Start | Unpaged, config: Config, now: datetime) -> str:
    """The answer to a declaration, at once; the news of `declared` takes its place."""
    return _declared(incident, begins_words(begins, now), config)


def declared(incident: Incident, paging: PagingNow, config: Config) -> str:
    """The news for the one who declared: where it is, and who is paged or why nobody is."""
    return _declared(incident, paging_words(paging, config), config)


def _declared(incident: Incident, paged: str, config: Config) -> str:
    if incident.retrospective:
        return _written_down(incident, config)
    place = "" if incident.channel_id is not None else "Its channel is being made; you will be invited to it."
    said = (f"Declared: {line(incident, config)}", place, paged)
    return cut("\n".join(filter(None, said)), 2900)


def _written_down(incident: Incident, config: Config) -> str:
    where = f"Its channel is {channel_link(incident.channel_id)}." if incident.channel_id else ""
    said = (
        f"Written down: {line(incident, config)}",
        f"{happened(incident)}. Nobody is paged or told.",
        where,
    )
    return cut("\n".join(filter(None, said)), 2900)


def declared_blocks(incident: Incident, paging: PagingNow, config: Config) -> list[Block]:
    return [
        section(declared(incident, paging, config)),
        actions("declared", button("Show", "incident.show", str(incident.id))),
    ]


def merged(number: int, into: Incident) -> str:
    """The answer to a merge."""
    where = f"in {channel_link(into.channel_id)}" if into.channel_id else "there"
    return f":white_check_mark: #{number} was merged into #{into.id}. It goes on {where}."


def reopened(incident: Incident) -> str:
    """The answer to a reopening, in words behind "#12: "."""
    if incident.archived_at is None:
        return "open again."
    return "open again. Its channel is archived: Tocsin asks Slack to open it, and tells you if you must."


def unarchive_by_hand(incident: Incident, config: Config) -> str:
    """How somebody opens the channel that Slack does not let Tocsin open."""
    steps = "Open it in Slack, choose *Unarchive channel* and type `/invite @Tocsin` there. What waits is said then; all else goes on."
    return f":warning: You reopened this incident, and Slack does not let Tocsin open its archived channel.\n{line(incident, config)}\n{steps}"


def joined(incident: Incident, config: Config) -> str:
    """The answer to "Join"."""
    where = (
        f"Its channel is <#{incident.channel_id}>."
        if incident.channel_id
        else "You will be invited to its channel."
    )
    return f":white_check_mark: You joined #{incident.id}. {where}"
