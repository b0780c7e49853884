"""How an incident is declared: in one line, by the form, from a message; once, whatever the network does."""

import re

from tests.acceptance.office import Json, Office, said

FORM = {"title": "Checkout is down", "severity": "SEV1"}


def chosen(view: Json, block_id: str) -> str | None:
    """The value that an input of the form begins with, or has by now."""
    (state,) = view["state"]["values"][block_id].values()
    if "selected_option" in state:
        return state["selected_option"]["value"] if state["selected_option"] else None
    return state["value"]  # type: ignore[no-any-return]


def ticked(view: Json) -> list[str]:
    """Which of the options of the form are ticked."""
    return [one["value"] for one in view["state"]["values"]["options"]["declare.options"]["selected_options"]]


# -- one line --------------------------------------------------------------------------------------------


async def test_one_line_declares_and_leads_to_the_channel(office: Office) -> None:
    answer = await office.ada.types("/incident declare sev1 Checkout is down")

    assert "SEV1 #1" in answer
    assert "Checkout is down" in answer
    await office.passes(seconds=3)
    place = await office.channel("inc-1-checkout-is-down")
    assert f"<#{place['id']}>" in await office.ada.is_told()
    assert office.ada.id in place["members"]


async def test_any_name_of_a_severity_is_understood(office: Office) -> None:
    for number, word in enumerate(("p2", "level 2", "SEV-2", "Level2"), start=1):
        answer = await office.ada.types(f"/incident declare {word} Search is slow")
        assert f"SEV2 #{number}" in answer
        assert (await office.record(number))["title"] == "Search is slow"


async def test_a_long_line_is_declared_at_once_and_kept_whole(office: Office) -> None:
    story = "Checkout is down since the release of this morning " * 10
    await office.ada.types(f"/incident declare sev1 {story}")

    record = await office.record()
    assert len(record["title"]) <= 200
    assert record["title"].endswith("…")
    assert record["summary"] == story.strip()


async def test_further_lines_become_the_summary(office: Office) -> None:
    await office.ada.types("/incident declare\nsev1 Checkout is down\nSince 14:05, all countries")

    record = await office.record()
    assert record["title"] == "Checkout is down"
    assert "Since 14:05, all countries" in record["summary"]


async def test_a_service_is_named_by_its_token_wherever_it_stands(office: Office) -> None:
    for number, words in enumerate(
        (
            "sev1 service:payments Cards fail",
            "service:Payments sev1 Cards fail",
            "sev1 Cards service:payments fail",
            "level 3 Cards fail service:payments\nSince 14:05",
        ),
        start=1,
    ):
        assert f"SEV1 #{number}" in await office.ada.types(f"/incident declare {words}")
        record = await office.record(number)
        assert (record["service"], record["title"]) == ("payments", "Cards fail")
        assert "service:" not in record["summary"]
    assert office.dev.id in (await office.channel(await office.incident_channel()))["members"]


async def test_a_title_keeps_its_words(office: Office) -> None:
    titles = (
        "search is slow",
        "checkout",
        "in:search nothing is found",
        "web service: slow",
        "myservice:web",
    )
    for number, title in enumerate(titles, start=1):
        await office.ada.types(f"/incident declare sev2 {title}")
        record = await office.record(number)
        assert (record["title"], record["service"]) == (title, None)


async def test_what_is_private_or_a_drill_is_said_in_front(office: Office) -> None:
    await office.ada.types("/incident declare private sev2 Customer data is public")
    await office.ada.types("/incident declare Drill SEV2 Cut off the database")
    await office.ada.types("/incident declare drill private sev2 Somebody reads our mail")
    await office.ada.types("/incident declare private retro sev2 yesterday 10:00 to 11:00 A laptop was lost")
    await office.ada.types("/incident declare service:payments private sev2 Cards were copied")

    kinds = []
    for number in (1, 2, 3, 4, 5):
        record = await office.record(number)
        kinds.append((record["private"], record["drill"], record["title"]))
    assert kinds == [
        (True, False, "Customer data is public"),
        (False, True, "Cut off the database"),
        (True, True, "Somebody reads our mail"),
        (True, False, "A laptop was lost"),
        (True, False, "Cards were copied"),
    ]
    await office.passes(seconds=3)
    assert "Customer data" not in await office.ada.reads("incidents")

    await office.ada.types("/incident declare private A key was leaked")
    form = await office.ada.modal()
    assert chosen(form, "title") == "A key was leaked"
    assert ticked(form) == ["private"]


async def test_said_behind_the_severity_it_is_asked_about_before_everybody_reads_it(office: Office) -> None:
    for word in ("private", "Drill:", "*private*", "[private]", "“Private”,", "(drill)"):
        await office.ada.types(f"/incident declare sev1 {word} Customer data is public")
        form = await office.ada.modal()
        assert "behind the severity belongs to the title" in said(form)
        assert chosen(form, "title") == f"{word} Customer data is public"
        assert ticked(form) == []
    await office.ada.submits(title="private network is down")
    assert ((await office.record())["title"], (await office.record())["private"]) == (
        "private network is down",
        False,
    )


async def test_a_service_without_a_title_opens_the_form_with_it_and_what_is_open(office: Office) -> None:
    await office.ada.types("/incident declare sev1 service:search Nothing is found")
    await office.bo.types("/incident declare service:search")

    form = await office.bo.modal()
    assert chosen(form, "service") == "search"
    assert "Join instead" in said(form)


async def test_a_service_that_there_is_not_opens_the_form_with_the_one_that_was_meant(office: Office) -> None:
    for word, meant in (("chekout", "checkout"), ("mainframe", None)):
        await office.ada.types(f"/incident declare sev1 service:{word} Nobody can pay")
        form = await office.ada.modal()
        assert f"“{word}” is not a service" in said(form)
        assert ("Did you mean" in said(form)) == (meant is not None)
        values = [chosen(form, field) for field in ("severity", "title", "service")]
        assert values == ["SEV1", "Nobody can pay", meant]
    assert "No incident was ever declared" in await office.ada.types("/incident list all")


# -- the form --------------------------------------------------------------------------------------------


async def test_the_form_takes_all_that_is_known(office: Office) -> None:
    await office.ada.types("/incident declare")
    form = said(await office.ada.modal())
    assert "Complete outage" in form, "each severity says what it means"

    errors = await office.ada.submits(
        **FORM, service="payments", summary="Cards fail since 14:05", options=["drill"]
    )

    assert errors == {}
    assert await office.ada.modals() == []
    record = await office.record()
    assert (record["title"], record["severity"], record["service"], record["summary"], record["drill"]) == (
        "Checkout is down",
        "SEV1",
        "payments",
        "Cards fail since 14:05",
        True,
    )
    await office.passes(seconds=3)
    assert "SEV1 #1" in await office.ada.is_told()


async def test_the_form_opens_with_what_was_typed(office: Office) -> None:
    await office.ada.types("/incident declare Search is slow")
    assert chosen(await office.ada.modal(), "title") == "Search is slow"
    assert chosen(await office.ada.modal(), "severity") is None

    await office.ada.types("/incident declare sev3")
    assert chosen(await office.ada.modal(), "severity") == "SEV3"


async def test_a_mistyped_severity_opens_the_form_with_the_one_that_was_meant(office: Office) -> None:
    await office.ada.types("/incident declare sve1 Checkout is down")

    form = await office.ada.modal()
    assert "Did you mean *SEV1*?" in said(form)
    assert (chosen(form, "severity"), chosen(form, "title")) == ("SEV1", "Checkout is down")
    await office.ada.submits()
    assert (await office.record())["title"] == "Checkout is down"


async def test_a_title_that_only_looks_like_a_severity_stays_whole(office: Office) -> None:
    for title in ("s3 is down", "server 1 burns", "h1 tags are broken", "ec2 is gone"):
        await office.ada.types(f"/incident declare {title}")
        assert chosen(await office.ada.modal(), "title") == title


async def test_a_blank_title_is_refused_under_its_input_and_the_form_stays(office: Office) -> None:
    await office.ada.types("/incident declare")
    errors = await office.ada.submits(title="   ", severity="SEV1")
    assert "needs a title" in errors["title"]

    assert await office.ada.submits(title="Checkout is down") == {}
    assert (await office.record())["number"] == 1


# -- one incident instead of two -------------------------------------------------------------------------


async def test_choosing_a_service_shows_its_open_incidents_to_join_instead(office: Office) -> None:
    await office.ada.types("/incident declare")
    await office.ada.submits(**FORM, service="checkout")
    channel = await office.incident_channel()

    await office.cleo.types("/incident declare")
    await office.cleo.chooses(title="Nobody can pay", options=["drill"])
    await office.cleo.chooses(service="search")
    assert "Join instead" not in said(await office.cleo.modal())
    await office.cleo.chooses(service="checkout")
    form = await office.cleo.modal()
    assert "Checkout is down" in said(form)
    assert chosen(form, "title") == "Nobody can pay", "what was typed stays"

    await office.cleo.clicks("Join instead")
    assert "You joined" in said(await office.cleo.modal())
    assert channel in await office.cleo.channels()
    assert office.cleo.id in (await office.channel(channel))["members"]


# -- from elsewhere in Slack -----------------------------------------------------------------------------


async def test_the_message_shortcut_keeps_the_message_and_links_it(office: Office) -> None:
    """#support, which the bot was never invited to: where most such messages stand."""
    ts = await office.bo.types("Customers cannot pay\nsince 14:05, three tickets", "support")
    original = (await office.bo.messages("support"))[-1]

    await office.ada.uses_message_shortcut("declare_message", "support", ts)
    form = await office.ada.modal()
    assert chosen(form, "title") == "Customers cannot pay"
    assert "three tickets" in (chosen(form, "summary") or "")
    await office.ada.submits(severity="SEV2")

    kept = [entry for entry in await office.timeline() if entry["kind"] == "message"]
    assert len(kept) == 1
    assert kept[0]["author"] == office.bo.id
    assert "three tickets" in kept[0]["data"]["text"]
    assert kept[0]["data"]["permalink"] == original["permalink"]
    assert f"<{original['permalink']}|this message>" in await office.ada.reads(
        await office.incident_channel()
    )
    assert not [entry for entry in await office.timeline() if entry["kind"] == "failed"]
    await office.passes(seconds=3)
    assert "SEV2 #1" in await office.ada.is_told("support")
    assert (await office.bo.messages("support"))[-1]["text"] == original["text"]


async def test_a_message_of_a_private_channel_is_kept_without_a_link(office: Office) -> None:
    people = [office.ada.id, office.bo.id]
    await office.post("/workspace/channels", {"name": "war-room", "is_private": True, "members": people})
    ts = await office.bo.types("The vault is open", "war-room")

    await office.ada.uses_message_shortcut("declare_message", "war-room", ts)
    await office.ada.submits(severity="SEV1", options=["private"])

    (kept,) = [entry for entry in await office.timeline() if entry["kind"] == "message"]
    assert (kept["data"]["text"], kept["author"]) == ("The vault is open", office.bo.id)
    assert "permalink" not in kept["data"]


async def test_the_longest_message_can_be_declared_from(office: Office) -> None:
    ts = await office.bo.types('Zahlung "kaputt" 🔥\n' * 190, "support")

    await office.ada.uses_message_shortcut("declare_message", "support", ts)
    await office.ada.submits(severity="SEV2")

    assert "message" in [entry["kind"] for entry in await office.timeline()]


async def test_the_global_shortcut_opens_the_form(office: Office) -> None:
    await office.eve.uses_shortcut("declare")
    assert await office.eve.submits(**FORM) == {}

    assert (await office.record())["declared_by"] == office.eve.id
    await office.passes(seconds=3)
    assert any("SEV1 #1" in said(message) for message in await office.eve.direct_messages())


async def test_the_button_at_home_opens_the_form(office: Office) -> None:
    await office.eve.clicks_at_home(":rotating_light: Declare an incident")
    assert await office.eve.submits(**FORM) == {}

    assert await office.incident_channel() in await office.eve.channels()


# -- once ------------------------------------------------------------------------------------------------


async def test_a_command_delivered_twice_makes_one_incident(office: Office) -> None:
    await office.fault("command", "command_twice")
    await office.ada.types("/incident declare sev1 Checkout is down")

    await _there_is_one(office)


async def test_a_form_delivered_twice_makes_one_incident(office: Office) -> None:
    await office.ada.types("/incident declare")
    await office.fault("submit", "command_twice")
    await office.ada.submits(**FORM)

    await _there_is_one(office)


async def _there_is_one(office: Office) -> None:
    listed = await office.ada.types("/incident list all")
    assert "1 incident" in listed
    # On Postgres a number may be left out: two that come at once both take one, and one of them is rolled back.
    (number,) = set(re.findall(r"#(\d)", listed))
    assert [entry["kind"] for entry in await office.timeline(int(number))].count("declared") == 1
    assert len(await office.calls("conversations.create")) == 1


# -- any title -------------------------------------------------------------------------------------------


async def test_any_title_makes_a_channel_a_card_and_an_announcement(office: Office) -> None:
    titles = (
        ("Überlauf in Köln: 100 % Last", "inc-1-uberlauf-in-koln-100-last"),
        ("決済が失敗する", "inc-2"),
        ("🔥🔥 db-01 🔥", "inc-3-db-01"),
        ("a < b & c > d", "inc-4-a-b-c-d"),
        ("*bold* _it_ ~no~ `code`", "inc-5-bold-it-no-code"),
        ("x" * 200, "inc-6-" + "x" * 74),
    )
    for number, (title, channel) in enumerate(titles, start=1):
        await office.ada.types(f"/incident declare sev2 {title}")
        assert (await office.record(number))["title"] == title
        place = await office.channel(channel)
        assert len(channel) <= 80
        assert len(place["topic"]) <= 250
        assert len(place["pins"]) == 1
        assert f"#{number}*" in await office.ada.reads("incidents")


async def test_a_form_that_was_left_open_for_long_is_answered_in_private(office: Office) -> None:
    """Slack takes answers to the command that opened it for half an hour."""
    await office.ada.types("/incident declare")
    for given in office.playground.responses._given.values():
        given.expires = 0
    assert await office.ada.submits(**FORM) == {}
    await office.passes(seconds=3)

    place = (await office.channel("inc-1-checkout-is-down"))["id"]
    told = [said(message) for message in await office.ada.direct_messages()]
    assert len(told) == 1, told
    assert f"<#{place}>" in told[0]
    assert [entry["kind"] for entry in await office.acts()] == ["declared", "channel"]


async def test_a_slack_that_was_away_for_an_hour_leaves_no_declarer_without_an_answer(office: Office) -> None:
    await office.fault("response_url", "status", status=503)
    await office.ada.types("/incident declare sev1 Checkout is down")
    await office.passes(minutes=40)
    await office.passes(minutes=6)

    place = (await office.channel("inc-1-checkout-is-down"))["id"]
    told = [said(message) for message in await office.ada.direct_messages()]
    assert sum(f"<#{place}>" in words for words in told) == 1, told
