"""Status checks: what is probed, what opens and closes an alert, and what people see of it."""

import re

from sqlalchemy import select

from bot.checks.keys import ping_key
from bot.checks.rows import CheckResult, Heartbeat
from bot.reading import incidents as reading
from handlers.http.pings import MOST_A_MINUTE
from tests.acceptance.checking import Target, checking, open_target, signals, state
from tests.acceptance.office import Json, Office, find_element, said
from tests.acceptance.signals import outcomes


async def test_three_failures_raise_an_alert_and_two_successes_end_it(
    database_url: str, target: Target
) -> None:
    check = {
        "name": "shop",
        "title": "The shop",
        "service": "web",
        "http": {"url": target.url, "contains": ["ok"]},
    }
    async with checking(database_url, check) as office:
        await office.passes(minutes=1)
        assert (await state(office, "shop")).state == "passing"
        target.status = 503
        await office.passes(minutes=1)
        await office.passes(minutes=1)
        assert await signals(office) == []
        await office.passes(minutes=1)
        (raised,) = await signals(office)
        assert raised["action"] == "trigger"
        assert raised["key"] == "check:shop"
        assert raised["title"] == "The shop: status 503"
        assert (raised["level"], raised["service"]) == ("error", "web")
        assert raised["details"]["expected"] == "status 200 to 299"
        assert raised["details"]["seen"] == "status 503"
        await office.passes(minutes=1)
        assert len(await signals(office)) == 1  # it is said once
        target.status = 200
        await office.passes(minutes=1)
        assert len(await signals(office)) == 1
        await office.passes(minutes=1)
        ended = (await signals(office))[1]
        assert (ended["action"], ended["key"]) == ("resolve", "check:shop")
        assert (await state(office, "shop")).state == "passing"


async def test_what_no_database_takes_is_told_all_the_same_and_holds_up_no_other_check(
    database_url: str, target: Target
) -> None:
    """A NUL, and half of a character."""
    async with open_target() as odd:
        target.body, odd.body = "Error\0", '{"status": "\\ud83d"}'
        nul = {"name": "nul", "http": {"url": target.url, "contains": ["Welcome"]}, "failures": 1}
        equals = [{"path": "status", "equals": "ok"}]
        half = {"name": "half", "http": {"url": odd.url, "json": equals}, "failures": 1}
        good = {"name": "good", "http": {"url": odd.url}}
        async with checking(database_url, nul, half, good) as office:
            await office.passes(minutes=1)
            found = {name: await state(office, name) for name in ("nul", "half", "good")}
            assert [one.state for one in found.values()] == ["failing", "failing", "passing"]
            assert found["nul"].output == "Error"
            assert found["half"].seen == '"?"'
            assert sorted(await outcomes(office)) == [("check:half", "message"), ("check:nul", "message")]


async def key_of(office: Office, name: str) -> str:
    return ping_key(office.app.bot.signer, name)


async def ping(office: Office, path: str, method: str = "POST", body: str = "") -> tuple[int, Json]:
    async with office.http.request(method, f"{office.bot_url}/ping/{path}", data=body) as answer:
        return answer.status, await answer.json()


async def test_a_heartbeat_that_does_not_come_raises_an_alert_and_its_return_ends_it(
    database_url: str,
) -> None:
    check = {"name": "backup", "severity": "P1", "heartbeat": {"period": "1h", "grace": "10m"}}
    async with checking(database_url, check) as office:
        key = await key_of(office, "backup")
        assert await ping(office, key) == (200, {"ok": True, "check": "backup", "heard": "success"})
        await office.passes(minutes=65)
        assert await signals(office) == []
        await office.passes(minutes=6)
        (missing,) = await signals(office)
        assert (missing["action"], missing["level"]) == ("trigger", "critical")
        assert "the last one at" in missing["details"]["seen"]
        await ping(office, key)
        await office.settled()
        assert [event["action"] for event in await signals(office)] == ["trigger", "resolve"]


async def test_a_heartbeat_tells_its_start_and_its_failure(database_url: str) -> None:
    check = {"name": "backup", "heartbeat": {"cron": "30 3 * * *", "grace": "20m"}}
    async with checking(database_url, check) as office:
        key = await key_of(office, "backup")
        assert (await ping(office, f"{key}/fail", body="disk full"))[0] == 200
        await office.settled()
        (failed,) = await signals(office)
        assert failed["details"]["output"] == "disk full"
        await ping(office, key)
        await office.settled()
        await ping(office, f"{key}/start")
        await office.passes(minutes=22)
        hangs = (await signals(office))[-1]
        assert "said nothing since" in hangs["title"]


async def test_a_wrong_key_is_refused_and_a_look_changes_nothing(database_url: str) -> None:
    checks = (
        {"name": "backup", "heartbeat": {"period": "1h"}},
        {"name": "other", "command": {"argv": ["true"]}},
    )
    async with checking(database_url, *checks) as office:
        key = await key_of(office, "backup")
        status, said = await ping(office, key, "GET")
        assert (status, said["error"]) == (405, "use_post")
        for wrong in (key[:-1] + ("A" if key[-1] != "A" else "B"), "backup", await key_of(office, "other")):
            assert (await ping(office, wrong))[0] == 404
        async with office.app.bot.db.read() as session:
            assert await session.scalar(select(Heartbeat)) is None


async def test_a_flood_of_pings_is_held_back_and_a_later_one_is_heard(database_url: str) -> None:
    checks = [{"name": name, "heartbeat": {"period": "1h"}} for name in ("backup", "other")]
    async with checking(database_url, *checks) as office:
        key = await key_of(office, "backup")
        answers = [(await ping(office, key))[0] for _ in range(MOST_A_MINUTE)]
        assert set(answers) == {200}
        for path in (key, f"{key}/fail"):
            status, refused = await ping(office, path)
            assert (status, refused["error"]) == (429, "too_often")
        assert (await ping(office, await key_of(office, "other")))[0] == 200
        await office.passes(minutes=1)
        assert (await ping(office, f"{key}/fail"))[0] == 200
        await office.settled()
        assert [event["key"] for event in await signals(office)] == ["check:backup"]


async def test_a_threshold_says_how_bad_it_is_and_worse_is_told_again(
    database_url: str, target: Target
) -> None:
    target.body = '{"status": "success", "data": {"resultType": "scalar", "result": [1, "7"]}}'
    check = {
        "name": "queue",
        "failures": 1,
        "prometheus": {"url": target.url, "query": "length"},
        "thresholds": [{"above": 5, "severity": "P3"}, {"above": 50, "severity": "P1"}],
    }
    async with checking(database_url, check) as office:
        await office.passes(minutes=1)
        target.body = target.body.replace('"7"', '"70"')
        await office.passes(minutes=1)
        target.body = target.body.replace('"70"', '"7"')
        await office.passes(minutes=1)
        found = await signals(office)
        assert [(event["action"], event["level"]) for event in found] == [
            ("trigger", "warning"),
            ("trigger", "critical"),
        ]
        assert (await state(office, "queue")).severity == "P1"


async def test_a_fast_burn_of_the_budget_raises_an_alert(database_url: str, target: Target) -> None:
    check = {"name": "shop", "failures": 100, "http": {"url": target.url}}
    slo = {"name": "shop", "service": "web", "check": "shop", "target": 99.0}
    async with checking(database_url, check, slos=(slo,)) as office:
        for _ in range(4):
            await office.passes(minutes=1)
        assert (await state(office, "slo:shop")).figures["budget_left"] == 1.0  # type: ignore[index]
        target.status = 500
        for _ in range(5):
            await office.passes(minutes=1)
        (burning,) = [event for event in await signals(office) if event["key"] == "slo:shop"]
        assert burning["action"] == "trigger"
        assert burning["details"]["budget_left"] < 0
        assert burning["details"]["pace"] == "burns too fast for an hour, and still does"
        target.status = 200
        for _ in range(6):
            await office.passes(minutes=1)
        assert (await signals(office))[-1]["action"] == "resolve"


async def test_a_check_that_leaves_app_yaml_takes_its_alert_with_it(
    database_url: str, target: Target
) -> None:
    target.status = 500
    async with checking(database_url, {"name": "shop", "failures": 1, "http": {"url": target.url}}) as office:
        await office.passes(minutes=1)
        assert [event["action"] for event in await signals(office)] == ["trigger"]
        await office.stop_bot()
        office.config = office.config.model_copy(update={"checks": ()})
        await office.start_bot()
        await office.settled()
        ended = (await signals(office))[-1]
        assert (ended["action"], ended["key"]) == ("resolve", "check:shop")


async def test_what_was_running_when_the_bot_died_runs_again(database_url: str, target: Target) -> None:
    async with checking(database_url, {"name": "shop", "http": {"url": target.url}}) as office:
        await office.passes(minutes=1)
        asked = len(target.asked)
        await office.stop_bot()
        await office.start_bot()
        await office.passes(minutes=2)
        assert len(target.asked) > asked
        async with office.app.bot.db.read() as session:
            results = await session.scalars(select(CheckResult))
            assert all(result.good == 1 for result in results)


async def test_the_board_shows_what_fails_first(database_url: str, target: Target) -> None:
    fails = {
        "name": "shop",
        "title": "Shop & co",
        "service": "web",
        "failures": 1,
        "http": {"url": target.url},
    }
    fine = {"name": "true", "service": "payments", "command": {"argv": ["true"]}}
    async with checking(database_url, fine, fails) as office:
        assert "not known yet" in await office.bo.types("/check")
        target.status = 500
        await office.passes(minutes=1)
        board = await office.bo.types("/check")
        assert "1 of 2 checks failing" in board
        assert board.index("Shop &amp; co") < board.index("Payments")
        assert "P2 since" in board
        assert "status 500" in board
        assert "0.00%" in board
        assert "100.00%" in board
        assert "no service of this name" in await office.bo.types("/check nothing")
        assert "Did you mean shop?" in await office.bo.types("/check shpo")


async def test_a_first_failure_is_neither_an_alert_nor_as_expected(database_url: str, target: Target) -> None:
    check = {"name": "shop", "service": "web", "http": {"url": target.url}}
    async with checking(database_url, check) as office:
        target.status = 500
        await office.passes(minutes=1)
        board = await office.bo.types("/check")
        assert "1 check, none failing" in board
        assert "1 of 1 failed just now, no alert yet" in board
        assert "as expected" not in board


async def test_checks_are_run_on_demand_with_the_last_day_as_a_picture(
    database_url: str, target: Target
) -> None:
    check = {"name": "shop", "service": "payments", "http": {"url": target.url}}
    async with checking(database_url, check) as office:
        await office.passes(minutes=1)
        target.status = 500
        answer = await office.bo.types("/check payments")
        assert "Running 1 check of payments" in answer
        await office.passes(seconds=1)
        await office.bo.sees("expected status 200 to 299, seen status 500", "general")
        (picture,) = [m for m in await office.bo.direct_messages() if m.get("files")]
        (file,) = picture["files"]
        assert file["name"].endswith(".png")
        assert re.search(r"[12] of [23] runs failed", file["alt_txt"])  # one may have been due just then
        # In the answer too: a file that Bo may see, as it is shared in those direct messages.
        (shown,) = [m for m in await office.bo.messages("general") if "last 24 hours" in str(m.get("blocks"))]
        assert shown["ephemeral"]
        assert shown["blocks"][0]["slack_file"]["id"] == file["id"]
        assert shown["blocks"][0]["alt_text"] == file["alt_txt"]

        await office.bo.clicks("Declare", channel="general")
        form = await office.bo.modal()
        assert "shop: status 500" in str(form)
        assert "Expected status 200 to 299, seen status 500." in str(form)
        chosen = form["state"]["values"]["severity"]["value"]["selected_option"]
        assert chosen["value"] == "SEV2", "the check's"
        await office.bo.closes()

        target.status = 200
        await office.bo.clicks("Run again", channel="general")
        await office.passes(seconds=1)
        await office.bo.sees("all passed", "general")

        await office.bo.clicks("Declare", channel="general")
        assert "shop: " not in str(await office.bo.modal()), "nothing fails any more"


async def test_an_incident_tells_what_its_check_expected_and_saw(database_url: str, target: Target) -> None:
    check = {
        "name": "shop",
        "title": "The shop & its till",
        "service": "payments",
        "severity": "P1",
        "failures": 2,
        "http": {"url": target.url},
    }
    other = {"name": "quiet", "service": "payments", "command": {"argv": ["true"]}}
    unrelated = {"name": "far", "service": "web", "command": {"argv": ["true"]}}
    async with checking(database_url, check, other, unrelated) as office:
        for _ in range(3):
            await office.passes(minutes=1)
        target.status = 503
        for _ in range(3):
            await office.passes(minutes=1)
        place = await office.incident_channel()
        line = "The shop &amp; its till: expected status 200 to 299, seen status 503"
        (card,) = [m for m in await office.cleo.messages(place) if find_element([m], "incident.checks")]
        assert line in said(card)
        assert (
            "expected status 200 to 299, seen status 503"
            in (await reading.incident(office.app.bot.db, 1, office.config))[1]
        )

        await office.cleo.clicks("Checks", channel=place)
        shown = said(await office.cleo.modal())
        assert "expected status 200 to 299, seen status 503" in shown
        # On a busy machine a minute of the story may hold two runs.
        assert re.search(r"\d runs, [3-9] failed", shown)
        assert shown.index("runs · status 503") < shown.index(":white_check_mark:")  # the newest first
        assert "quiet" in shown
        assert "far" not in shown
        await office.cleo.closes()

        target.status = 200
        for _ in range(2):
            await office.passes(minutes=1)
        card = next(m for m in await office.cleo.messages(place) if find_element([m], "incident.checks"))
        assert line not in said(card)
        assert "Its alert is resolved" in said(card)
        data, markdown = await reading.incident(office.app.bot.db, 1, office.config)
        of_shop = next(one for one in data["checks"] if one["name"] == "shop")
        assert f"**The shop &amp; its till**: {of_shop['runs']} runs, {of_shop['failed']} failed" in markdown
        assert f"failed, {of_shop['failed']} runs: status 503" in markdown
        before, broken, after = of_shop["stretches"]
        assert (before["failed"], before["seen"], after["failed"], after["seen"]) == (0, "", 0, "")
        assert (broken["failed"], broken["seen"]) == (broken["runs"], "status 503")
        assert broken["failed"] >= 3
        assert before["end"] < broken["begin"] <= broken["end"] < after["begin"]


async def test_a_silenced_check_raises_its_alert_when_the_silence_is_over(
    database_url: str, target: Target
) -> None:
    check = {"name": "shop", "failures": 1, "http": {"url": target.url}}
    async with checking(database_url, check) as office:
        await office.bo.types("/check shop")
        await office.passes(seconds=1)
        await office.bo.clicks("Silence 1 h", channel="general")
        target.status = 500
        await office.passes(minutes=30)
        assert (await state(office, "shop")).state == "failing"
        assert await signals(office) == []
        await office.passes(minutes=31)
        assert [event["action"] for event in await signals(office)] == ["trigger"]
        await office.bo.types("/check shop")
        await office.passes(seconds=1)
        await office.bo.clicks("Silence 1 h", channel="general")
        target.status = 200
        for _ in range(4):  # two in a row close it, and one that was under way may have seen the old state
            await office.passes(minutes=1)
        assert (await signals(office))[-1]["action"] == "resolve"  # an end is always told
