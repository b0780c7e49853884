"""Runbooks: what is written for an incident, its steps in the channel, and the commands that they carry."""

import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.config.sections.runbooks import Command, RunbookPage, Runbooks
from bot.runbooks import commands as command_verbs
from bot.runbooks.rows import CommandRun
from tests.acceptance.kit import messages
from tests.acceptance.office import Json, Office, find_element, open_office, said, sample

WRITES = "import sys; print('rolling back'); print('to release 41'); sys.exit({})"


def with_commands(status: int = 0, **more: Any) -> Callable[[Config], Config]:
    """The sample with a rollback that writes two lines and ends with this status."""

    def change(config: Config) -> Config:
        rollback = Command.model_validate(
            {
                "name": "rollback",
                "title": "Roll back",
                "argv": [sys.executable, "-c", WRITES.format(status)],
                "allowed": ["everybody"],
                **more,
            }
        )
        others = tuple(one for one in config.commands if one.name != "rollback")
        return config.model_copy(update={"commands": (*others, rollback), "runbooks": sample().runbooks})

    return change


@asynccontextmanager
async def open_runbooks(database_url: str, change: Callable[[Config], Config]) -> AsyncIterator[Office]:
    """An office with the sample's runbooks, which have been read."""

    def with_runbooks(config: Config) -> Config:
        return change(config.model_copy(update={"runbooks": sample().runbooks}))

    async with open_office(database_url, change=with_runbooks) as office:
        await office.settled()
        yield office


@pytest.fixture
async def office(database_url: str) -> AsyncIterator[Office]:
    async with open_runbooks(database_url, with_commands()) as office:
        yield office


async def checklist(office: Office, number: int = 1) -> Json:
    channel = await office.incident_channel(number)
    found = [m for m in await office.ada.messages(channel) if "of" in m["text"] and "Runbook “" in m["text"]]
    assert len(found) == 1
    return found[0]


async def thread(office: Office, number: int = 1) -> list[Json]:
    channel = await office.channel(await office.incident_channel(number))
    return await messages(office, channel["id"], (await checklist(office, number))["ts"])


async def kinds(office: Office, kind: str) -> list[Json]:
    return [entry["data"] for entry in await office.timeline() if entry["kind"] == kind]


# -- the steps ----------------------------------------------------------------------------------------------------


async def test_the_card_names_the_runbooks_of_its_service_and_a_button_posts_their_steps(
    office: Office,
) -> None:
    await office.ada.types("/incident declare sev1 service:search Nothing is found")
    channel = await office.incident_channel()
    (card,) = [m for m in await office.ada.messages(channel) if find_element([m], "incident.more")]
    assert "Refresh of the cache" in said(card)
    assert "Rollback of a deployment" not in said(card)
    await office.ada.clicks("Runbook …", channel=channel)
    assert "4 steps · last tested Thu 20 Aug 2026" in await office.ada.is_told(channel)
    await office.ada.clicks("Post the steps", channel=channel)
    shown = said(await checklist(office))
    assert "0 of 4 done" in shown
    assert "*2.* Take out one kind of entries at a time" in shown


async def test_each_tick_is_on_the_timeline_and_can_be_taken_back(office: Office) -> None:
    await office.ada.types("/incident declare sev1 service:search Nothing is found")
    channel = await office.incident_channel()
    await office.bo.types("/incident join 1")
    answer = await office.bo.types("/incident runbook cache-refresh", channel)
    assert "The steps of “Refresh of the cache” come into the channel of #1" in answer
    await office.bo.clicks("Done", channel=channel)
    shown = said(await checklist(office))
    assert "1 of 4 done" in shown
    assert f"{office.bo.shown} at" in shown
    (entry,) = [e for e in await office.timeline() if e["kind"] == "runbook_step"]
    assert (entry["author"], entry["data"]["step"]) == (office.bo.id, 1)
    await office.ada.clicks("Undo", channel=channel)
    assert "0 of 4 done" in said(await checklist(office))
    assert [e.get("undone") for e in await kinds(office, "runbook_step")] == [None, True]
    assert "already" in await office.ada.types("/incident runbook cache-refresh", channel)
    assert "Did you mean cache-refresh?" in await office.ada.types("/incident runbook cache-refesh", channel)


async def test_a_private_incidents_steps_stay_in_its_channel(office: Office) -> None:
    await office.ada.types("/incident declare")
    await office.ada.submits(title="A breach", severity="SEV1", service="search", options=["private"])
    assert "come into the channel" in await office.ada.types("/incident runbook 1 cache-refresh")
    assert "There is no incident #1" in await office.bo.types("/incident runbook 1 cache-refresh")
    for name in ("incidents", "general"):
        assert "Refresh of the cache" not in str([m["text"] for m in await office.bo.messages(name)])


# -- commands -----------------------------------------------------------------------------------------------------


async def rolled_back(office: Office) -> str:
    """Somebody is about to roll back; returns the channel."""
    await office.ada.types("/incident declare sev1 service:checkout Nobody can pay")
    channel = await office.incident_channel()
    await office.ada.types("/incident runbook deployment-rollback", channel)
    await office.ada.clicks("Run: Roll back …", channel=channel)
    return channel


async def test_a_command_runs_after_its_exact_words_were_confirmed(office: Office) -> None:
    await rolled_back(office)
    assert "rolling back" in said(await office.ada.modal())
    assert await thread(office) == []
    await office.ada.submits()
    (message,) = await thread(office)
    assert ":white_check_mark: *Roll back* ended well: status 0" in said(message)
    assert "to release 41" in said(message)
    told = await kinds(office, "command")
    assert [entry["what"] for entry in told] == ["confirmed", "done"]
    assert told[0]["argv"][0] == sys.executable
    assert told[1]["output"] == "rolling back\nto release 41"


async def test_those_who_may_approve_are_called_in_the_channel(database_url: str) -> None:
    change = with_commands(
        0, needs="second_person", allowed=["person:ada"], approvers=["role:lead", "person:ada"]
    )
    async with open_runbooks(database_url, change) as office:
        await office.ada.types("/incident declare sev1 service:checkout Nobody can pay")
        channel = await office.incident_channel()
        await office.bo.types("/incident lead", channel)
        await office.ada.types("/incident runbook deployment-rollback", channel)
        await office.ada.clicks("Run: Roll back …", channel=channel)
        await office.ada.submits()
        seen = [one for one in await office.bo.messages(channel) if find_element([one], "Approve and run")]
        assert f"{office.bo.shown} Please look at it" in said(seen[0])
        assert f"{office.ada.shown} Please" not in said(seen[0])
        await office.bo.clicks("Approve and run", channel=channel)
        assert [e["what"] for e in await kinds(office, "command")] == ["asked", "approved", "done"]


async def test_a_second_person_approves_and_never_the_same(database_url: str) -> None:
    change = with_commands(3, needs="second_person", allowed=["person:ada", "role:lead"])
    async with open_runbooks(database_url, change) as office:
        channel = await rolled_back(office)
        await office.ada.submits()
        (message,) = await thread(office)
        assert "waits for somebody else's approval" in said(message)
        # All in the channel read it, with its buttons; whoever reads no thread, too.
        seen = [one for one in await office.bo.messages(channel) if one["ts"] == message["ts"]]
        assert len(seen) == 1
        assert "It may be approved by: ada, whoever has the role" in said(seen[0])
        run = find_element(seen, "Approve and run")
        assert run is not None

        async def approves(person: Any) -> str:
            place = (await office.channel(channel))["id"]
            body = {"container": {"channel": place, "ts": message["ts"]}, "action_id": run["action_id"]}
            await person.act("click", {**body, "block_id": run["block_id"]})
            return str(await person.is_told(channel))

        assert "Nobody approves what they asked for themselves" in await approves(office.ada)
        assert "You may not approve “Roll back”" in await approves(office.bo)
        await office.bo.types("/incident lead", channel)
        await approves(office.bo)
        (message,) = await thread(office)
        assert "may be approved by" not in said(message)
        assert ":x: *Roll back* failed: status 3" in said(message)
        assert f"Approved by {office.bo.shown}" in said(message)
        assert [e["what"] for e in await kinds(office, "command")] == ["asked", "approved", "failed"]


async def test_who_may_not_run_it_is_told_who_may(database_url: str) -> None:
    async with open_runbooks(database_url, with_commands(allowed=["person:bo"])) as office:
        channel = await rolled_back(office)
        assert "You may not run “Roll back”. Those who may: bo" in await office.ada.is_told(channel)
        await office.bo.clicks("Run: Roll back …", channel=channel)
        await office.bo.submits()
        assert [e["what"] for e in await kinds(office, "command")] == ["confirmed", "done"]


async def test_a_run_whose_process_is_gone_is_told_as_unknown_and_not_begun_again(database_url: str) -> None:
    async with open_runbooks(database_url, with_commands()) as office:
        await rolled_back(office)
        bot = office.app.bot

        async def nothing() -> None:
            """This process looks at no runs."""

        office.app.parts.commands.run = nothing  # type: ignore[method-assign]
        steps = office.app.engine._steps
        office.app.engine._steps = [step for step in steps if step.name != "commands"]
        await office.ada.submits()
        async with bot.db.begin() as session:  # another process takes it, and dies
            run = await command_verbs.claim(
                session, 1, config=office.config, worker="gone", now=office.clock.now()
            )
            assert run is not None
        office.app.engine._steps = steps
        await office.stop_bot()
        await office.start_bot()
        await office.passes(minutes=1)
        (message,) = await thread(office)
        assert "has an unknown outcome" in said(message)
        assert "It is not begun again by itself" in said(message)
        assert [e["what"] for e in await kinds(office, "command")] == ["confirmed", "unknown"]
        # Whoever wants it again says so.
        await office.ada.clicks("Run: Roll back …", channel=await office.incident_channel())
        await office.ada.submits()
        assert (await kinds(office, "command"))[-1]["what"] == "done"


async def test_a_command_that_cannot_be_begun_is_tried_again_and_holds_up_no_other_step(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, tries = command_verbs.claim, []

    async def stumbles(session: AsyncSession, number: int, **more: Any) -> CommandRun | None:
        tries.append(number)
        if len(tries) == 1:
            raise ValueError("a fault of ours")
        return await real(session, number, **more)

    monkeypatch.setattr(command_verbs, "claim", stumbles)
    await rolled_back(office)
    await office.ada.submits()
    assert office.app.engine.failing == frozenset()
    assert [e["what"] for e in await kinds(office, "command")] == ["confirmed"]
    await office.passes(minutes=2)
    assert [e["what"] for e in await kinds(office, "command")] == ["confirmed", "done"]
    assert len(tries) == 2


async def test_what_takes_too_long_is_ended_and_secrets_do_not_show(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEPLOY_TOKEN", "abc-secret-123")
    words = "import os, time; print('with', os.environ['DEPLOY_TOKEN'], flush=True); time.sleep(60)"
    change = with_commands(argv=[sys.executable, "-c", words], timeout="2s", environment=["DEPLOY_TOKEN"])
    async with open_runbooks(database_url, change) as office:
        await rolled_back(office)
        await office.ada.submits()
        (message,) = await thread(office)
        assert "took longer than 2s and was ended" in said(message)
        assert "with (hidden)" in said(message)
        assert "abc-secret" not in str(await office.record())


# -- tested, stale ------------------------------------------------------------------------------------------------


async def test_the_list_tells_what_is_stale_and_its_owner_is_reminded(
    database_url: str, tmp_path: Path
) -> None:
    today = datetime.now(UTC).date()
    fresh, old = today - timedelta(days=10), today - timedelta(days=200)
    (tmp_path / "fresh.md").write_text(f"---\nowner: bo\ntested: {fresh}\n---\n# Failover\n\n1. Promote\n")
    (tmp_path / "old.md").write_text(f"---\nowner: dev\ntested: {old}\n---\n# Renewal\n\n1. Renew it\n")
    (tmp_path / "never.md").write_text("# Cleanup\n\n1. Look\n")

    def change(config: Config) -> Config:
        return config.model_copy(update={"runbooks": Runbooks(folder=str(tmp_path))})

    def reminders(calls: list[Json]) -> list[str]:
        return [str(call) for call in calls if "is stale" in str(call)]

    async with open_runbooks(database_url, change) as office:
        shown = await office.ada.types("/ops runbooks")
        assert "3 runbooks" in shown
        assert f"kept by dev · last tested {old:%a} {old.day} {old:%b %Y} · *stale*" in shown
        assert "never tested · *stale*" in shown
        assert f"kept by bo · last tested {fresh:%a} {fresh.day} {fresh:%b %Y}\n" in shown
        await office.passes(days=2)
        told = reminders(await office.calls("chat.postMessage"))
        assert [sum(title in one for one in told) for title in ("Cleanup", "Renewal", "Failover")] == [
            1,
            1,
            0,
        ]
        assert "Renewal" in said(await office.dev.direct_messages())
        assert "Cleanup" in await office.ada.reads("incidents")  # it has no owner
        await office.passes(days=2)
        assert len(reminders(await office.calls("chat.postMessage"))) == 2
        await office.passes(days=5)
        assert len(reminders(await office.calls("chat.postMessage"))) == 4
        await office.ada.types("/ops runbooks")
        await office.ada.clicks("Show", channel="general")
        assert "1. Promote" in await office.ada.is_told()
        await office.ada.clicks("Mark as tested", channel="general")
        assert "was tested today" in await office.ada.is_told()
        assert "1. Renew it" in await office.ada.types("/ops runbooks show Renewal")
        assert "Which runbook?" in await office.ada.types("/ops runbooks show")
        assert "Did you mean old?" in await office.ada.types("/ops runbooks show olt")


# -- where they come from -----------------------------------------------------------------------------------------


async def test_a_broken_file_leaves_the_last_good_copy(database_url: str, tmp_path: Path) -> None:
    (tmp_path / "books").mkdir()
    file = tmp_path / "books" / "failover.md"
    file.write_text("---\nservices: [search]\n---\n# Failover\n\n1. Promote the replica\n")

    def change(config: Config) -> Config:
        books = Runbooks(folder=str(tmp_path / "books"))
        return config.model_copy(update={"runbooks": books})

    async with open_runbooks(database_url, change) as office:
        assert "Failover" in await office.ada.types("/ops runbooks")
        file.write_text("---\nservices: [serach]\n---\n# Failover\n\n1. Another step\n")
        await office.passes(minutes=3)
        shown = await office.ada.types("/ops runbooks")
        assert "The last good copy is used" in shown
        assert "failover.md:2" in shown
        await office.ada.types("/incident declare sev1 service:search Nothing is found")
        await office.ada.types("/incident runbook 1 failover")
        assert "Promote the replica" in said(await checklist(office))


async def test_one_that_is_kept_elsewhere_is_fetched_and_outlives_its_server(database_url: str) -> None:
    is_up = True

    async def answer(request: web.Request) -> web.Response:
        return web.Response(text="# Network\n\n1. Look at the link\n") if is_up else web.Response(status=503)

    served = web.Application()
    served.router.add_get("/network.md", answer)
    async with TestServer(served) as server:
        page = RunbookPage(name="network", url=str(server.make_url("/network.md")), severities=("SEV1",))

        def change(config: Config) -> Config:
            books = Runbooks(pages=(page,))
            return config.model_copy(update={"runbooks": books})

        async with open_runbooks(database_url, change) as office:
            assert "(`network`)" in await office.ada.types("/ops runbooks")
            is_up = False
            await office.passes(hours=1)
            assert "The last good copy is used" in await office.ada.types("/ops runbooks")
            await office.ada.types("/incident declare sev1 No network")
            await office.ada.types("/incident runbook 1 network")
            assert "Look at the link" in said(await checklist(office))
