"""Digests: what channels are told of the days behind them, once whatever restarts; and what one person asks for."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.alerts.formats.github import parse
from bot.config import Config
from bot.core.people import names_of
from bot.reading.digests import report
from bot.views.figure_words import took
from tests.acceptance.digesting import DAILY, WEEKLY, Json, nothing_is_drawn, to, with_digests
from tests.acceptance.office import Office, Person, open_office, said
from tests.acceptance.routine import with_routine
from tests.acceptance.signals import arrive

# A Thursday.
NOW = datetime(2027, 3, 18, 8, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def draws_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    nothing_is_drawn(monkeypatch)


@pytest.fixture
async def office(database_url: str) -> AsyncIterator[Office]:
    async with open_office(database_url, change=with_digests(DAILY, WEEKLY), start=False) as office:
        office.clock.advance(seconds=(NOW - office.clock.now()).total_seconds())
        await office.start_bot()
        await office.settled()
        yield office


async def digests(office: Office, period: str = "Daily") -> list[Json]:
    return [
        message
        for message in await office.ada.messages("incidents")
        if message["text"].startswith(f"{period} digest, ")
        and message.get("thread_ts") in (None, message["ts"])
    ]


async def test_each_morning_the_channel_is_told_what_is_open_and_who_is_on_call(office: Office) -> None:
    await office.ada.types("/incident declare sev1 service:payments Cards are refused")
    await office.ada.types("/incident declare sev3 Pictures load slowly")
    await office.ada.types("/incident resolve 2 cache warmed")
    assert await digests(office) == []
    await to(office, NOW.replace(hour=9))
    (message,) = await digests(office)
    text = said(message)
    assert "Daily digest, Wed 17 Mar 09:00 to Thu 18 Mar 09:00: 1 open incident, 2 declared" in text
    assert "SEV1 #1 Cards are refused" in text
    assert "#2" not in text
    assert "First responder: " in text
    assert "Incidents declared: 2 (1 SEV1, 1 SEV3)" in text
    await office.passes(hours=20)
    assert len(await digests(office)) == 1
    await to(office, NOW.replace(day=19, hour=9))
    assert len(await digests(office)) == 2


async def test_each_is_sent_once_whatever_restarts_and_after_a_downtime_the_last(office: Office) -> None:
    await to(office, NOW.replace(hour=9))
    await office.stop_bot()
    await office.start_bot()
    await office.passes(minutes=10)
    assert len(await digests(office)) == 1
    await office.stop_bot()
    office.clock.advance(days=10)
    await office.start_bot()
    await office.passes(minutes=1)
    assert len(await digests(office)) == 2
    late = said((await digests(office))[-1])
    assert "Sun 28 Mar 09:00" in late
    assert "were missed and are left out" in late
    (weekly,) = await digests(office, "Weekly")
    assert "Weekly digest, 15 Mar to 21 Mar 2027" in said(weekly)


async def test_a_week_is_held_against_the_one_before_with_details_and_pictures_in_the_thread(
    office: Office,
) -> None:
    await office.ada.types("/incident declare sev2 service:payments Cards are slow")
    await office.passes(minutes=10)
    await office.bo.types("/incident lead 1")
    await office.passes(minutes=50)
    await office.bo.types("/incident resolve 1 rolled back")
    await to(office, NOW + timedelta(days=5))
    for title in ("Mail is late", "Search is down"):
        await office.ada.types(f"/incident declare sev1 {title}")
    for kind in ("private", "drill"):
        await office.ada.types("/incident declare")
        await office.ada.submits(title=f"A secret {kind}", severity="SEV1", options=[kind])
    await office.passes(minutes=5)
    await office.cleo.types("/incident lead 2")
    await office.passes(minutes=15)
    await office.cleo.types("/incident lead 3")
    await to(office, datetime(2027, 3, 29, 9, 30, tzinfo=UTC))
    first, second = await digests(office, "Weekly")
    assert "Declared: 1 (1 more): 1 SEV2" in said(first)
    text = said(second)
    assert "22 Mar to 28 Mar 2027" in text
    assert "Declared: 2 (1 more): 2 SEV1" in text
    assert "Time to acknowledge (MTTA): mean 12 min" in text
    assert ", of 2; median was 10 min" in text
    assert "SEV1 within 15 min: met 1 of 2, missed 1" in text
    assert "secret" not in text
    thread = await office.ada.messages("incidents", second["ts"])
    details = "\n".join(map(said, thread[1:]))
    assert "By service" in details
    assert "22 Mar to 28 Mar 2027: 2 incidents (2 SEV1)" in details
    assert "secret" not in details
    (picture,) = [message for message in thread if message.get("files")]
    (file,) = picture["files"]
    assert file["name"].endswith(".png")
    assert "Incidents by severity. SEV1: 1 Feb 0" in file["alt_txt"]
    assert "15 Mar 0, 22 Mar 2; SEV2: " in file["alt_txt"]
    assert "Mean time to resolve: 1 Feb none" in file["alt_txt"]


async def test_whoever_asks_is_told_alone_and_a_dry_run_sends_nothing(office: Office) -> None:
    await office.ada.types("/incident declare sev1 service:payments Cards are refused")
    await office.passes(minutes=4)
    await office.bo.types("/incident lead 1")
    assert "Adding up" in await office.bo.types("/incident digest weekly")
    told = await office.bo.is_told()
    assert "Weekly digest, Thu 11 Mar 08:04 to Thu 18 Mar 08:04" in told
    assert "Time to acknowledge (MTTA): mean 4 min" in told
    assert "Payments: 1" in told
    assert [m for m in await office.bo.direct_messages() if m.get("files")]
    await office.bo.types("/incident digest")
    assert "Daily digest" in await office.bo.is_told()
    await office.cleo.types("/incident digest weekly —dry-run")
    told = await office.cleo.is_told()
    assert "“weekly”: it goes to #incidents, next" in told
    assert "11 Mar to 17 Mar 2027" in told
    assert "Declared: 0" in told
    assert await digests(office) == await digests(office, "Weekly") == []
    assert "Did you mean weekly?" in await office.bo.types("/incident digest wekly")


async def test_a_figure_is_the_same_wherever_it_is_told(office: Office) -> None:
    """In the digest, the report as data and as a table, at Home and in the lists; for somebody who sees no more."""
    for number, minutes in ((1, 7), (2, 31), (3, 12)):
        await office.ada.types(f"/incident declare sev{number} service:payments Cards are refused")
        await office.passes(minutes=minutes)
        await office.bo.types(f"/incident lead {number}")
        await office.passes(minutes=40)
    for kind in ("private", "drill"):
        await office.ada.types("/incident declare")
        await office.ada.submits(title=f"A secret {kind}", severity="SEV1", options=[kind])
    await office.bo.types("/incident resolve 1 mended")
    await office.bo.types("/incident resolve 2 mended")
    await office.bo.types("/incident close 3 false positive")
    await office.bo.types("/incident declare sev3 Search is slow")
    for number in (1, 2):
        await office.bo.types(f"/incident action {number} {office.eve.mention} Look into it")
    await office.ada.types("/ops backlog add Automate the rollback")
    await office.passes(days=2)

    now = office.clock.now()
    form = {
        one: await report(
            office.app.bot.db, office.app.bot.config, now - timedelta(days=7), now, form=one, now=now
        )
        for one in ("json", "csv", "md")
    }
    told = json.loads(form["json"])["figures"]
    await office.eve.types("/incident digest weekly")
    digest = await office.eve.is_told()
    home = said(await office.eve.home())
    assert "secret" not in digest + "".join(form.values())

    assert told["declared"] == 3  # neither what is private, nor the drill, nor what was none
    for place in (digest, form["md"]):
        assert "Declared: 3 (3 more): 1 SEV1, 1 SEV2, 1 SEV3" in place
    assert len(form["csv"].splitlines()) - 1 == 3
    assert told["unresolved"] == told["open"] == 1
    assert "Of these not resolved: 1" in digest
    assert "1 open incident" in (await office.eve.types("/incident list severity:sev3"))
    assert "*2 open incidents*" in home  # the drill is seen, and counted in no figure
    for name in ("mtta", "mttr"):
        mean, median = took(told[name]["mean"]), took(told[name]["median"])
        lasts = f"({name.upper()}): mean {mean}, median {median}, of {told[name]['count']}"
        assert lasts in digest
        assert lasts in form["md"]
    for target in told["targets"]:
        assert f"{target['severity']} within" in digest
    assert (told["targets"][0]["met"], told["targets"][1]["met"]) == (1, 1)
    if told["interruptions"]:
        assert f"Interruptions: {told['interruptions']}" in digest
    assert told["interruptions"] == sum(one["interruptions"] for one in told["on_call_load"])

    assert told["action_items"]["open"] == 2
    assert "2 open, 0 overdue" in form["md"]
    assert "*2 open action items*" in await office.eve.types("/ops actions")
    assert "*Your action items*: 2 open" in home
    late = told["overdue"]["review"]
    assert f"{late} overdue" in await office.eve.types("/ops reviews")
    for place in (digest, form["md"]):
        assert place.count(f"Overdue: {sum(told['overdue'].values())}") == 1
    assert f"Backlog: {told['backlog']['unfinished']} item" in await office.eve.types("/ops backlog")
    assert "1 to be done: 1 bug" in form["md"]


async def test_what_is_empty_is_left_out_if_wished(database_url: str) -> None:
    quiet = {**DAILY, "skip_empty": True}
    async with open_office(database_url, change=with_digests(quiet), start=False) as office:
        office.clock.advance(seconds=(NOW - office.clock.now()).total_seconds())
        await office.start_bot()
        await to(office, NOW.replace(hour=9))
        assert await digests(office) == []
        await office.ada.types("/incident declare sev3 Pictures load slowly")
        await to(office, NOW.replace(day=19, hour=9))
        assert len(await digests(office)) == 1


async def test_each_has_its_channel_its_hour_in_its_zone_and_its_rule_for_holidays(database_url: str) -> None:
    tokyo = {"every": "0 9 * * mon", "timezone": "Asia/Tokyo", "on_holidays": "move"}
    weekly = {**WEEKLY, "cadence": tokyo, "channel": "#general"}
    async with open_office(database_url, change=with_digests(weekly), start=False) as office:
        office.clock.advance(seconds=(NOW - office.clock.now()).total_seconds())
        await office.start_bot()

        async def told() -> list[str]:
            found = await office.ada.messages("general")
            return [message["text"] for message in found if message["text"].startswith("Weekly digest")]

        await to(office, datetime(2027, 3, 21, 23, 59, tzinfo=UTC))
        assert await told() == []
        await to(office, datetime(2027, 3, 22, 0, 0, tzinfo=UTC))
        assert len(await told()) == 1
        # The 29th is Easter Monday.
        await to(office, datetime(2027, 3, 29, 12, 0, tzinfo=UTC))
        assert len(await told()) == 1
        await to(office, datetime(2027, 3, 30, 0, 0, tzinfo=UTC))
        assert len(await told()) == 2
        assert await digests(office, "Weekly") == []


# -- what people have promised ------------------------------------------------------------------------------------

BACKUPS = {
    "name": "backups",
    "title": "Backups verified",
    "owner": "ada",
    "due_within": "4h",
    "cadence": {"every": "0 8 * * fri", "timezone": "UTC"},
}
FRIDAY = "2027-03-19"


@pytest.fixture
async def busy(database_url: str) -> AsyncIterator[Office]:
    """Thursday morning; what is promised here is due on Friday, also of what must not be told of."""

    def change(config: Config) -> Config:
        return with_routine(BACKUPS)(with_digests(DAILY, WEEKLY)(config))

    async with open_office(database_url, change=change, start=False) as office:
        office.clock.advance(seconds=(NOW - office.clock.now()).total_seconds())
        await office.start_bot()
        await office.settled()
        await office.ada.types("/incident declare sev1 service:payments Cards are refused")
        await office.bo.types("/incident lead 1")
        for kind in ("private", "drill"):
            await office.ada.types("/incident declare")
            await office.ada.submits(title=f"A secret {kind}", severity="SEV1", options=[kind])
        for number in (1, 2, 3):
            await office.ada.types(f"/incident action {number} {office.ada.mention} {FRIDAY} Act on {number}")
            await office.ada.types(f"/incident resolve {number} rolled back")
        friday = int((NOW + timedelta(days=1)).timestamp())
        await office.ada.types("/ops risks add")
        risk = {"kind": "technical", "likelihood": "high", "impact": "high", "owner": office.cleo.id}
        assert await office.ada.submits(title="One disk", review_at=friday, **risk) == {}
        await office.ada.types("/ops decisions ask")
        asked = {"title": "Which region?", "owner": office.cleo.id, "due_at": friday}
        assert await office.ada.submits(**asked) == {}
        yield office


async def test_the_morning_names_what_is_overdue_and_whose_it_is(busy: Office) -> None:
    await to(busy, NOW.replace(hour=9))
    (first,) = await digests(busy)
    assert "Overdue" not in said(first)
    assert "Due next" in said(first)
    await to(busy, NOW.replace(day=19, hour=8))  # today's task comes
    await to(busy, NOW.replace(day=20, hour=9))
    text = said((await digests(busy))[-1])
    _, _, late = text.partition("Overdue: ")
    ada, bo, cleo = await names(busy, busy.ada, busy.bo, busy.cleo)
    assert late.startswith("5"), text
    for line in (
        f"Review of #1 Cards are refused: Check the timeline ({bo}, since Fri 19 Mar 08:00)",
        f"Action item #1 Act on 1 ({ada}, since Fri 19 Mar)",
        "Routine task #1 Backups verified (ada, since Fri 19 Mar 12:00)",
        f"Risk #1 One disk: look at it again ({cleo}, since Fri 19 Mar 08:00)",
        f"Decision #1 Which region? ({cleo}, since Fri 19 Mar 08:00)",
    ):
        assert line in late, text
    assert "secret" not in text
    assert "Act on 2" not in text
    assert "Act on 3" not in text
    await busy.ada.types("/ops actions done 1")
    await busy.ada.types("/ops risks close 1")
    await busy.ada.types("/ops decisions drop 1 we stay")
    await busy.ada.types("/incident review 1 waive nothing to learn")
    await to(busy, NOW.replace(day=21, hour=9))
    text = said((await digests(busy))[-1])
    for gone in ("Act on 1", "One disk", "Which region", "Review of"):
        assert gone not in text


async def names(office: Office, *people: Person) -> list[str]:
    async with office.app.bot.db.read() as session:
        known = await names_of(session, {one.id for one in people})
    return [known[one.id] for one in people]


async def test_the_week_says_which_reviews_are_due_and_what_was_kept_in_time(busy: Office) -> None:
    await to(busy, NOW.replace(day=19, hour=7))
    await busy.ada.types("/ops actions done 1")
    await to(busy, NOW.replace(day=19, hour=8))
    await to(busy, NOW.replace(day=19, hour=10))
    await busy.ada.clicks("Done", channel="incidents")
    await to(busy, NOW.replace(day=19, hour=13, minute=10))
    await busy.bo.types("/incident review 1 publish")
    await to(busy, datetime(2027, 3, 22, 9, 30, tzinfo=UTC))
    (message,) = await digests(busy, "Weekly")
    text = said(message)
    assert "Reviews due" in text
    assert "Review of #1 Cards are refused: Check the timeline (" in text
    assert "due Fri 19 Mar 08:00, overdue)" in text
    assert "1 review, 1 risk to look at, 1 decision" in text
    assert "Reviews published in time: 0% (0 of 1); the late ones by 5 h " in text
    assert "Action items done in time: 100% (1 of 1)" in text
    assert "Routine tasks done in time: " in text
    details = "\n".join(map(said, (await busy.ada.messages("incidents", message["ts"]))[1:]))
    assert "0 open, 0 overdue; 1 opened and 1 done in this time" in details
    assert "1 risk, 1 of them great, 1 to be looked at again" in details
    assert "1 decision pending, 1 overdue" in details
    for words in (text, details):
        assert "secret" not in words
        assert "Act on" not in words


async def test_detection_is_measured_from_when_the_harm_began(office: Office) -> None:
    await office.ada.types("/incident declare sev2 Mail is late")
    assert "the harm began" in await office.bo.types("/incident began 1 40m ago")
    assert "20m ago" in await office.bo.types("/incident began 1")
    assert "name an earlier time" in await office.bo.types("/incident began 1 tomorrow 09:00")
    assert "is not a time" in await office.bo.types("/incident began 1 lately")
    await office.bo.types("/incident began 1 2027-03-18T06:30Z")
    kinds = [entry["kind"] for entry in await office.timeline()]
    assert kinds.count("began") == 2
    await office.bo.types("/incident digest weekly")
    assert "Time to detect (MTTD): mean 1 h 30 min, median 1 h 30 min, of 1" in await office.bo.is_told()


async def test_deployments_that_github_tells_of_are_doras_four(office: Office) -> None:
    integration = office.config.integration("deployments")
    assert integration is not None

    async def github(kind: str, **body: Any) -> None:
        said = {"repository": {"name": "payments", "full_name": "example/payments"}, **body}
        await arrive(office, *parse(said, {"X-GitHub-Event": kind}, integration), integration="deployments")

    def ended(number: int, state: str, **more: Any) -> Json:
        at = office.clock.now().isoformat()
        deployment = {"id": number, "sha": f"sha{number}", "environment": "production", **more}
        return {
            "deployment_status": {"id": number * 10, "state": state, "created_at": at},
            "deployment": deployment,
        }

    committed = (office.clock.now() - timedelta(hours=3)).isoformat()
    run = {"id": 1, "conclusion": "success", "head_sha": "sha1", "head_commit": {"timestamp": committed}}
    await github("workflow_run", action="completed", workflow_run=run)
    await github("deployment_status", **ended(1, "success"))
    await github("deployment_status", **ended(1, "success"))  # sent again
    await github("deployment_status", **ended(2, "failure"))
    await github("deployment_status", **ended(3, "success", environment="staging"))
    await github("deployment_status", **ended(4, "success", environment="eu-1", production_environment=True))
    await office.passes(hours=1)
    await office.ada.types("/incident declare sev2 service:payments Cards are slow")
    await office.passes(minutes=30)
    await office.ada.types("/incident resolve 1 rolled back")
    await office.ada.types("/incident digest weekly")
    told = await office.ada.is_told()
    assert "Deployments to production: 2 (2 more), 0.29 a day" in told
    assert "Lead time from commit: mean 3 h" in told
    assert "Followed by an incident: 50.0% (1 of 2)" in told
    assert "Time to restore after these: mean 30 min" in told
