"""A drill with everything on it: whatever names it says that it is one, and no figure changes because of it."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from bot.config import AutomationRule, Config, Webhook
from bot.config.sections.nudges import Nudges
from bot.reading import digests as digest_reading
from bot.reading import incidents as reading
from bot.reading import reviews as review_reading
from tests.acceptance.office import Json, Office, open_office, said, uses
from tests.acceptance.stand_in import ON_LOOPBACK, StandIn

WORD = "Flamingo"
# The drill, by its title or its number; its task, page and action item have numbers of their own.
NAMED = re.compile(rf"{WORD}|(SEV1|incident|review of) #1\b", re.IGNORECASE)
MOMENT = re.compile(r"[A-Z][a-z]{2} \d{1,2} [A-Z][a-z]{2} \d{2}:\d{2}")
SECRET = "whsec_" + "a2tra2tra2tra2tra2tra2tra2tra2tra2s="


def with_everything(providers: StandIn) -> Callable[[Config], Config]:
    """Nudges, and rules that are about drills, too."""
    hook = {"name": "hook", "url": f"{providers.url}/hook", "private_networks": ON_LOOPBACK}
    rule = {
        "name": "tells",
        "when": ["declared", "status"],
        "if": {"drill": "included"},
        "then": [{"message": {"text": "{title}: {change}", "channel": "#general"}}, {"webhook": "hook"}],
    }

    def change(config: Config) -> Config:
        update = {
            "nudges": Nudges(),
            "webhooks": (Webhook.model_validate(hook),),
            "automation": (AutomationRule.model_validate(rule),),
        }
        return config.model_copy(update=update)

    return change


async def declared(office: Office) -> str:
    await office.ada.types("/incident declare")
    form = {"title": f"{WORD} house on fire", "severity": "SEV1", "service": "payments"}
    assert await office.ada.submits(**form, summary="All birds out", options=["drill"]) == {}
    return await office.incident_channel()


async def worked_on(office: Office, channel: str) -> None:
    await office.cleo.types("/page ack 1")
    for words in (
        f"task {office.bo.mention} Count the birds",
        "link https://flamingo.example.com/plan The plan",
        f"action {office.bo.mention} 2026-12-31 Buy hoses",
        "update We count",
        "lead",
        f"handover {office.bo.mention} Mind the smallest",
        "note 1 It was the heater",
    ):
        answer = await office.ada.types(f"/incident {words}", channel)
        assert ":warning:" not in answer, (words, answer)


async def over(office: Office, channel: str) -> None:
    await office.ada.types("/incident resolve All birds are back", channel)
    await office.ada.types("/incident review 1 begin", channel)
    await office.settled()
    await office.ada.clicks("Read and edit", channel=channel)
    await uses(office.ada, "section.summary")
    assert await office.ada.submits(part_1="A drill went well. [^1]") == {}
    await office.ada.closes()


def unmarked(where: str, text: str, *, by_line: bool = False) -> list[tuple[str, str]]:
    """What names the drill without saying that it is one: of a list each line must."""
    parts = text.splitlines() if by_line else [text]
    return [(where, part) for part in parts if NAMED.search(part) and "drill" not in part.lower()]


async def told(office: Office, channel: str) -> list[tuple[str, str]]:
    """What stands in Slack outside the drill's own channel."""
    found = []
    workspace = office.playground.workspace
    for place in workspace.channels.values():
        if place.name == channel:
            continue
        for message in (*place.messages.values(), *place.ephemeral.values()):
            found += unmarked(place.name or place.id, said(message.body))
    for user, view in workspace.views.homes.items():
        found += unmarked(f"{user}'s Home", said(view.body), by_line=True)
    return found


@pytest.fixture
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOCSIN_WEBHOOK_HOOK", SECRET)


@pytest.mark.usefixtures("secret")
async def test_whatever_names_it_says_that_it_is_a_drill(database_url: str, providers: StandIn) -> None:
    async with open_office(database_url, change=with_everything(providers)) as office:
        channel = await declared(office)
        found = [*unmarked("name", channel), *unmarked("topic", (await office.channel(channel))["topic"])]
        await worked_on(office, channel)
        await office.passes(minutes=31)  # an update is asked for
        found += [
            one
            for person in (office.ada, office.bo)
            for one in unmarked("Home", said(await person.home()), by_line=True)
        ]
        for line in (
            "/incident list",
            "/incident show 1",
            "/incident timeline 1",
            "/incident tasks 1",
            "/incident tasks mine",
            "/incident catchup 1",
            "/page list",
            "/page show 1",
            "/ops actions",
            "/ops search birds",
        ):
            answer = await office.bo.types(line)
            shown = "\n".join([answer, said(await office.bo.modals())])
            found += unmarked(line, shown, by_line=line.endswith(("list", "mine", "actions", "birds")))
            for _ in await office.bo.modals():
                await office.bo.closes()
        await over(office, channel)
        for line in ("/incident list all", "/incident review 1", "/ops reviews", "/page show 1"):
            found += unmarked(line, await office.bo.types(line), by_line=line.endswith(("all", "reviews")))
        for form in ("md", "html", "json"):
            found += unmarked(
                f"export {form}", await reading.record(office.app.bot.db, 1, form, office.config)
            )
        record = await review_reading.record(office.app.bot.db, 1, office.config)
        found += unmarked("review", json.dumps(review_reading.as_data(record, office.config), default=str))
        await office.passes(hours=30)  # reminders of the review
        found += await told(office, channel)
        sent = [body for kind, body in providers.got]
        assert sent, "the webhook was called"
        found += [("webhook", str(body)) for body in sent if not is_marked(body)]
        assert found == [], "\n" + "\n".join(map(str, found))


def is_marked(body: Json) -> bool:
    return bool(body["data"]["incident"]["drill"])


async def figures(office: Office, at: Any) -> dict[str, str]:
    """All that is counted, of a span that has both in it."""
    bot = office.app.bot
    found = {
        form: await digest_reading.report(
            bot.db, office.config, at - timedelta(days=7), at + timedelta(days=1), form=form, now=at
        )
        for form in ("md", "html", "json", "csv")
    }
    for period in ("daily", "weekly"):
        assert "Adding up" in await office.bo.types(f"/incident digest {period}")
        told = await office.bo.is_told()
        assert f"{period.title()} digest" in told
        found[period] = MOMENT.sub("", told)  # up to when it tells goes on with the clock
    found["alerts"] = await office.bo.types("/ops alerts")
    return found


@pytest.mark.parametrize("kind", ["drill", "private"])
async def test_no_figure_changes_because_of_it(database_url: str, kind: str) -> None:
    """Nor because of a private one. Hardly a minute passes meanwhile: nothing else can have changed them."""
    async with open_office(database_url) as office:
        await office.ada.types("/incident declare sev1 service:payments Cards are refused")
        await office.cleo.types("/page ack 1")
        await office.ada.types("/incident resolve 1 Rolled back")
        at = office.clock.now()
        before = await figures(office, at)
        assert "Cards are refused" in before["md"] or "SEV1" in before["md"]
        await office.ada.types(f"/incident declare {kind} sev1 service:payments {WORD} house on fire")
        await office.cleo.types("/page ack 2")
        await office.ada.types("/incident action 2 Buy hoses")
        assert await figures(office, at) == before, "while it is open"
        await office.ada.types("/incident resolve 2 Out")
        await office.ada.types("/incident review 2 begin")
        assert await figures(office, at) == before, "when it is over"
