"""People are reached beside Slack: methods that they set at Home, links that work while Slack is dead."""

import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import structlog
from sqlalchemy import text

from bot.config import Config
from bot.core.log import configure
from bot.delivery.people import note_account
from bot.paging.links import hashed
from bot.paging.rows import AckLink
from bot.views import link_page
from tests.acceptance.office import Json, Office, dumps, open_office, said, until
from tests.acceptance.pages import clicks_in_dm, pages_of, rings
from tests.acceptance.stand_in import (
    GATEWAY_PASSWORD,
    NUMBER,
    PUBLIC,
    TOPIC,
    StandIn,
    acks_in,
    adds_method,
    allows_loopback,
    looks,
    opens,
)


@pytest.fixture
def office(office_with_gateways: Office) -> Office:
    return office_with_gateways


async def menu(office: Office, person: Any, method: int, choice: str) -> Json:
    """Chooses in the menu beside a method at Home."""
    await person.home()
    return await person.clicks_at_home("contact.more", value=f"{method}:{choice}")  # type: ignore[no-any-return]


async def test_a_method_is_added_verified_tested_switched_off_and_removed_at_home(
    office: Office, providers: StandIn
) -> None:
    assert "In Slack alone" in said(await office.finn.home())
    await office.finn.clicks_at_home("Add a method")
    errors = await office.finn.submits(kind="sms", address="call me", label="My phone")
    assert "+49 170" in errors["address"]
    assert await office.finn.submits(kind="sms", address="+49 170 1234567", label="My phone") == {}
    (sms,) = providers.of("sms")
    assert sms["_path"] == f"/sms/{NUMBER}"
    home = said(await office.finn.home())
    assert "waits for the code" in home
    assert NUMBER not in home
    assert "+4…567" in home
    assert "not the code" in (await office.finn.submits(code="0000000"))["code"]
    code = next(word for word in sms["message"].split() if word.isdigit())
    assert await office.finn.submits(code=code) == {}
    assert "verified" in said(await office.finn.home())
    told = await office.finn.types("/page methods")
    assert "*My phone* · Text message (SMS) · +4…567" in told
    assert "open Tocsin's *Home*" in told
    assert NUMBER not in told
    assert "In Slack alone" in await office.dev.types("/page methods")

    await menu(office, office.finn, 1, "test")
    assert "This is a test" in providers.of("sms")[-1]["message"]
    await menu(office, office.finn, 1, "off")
    assert "switched off" in said(await office.finn.home())
    await menu(office, office.finn, 1, "on")
    assert "+4…567" in said(await office.finn.home())
    await menu(office, office.finn, 1, "remove")
    assert "+4…567" not in said(await office.finn.home())


async def test_slack_first_and_then_the_other_ways_and_a_link_that_stops_them_all(
    office: Office, providers: StandIn
) -> None:
    await adds_method(office, providers, office.finn, "ntfy", f"{providers.url}/{TOPIC}")
    await adds_method(office, providers, office.finn, "email", "finn@example.net")
    await office.eve.types("/incident declare sev1 Shop is <b>down</b> service:checkout")
    assert len(await rings(office.finn)) == 1
    assert len(providers.of("ntfy")) == 1, "only its code: Slack took the page"
    await office.passes(minutes=1, seconds=1)
    ring = providers.of("ntfy")[-1]
    assert (ring["topic"], ring["priority"]) == (TOPIC, 5)
    assert "Shop is <b>down</b>" in ring["message"]
    assert "SEV1" in ring["message"]
    (action,) = ring["actions"]
    assert (action["action"], action["method"], action["label"]) == ("http", "POST", "Acknowledge")

    for method in ("GET", "HEAD", "GET"):
        status, shown = await opens(office, action["url"], method)
        assert status == 200
    assert "&lt;b&gt;down" in shown
    assert "<b>" not in shown
    assert len(await rings(office.finn)) == 1, "looking acknowledges nothing"

    status, shown = await opens(office, action["url"], "POST")
    assert (status, "you have it" in shown) == (200, True)
    assert await rings(office.finn) == []
    assert f"Acknowledged by {office.finn.shown}" in await pages_of(office.finn)
    before = len(providers.of("email"))
    await office.passes(minutes=10)
    assert len(providers.of("email")) == before, "nothing rings after the acknowledgement"
    told = [(s["method"], s["state"], s.get("text")) for s in await states(office)]
    assert told == [("slack", "accepted", None), ("ntfy", "accepted", "HTTP 200")]
    assert "> (HTTP 200)" in await office.eve.reads(await office.incident_channel()), "the card tells it too"


async def test_what_a_link_answers_when_it_can_do_nothing(office: Office, providers: StandIn) -> None:
    await adds_method(office, providers, office.finn, "ntfy", f"{providers.url}/{TOPIC}")
    await adds_method(office, providers, office.dev, "ntfy", f"{providers.url}/devs-topic")
    await office.eve.types("/incident declare sev1 Shop is down")
    await office.passes(minutes=6, seconds=2)
    await office.passes(minutes=1, seconds=2)
    (finns,) = acks_in([m for m in providers.of("ntfy") if m["topic"] == TOPIC][-1])
    (devs,) = acks_in([m for m in providers.of("ntfy") if m["topic"] == "devs-topic"][-1])
    assert (await opens(office, devs, "POST"))[0] == 200
    assert (await opens(office, devs, "POST"))[0] == 200, "a phone sends twice"

    status, shown = await opens(office, finns)
    assert (status, "dev has it" in shown) == (200, True)
    status, shown = await opens(office, finns, "POST")
    assert (status, "dev has it" in shown) == (409, True)
    status, shown = await opens(office, devs)
    assert (status, "used already" in shown) == (410, True)
    office.clock.advance(hours=25)
    status, shown = await opens(office, finns, "POST")
    assert (status, "too old" in shown) == (410, True)
    # Chats take the full stop behind an address for a part of it.
    for wrong in ("wrong", "w" * 43, "w" * 400, "", f"{devs.rpartition('/')[2]}.", "a/b", "%E2%82%AC%00"):
        status, shown = await opens(office, f"{PUBLIC}/p/{wrong}", "POST")
        assert (status, "leads nowhere" in shown) == (404, True)
    for _ in range(30):
        status, shown = await opens(office, f"{PUBLIC}/p/guess")
    assert (status, "Wait a minute" in shown) == (429, True)


async def test_whoever_opens_a_link_that_fails_is_told_so_in_words(
    office: Office, providers: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    await adds_method(office, providers, office.finn, "ntfy", f"{providers.url}/{TOPIC}")
    await office.eve.types("/incident declare sev1 Shop is down")
    await office.passes(minutes=6, seconds=2)
    (link,) = acks_in(providers.of("ntfy")[-1])
    with monkeypatch.context() as broken:
        broken.setattr(link_page, "question", None)
        status, shown = await opens(office, link)
    assert (status, "Something went wrong in Tocsin" in shown, "Acknowledge it in Slack" in shown) == (
        500,
        True,
        True,
    )
    status, shown = await opens(office, link)
    assert (status, "Acknowledge</button>" in shown) == (200, True)


async def test_a_link_that_tocsin_has_not_signed_is_unknown(office: Office, providers: StandIn) -> None:
    """Also one that somebody wrote into the database."""
    await office.eve.types("/incident declare sev1 Shop is down")
    forged = "f" * 32
    for token in (forged, forged + "A" * 22):
        async with office.app.bot.db.begin() as session:
            row = {"page_id": 1, "bundle": None, "person": "finn", "user_id": office.finn.id, "used_at": None}
            moments = {
                "created_at": office.clock.now(),
                "expires_at": office.clock.now() + timedelta(hours=1),
            }
            session.add(AckLink(**row, **moments, token_hash=hashed(token)))
        status, _ = await opens(office, f"{PUBLIC}/p/{token}", "POST")
        assert status == 404
    assert len(await rings(office.finn)) == 1


async def test_the_link_of_somebody_who_has_left_leads_nowhere(office: Office, providers: StandIn) -> None:
    await adds_method(office, providers, office.finn, "email", "finn@example.net")
    await office.eve.types("/incident declare sev1 Shop is down")
    await office.passes(minutes=1, seconds=1)
    (link,) = acks_in(providers.of("email")[-1])
    assert (await opens(office, link))[0] == 200
    async with office.app.bot.db.begin() as session:
        gone = {"id": office.finn.id, "name": "finn", "deleted": True}
        await note_account(session, gone, now=office.clock.now())
    for method in ("GET", "POST"):
        status, shown = await opens(office, link, method)
        assert status == 404
        assert "Shop is down" not in shown
    assert len(await rings(office.finn)) == 1


async def test_whoever_cannot_passes_it_on_by_link(office: Office, providers: StandIn) -> None:
    await adds_method(office, providers, office.finn, "ntfy", f"{providers.url}/{TOPIC}")
    await office.eve.types("/incident declare sev1 Shop is down")
    await office.passes(minutes=1, seconds=1)
    assert await rings(office.dev) == []
    (link,) = acks_in(providers.of("ntfy")[-1])
    status, shown = await opens(office, link, "POST", do="escalate")
    assert (status, "passed on" in shown) == (200, True)
    assert len(await rings(office.dev)) == 1


async def test_the_page_behind_a_link_loads_and_runs_nothing(office: Office, providers: StandIn) -> None:
    await adds_method(office, providers, office.finn, "webhook", f"{providers.url}/hook")
    await office.eve.types("/incident declare sev1 Shop is down")
    await office.passes(minutes=1, seconds=1)
    (link,) = acks_in(providers.of("webhook")[-1])
    async with office.http.get(office.bot_url + link.removeprefix(PUBLIC)) as answer:
        text_ = await answer.text()
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Access-Control-Allow-Origin"] == "*", (
            "ntfy's web app would take it for a failure"
        )
    assert "http" not in text_.replace("<!doctype html>", "").replace("<html", "").replace("</html", "")
    assert "<script" not in text_
    assert 'name="viewport"' in text_


@pytest.mark.parametrize("fault", ["status", "hang", "error"])
async def test_slack_is_dead_and_people_are_reached_and_acknowledge_all_the_same(
    office: Office, providers: StandIn, fault: str
) -> None:
    """And when it is back, the channel, the card and the messages show how things stand by then."""
    await adds_method(office, providers, office.finn, "sms", NUMBER)
    more = {"status": {"status": 503}, "hang": {}, "error": {"error": "account_inactive"}}[fault]
    await office.fault("*", fault, **more)
    await office.eve.types("/incident declare sev1 Shop is down", settle=False)
    await until(office, lambda: len(providers.of("sms")) == 2)
    (link,) = acks_in(providers.of("sms")[-1])
    status, _ = await looks(office, link, "POST")
    assert status == 200
    told = [e["kind"] for e in await office.timeline()]
    assert "page_acknowledged" in told

    await office.no_faults()
    await office.settled(60)
    for _ in range(4):
        await office.passes(minutes=6)
    card = await office.eve.reads(await office.incident_channel())
    assert f"{office.finn.shown}" in card
    assert await rings(office.finn) == [], "what was acknowledged meanwhile does not ring when Slack is back"
    assert await rings(office.dev) == []
    assert office.finn.id in (await office.channel(await office.incident_channel()))["members"]


async def test_a_private_incident_says_no_more_than_that_there_is_one(
    office: Office, providers: StandIn
) -> None:
    await adds_method(office, providers, office.finn, "email", "finn@example.net")
    await office.eve.types("/incident declare")
    await office.eve.submits(title="Stolen laptop", severity="SEV1", service="checkout", options=["private"])
    await office.passes(minutes=1, seconds=1)
    ring = providers.of("email")[-1]
    assert "A private incident" in ring["text"]
    (link,) = acks_in(ring)
    for told in (dumps(ring), (await opens(office, link))[1], (await opens(office, link, "POST"))[1]):
        for secret in ("Stolen", "SEV1", "checkout", "Checkout", "inc-1"):
            assert secret not in told


@pytest.mark.parametrize("status", [500, 404, 302, 0])
async def test_a_provider_that_fails_is_followed_by_the_next(
    office: Office, providers: StandIn, status: int
) -> None:
    await adds_method(office, providers, office.finn, "ntfy", f"{providers.url}/{TOPIC}")
    await adds_method(office, providers, office.finn, "sms", NUMBER)
    providers.fails["ntfy"] = status
    await office.eve.types("/incident declare sev1 Shop is down")
    office.clock.advance(minutes=1, seconds=1)
    await until(office, lambda: len(providers.of("sms")) == 2)
    assert len(providers.of("ntfy")) == 1
    providers.released.set()
    await office.settled(30)
    told = [(s["method"], s["state"]) for s in await states(office)]
    assert ("sms", "accepted") in told
    if status in (404, 302):
        assert ("ntfy", "failed") in told


async def test_a_method_that_was_switched_off_meanwhile_is_followed_by_the_next(
    office: Office, providers: StandIn
) -> None:
    await adds_method(office, providers, office.finn, "ntfy", f"{providers.url}/{TOPIC}")
    await adds_method(office, providers, office.finn, "sms", NUMBER)
    await office.eve.types("/incident declare sev1 Shop is down")
    await menu(office, office.finn, 1, "off")
    await office.passes(minutes=1, seconds=1)
    assert len(providers.of("ntfy")) == 1, "its code"
    assert len(providers.of("sms")) == 2
    assert ("ntfy", "failed") in [(s["method"], s["state"]) for s in await states(office)]


async def states(office: Office) -> list[Json]:
    return [entry["data"] for entry in await office.timeline() if entry["kind"] == "page_state"]


@pytest.fixture
def as_run(capfd: pytest.CaptureFixture[str]) -> Iterator[pytest.CaptureFixture[str]]:
    """Logs as the program writes them, all of them."""
    root, before, known = logging.getLogger(), structlog.get_config(), logging.getLogger().level
    handlers = root.handlers[:]
    configure("debug", as_json=True)
    yield capfd
    root.handlers[:] = handlers
    root.setLevel(known)
    structlog.configure(**before)


async def test_no_secret_is_anywhere_but_where_it_belongs(
    as_run: pytest.CaptureFixture[str], office: Office, providers: StandIn
) -> None:
    """A provider that fails, and repeats everything that it was given."""
    await adds_method(office, providers, office.finn, "ntfy", f"{providers.url}/{TOPIC}")
    await adds_method(office, providers, office.finn, "sms", NUMBER)
    await adds_method(office, providers, office.finn, "email", "canary.finn@example.net")
    providers.fails |= {"ntfy": 403, "sms": 403}
    await office.eve.types("/incident declare sev1 Shop is down")
    await office.passes(minutes=1, seconds=1)
    await office.passes(minutes=5)
    assert {("ntfy", "failed"), ("sms", "failed"), ("email", "accepted")} <= {
        (s["method"], s["state"]) for s in await states(office)
    }
    out, err = as_run.readouterr()
    assert "A call to a provider failed" in err
    everything = [out, err, dumps(await office.record()), said(await office.finn.home())]
    everything += [await pages_of(office.finn), await office.eve.reads("incidents")]
    async with office.app.bot.db.read() as session:
        for table in ("contact_method", "notification", "outbox", "page", "timeline_entry", "ack_link"):
            everything.append(str((await session.execute(text(f"SELECT * FROM {table}"))).all()))
    (link,) = acks_in(providers.of("email")[-1])
    secrets = [GATEWAY_PASSWORD, TOPIC, NUMBER, NUMBER[1:], "canary.finn", link.rpartition("/")[2]]
    for told in everything:
        assert [secret for secret in secrets if secret in told] == []


async def test_addresses_of_this_machine_and_of_private_networks_are_refused(
    database_url: str, providers: StandIn
) -> None:
    async with open_office(database_url, public_url=PUBLIC, **providers.gateways) as office:
        for number, url in enumerate(
            (f"{providers.url}/t", "http://169.254.169.254/t", "http://localhost:9/t", "http://[::1]/t"), 1
        ):
            await office.finn.home()
            await office.finn.clicks_at_home("Add a method")
            await office.finn.submits(kind="ntfy", address=url, label=f"m{number}")
            assert "address is private" in said(await office.finn.home())
            await office.finn.closes()
            await menu(office, office.finn, number, "remove")
        assert providers.got == []


async def test_rules_and_quiet_hours_of_ones_own(office: Office, providers: StandIn) -> None:
    await adds_method(office, providers, office.finn, "sms", NUMBER, "My phone")
    await office.finn.home()
    await office.finn.clicks_at_home("Notification rules")
    assert (
        "number of minutes" in (await office.finn.submits(urgency="high", by="1", minutes="soon"))["minutes"]
    )
    assert await office.finn.submits(urgency="high", by="1", minutes="0") == {}
    assert await office.finn.submits(urgency="high", by="slack", minutes="2") == {}
    home = said(await office.finn.home())
    assert "high urgency: My phone at once" in home
    assert "high urgency: Slack after 2 min" in home
    await office.eve.types("/incident declare sev1 Shop is down")
    assert len(providers.of("sms")) == 2
    assert await rings(office.finn) == []
    await office.passes(minutes=2, seconds=1)
    assert len(await rings(office.finn)) == 1
    await clicks_in_dm(office.finn, "Acknowledge")

    await office.finn.clicks("Remove")
    assert "My phone at once" not in said(await office.finn.modal())
    await office.finn.clicks_at_home("Quiet hours")
    assert "time of day" in (await office.finn.submits(begins="late", ends="07:00"))["begins"]
    assert await office.finn.submits(begins="22:00", ends="7:00") == {}
    assert "22:00 to 07:00" in said(await office.finn.home())


async def test_quiet_hours_of_a_zone_that_nobody_knows_are_the_offices(office: Office) -> None:
    """Slack may name one that this machine's list lacks; who is to be paged could not be worked out with it."""
    await office.finn.home()
    async with office.app.bot.db.begin() as session:
        abroad = {"id": office.finn.id, "name": "finn", "tz": "Mars/Olympus"}
        await note_account(session, abroad, now=office.clock.now())
    await office.finn.clicks_at_home("Quiet hours")
    assert f"In your time zone, {office.app.bot.config.timezone}." in said(await office.finn.modal())
    assert await office.finn.submits(begins="22:00", ends="7:00") == {}
    async with office.app.bot.db.read() as session:
        kept = await session.scalar(text("SELECT timezone FROM quiet_hours"))
    assert kept == office.app.bot.config.timezone


@pytest.mark.parametrize(
    "fault", [{"kind": "status", "status": 503}, {"kind": "error", "error": "user_disabled"}]
)
async def test_methods_that_no_rule_names_are_used_when_those_that_are_named_fail(
    office: Office, providers: StandIn, fault: Json
) -> None:
    """A rule says what rings first; it does not say that nobody is to be reached."""
    await adds_method(office, providers, office.finn, "sms", NUMBER)
    await office.finn.home()
    await office.finn.clicks_at_home("Notification rules")
    await office.finn.submits(urgency="high", by="slack", minutes="0")
    await office.finn.closes()
    await office.fault("chat.postMessage", match={"channel": office.finn.id}, **fault)
    await office.eve.types("/incident declare sev1 Shop is down", settle=False)
    await until(office, lambda: len(providers.of("sms")) == 2)
    assert await rings(office.dev) == [], "finn was reached: the next step need not hurry"
    (link,) = acks_in(providers.of("sms")[-1])
    assert (await looks(office, link, "POST"))[0] == 200
    await office.no_faults()
    await office.settled()
    assert await rings(office.finn) == []


async def test_slack_rings_when_the_only_method_of_a_rule_fails(office: Office, providers: StandIn) -> None:
    await adds_method(office, providers, office.finn, "sms", NUMBER)
    await office.finn.home()
    await office.finn.clicks_at_home("Notification rules")
    await office.finn.submits(urgency="high", by="1", minutes="0")
    await office.finn.closes()
    providers.fails["sms"] = 403
    await office.eve.types("/incident declare sev1 Shop is down")
    assert len(await rings(office.finn)) == 1


async def test_nobody_is_reached_and_slack_is_dead_so_all_get_the_list_by_what_is_known_of_them(
    office: Office, providers: StandIn
) -> None:
    """By their methods, or the address in app.yaml; whoever takes it by the link has it."""
    await adds_method(office, providers, office.finn, "ntfy", f"{providers.url}/{TOPIC}")
    await office.fault("*", "error", error="account_inactive")
    providers.fails["ntfy"] = 403
    await office.eve.types("/incident declare sev1 Shop is down", settle=False)
    everybody = {f"{name}@example.com" for name in ("finn", "dev", "bo", "ada")}
    await until(office, lambda: {m["to"] for m in providers.of("email")} >= everybody)
    lists = [m for m in providers.of("email") if "Nobody has taken" in m["subject"]]
    assert {m["to"] for m in lists} == everybody
    for name in ("finn", "dev", "bo", "ada"):
        assert f"- {name}: no number in app.yaml" in lists[0]["text"]
    assert "page_nobody" in [entry["kind"] for entry in await office.timeline()]


def calls_cleo(config: Config) -> Config:
    """cleo is told when nobody answers."""
    changed = allows_loopback(config)
    paging = changed.paging.model_copy(update={"nobody": ("person:cleo",)})
    return changed.model_copy(update={"paging": paging})


async def test_whoever_is_called_for_help_beside_slack_takes_a_private_incidents_page(
    database_url: str, providers: StandIn
) -> None:
    async with open_office(
        database_url, change=calls_cleo, public_url=PUBLIC, **providers.gateways
    ) as office:
        await office.eve.types("/incident declare")
        await office.eve.submits(
            title="Stolen laptop", severity="SEV1", service="search", options=["private"]
        )
        await office.fault("*", "error", error="account_inactive")
        for _ in range(8):
            await office.passes(minutes=15)
        lists = [m for m in providers.of("email") if m["to"] == "cleo@example.com"]
        (link,) = acks_in(lists[-1])
        assert "Stolen" not in dumps(lists)
        status, _ = await opens(office, link, "POST")
        assert status == 200
        (page,) = [e for e in await office.timeline() if e["kind"] == "page_acknowledged"]
        assert page["author"] == office.cleo.id


async def test_the_list_leaves_beside_slack_when_slack_asks_to_wait_for_long(
    office: Office, providers: StandIn
) -> None:
    """Nothing fails then, and nothing would be tried again for as long as Slack says."""
    await office.eve.types("/page finn Disk is full", settle=False)
    await office.fault("chat.postMessage", "ratelimited", retry_after=600)
    for _ in range(50):
        await office.passes(seconds=30)
        if [m for m in providers.of("email") if "Nobody has taken" in m["subject"]]:
            break
    assert "Begins anew" in await office.eve.types("/page show 1")
    for _ in range(4):
        await office.passes(seconds=30)
    assert [m["to"] for m in providers.of("email")] == ["finn@example.com"]
    await office.no_faults()
    for _ in range(3):
        await office.passes(minutes=5)
    assert "Please call somebody" in await office.ada.reads("incidents")
    assert [m["to"] for m in providers.of("email")] == ["finn@example.com"]


def by_the_week(config: Config) -> Config:
    """ada, bo, cleo and dev take turns of a week."""
    (primary, *_) = config.schedules
    schedules = (primary.model_copy(update={"layers": primary.layers[:1]}),)
    return allows_loopback(config).model_copy(update={"schedules": schedules})


async def four_weeks_pass(office: Office) -> None:
    """A shift of each. Less than a day at once: what must be told before a shift is told a day before."""
    for _ in range(30):
        await office.passes(hours=23)


async def test_before_a_shift_methods_are_probed_quietly_once(database_url: str, providers: StandIn) -> None:
    async with open_office(database_url, change=by_the_week, **providers.gateways) as office:
        for person in (office.ada, office.bo, office.cleo, office.dev):
            await adds_method(office, providers, person, "ntfy", f"{providers.url}/of-{person.name}")
            if person is not office.dev:
                await person.clicks_at_home("Probe before my shifts")
        assert "are probed" in said(await office.bo.home())
        before = len(providers.got)
        await four_weeks_pass(office)
        probes = [body for _, body in providers.got[before:]]
        assert sorted(body["topic"] for body in probes) == ["of-ada", "of-bo", "of-cleo"], "dev did not agree"
        assert all("makes sure that it can reach you" in body["message"] for body in probes)
        assert {body["priority"] for body in probes} == {2}


async def test_whoever_has_no_method_is_told_before_the_shift_and_so_is_the_schedules_owner(
    database_url: str, providers: StandIn
) -> None:
    async with open_office(database_url, change=by_the_week, **providers.gateways) as office:
        await four_weeks_pass(office)
        people = (office.ada, office.bo, office.cleo, office.dev)
        told = {p: "\n".join(said(m) for m in await p.direct_messages()) for p in people}
        for person in people:
            assert told[person].count("You can be reached in Slack alone") == 1
            assert told[person].count("contact method") == 1, "the reminder does not say it once more"
            if person is not office.ada:  # who owns the schedule
                assert told[office.ada].count(f"*{person.name}* can be reached in Slack alone") == 1
        assert "might not be reached" not in told[office.ada]


async def test_somebody_whom_slack_does_not_know_is_not_said_to_be_reached_in_slack(
    database_url: str, providers: StandIn
) -> None:
    def change(config: Config) -> Config:
        people = tuple(
            person.model_copy(update={"email": "gone@example.com"}) if person.name == "bo" else person
            for person in config.people
        )
        return by_the_week(config).model_copy(update={"people": people})

    async with open_office(database_url, change=change, **providers.gateways) as office:
        await four_weeks_pass(office)
        owner = "\n".join(said(m) for m in await office.ada.direct_messages())
        assert owner.count("*bo* is on call from") == 1
        assert owner.count("Slack knows nobody with their e-mail address") == 1
        assert "*bo* can be reached in Slack alone" not in owner


async def test_a_probe_that_fails_is_told_to_the_person_and_the_owner(
    database_url: str, providers: StandIn
) -> None:
    async with open_office(database_url, change=by_the_week, **providers.gateways) as office:
        await adds_method(office, providers, office.bo, "ntfy", f"{providers.url}/of-bo", "My phone")
        await office.bo.clicks_at_home("Probe before my shifts")
        providers.fails["ntfy"] = 403
        await four_weeks_pass(office)
        bo = "\n".join(said(m) for m in await office.bo.direct_messages())
        assert bo.count("My phone could not be reached") == 1
        owner = "\n".join(said(m) for m in await office.ada.direct_messages())
        assert owner.count("A contact method of *bo* could not be reached") == 1
