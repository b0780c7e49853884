"""Pages in Slack: what `/page`, buttons, messages and the card do and tell."""

import asyncio
from datetime import timedelta

import pytest

from bot.config import BusinessHours, Config, load
from bot.core.clock import MovableClock
from tests.acceptance.changes import with_policy
from tests.acceptance.office import SAMPLE, Office, Person, find_element, open_office, said
from tests.acceptance.pages import clicks_in_dm, pages_of, rings

CARD = "inc-1-shop-is-down"


async def card_of(person: Person, channel: str = CARD) -> str:
    return next(said(m) for m in await person.messages(channel) if find_element([m], "Page …"))


# -- /page --------------------------------------------------------------------------------------------------------


async def test_page_rings_a_person_and_the_answer_promises_nothing(office: Office) -> None:
    answer = await office.ada.types("/page cleo Disk is full")
    assert "Page #1 to *cleo* is on its way" in answer
    assert "Paged" not in answer
    assert len(await rings(office.cleo)) == 1
    assert "*Disk is full*" in await pages_of(office.cleo)
    answer = await office.ada.types("/page show 1")
    assert "Slack: accepted" in answer
    await office.cleo.types("/page ack")
    assert f"Acknowledged by {office.cleo.shown}" in await office.ada.types("/page show 1")
    assert await rings(office.cleo) == []


async def test_page_takes_mentions_services_policies_and_tells_what_it_does_not_know(office: Office) -> None:
    await office.ada.types(f"/page {office.cleo.mention} Disk is full")
    assert len(await rings(office.cleo)) == 1
    await office.ada.types("/page service:checkout Orders fail")
    assert len(await rings(office.finn)) == 1
    assert "Checkout" in await pages_of(office.finn)
    assert "Did you mean checkout?" in await office.ada.types("/page chekout Orders fail")
    assert "`/page list`" in await office.ada.types("/page lisst")
    assert "service:payments" not in await office.ada.types("/page payments Cards fail")  # one and the same
    assert "*Answer a page*" in await office.ada.types("/page help")
    listed = await office.ada.types("/page list")
    assert "Page #1" in listed
    assert "Page #3" in listed
    assert "to *#general* is on its way" in await office.ada.types("/page channel:#general Who can look?")
    assert "Who can look?" in await office.eve.reads("general")
    assert "is on its way" in await office.ada.types(f"/page person:{office.dev.mention} Come, please")
    assert "Come, please" in await pages_of(office.dev)


async def test_a_page_of_an_incidents_channel_belongs_to_the_incident(office: Office) -> None:
    await office.eve.types("/incident declare sev4 Shop is down")
    await office.eve.types("/page cleo", channel=CARD)
    assert "incident #1" in await pages_of(office.cleo)
    assert "Shop is down" in await pages_of(office.cleo)
    assert "*cleo*, Slack: accepted" in await card_of(office.eve)
    told = [entry["kind"] for entry in await office.timeline()]
    assert told.count("page_opened") == 1
    await office.eve.clicks("Page …", channel=CARD)
    view = said(await office.eve.modal())
    assert "On call now" in view
    assert "First responder: *" in view
    await office.eve.submits(to="person:dev", what="We need a hand")
    assert "is on its way" in said(await office.eve.modal())
    assert "We need a hand" in await pages_of(office.dev)


def with_holidays(config: Config) -> Config:
    """The schedules as the sample has them."""
    return config.model_copy(update={"schedules": load(SAMPLE).schedules})


async def test_a_page_on_trial_changes_nothing(database_url: str) -> None:
    async with open_office(database_url, change=with_holidays) as office:
        await _on_trial(office)


async def _on_trial(office: Office) -> None:
    plan = await office.ada.types('/page primary --dry-run --at "2026-12-25 10:00"')
    assert "*eve* by Slack" in plan
    assert "holiday layer feasts" in plan
    assert "Nobody was paged" in plan
    plan = await office.ada.types("/page checkout —dry-run")  # as a phone writes it
    assert "*finn* by Slack" in plan
    assert "last resort" in plan
    for person in (office.ada, office.bo, office.cleo, office.dev, office.eve, office.finn):
        assert await rings(person) == []
    assert "No page is open" in await office.ada.types("/page list")


async def test_page_without_words_opens_the_form(office: Office) -> None:
    await office.ada.types("/page")
    errors = await office.ada.submits(to="schedule:primary", what="Disk is full")
    assert errors == {}
    assert "Page #1" in await office.bo.types("/page list")


# -- buttons ------------------------------------------------------------------------------------------------------


async def test_each_button_and_what_follows(office: Office) -> None:
    await office.ada.types("/page cleo Disk is full")
    await clicks_in_dm(office.cleo, "Acknowledge")
    assert "Without news Tocsin asks" in await pages_of(office.cleo)
    await clicks_in_dm(office.cleo, "Unacknowledge")
    await office.passes(minutes=1, seconds=1)  # what follows within a minute leaves together
    assert len(await rings(office.cleo)) == 2, "a new message rings, the old one shows that it does"
    await clicks_in_dm(office.cleo, "page.snooze", "1:30")
    assert "Snoozed by" in await pages_of(office.cleo)
    await office.passes(minutes=29)
    assert "the snooze is over" not in await pages_of(office.cleo)
    await office.passes(minutes=1, seconds=1)
    assert "the snooze is over" in await pages_of(office.cleo)
    await clicks_in_dm(office.cleo, "Reassign")
    await office.cleo.submits(to="person:dev")
    assert len(await rings(office.dev)) == 1
    await clicks_in_dm(office.dev, "Note")
    await office.dev.submits(text="Looking at it")
    await clicks_in_dm(office.dev, "Resolve")
    assert "Resolved by" in await pages_of(office.dev)
    assert "Resolved by" in await pages_of(office.cleo)
    assert await rings(office.cleo) == await rings(office.dev) == []


async def test_a_late_click_says_what_is_true_and_mends_the_message(office: Office) -> None:
    await office.eve.types("/incident declare sev1 Shop is down")
    await office.fault("chat.update", "error", error="internal_error")
    await office.eve.types("/page resolve 1")
    await clicks_in_dm(office.finn, "Acknowledge")  # it still stands there
    told = "\n".join(said(m) for m in await office.finn.direct_messages() if m["ephemeral"])
    assert "Page #1 is over" in told
    await office.no_faults()
    await office.passes(minutes=1)
    assert await rings(office.finn) == []
    assert "Resolved by" in await pages_of(office.finn)


async def test_of_two_who_click_at_the_same_time_one_has_it(office: Office) -> None:
    await office.eve.types("/incident declare sev1 Shop is down")
    await office.passes(minutes=5, seconds=1)
    await asyncio.gather(clicks_in_dm(office.dev, "Acknowledge"), clicks_in_dm(office.bo, "Acknowledge"))
    told = [said(m) for p in (office.dev, office.bo) for m in await p.direct_messages() if m["ephemeral"]]
    assert len(told) == 1
    assert "acknowledged page #1 already" in told[0]
    kinds = [entry["kind"] for entry in await office.timeline()]
    assert kinds.count("page_acknowledged") == 1


async def test_the_readers_own_page_follows_their_clicks(office: Office) -> None:
    await office.ada.types("/page cleo Disk is full")
    await office.cleo.types("/page show 1")
    await office.cleo.clicks("Acknowledge", channel="general")
    assert f"Acknowledged by {office.cleo.shown}" in await office.cleo.is_told()


async def test_the_menu_of_a_page_on_the_readers_own_card_leaves_it_a_card(office: Office) -> None:
    await office.eve.types("/incident declare sev1 Shop is down")
    await office.bo.types("/incident show 1", channel="general")
    await office.bo.clicks("page.more", channel="general", value="1:escalate")
    (card,) = [m for m in await office.bo.messages("general") if find_element([m], "incident.more")]
    assert "*dev*, Slack: " in said(card), "who is rung now, whether Slack has it yet or not"
    await office.bo.clicks("page.more", channel="general", value="1:note")
    await office.bo.submits(text="The cache is cold")
    (card,) = [m for m in await office.bo.messages("general") if find_element([m], "incident.more")]
    await office.bo.clicks("page.more", channel="general", value="1:resolve")
    (card,) = [m for m in await office.bo.messages("general") if find_element([m], "incident.more")]
    assert "Resolved by" in said(card)


async def test_escalate_now_rings_the_next_step_at_once(office: Office) -> None:
    await office.eve.types("/incident declare sev1 Shop is down")
    assert await rings(office.dev) == []
    await clicks_in_dm(office.finn, "Escalate now")
    assert len(await rings(office.dev)) == len(await rings(office.bo)) == 1


# -- truth on surfaces --------------------------------------------------------------------------------------------


async def test_card_and_message_tell_who_was_rung_who_has_it_and_what_comes_next(office: Office) -> None:
    await office.eve.types("/incident declare sev1 Shop is down")
    for told in (await card_of(office.eve), await pages_of(office.finn)):
        assert "*finn*, Slack: accepted" in told
        assert "Next: *dev, bo* at" in told
        assert "Last resort: *ada*" in told
    await office.passes(minutes=5, seconds=1)
    assert "*dev*, Slack: accepted" in await card_of(office.eve)
    assert "*dev*, Slack: accepted" in await pages_of(office.finn)
    await clicks_in_dm(office.dev, "Acknowledge")
    card = await card_of(office.eve)
    assert f"Acknowledged by {office.dev.shown}" in card
    assert "→ acknowledged" in card
    words = "\n".join(str(e) for e in await office.timeline())
    assert "first step, as SEV1 pages at once" in words


async def test_what_slack_refuses_is_never_called_paged(office: Office) -> None:
    await office.fault("chat.postMessage", "error", error="user_disabled", match={"channel": office.finn.id})
    await office.eve.types("/incident declare sev1 Shop is down")
    card = await card_of(office.eve)
    assert "*finn*, Slack: failed" in card
    assert "user_disabled" in card
    assert "finn*, Slack: accepted" not in card


async def test_sev2_tells_when_it_rings_and_can_be_acknowledged_before(office: Office) -> None:
    answer = await office.eve.types("/incident declare sev2 Shop is down")
    assert "Pages whoever is on call" in answer
    assert "unless somebody acknowledges before" in answer
    assert "Rings *finn*" in await card_of(office.eve)
    await office.bo.joins(CARD)
    await office.bo.clicks("Acknowledge", channel=CARD)
    assert f"Acknowledged by {office.bo.shown}" in await card_of(office.eve)
    await office.passes(minutes=16)
    assert await rings(office.finn) == []


async def test_a_backlog_severity_tells_that_nobody_is_paged_and_why(office: Office) -> None:
    answer = await office.eve.types("/incident declare sev4 Shop is down")
    assert "Nobody is paged: SEV4 pages nobody. A higher severity pages" in answer
    assert "Shop is down" in await office.eve.types("/incident list")
    card = await card_of(office.eve)
    assert "Nobody is paged: SEV4 pages nobody" in card
    assert "It is item #1 of the backlog" in card
    answer = await office.eve.types("/incident severity 1 sev1 it is all of it")
    assert "Page #1" in answer
    assert "Nobody is paged" not in await card_of(office.eve)


async def test_lowered_before_it_begins_it_pages_nobody(office: Office) -> None:
    await office.eve.types("/incident declare sev2 Shop is down")
    answer = await office.eve.types("/incident severity 1 sev4 just a typo")
    assert "lowered to SEV4, which pages nobody" in answer
    await office.passes(minutes=20)
    assert await rings(office.finn) == []


async def test_without_policies_it_tells_how_to_set_them_up(database_url: str) -> None:
    def bare(config: Config) -> Config:
        services = tuple(one.model_copy(update={"escalation_policy": None}) for one in config.services)
        paging = config.paging.model_copy(update={"escalation_policy": None})
        return config.model_copy(update={"escalation_policies": (), "services": services, "paging": paging})

    async with open_office(database_url, change=bare) as office:
        answer = await office.eve.types("/incident declare sev1 Shop is down")
        for told in (answer, await card_of(office.eve)):
            assert "*Nobody is paged*: app.yaml has no escalation policy" in told
            assert "docs/paging.md" in told


async def test_when_nobody_was_reached_the_list_stays_until_somebody_has_it(office: Office) -> None:
    for user in (office.finn, office.dev, office.bo, office.ada):
        await office.fault("chat.postMessage", "error", error="user_disabled", match={"channel": user.id})
    await office.eve.types("/incident declare sev1 Shop is down")
    call = await office.eve.reads("incidents")
    assert "Please call somebody" in call
    assert "• *finn*: no number in app.yaml" in call
    assert "Begins anew at" in call
    await office.eve.types("/page ack 1")
    call = await office.eve.reads("incidents")
    assert "Please call somebody" not in call
    assert f"Acknowledged by {office.eve.shown}" in call


async def test_the_question_has_its_buttons_and_is_answered_once(office: Office) -> None:
    await office.eve.types("/incident declare sev1 Shop is down")
    await clicks_in_dm(office.finn, "Acknowledge")
    await office.passes(minutes=31)
    (asked,) = await rings(office.finn, "Still on it")
    assert find_element([asked], "It is over")
    await clicks_in_dm(office.finn, "Still on it")
    assert await rings(office.finn, "Still on it") == []
    assert await rings(office.dev) == []
    assert "Acknowledged by" in said((await office.finn.direct_messages())[-1])


async def test_what_failed_is_still_told_when_somebody_has_it(office: Office) -> None:
    await office.fault("chat.postMessage", "error", error="user_disabled", match={"channel": office.finn.id})
    await office.eve.types("/incident declare sev1 Shop is down")
    await clicks_in_dm(office.dev, "Acknowledge")
    for told in (await card_of(office.eve), await pages_of(office.dev)):
        assert "*finn*, Slack: failed" in told
        assert "user_disabled" in told
    assert "*bo*, Slack: accepted" in await card_of(office.eve)


async def test_when_something_failed_stays_when_it_did(office: Office) -> None:
    await office.fault("chat.postMessage", "error", error="user_disabled", match={"channel": office.finn.id})
    await office.eve.types("/incident declare sev1 Shop is down")
    before = next(
        line for line in (await card_of(office.eve)).splitlines() if "*finn*, Slack: failed" in line
    )
    await office.passes(minutes=4)
    to_finn = [c for c in await office.calls("chat.postMessage") if c["args"]["channel"] == office.finn.id]
    assert len(to_finn) > 1, "it is tried again"
    assert before in await card_of(office.eve)


async def test_the_card_has_every_button_of_a_page(office: Office) -> None:
    await office.eve.types("/incident declare sev1 Shop is down")
    await office.bo.joins(CARD)
    await office.bo.clicks("Acknowledge", channel=CARD)
    await office.bo.clicks("page.more", channel=CARD, value="1:note")
    await office.bo.submits(text="Looking at the database")
    assert "Looking at the database" in str(await office.timeline())
    await office.bo.clicks("page.more", channel=CARD, value="1:snooze")
    await office.bo.submits(length="60")
    card = await card_of(office.eve)
    assert f"Snoozed by {office.bo.shown}" in card
    assert "*finn, bo*" in card, "whoever snoozed it is rung again too"
    await office.bo.clicks("Acknowledge", channel=CARD)
    await office.bo.clicks("Unacknowledge", channel=CARD)
    assert "first step, as it was given back" in await card_of(office.eve)
    assert len(await rings(office.finn)) == 2, "it rings anew"


# -- policies -----------------------------------------------------------------------------------------------------


async def test_all_must_acknowledge(database_url: str) -> None:
    both = {"notify": ["person:cleo", "person:dev"], "wait": "5m", "acknowledge": "all"}
    async with open_office(database_url, change=with_policy(both, {"notify": ["person:ada"]})) as office:
        await office.eve.types("/incident declare sev1 Shop is down")
        await clicks_in_dm(office.cleo, "Acknowledge")
        assert "still to come: *dev*" in await card_of(office.eve)
        await office.passes(minutes=5, seconds=1)
        assert len(await rings(office.ada)) == 1, "dev did not"


async def test_whoever_acknowledged_is_not_rung_again_while_the_others_are(database_url: str) -> None:
    both = {"notify": ["person:cleo", "person:dev"], "wait": "5m", "acknowledge": "all"}
    async with open_office(
        database_url, change=with_policy(both, {"notify": ["person:bo"], "wait": "5m"}, repeat=2)
    ) as office:
        await office.eve.types("/incident declare sev1 Shop is down")
        await clicks_in_dm(office.cleo, "Acknowledge")
        assert "> unless they do" in await card_of(office.eve)
        await office.passes(minutes=5, seconds=1)
        assert "Next: *dev* at" in await card_of(office.eve), "it says whom it will ring"
        await office.passes(minutes=5, seconds=1)
        assert (len(await office.cleo.direct_messages()), len(await office.dev.direct_messages())) == (1, 2)
        await clicks_in_dm(office.dev, "Acknowledge")
        assert f"Acknowledged by {office.dev.shown}" in await pages_of(office.cleo)


async def test_the_last_resort_is_enough_where_all_of_a_step_must_acknowledge(database_url: str) -> None:
    both = {"notify": ["person:cleo", "person:dev"], "wait": "1h", "acknowledge": "all"}
    last = {"notify": "person:ada", "after": "10m"}
    async with open_office(database_url, change=with_policy(both, last_resort=last)) as office:
        await office.eve.types("/incident declare sev1 Shop is down")
        await clicks_in_dm(office.cleo, "Acknowledge")
        await office.passes(minutes=10, seconds=1)
        assert "still to come: *dev*" in await pages_of(office.ada), "and not ada"
        await clicks_in_dm(office.ada, "Acknowledge")
        for person in (office.ada, office.cleo, office.dev):
            assert await rings(person) == []
            assert f"Acknowledged by {office.ada.shown}" in await pages_of(person)


async def test_round_robin_takes_turns(database_url: str) -> None:
    turns = {"notify": ["person:cleo", "person:dev"], "round_robin": True}
    async with open_office(database_url, change=with_policy(turns)) as office:
        await office.eve.types("/page default First thing")
        assert (len(await rings(office.cleo)), len(await rings(office.dev))) == (1, 0)
        await office.eve.types("/page default Second thing")
        assert (len(await rings(office.cleo)), len(await rings(office.dev))) == (1, 1)
        assert "*cleo* by Slack" in await office.eve.types("/page default --dry-run")


async def test_three_steps_and_the_last_resort(database_url: str) -> None:
    steps = [{"notify": [f"person:{name}"], "wait": "5m"} for name in ("finn", "dev", "bo")]
    last = {"notify": "person:ada", "after": "20m"}
    async with open_office(database_url, change=with_policy(*steps, last_resort=last)) as office:
        await office.eve.types("/incident declare sev1 Shop is down")
        rung = []
        for person in (office.finn, office.dev, office.bo):
            rung.append([len(await rings(one)) for one in (office.finn, office.dev, office.bo, office.ada)])
            assert "Last resort: *ada*" in await pages_of(person)
            await office.passes(minutes=5, seconds=1)
        assert rung == [[1, 0, 0, 0], [1, 1, 0, 0], [1, 1, 1, 0]]
        await office.passes(minutes=5)
        assert len(await rings(office.ada)) == 1
        assert "last resort" in await card_of(office.eve)
        await clicks_in_dm(office.ada, "Acknowledge")
        assert f"Acknowledged by {office.ada.shown}" in await pages_of(office.finn)


async def test_a_step_of_business_hours_is_passed_over_outside_of_them(database_url: str) -> None:
    now = MovableClock().now()
    closed = f"{(now - timedelta(days=1)):%a} 09:00-10:00"  # yesterday
    office_step = {"notify": ["person:finn"], "hours": "business"}

    def change(config: Config) -> Config:
        changed: Config = with_policy(office_step, {"notify": ["person:dev"]})(config)
        hours = BusinessHours.model_validate({"hours": closed})
        return changed.model_copy(update={"business_hours": hours})

    async with open_office(database_url, change=change) as office:
        await office.eve.types("/incident declare sev1 Shop is down")
        assert (len(await rings(office.finn)), len(await rings(office.dev))) == (0, 1)
        assert "it is outside business hours" in await card_of(office.eve)
        await office.eve.types("/incident declare sev3 Typo on the imprint")
        said_of_it = await office.eve.types("/page show 2")
        assert "Rings *finn*" in said_of_it, "then the office works, and its step counts"


async def test_a_schedule_tells_its_reason_and_its_shadow_follows_quietly(database_url: str) -> None:
    async with open_office(
        database_url, change=with_policy({"notify": ["schedule:primary"], "wait": "5m"})
    ) as office:
        await office.eve.types("/incident declare sev1 Shop is down")
        assert "You shadow *First responder*" in await pages_of(office.finn)
        assert await rings(office.finn) == []
        assert "(First responder), Slack: accepted" in await card_of(office.eve)
        paged = next(e for e in await office.timeline() if e["kind"] == "paged")
        assert paged["data"]["via"][0][0] == "schedule:primary"
        assert "layer" in paged["data"]["via"][0][1]


# -- privacy, drills ----------------------------------------------------------------------------------------------


async def test_a_private_incidents_page_leaks_nothing(office: Office) -> None:
    await office.eve.types("/incident declare")
    await office.eve.submits(title="Stolen laptop", severity="SEV1", service="checkout", options=["private"])
    told = await pages_of(office.finn)
    assert "A private incident" in told
    assert "Stolen laptop" not in told
    assert "Checkout" not in told
    assert "Page #1" not in await office.dev.types("/page list")
    assert "no page #1 that you can see" in await office.dev.types("/page show 1")
    assert "no page #1 that you can see" in await office.dev.types("/page resolve 1")
    channel = await office.incident_channel()
    answer = await office.eve.types("/page cleo The thief is in the building", channel=channel)
    assert "whoever is paged reads no more than that" in answer
    assert "thief" not in await pages_of(office.cleo)
    assert "thief" in str(await office.timeline())


def calls_dev(config: Config) -> Config:
    """Nobody but finn is rung, and dev is told when finn does not answer."""
    changed = with_policy({"notify": ["person:finn"], "wait": "5m"})(config)
    paging = changed.paging.model_copy(update={"nobody": ("person:dev", "channel:incidents")})
    return changed.model_copy(update={"paging": paging})


async def test_whoever_is_called_for_help_may_take_the_page_of_a_private_incident(database_url: str) -> None:
    """But nobody else of the channel in which it was called too."""
    async with open_office(database_url, change=calls_dev) as office:
        await office.eve.types("/incident declare")
        await office.eve.submits(title="Stolen laptop", severity="SEV1", options=["private"])
        await office.passes(minutes=5, seconds=1)
        await office.bo.clicks("Acknowledge", channel="incidents")
        assert office.bo.id not in (await office.channel(await office.incident_channel()))["members"]
        assert "no page #1 that you can see" in await office.bo.is_told("incidents")
        assert "Stolen" not in await pages_of(office.dev)
        await clicks_in_dm(office.dev, "Acknowledge")
        assert f"Acknowledged by {office.dev.shown}" in await pages_of(office.finn)
        assert office.dev.id in (await office.channel(await office.incident_channel()))["members"]


async def test_a_drills_page_says_drill(office: Office) -> None:
    await office.eve.types("/incident declare")
    await office.eve.submits(title="Shop is down", severity="SEV1", options=["drill"])
    assert "*DRILL* · *Page #1*" in await pages_of(office.finn)


@pytest.mark.parametrize("words", ["/page cleo", "/page ack", "/page nobody-of-this-name x"])
async def test_words_that_say_too_little_page_nobody(office: Office, words: str) -> None:
    await office.ada.types(words)
    assert await rings(office.cleo) == []
