"""Two people do to one incident, at the same moment, what does not go together: one is first, the other is told, and what
stands there afterwards agrees with itself.
"""

import asyncio
from datetime import timedelta

from bot.config import Config
from bot.reading.timelines import verified
from tests.acceptance.office import Json, Office, find_element, open_office, said
from tests.acceptance.redacting import asks_to_redact

# How often each pair of them crosses in one story: who is first is not to be told.
TIMES = range(1, 5)


async def declared(office: Office, count: int = 1) -> None:
    for number in range(1, count + 1):
        await office.ada.types(f"/incident declare sev3 Broken {number}")
        await office.bo.types(f"/incident join {number}")


async def at_once(office: Office, one: str, other: str) -> tuple[str, str]:
    """What Ada and Bo are told."""
    told = await asyncio.gather(office.ada.types(one, settle=False), office.bo.types(other, settle=False))
    await office.settled()
    return told[0], told[1]


def refused(answer: str) -> bool:
    return ":warning:" in answer


async def kinds(office: Office, number: int) -> list[str]:
    """In the order in which they were written."""
    entries = sorted(await office.timeline(number), key=lambda entry: entry["number"])
    return [entry["kind"] for entry in entries]


async def card(office: Office, number: int) -> Json:
    channel = await office.incident_channel(number)
    return next(m for m in await office.ada.messages(channel) if find_element([m], "incident.more"))


async def agrees(office: Office, number: int, status: str) -> None:
    """The record and the card say so, and the chain holds."""
    assert (await office.record(number))["status"] == status
    assert status.capitalize() in said(await card(office, number))
    for found in await verified(office.app.bot.db, number):
        assert found.broken is None, found.words()


async def test_what_is_merged_is_not_resolved_besides(office: Office) -> None:
    await declared(office, 1 + len(TIMES))
    for number in TIMES:
        source = number + 1
        await office.ada.types(f"/incident task {source} Look at the cache of {source}")
        merging, resolving = await at_once(
            office, f"/incident merge {source} into 1", f"/incident resolve {source} It was DNS"
        )
        record = await office.record(source)
        if record["merged_into"] is None:
            assert refused(merging)
            await agrees(office, source, "resolved")
        else:
            assert not refused(merging)
            assert refused(resolving) or "resolved" in await kinds(office, source)
            assert (await kinds(office, source)).count("merged") == 1
            await agrees(office, source, "closed")
        of_both = [task["title"] for one in (1, source) for task in (await office.record(one))["tasks"]]
        assert of_both.count(f"Look at the cache of {source}") == 1


async def test_nothing_is_merged_into_what_is_over(office: Office) -> None:
    await declared(office, 2 * len(TIMES))
    for number in TIMES:
        into, source = 2 * number - 1, 2 * number
        merging, resolving = await at_once(
            office, f"/incident merge {source} into {into}", f"/incident resolve {into} It was DNS"
        )
        assert not refused(resolving)
        there = await kinds(office, into)
        assert refused(merging) is ("merged_in" not in there)
        if not refused(merging):
            assert there.index("merged_in") < there.index("resolved")
        await agrees(office, into, "resolved")


async def test_what_is_closed_and_reopened_at_once_is_one_of_them(office: Office) -> None:
    await declared(office, len(TIMES))
    for number in TIMES:
        await office.ada.types(f"/incident resolve {number} It was DNS")
        closing, reopening = await at_once(
            office, f"/incident close {number}", f"/incident reopen {number} It is back"
        )
        assert not refused(reopening), "what is closed can be opened again, too"
        written = await kinds(office, number)
        assert refused(closing) is ("closed" not in written)
        if "closed" in written:
            assert written.index("closed") < written.index("reopened")
        await agrees(office, number, "investigating")
        record = await office.record(number)
        assert (record["resolved_at"], record["closed_at"]) == (None, None)


async def test_two_reopen_and_one_is_told(office: Office) -> None:
    await declared(office, len(TIMES))
    for number in TIMES:
        await office.ada.types(f"/incident resolve {number} It was DNS")
        line = f"/incident reopen {number} It is back"
        assert sorted(map(refused, await at_once(office, line, line))) == [False, True]
        assert (await kinds(office, number)).count("reopened") == 1
        await agrees(office, number, "investigating")


def archived_soon(config: Config) -> Config:
    channels = config.channels.model_copy(update={"archive_after": timedelta(days=1)})
    return config.model_copy(update={"channels": channels})


async def test_what_is_reopened_as_its_channel_is_archived_has_an_open_channel(database_url: str) -> None:
    async with open_office(database_url, change=archived_soon) as office:
        await declared(office)
        for _ in TIMES:
            await office.ada.types("/incident close 1 cancelled")
            office.clock.advance(days=1, minutes=1)
            office.app.engine.wake()
            await office.bo.types("/incident reopen 1 It was real", settle=False)
            await office.settled()
            await office.passes(minutes=1)
            channel = await office.channel(await office.incident_channel())
            assert not channel["is_archived"]
            await agrees(office, 1, "investigating")
            written = await kinds(office, 1)
            assert written.count("archived") == written.count("unarchived")


async def test_what_is_handed_to_whoever_leaves_is_theirs_until_they_hand_it_on(office: Office) -> None:
    await declared(office)
    await office.ada.types("/incident lead 1")
    channel = await office.incident_channel()
    await office.bo.joins(channel)
    place = (await office.channel(channel))["id"]
    await asyncio.gather(
        office.ada.types(f"/incident handover 1 {office.bo.mention} Beware", settle=False),
        office.bo.act("leave", {"channel": place}, settle=False),
    )
    await office.settled()
    assert (await office.record())["roles"] == {"lead": office.bo.id}
    assert any("Beware" in said(m) for m in await office.bo.direct_messages())
    assert not refused(await office.bo.types(f"/incident handover 1 {office.cleo.mention}"))
    assert (await office.record())["roles"] == {"lead": office.cleo.id}
    await agrees(office, 1, "investigating")


async def test_words_that_are_redacted_while_their_message_is_edited_do_not_come_back(office: Office) -> None:
    await declared(office)
    channel = await office.incident_channel()
    await office.bo.joins(channel)
    place = (await office.channel(channel))["id"]
    for _ in TIMES:
        ts = await office.bo.types("It is hunter22", channel)
        await office.bo.reacts("pushpin", channel, ts)
        entry = (await office.timeline())[-1]
        assert "hunter22" in entry["text"]
        await asks_to_redact(office.ada, entry["number"])
        await asyncio.gather(
            office.ada.submits(why="A password", settle=False),
            office.bo.act("edit", {"channel": place, "ts": ts, "text": "It is hunter22!"}, settle=False),
        )
        await office.settled()
        await office.ada.closes()
        assert "hunter22" not in str(await office.timeline())
        assert "nothing" in (await office.ada.types("/ops search hunter22")).lower()
    await agrees(office, 1, "investigating")
