"""A secret word is planted in a private incident, wherever words can be planted, and looked for on every surface that
somebody else can see.
"""

import io
import logging
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import structlog
from sqlalchemy import select

from bot.backup.archive import Archive
from bot.backup.making import make
from bot.backup.verifying import verify
from bot.config import AutomationRule, Config, IncidentField
from bot.core import log
from bot.core.audit import audit_lines
from bot.oncall.feeds import make_feed_link
from bot.paging.links import make_link
from bot.paging.rows import Page
from bot.reading import configuration as configurations
from bot.reading import digests as digest_reading
from handlers.commands.check import SUBCOMMANDS as OF_CHECK
from handlers.commands.incident import SUBCOMMANDS as OF_INCIDENT
from handlers.commands.maintenance import SUBCOMMANDS as OF_MAINTENANCE
from handlers.commands.oncall import SUBCOMMANDS as OF_ONCALL
from handlers.commands.ops import SUBCOMMANDS as OF_OPS
from handlers.commands.page import SUBCOMMANDS as OF_PAGE
from playground.channels import Channel
from playground.people import BOT_USER, TEAM_ID
from tests.acceptance.office import Office, Person, open_office
from tests.acceptance.payloads import everything
from tests.acceptance.signed import posted

CANARY = "Zanzibarkanari"
TELLS = {"text": "*{severity}* {title}: {change}"}
RULES = (
    # Where private ones are not named, a rule is not about them.
    {
        "name": "support",
        "when": ["declared", "severity", "status"],
        "then": [{"message": {**TELLS, "channel": "#general"}}],
    },
    {
        "name": "among-us",
        "when": ["declared", "severity", "status"],
        "if": {"private": "only"},
        "then": [{"message": TELLS}, {"tasks": [f"Ask {CANARY} why"]}],
    },
)


def with_rules_and_a_field(config: Config) -> Config:
    update = {
        "automation": tuple(AutomationRule.model_validate(rule) for rule in RULES),
        "fields": (IncidentField.model_validate({"name": "ticket", "label": "Ticket"}),),
    }
    return config.model_copy(update=update)


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """All that the program writes, at its most talkative."""
    root = logging.getLogger()
    before, level, written = root.handlers[:], root.level, io.StringIO()
    log.configure("debug", as_json=True)
    structlog.configure(cache_logger_on_first_use=False)  # other stories have logs of their own
    (handler,) = root.handlers
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(written)
    yield written
    root.handlers[:] = before
    root.setLevel(level)
    structlog.reset_defaults()


async def planted(office: Office) -> str:
    """Ada's private incident, of payments: cleo and dev answer for it, the others do not. Returns its channel."""
    ada = office.ada
    await ada.types("/incident declare")
    errors = await ada.submits(
        title=f"{CANARY} stole the customers",
        summary=f"Seen in {CANARY}",
        severity="SEV1",
        service="payments",
        options=["private"],
    )
    assert errors == {}
    channel = await office.incident_channel()
    for words in (
        f"update It is {CANARY}",
        f"note Said by {CANARY}",
        f"title The {CANARY} theft",
        f"summary All that {CANARY} took",
        f"status identified By {CANARY}",
        f"severity sev2 For {CANARY}",
        f"task Call {CANARY}",
        f"link https://{CANARY.lower()}.example.com/x {CANARY}",
        f"action Never again {CANARY}",
        f"field ticket {CANARY}-1",
        "lead",
        f"handover {office.dev.mention} Beware of {CANARY}",
        "lead",
    ):
        answer = await ada.types(f"/incident {words}", channel)
        assert ":warning:" not in answer, (words, answer)
    ts = await ada.types(f"I saw {CANARY} myself", channel)
    place = (await office.channel(channel))["id"]
    file = {
        "id": "F1",
        "name": f"{CANARY}.png",
        "title": CANARY,
        "permalink": f"https://x.example/{CANARY}.png",
    }
    office.playground.workspace.channels[place].messages[ts].body["files"] = [file]
    await ada.reacts("pushpin", channel, ts)
    await ada.types("/incident export", channel)
    return channel


def is_own(channel: Channel, insiders: set[str]) -> bool:
    """Whether only those who take part read there."""
    return bool(channel.is_im and set(channel.members) & insiders) or channel.name.startswith(
        ("inc-1-", "inc-3-")
    )


def places(office: Office, insiders: set[str]) -> dict[str, Any]:
    """All that the workspace holds and somebody else could read, by where it is."""
    found: dict[str, Any] = {}
    workspace = office.playground.workspace
    for channel in workspace.channels.values():
        if is_own(channel, insiders):
            continue
        found[f"#{channel.name or channel.id}"] = {
            "topic": channel.topic,
            "purpose": channel.purpose,
            "bookmarks": channel.bookmarks,
            "messages": [message.with_metadata() for message in channel.messages.values()],
            "whispers": [m.with_metadata() for m in channel.ephemeral.values() if m.only_for not in insiders],
        }
    found |= {
        f"{user}'s Home": repr(view) for user, view in workspace.views.homes.items() if user not in insiders
    }
    # Exports and reviews that somebody asked for are theirs alone; what else was uploaded, pictures above all, may be seen.
    found |= {
        f"file {file.name}": (file.name, file.title, file.alt_text, file.content)
        for file in workspace.files.values()
        if not file.shares
        or not all(is_own(channel, insiders) for channel in map(workspace.channels.__getitem__, file.shares))
    }
    return found


async def over(office: Office, channel: str) -> None:
    """It is over, and reviewed in words of its own."""
    ada = office.ada
    await ada.types(f"/incident resolve {CANARY} gave it back", channel)
    await office.passes(minutes=1)
    await ada.clicks("Read and edit", channel=channel)
    view = await ada.modal()
    summary = next(block for block in view["blocks"] if block.get("block_id") == "section.summary")
    where = {"container": {"view": view["id"]}, "block_id": "section.summary"}
    await ada.act("click", {**where, "action_id": summary["accessory"]["action_id"]})
    assert await ada.submits(part_1=f"{CANARY} was here [^1]") == {}
    await ada.closes()
    await ada.types("/incident review 1 export", channel)
    await office.passes(hours=30)  # reviews, reminders
    await ada.types("/incident close", channel)


async def test_a_private_incidents_words_are_nowhere_else(
    database_url: str, logged: io.StringIO, tmp_path: Path
) -> None:
    async with open_office(
        database_url, change=with_rules_and_a_field, metrics_listen="127.0.0.1:0"
    ) as office:
        channel = await planted(office)
        await office.passes(minutes=20)  # pages are escalated
        insiders = set((await office.channel(channel))["members"]) - {
            BOT_USER
        }  # who is in each direct message
        outsiders = [p for p in (office.bo, office.eve, office.finn) if p.id not in insiders]
        assert office.ada.id in insiders
        assert outsiders

        # What is alike is declared in public by somebody who takes part, and tied to it.
        await office.ada.types("/incident declare sev3 Somebody stole the customers")
        await office.passes(minutes=1)
        assert "belong together" in await office.ada.types("/incident relate 2 1")
        # Another private one turns out to be the same.
        await office.ada.types("/incident declare")
        also = {"title": f"{CANARY} again", "severity": "SEV4", "service": "payments", "options": ["private"]}
        assert await office.ada.submits(**also) == {}
        assert "merged" in await office.ada.types(f"/incident merge 3 1 The same {CANARY}")

        seen: dict[str, Any] = {f"{where}, ringing": what for where, what in (await by_links(office)).items()}
        for person in outsiders:
            await person.home()
        nosy = outsiders[0]
        seen |= await all_words(nosy)
        seen |= await all_payloads(office, nosy)
        await office.settled()
        await over(office, channel)
        for person in outsiders:
            await person.home()

        seen |= places(office, insiders)
        seen |= {f"{line}, when it is over": what for line, what in (await all_words(nosy)).items()}
        seen |= await elsewhere(office)
        seen |= await by_links(office)
        seen["backup verify"] = await tried_backup(office, tmp_path / "backup.zip")
        assert [where for where in seen if where.startswith("file digest-")], "there are pictures"
        assert {where for where, what in seen.items() if CANARY.lower() in repr(what).lower()} == set()
        assert CANARY in await office.ada.reads(channel), "it is where it belongs"
    written = logged.getvalue()
    assert "Refused" in written, "the logs were looked at"
    assert CANARY.lower() not in written.lower()


async def all_words(nosy: Person) -> dict[str, Any]:
    """Each word of each command, about what is not theirs; answers, and what opens."""
    answers: dict[str, Any] = {}
    commands = (OF_INCIDENT, OF_PAGE, OF_ONCALL, OF_CHECK, OF_MAINTENANCE, OF_OPS)
    typed = [
        f"{words.command} {one.name} {number}" for words in commands for one in words for number in (1, 2)
    ]
    typed += [
        f"/ops search {CANARY[:6]}",
        "/ops search customers",
        "/ops search stole",
        "/incident list all",
        "/page list",
        "/ops actions all",
        "/incident digest weekly",
        "/check",
        "/oncall",
    ]
    for line in typed:
        answers[line] = await nosy.types(line, settle=False)
    answers["what opened"] = await nosy.modals()
    return answers


async def all_payloads(office: Office, nosy: Person) -> dict[str, Any]:
    """Each button, form, menu and shortcut, as if it were about the incident and what hangs on it."""
    answers: dict[str, Any] = {}
    for name, payload in everything({"id": nosy.id, "team_id": TEAM_ID}):
        status, answers[name] = await posted(office, urlencode(payload).encode())
        assert status in (200, 403, 500), (name, status)
    return answers


async def elsewhere(office: Office) -> dict[str, Any]:
    """What is read beside Slack: figures, the audit log, HTTP."""
    bot, now = office.app.bot, office.clock.now()
    found: dict[str, Any] = {}
    for form in ("md", "html", "json", "csv"):
        found[f"report {form}"] = await digest_reading.report(
            bot.db, office.config, now - timedelta(days=7), now, form=form, now=now
        )
    async with bot.db.read() as session:
        found["audit log"] = [
            (line.act, line.by, line.data) for line in await audit_lines(session, limit=100_000)
        ]
    found["config history"] = await configurations.history(bot.db, limit=100)
    async with bot.db.begin() as session:
        make = partial(make_feed_link, session, config=office.config, by=office.eve.id, now=now)
        feeds = [await make(schedule="primary"), await make(person="cleo")]
    calendars = [f"/oncall/feed/{token}.ics" for token in (*feeds, "guessed")]
    for path in ("/healthz", "/readyz", "/nowhere", "/p/guessed", *calendars):
        async with office.http.get(f"{office.bot_url}{path}") as answer:
            found[path] = await answer.text()
    async with office.http.get(f"http://127.0.0.1:{office.app.metrics_port}/metrics") as answer:
        found["/metrics"] = await answer.text()
    return found


async def by_links(office: Office) -> dict[str, Any]:
    """What the pages behind acknowledgement links say, to whoever has the link."""
    bot, now = office.app.bot, office.clock.now()
    found: dict[str, Any] = {}
    async with bot.db.begin() as session:
        pages = (await session.scalars(select(Page.id).where(Page.private))).all()
        assert pages
        make = partial(make_link, session, signer=bot.signer, person="finn", user_id=None, now=now)
        tokens = [await make(page_id=page) for page in pages]
    for token in tokens:
        async with office.http.get(f"{office.bot_url}/p/{token}") as answer:
            assert answer.status in (200, 410), answer.status
            found[f"link to a page, {answer.status}"] = await answer.text()
    assert "rivate" in repr(found), "they tell that it is one"
    return found


async def tried_backup(office: Office, file: Path) -> Any:
    """What the command tells of it; the backup itself holds everything."""
    await make(office.database_url, file, now=office.clock.now())
    archive = Archive(file)
    try:
        return (await verify(archive)).as_json()
    finally:
        archive.close()


async def test_a_private_channel_that_cannot_be_made_is_never_a_public_one(office: Office) -> None:
    await office.fault("conversations.create", "error", error="restricted_action")
    await office.ada.types("/incident declare")
    await office.ada.submits(title=f"{CANARY} leak", severity="SEV1", options=["private"])
    await office.passes(minutes=30)
    created = await office.calls("conversations.create")
    assert created
    assert all(str(call["args"]["is_private"]).lower() in ("true", "1") for call in created)
    for name, what in places(office, {office.ada.id}).items():
        if name.startswith("#"):
            assert CANARY not in repr(what), name
    await office.no_faults()
    await office.passes(hours=1)
    assert (await office.channel(await office.incident_channel()))["is_private"]
