"""Several people do anything in any order, over real HTTP, and the bot is started anew in between: what stands in Slack –
card, topic, channel, announcement, App Home – agrees with what is written down, and nobody learns of what is not theirs.
"""

import json
import random
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config, IncidentField
from bot.config.sections.nudges import Nudges
from bot.core.chain import first_broken
from bot.core.outbox import OutboxItem
from bot.core.timeline import TimelineEntry
from bot.core.viewer import PROGRAM, Viewer
from bot.delivery.channel_parts import TopicSender
from bot.delivery.incident_messages import AnnouncementSender, CardSender
from bot.delivery.sender import Sender
from bot.delivery.slack import Call
from bot.incidents.queries import by_number, open_incidents, responders_of
from bot.incidents.rows import Incident
from playground import membership
from playground.channels import Channel
from playground.people import TEAM_ID
from tests.acceptance.office import Json, Office, Person, find_element, open_office, said
from tests.acceptance.signed import posted
from tests.examples import examples
from tests.lifecycles import concluded

AT_MOST = 3
# Only who takes part in what is private may ever meet this word.
SECRET = "Zanzibarkanari"
WORDS = (
    "The errors are back",
    "<!channel> & <https://evil.example|x> *_~`",
    "שלום 🦜 " + "ä" * 3100,
    "one\ntwo\x00three",
    ":white_check_mark: @bo #general -- 1 2 3",
)
# `{n}` is the incident, `{m}` another one, `{words}` what somebody writes.
LINES = (
    "update {n} {words}",
    "status {n} identified {words}",
    "status {n} monitoring",
    "status {n} resolved {words}",
    "status {n} closed",
    "status {n}",
    "severity {n} sev3 {words}",
    "severity {n} sev1",
    "title {n} {words}",
    "summary {n} {words}",
    "field {n} ticket {words}",
    "field {n}",
    "note {n} {words}",
    "lead {n}",
    "comms {n} @bo",
    "join {n}",
    "handover {n} @bo {words}",
    "task {n} {words}",
    "tasks {n} done 1",
    "link {n} https://example.com/{n} {words}",
    "merge {n} {m} {words}",
    "relate {n} {m}",
    "unrelate {n} {m}",
    "resolve {n} {words}",
    "resolve {n}",
    "close {n} duplicate of #{m}",
    "close {n} false positive {words}",
    "close {n}",
    "reopen {n} {words}",
    "reopen {n}",
    "show {n}",
    "catchup {n}",
)
BUTTONS = (
    "incident.take.lead",
    "incident.update",
    "incident.status",
    "incident.severity",
    "incident.resolve",
    "incident.close",
    "incident.reopen",
    "incident.join",
    "incident.handover",
    "incident.task.list",
    "incident.catch_up",
    "nudge.goes_on",
    "nudge.snooze.30",
    "nudge.stop",
    "page.acknowledge",
    "page.resolve",
)
MENU = ("timeline", "note", "details", "merge", "close", "retry", "export")
# What is filled into whichever form is open, where it has such an input.
FILLED = ("text", "title", "summary", "impact", "field.ticket")


def lively(config: Config) -> Config:
    """Channels are archived after two days, all questions are asked, and a field can be filled in. A call that a busy machine
    makes slow is not put off: nothing is to be on its way when we look.
    """
    patience = {"slack_timeout": timedelta(seconds=60), "lease": timedelta(seconds=90)}
    return config.model_copy(
        update={
            "delivery": config.delivery.model_copy(update=patience),
            "channels": config.channels.model_copy(update={"archive_after": timedelta(days=2)}),
            "nudges": Nudges(),
            "fields": (IncidentField.model_validate({"name": "ticket", "label": "Ticket"}),),
        }
    )


# What happens, by the name of its method below, and how often beside the others.
STEPS = {
    "types": 14,
    "clicks": 8,
    "submits": 7,
    "chooses": 4,
    "clicks_what_is_gone": 4,
    "declares": 3,
    "time_passes": 3,
    "joins": 2,
    "leaves": 1,
    "somebody_archives": 2,
    "the_bot_is_started_anew": 2,
}
LENGTH = 30
SEEDS = range(1, examples(1) + 1)


class Walk:
    """Ada and Bo work together, Eve is never asked into what is private, Gil is a guest who sits in every public channel.

    Each step draws what it does from a seed of its own: that one is left out changes nothing in the others.
    """

    def __init__(self, office: Office, gil: Person) -> None:
        self.office, self.gil = office, gil
        self.people = {"ada": office.ada, "bo": office.bo, "eve": office.eve, "gil": gil}
        self._looks_next = 0

    async def takes(self, step: str, seed: int) -> None:
        await getattr(self, step)(random.Random(seed))
        await self._all_agree()

    # -- what people do --------------------------------------------------------------------------------------

    async def declares(self, chance: random.Random) -> None:
        """Eve and Gil only what all may know."""
        before = await self._how_many()
        if before == AT_MOST:
            return
        person = self._somebody(chance)
        options = [one for one in ("private", "drill") if chance.random() < 0.4]
        if person in (self.office.eve, self.gil):
            options = [one for one in options if one != "private"]
        title = f"{SECRET} leaked" if "private" in options else "Checkout is down"
        await self._sends(person, "command", {"channel": "C01GENERAL", "text": "/incident declare"})
        values = {"title": title, "severity": "SEV2", "service": "payments", "options": options}
        await self._submits(person, values)
        made = await self._how_many() - before
        assert made == (person is not self.gil), "guests declare nothing, others one"
        if made and "private" not in options:
            await self._joins(self.gil, before + 1)

    async def types(self, chance: random.Random) -> None:
        n, m, words = self._one(chance), self._one(chance), chance.choice(WORDS)
        text = f"/incident {chance.choice(LINES).format(n=n, m=m, words=words)}"
        await self._sends(self._somebody(chance), "command", {"channel": "C01GENERAL", "text": text})

    async def clicks(self, chance: random.Random) -> None:
        await self._clicks(self._somebody(chance), chance.choice(BUTTONS), self._one(chance))

    async def chooses(self, chance: random.Random) -> None:
        n = self._one(chance)
        value = f"{n}:{chance.choice(MENU)}"
        await self._clicks(self._somebody(chance), "incident.more", n, value=value)

    async def clicks_what_is_gone(self, chance: random.Random) -> None:
        """A button that stands there no more, or that never was there for this person."""
        person, button, n = self._somebody(chance), chance.choice(BUTTONS), chance.randint(1, 9)
        action = {"action_id": button, "block_id": "b", "type": "button", "value": str(n)}
        payload = {
            "type": "block_actions",
            "user": {"id": person.id, "team_id": TEAM_ID},
            "team": {"id": TEAM_ID},
            "channel": {"id": "C01GENERAL"},
            "trigger_id": self.office.playground.workspace.views.trigger(person.id, None),
            "actions": [action],
        }
        status, words = await posted(self.office, urlencode({"payload": json.dumps(payload)}).encode())
        assert status == 200, (button, words)
        await self.office.settled()

    async def submits(self, chance: random.Random) -> None:
        """Whatever form was opened, however long ago."""
        await self._submits(self._somebody(chance), dict.fromkeys(FILLED, chance.choice(WORDS)))

    async def somebody_archives(self, chance: random.Random) -> None:
        """In Slack's own menu."""
        channel, archived = self._channel(self._one(chance)), chance.random() < 0.5
        if channel is not None and channel.is_archived is not archived:
            workspace = self.office.playground.workspace
            membership.archive(workspace, channel, by=self.office.ada.id, archived=archived)
            await self.office.settled()

    async def joins(self, chance: random.Random) -> None:
        await self._joins(self._somebody(chance), self._one(chance))

    async def leaves(self, chance: random.Random) -> None:
        person, channel = chance.choice((self.office.ada, self.office.bo)), self._channel(self._one(chance))
        if channel is not None and person.id in channel.members:
            await person.act("leave", {"channel": channel.id})

    # -- what time does --------------------------------------------------------------------------------------

    async def time_passes(self, chance: random.Random) -> None:
        await self.office.passes(minutes=chance.choice((31, 31, 300, 3 * 1440)))

    async def the_bot_is_started_anew(self, chance: random.Random) -> None:
        """What is written meanwhile is read back."""
        await self.office.stop_bot()
        channel = self._channel(1)
        if channel is not None and self.office.bo.id in channel.members:
            words = SECRET if channel.is_private else "Is nobody there?"
            await self.office.bo.act("message", {"channel": channel.id, "text": words}, settle=False)
        self.office.clock.advance(minutes=chance.choice((0, 60)))
        await self.office.start_bot()
        await self.office.settled()

    # -- how it is done --------------------------------------------------------------------------------------

    def _somebody(self, chance: random.Random) -> Person:
        return self.people[chance.choice(("ada", "ada", "bo", "bo", "eve", "gil"))]

    def _one(self, chance: random.Random) -> int:
        """The number of an incident, which need not be there."""
        return chance.randint(1, AT_MOST)

    async def _how_many(self) -> int:
        async with self.office.app.bot.db.read() as session:
            return len((await session.scalars(select(Incident.id))).all())

    async def _sends(self, person: Person, act: str, body: Json) -> None:
        """What reaches the bot is answered, also when it is refused; some things Slack does not even send."""
        answer = await person.act(act, body)
        if answer.get("ok") is not False:
            assert answer.get("delivered"), (act, body, answer)
            assert answer["status"] == 200, (act, body, answer)

    async def _clicks(self, person: Person, button: str, n: int, *, value: str | None = None) -> None:
        channel = self._channel(n)
        if channel is None or person.id not in channel.members:
            return
        shown = (await self.office.get(f"/people/{person.id}/messages", channel=channel.id))["messages"]
        for message in reversed(shown):
            if (element := find_element([message], button)) is not None:
                where = {"container": {"channel": channel.id, "ts": message["ts"]}}
                body = {**where, "action_id": button, "block_id": element["block_id"]}
                await self._sends(person, "click", body | ({"value": value} if value else {}))
                return

    async def _submits(self, person: Person, values: dict[str, Any]) -> None:
        views = (await self.office.get(f"/people/{person.id}/screen"))["views"]
        if not views:
            return
        inputs = {block["block_id"] for block in views[-1]["blocks"] if block["type"] == "input"}
        there = {name: value for name, value in values.items() if name in inputs}
        await self._sends(person, "submit", {"view": views[-1]["id"], "values": there})

    async def _joins(self, person: Person, n: int) -> None:
        channel = self._channel(n)
        if channel is not None and not channel.is_private and person.id not in channel.members:
            await person.act("join", {"channel": channel.id})

    def _channel(self, n: int) -> Channel | None:
        """The incident's channel; there is never a second one."""
        channels = self.office.playground.workspace.channels.values()
        found = [channel for channel in channels if channel.name.startswith(f"inc-{n}-")]
        assert len(found) <= 1, [channel.name for channel in found]
        return found[0] if found else None

    # -- what must be so, always -----------------------------------------------------------------------------

    async def _all_agree(self) -> None:
        async with self.office.app.bot.db.read() as session:
            incidents = [
                await by_number(session, number, PROGRAM)
                for number in await session.scalars(select(Incident.id).order_by(Incident.id))
            ]
            for incident in incidents:
                await self._its_timeline_tells_it(session, incident)
                await self._its_channel_shows_it(session, incident)
                await self._it_is_announced(session, incident)
        everybody = list(self.people.values())
        self._looks_next = (self._looks_next + 1) % len(everybody)
        await self._sees_what_is_open(everybody[self._looks_next])
        self._others_learn_nothing()

    async def _its_timeline_tells_it(self, session: AsyncSession, incident: Incident) -> None:
        of_it = select(TimelineEntry).where(TimelineEntry.incident_id == incident.id)
        entries = (await session.scalars(of_it.order_by(TimelineEntry.number))).all()
        assert first_broken(entries) is None
        assert (incident.timeline_length, incident.timeline_head) == (len(entries), entries[-1].hash)
        assert concluded(entries) == (incident.status, incident.severity, incident.merged_into)
        did = {entry.author for entry in entries if entry.kind not in ("joined", "message")}
        assert self.gil.id not in did, "a guest acted"
        if incident.private and self.office.eve.id not in await responders_of(session, incident.id):
            assert self.office.eve.id not in did, "somebody acted who may not know of it"

    async def _its_channel_shows_it(self, session: AsyncSession, incident: Incident) -> None:
        channel = self._channel(incident.id)
        assert channel is not None
        assert channel.id == incident.channel_id
        assert channel.is_private == incident.private
        assert channel.is_archived == (incident.archived_at is not None)
        if channel.is_archived:
            return  # it shows what it showed: nothing can be changed there
        text = said(channel.messages[str(incident.card_ts)].body)
        wanted = said(await self._composed(session, CardSender, incident))
        if not incident.is_open:  # what was like it is news no more
            wanted, text = without_similar(wanted), without_similar(text)
        assert text == wanted
        for label, is_there in (
            ("Resolve", incident.is_open),
            ("Close", incident.is_resolved and not incident.is_closed),
            ("Reopen", not incident.is_open and incident.merged_into is None),
        ):
            assert (label in text.splitlines()) == is_there, (label, text)
        assert list(channel.pins) == [incident.card_ts]
        topic = await self._composed(session, TopicSender, incident)
        assert topic is None, "another topic is due"
        assert channel.topic["value"] == incident.topic
        assert incident.severity in str(incident.topic)

    async def _it_is_announced(self, session: AsyncSession, incident: Incident) -> None:
        place = self.office.playground.workspace
        (announcements,) = [one for one in place.channels.values() if one.name == "incidents"]
        told = [m for m in announcements.messages.values() if f"#{incident.id} " in said(m.body)]
        if not incident.is_announced:
            assert incident.announcement_ts is None
            assert SECRET not in repr(told)
            return
        message = announcements.messages[str(incident.announcement_ts)]
        assert said(message.body) == said(await self._composed(session, AnnouncementSender, incident))

    async def _composed(
        self, session: AsyncSession, sender: type[Sender], incident: Incident
    ) -> dict[str, Any] | None:
        """What would be sent now, if anything would; so what stands there must be the same."""
        item = OutboxItem(kind=sender.kind, incident_id=incident.id, about={}, doubtful=False)
        call = await sender(self.office.app.bot.config).compose(session, item, self.office.clock.now())
        return call.args if isinstance(call, Call) else None

    async def _sees_what_is_open(self, person: Person) -> None:
        view = await person.home()
        shown = {
            block["accessory"]["value"]
            for block in view["blocks"]
            if block.get("accessory", {}).get("action_id") == "incident.show"
        }
        async with self.office.app.bot.db.read() as session:
            theirs = await open_incidents(session, Viewer(person.id), limit=AT_MOST)
        assert shown == (set() if person is self.gil else {str(one.id) for one in theirs}), person.name

    def _others_learn_nothing(self) -> None:
        """Whatever Eve and Gil can see in this workspace, the secret is not there."""
        workspace = self.office.playground.workspace
        for person in (self.office.eve, self.gil):
            for channel in workspace.channels.values():
                if channel.is_private and person.id not in channel.members:
                    continue
                if channel.is_im and person.id not in channel.members:
                    continue
                there = [channel.topic, *(one.body for one in channel.messages.values())]
                there += [one.body for one in channel.ephemeral.values() if one.only_for == person.id]
                assert SECRET not in repr(there), (person.name, channel.name)
            assert SECRET not in repr(workspace.views.homes.get(person.id)), person.name


def drawn(seed: int) -> list[tuple[str, int]]:
    """The steps of a walk: what happens, and the seed that it draws the rest from."""
    chance = random.Random(seed)
    names = chance.choices(list(STEPS), list(STEPS.values()), k=LENGTH)
    return [("declares", 1), *((name, chance.randrange(10**6)) for name in names)]


async def walked(database_url: str, steps: list[tuple[str, int]]) -> None:
    async with open_office(database_url, change=lively) as office:
        walk = Walk(office, await office.newcomer("gil", is_restricted=True))
        for number, (step, seed) in enumerate(steps):
            try:
                await walk.takes(step, seed)
            except Exception as error:
                error.add_note(f"after these steps: {steps[: number + 1]}")
                raise


def without_similar(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if ":mag: Like it" not in line)


@pytest.mark.parametrize("seed", SEEDS)
async def test_slack_shows_what_is_so_whatever_people_do(database_url: str, seed: int) -> None:
    await walked(database_url, drawn(seed))
