"""What an incident brings along: channel, topic, bookmarks, card, people, announcement; private ones and drills."""

from tests.acceptance.office import Json, Office, find_element, said


async def cards(office: Office, channel: str) -> list[Json]:
    """The messages of an incident's channel that have the card's menu."""
    return [m for m in await office.ada.messages(channel) if find_element([m], "incident.more")]


async def announcements(office: Office) -> list[Json]:
    return [m for m in await office.finn.messages("incidents") if m.get("bot_id")]


async def declared_by_form(office: Office, **values: object) -> str:
    """Ada declares an incident by the form; returns the name of its channel."""
    await office.ada.types("/incident declare")
    errors = await office.ada.submits(**{"title": "Checkout is down", "severity": "SEV1", **values})
    assert errors == {}
    return await office.incident_channel()


# -- the channel -----------------------------------------------------------------------------------------


async def test_each_incident_has_a_number_and_a_channel_of_its_own(office: Office) -> None:
    assert "#1" in await office.ada.types("/incident declare sev1 Checkout is down")
    assert "#2" in await office.bo.types("/incident declare sev1 Checkout is down")

    assert {"inc-1-checkout-is-down", "inc-2-checkout-is-down"} <= set(await office.finn.channels())


async def test_a_taken_channel_name_gets_a_number_behind_it(office: Office) -> None:
    await office.post("/workspace/channels", {"name": "inc-1-checkout-is-down", "members": [office.bo.id]})

    await office.ada.types("/incident declare sev1 Checkout is down")

    assert "inc-1-checkout-is-down-2" in await office.ada.channels()
    assert "failed" not in [entry["kind"] for entry in await office.timeline()]


async def test_the_topic_tells_how_it_stands(office: Office) -> None:
    channel = await declared_by_form(office)
    topic = (await office.channel(channel))["topic"]
    assert "SEV1 · Investigating" in topic
    assert "Checkout is down" in topic

    await office.bo.types("/incident status 1 identified")
    await office.bo.types("/incident severity 1 sev2")
    await office.bo.types("/incident title 1 Checkout is slow")
    topic = (await office.channel(channel))["topic"]
    assert "SEV2 · Identified" in topic
    assert "Checkout is slow" in topic


async def test_only_a_change_of_state_sets_the_topic(office: Office) -> None:
    """Slack writes a line into the channel whenever it is set."""
    channel = await declared_by_form(office)
    for words in ("lead", "comms @bo", "scribe", "update All is slow", "summary Since 14:05", "note More"):
        await office.ada.types(f"/incident {words}", channel)
    assert len(await office.calls("conversations.setTopic")) == 1

    await office.ada.types("/incident status identified", channel)
    assert len(await office.calls("conversations.setTopic")) == 2


async def test_a_topic_that_says_it_already_is_not_set_again(office: Office) -> None:
    channel = await declared_by_form(office)
    await office.fault("conversations.setTopic", "ratelimited", retry_after=5)
    await office.ada.types("/incident severity sev2", channel)
    await office.ada.types("/incident severity sev1", channel)
    tried = len(await office.calls("conversations.setTopic"))
    await office.no_faults()
    await office.passes(seconds=10)

    assert len(await office.calls("conversations.setTopic")) == tried
    assert "SEV1" in (await office.channel(channel))["topic"]


async def test_a_topic_of_which_nothing_is_known_is_set_again(office: Office) -> None:
    """The first change arrives and Tocsin does not learn of it; then it is taken back."""
    channel = await declared_by_form(office)
    await office.fault("conversations.setTopic", "drop_after", times=1)
    await office.ada.types("/incident severity sev2", channel)
    assert "SEV2" in (await office.channel(channel))["topic"]
    await office.ada.types("/incident severity sev1", channel)
    await office.passes(seconds=10)

    assert "SEV1" in (await office.channel(channel))["topic"]


async def test_runbook_and_bridge_are_bookmarked(office: Office) -> None:
    channel = await declared_by_form(office, service="checkout")

    links = {b["title"]: b["link"] for b in (await office.channel(channel))["bookmarks"]}
    assert links == {
        "Runbook": "https://wiki.example.com/runbooks/checkout",
        "Bridge": "https://meet.example.com/inc-1",
    }


# -- the card --------------------------------------------------------------------------------------------


async def test_one_pinned_card_is_edited_in_place(office: Office) -> None:
    channel = await declared_by_form(office, service="checkout", summary="Since 14:05")
    (card,) = await cards(office, channel)
    assert card["pinned"]
    assert "Since 14:05" in said(card)
    assert "Shop team" in said(card)

    await office.bo.types("/incident lead", channel)
    await office.bo.types("/incident update The provider is slow", channel)
    await office.bo.types("/incident status monitoring", channel)

    (now,) = await cards(office, channel)
    assert now["ts"] == card["ts"]
    assert "Monitoring" in said(now)
    assert "The provider is slow" in said(now)
    assert office.bo.shown in said(now)
    assert find_element([now], "Join as lead") is None
    assert {call["args"]["ts"] for call in await office.calls("chat.update")} >= {card["ts"]}
    assert len((await office.channel(channel))["pins"]) == 1


# -- the people ------------------------------------------------------------------------------------------


async def test_declarer_and_responders_of_the_service_are_in_the_channel(unread_office: Office) -> None:
    """app.yaml knows them by their e-mail addresses only."""
    office = unread_office
    channel = await declared_by_form(office, service="payments")

    members = set((await office.channel(channel))["members"])
    assert {office.ada.id, office.cleo.id, office.dev.id} <= members
    assert office.eve.id not in members
    asked = {call["args"]["email"] for call in await office.calls("users.lookupByEmail")}
    assert asked == {"cleo@example.com", "dev@example.com"}
    times = len(await office.calls("users.lookupByEmail"))

    await office.passes(days=1)
    await office.ada.types("/incident declare")
    await office.ada.submits(title="Refunds fail", severity="SEV2", service="payments")
    again = await office.channel(await office.incident_channel(2))
    assert {office.cleo.id, office.dev.id} <= set(again["members"])
    assert len(await office.calls("users.lookupByEmail")) == times, "who is known is not asked for again"


async def test_a_responder_whom_slack_does_not_know_is_told_of_and_the_others_come(
    unread_office: Office,
) -> None:
    office = unread_office
    await office.fault(
        "users.lookupByEmail", "error", error="users_not_found", match={"email": "cleo@example.com"}
    )
    channel = await declared_by_form(office, service="payments")

    assert office.dev.id in (await office.channel(channel))["members"]
    (failed,) = [entry for entry in await office.timeline() if entry["kind"] == "failed"]
    assert "cleo@example.com" in failed["data"]["what"]
    assert "app.yaml" in failed["data"]["mend"]
    assert "app.yaml" in said(await cards(office, channel))


# -- the announcement ------------------------------------------------------------------------------------


async def test_the_announcement_leads_to_the_channel_and_lets_join(office: Office) -> None:
    channel = await declared_by_form(office, service="checkout", summary="Nobody can pay")
    place = (await office.channel(channel))["id"]

    (announcement,) = await announcements(office)
    assert "Nobody can pay" in said(announcement)
    assert f"<#{place}>" in said(announcement)

    await office.finn.clicks("Join", channel="incidents")
    assert office.finn.id in (await office.channel(channel))["members"]
    assert f"Its channel is <#{place}>" in await office.finn.is_told("incidents")
    assert await office.eve.is_told("incidents") == ""


async def test_the_announcement_stays_current_until_the_end(office: Office) -> None:
    await declared_by_form(office)
    (first,) = await announcements(office)

    await office.bo.types("/incident lead 1")
    await office.bo.types("/incident severity 1 sev2")
    await office.bo.types("/incident update 1 A release is being rolled back")
    (announcement,) = await announcements(office)
    assert announcement["ts"] == first["ts"]
    for words in ("SEV2", office.bo.shown, "A release is being rolled back", "Investigating"):
        assert words in said(announcement)

    await office.bo.types("/incident resolve 1")
    (announcement,) = await announcements(office)
    assert "Resolved" in said(announcement)
    assert find_element([announcement], "Join") is None


async def test_changes_are_told_in_the_channel_and_under_the_announcement(office: Office) -> None:
    channel = await declared_by_form(office)
    await office.ada.types("/incident severity sev2 Only some are hit", channel)
    await office.ada.types("/incident status identified It was the release", channel)
    await office.ada.types("/incident resolve Rolled back", channel)

    (announcement,) = await announcements(office)
    thread = said((await office.finn.messages("incidents", announcement["ts"]))[1:])
    for words in ("Only some are hit", "It was the release", "Rolled back"):
        assert words in thread
        assert words in await office.ada.reads(channel)
    assert thread.index("Only some") < thread.index("It was the release") < thread.index("Rolled back")


# -- private incidents -----------------------------------------------------------------------------------


async def test_a_private_incident_is_private_from_the_first_moment(office: Office) -> None:
    channel = await declared_by_form(office, title="Stolen laptop", options=["private"])

    (created,) = await office.calls("conversations.create")
    assert str(created["args"]["is_private"]).lower() in ("true", "1")
    assert (await office.channel(channel))["is_private"]
    assert channel in await office.ada.channels()
    assert channel not in await office.bo.channels()
    await office.passes(minutes=5)
    assert await announcements(office) == []


async def test_nobody_else_finds_a_private_incident(office: Office) -> None:
    await declared_by_form(office, title="Stolen laptop", service="checkout", options=["private"])
    # Ada and Bo answer for checkout: both take part. Eve does not.
    assert "Stolen laptop" in await office.bo.types("/incident show 1")
    eve = office.eve

    for words in (
        "list",
        "list all",
        "show 1",
        "timeline 1",
        "export 1",
        "update 1 hello",
        "resolve 1",
        "join 1",
    ):
        answer = await eve.types(f"/incident {words}")
        assert "laptop" not in answer, words
        assert ("no incident #1" in answer) == ("list" not in words), answer
    await eve.types("/incident declare")
    await eve.chooses(service="checkout")
    assert "laptop" not in said(await eve.modal())
    assert "laptop" not in said(await eve.home())
    assert "laptop" not in said((await office.get(f"/people/{eve.id}/find", text="laptop"))["messages"])
    assert (await office.record())["status"] == "investigating"


async def test_whoever_is_given_a_role_sees_the_private_incident(office: Office) -> None:
    channel = await declared_by_form(office, title="Stolen laptop", options=["private"])

    await office.ada.types(f"/incident lead {office.eve.mention}", channel)

    assert channel in await office.eve.channels()
    assert "Stolen laptop" in await office.eve.types("/incident list")


# -- drills ----------------------------------------------------------------------------------------------


async def test_a_drill_says_so_wherever_it_is_shown(office: Office) -> None:
    channel = await declared_by_form(office, options=["drill"])

    (card,) = await cards(office, channel)
    (announcement,) = await announcements(office)
    assert "This is a drill" in said(card)
    assert "This is a drill" in said(announcement)
    assert "DRILL" in card["text"]
    assert "DRILL" in announcement["text"]
    assert "DRILL" in (await office.channel(channel))["topic"]
    assert "DRILL" in await office.bo.types("/incident list")
    assert "DRILL" in said(await office.bo.home())
