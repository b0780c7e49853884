"""The backlog as it is judged: priorities, the matrix, ideas, and going through it month by month."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.config import Config
from bot.config.sections.backlog import Backlog
from bot.delivery import backlog as delivery
from bot.delivery import drawing
from bot.reading import backlog as backlog_reading
from tests.acceptance.office import Office, open_office, said


def groomed_hourly(config: Config) -> Config:
    """Every hour, so that a story need not wait for a month."""
    backlog = Backlog.model_validate({"grooming": {"cadence": "0 * * * *", "channel": "incidents"}})
    return config.model_copy(update={"backlog": backlog})


@pytest.fixture(autouse=True)
def time_to_draw(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a machine that many tests share."""
    monkeypatch.setattr(drawing, "DRAWN_WITHIN", 28.0)


@pytest.fixture
async def office(database_url: str) -> AsyncIterator[Office]:
    async with open_office(database_url, change=groomed_hourly) as office:
        yield office


async def statuses(office: Office) -> dict[int, str]:
    items = await backlog_reading.listed(
        office.app.bot.db, office.config, service=None, everything=True, limit=100
    )
    return {item["number"]: item["status"] for item in items}


async def grooming(office: Office) -> str:
    found = [said(m) for m in await office.ada.messages("incidents") if "Backlog grooming" in said(m)]
    return found[-1] if found else ""


async def test_what_is_judged_comes_by_its_priority(office: Office) -> None:
    for title in ("Old and unjudged", "Dear but vital", "A bargain", "Costly trifle", "Small change"):
        await office.ada.types(f"/ops backlog add {title}")
    for number, impact, effort in (
        (2, "high", "high"),
        (3, "high", "low"),
        (4, "low", "high"),
        (5, "low", "low"),
    ):
        answer = await office.bo.types(f"/ops backlog judge {number} {impact} {effort}")
        assert f"Item #{number} is judged" in answer
    seen = await office.ada.types("/ops backlog")
    order = ["Do now", "A bargain", "Plan", "Dear but vital", "Consider", "Small change", "Defer"]
    order += ["Costly trifle", "Not judged yet", "Old and unjudged"]
    places = [seen.index(words) for words in order]
    assert places == sorted(places)
    # Of one priority what was put first comes first.
    await office.ada.types("/ops backlog judge 1 high low")
    seen = await office.ada.types("/ops backlog")
    assert seen.index("Old and unjudged") < seen.index("A bargain")
    await office.ada.types("/ops backlog first 3")
    seen = await office.ada.types("/ops backlog")
    assert seen.index("A bargain") < seen.index("Old and unjudged")
    assert "high, medium or low" in await office.ada.types("/ops backlog judge 1 huge low")


async def test_the_form_judges_and_says_who_sees_to_it(office: Office) -> None:
    await office.ada.types("/ops backlog add Split the job")
    await office.ada.types("/ops backlog show 1")
    await office.ada.clicks("Judge …", channel="general")
    await office.ada.submits(impact="medium", effort="low", owner=office.bo.id)
    assert "Item #1 is judged: plan" in said(await office.ada.modal())
    shown = await office.ada.types("/ops backlog show 1")
    assert "impact medium, effort low" in shown
    assert office.bo.shown in shown
    assert f"{office.cleo.shown} sees to item #1" in await office.ada.types(
        f"/ops backlog owner 1 {office.cleo.mention}"
    )


async def test_kinds_are_told_apart(office: Office) -> None:
    for kind, title in (("feature", "Dark mode"), ("debt", "Old queue"), ("process", "Release day")):
        await office.ada.types("/ops backlog add")
        await office.ada.submits(title=title, kind=kind)
    debts = await office.ada.types("/ops backlog debt")
    assert "Old queue" in debts
    assert "Dark mode" not in debts
    assert "Backlog, technical debt: 1 item to be done" in debts
    assert "Dark mode" in await office.ada.types("/ops backlog features")


async def test_the_matrix_comes_as_a_picture_with_words_for_those_who_do_not_see_it(office: Office) -> None:
    await office.ada.types("/ops backlog add A bargain")
    assert "on its way" in await office.ada.types("/ops backlog matrix")
    assert await office.calls("files.getUploadURLExternal") == []  # nothing is judged yet
    await office.ada.types("/ops backlog judge 1 high low")
    await office.ada.types("/ops backlog")
    await office.ada.clicks("As a matrix", channel="general")
    (upload,) = await office.calls("files.getUploadURLExternal")
    assert "impact high, effort low: #1" in upload["args"]["alt_txt"]
    files = [file for message in await office.ada.direct_messages() for file in message.get("files", ())]
    assert [file["title"] for file in files] == ["Backlog: what is to be done, by impact and effort"]


async def test_without_a_picture_the_matrix_comes_in_words(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "DRAWING", ("/nowhere/at/all",))
    await office.ada.types("/ops backlog add A bargain")
    await office.ada.types("/ops backlog judge 1 high low")
    await office.ada.types("/ops backlog matrix")
    assert "impact high, effort low: #1" in said(await office.ada.direct_messages())


async def test_ideas_come_from_anyone_by_shortcut_and_from_messages(office: Office) -> None:
    await office.eve.uses_shortcut("idea")
    await office.eve.submits(title="A dark mode", kind="feature")
    ts = await office.bo.types("Our queue is ten years old\nNobody dares to touch it", channel="general")
    await office.eve.uses_message_shortcut("idea_message", "general", ts)
    await office.eve.submits(kind="debt")
    shown = await office.ada.types("/ops backlog show 2")
    assert "Our queue is ten years old" in shown
    assert "Nobody dares to touch it" in shown
    assert office.bo.shown in shown


async def test_what_is_said_in_a_private_incident_stays_there(office: Office) -> None:
    await office.ada.types("/incident declare")
    await office.ada.submits(title="Secret leak", severity="SEV2", options=["private"])
    channel = await office.incident_channel(1)
    ts = await office.ada.types("The leaked key was Moonshot", channel=channel)
    await office.ada.uses_message_shortcut("idea_message", channel, ts)
    await office.ada.submits(kind="debt")
    await office.ada.types("/ops backlog add Rotate Moonshot", channel=channel)
    assert "Moonshot" in await office.ada.types("/ops backlog")
    assert "Moonshot" not in await office.bo.types("/ops backlog")
    await office.passes(hours=1)
    assert "Moonshot" not in await grooming(office)
    assert "*0* to be done" in await office.bo.types("/ops backlog health")


async def test_the_oldest_come_first_until_all_are_gone_through(office: Office) -> None:
    for title in ("Older idea", "Newer idea", "Third idea", "Fourth idea", "Fifth idea"):
        await office.ada.types(f"/ops backlog add {title}")
    await office.passes(hours=1)
    told = await grooming(office)
    assert "Older idea" in told
    assert "5 left" in told
    assert "*5* never judged" in told
    await office.bo.clicks("Keep as it is", channel="incidents")
    assert "Newer idea" in await grooming(office)
    await office.bo.clicks("Judge …", channel="incidents")
    await office.bo.submits(impact="high", effort="low")
    assert "Third idea" in await grooming(office)
    await office.bo.clicks("Plan", channel="incidents")
    assert "Fourth idea" in await grooming(office)
    await office.cleo.clicks("Decline …", channel="incidents")
    await office.cleo.submits(reason="Nobody needs it")
    assert "Fifth idea" in await grooming(office)
    await office.cleo.clicks("Split …", channel="incidents")
    assert "2 to 10 parts" in (await office.cleo.submits(parts="One"))["parts"]
    await office.cleo.submits(parts="Measure it\nMend it")
    told = await grooming(office)
    assert "All were gone through" in told
    assert "5 gone through: 1 judged, 1 planned, 2 done, declined or split" in told
    assert await statuses(office) == {
        1: "open",
        2: "open",
        3: "planned",
        4: "declined",
        5: "split",
        6: "open",
        7: "open",
    }
    assert "from item #5" in await office.ada.types("/ops backlog show 6")
    # One message, posted once; and what was decided elsewhere counts too.
    told = [m for m in await office.ada.messages("incidents") if "Backlog grooming" in said(m)]
    assert len(told) == 1


async def test_what_is_decided_elsewhere_leads_on_and_an_empty_backlog_is_not_gone_through(
    office: Office,
) -> None:
    await office.passes(hours=1)
    assert await grooming(office) == ""
    await office.ada.types("/ops backlog add One")
    await office.ada.types("/ops backlog add Two")
    await office.passes(hours=1)
    assert "*#1* One" in await grooming(office)
    await office.ada.types("/ops backlog done 1")
    assert "*#2* Two" in await grooming(office)
    # A month without the bot: one message, not seven hundred.
    await office.stop_bot()
    office.clock.advance(days=30)
    await office.start_bot()
    await office.settled()
    told = [m for m in await office.ada.messages("incidents") if "Backlog grooming" in said(m)]
    assert len(told) == 2


async def test_the_backlog_tells_how_it_fares(office: Office) -> None:
    for title in ("One", "Two", "Three", "Four"):
        await office.ada.types(f"/ops backlog add {title}")
    await office.passes(days=3)
    await office.ada.types("/ops backlog judge 1 low low")
    await office.ada.types("/ops backlog done 2")
    await office.ada.types("/ops backlog decline 3 no")
    told = await office.ada.types("/ops backlog health")
    for words in (
        "*2* to be done: 2 bug",
        "*1* never judged",
        "1 done, 1 declined",
        "the oldest is 3\u00a0d old",
    ):
        assert words in told
    await office.passes(days=timedelta(days=31).days)
    assert "0 done, 0 declined" in await office.ada.types("/ops backlog health")
