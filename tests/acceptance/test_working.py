"""Working an incident: each command in the channel and from elsewhere, each button, each form, the roles."""

from bot.config import Config
from tests.acceptance.office import Json, Office, find_element, open_office, said

TITLE = "Checkout is down"


async def declared(office: Office) -> str:
    """An incident with Ada and Bo in its channel, whose name is returned."""
    await office.ada.types(f"/incident declare sev2 {TITLE}")
    channel = await office.incident_channel()
    await office.bo.joins(channel)
    return channel


async def kinds(office: Office) -> list[str]:
    return [entry["kind"] for entry in await office.acts()]


# -- every command, in the channel and from elsewhere ----------------------------------------------------

# The word, what is typed behind it, what is answered, and the kind of the timeline entry that it leaves.
COMMANDS = [
    ("update", "The provider is slow", "your update", "update"),
    ("status", "identified It was the release", "Identified", "status"),
    ("severity", "sev1 All customers now", "SEV1", "severity"),
    ("lead", "", "you are lead", "role"),
    ("comms", "@bo", "is comms", "role"),
    ("scribe", "@ada", "you are scribe", "role"),
    ("title", "Nobody can pay", "title is changed", "title"),
    ("summary", "Since 14:05", "summary is written", "summary"),
    ("note", "Rolled back release 42", "note stands on the timeline", "note"),
    ("resolve", "Rolled back", "resolved", "resolved"),
    ("close", "All is written down", "closed", "closed"),
]


async def test_each_command_works_in_the_channel_without_a_number(office: Office) -> None:
    channel = await declared(office)
    for word, rest, answered, kind in COMMANDS:
        answer = await office.ada.types(f"/incident {word} {rest}", channel)
        assert answered in answer
        assert "#1" in answer
        assert (await kinds(office))[-1] == kind


async def test_each_command_works_anywhere_with_a_number(office: Office) -> None:
    await declared(office)
    for word, rest, answered, kind in COMMANDS:
        answer = await office.ada.types(f"/incident {word} 1 {rest}", "general")
        assert answered in answer
        assert (await kinds(office))[-1] == kind


async def test_a_number_reaches_another_incident_from_an_incidents_channel(office: Office) -> None:
    channel = await declared(office)
    await office.cleo.types("/incident declare sev3 Search is slow")

    for words in ("status 2 identified", "lead 2", "update #2 Rebuilding", "resolve 2", "close #2 all done"):
        assert "#2" in await office.ada.types(f"/incident {words}", channel)

    assert (await office.record(2))["status"] == "closed"
    assert await kinds(office) == ["declared", "channel", "joined"]


async def test_where_a_number_could_be_either_nothing_is_done(office: Office) -> None:
    channel = await declared(office)
    await office.cleo.types("/incident declare sev3 Search is slow")

    answer = await office.ada.types("/incident resolve 2 hosts were rebooted", channel)

    assert "may be incident #2 or part of your words" in answer
    assert (await office.record(1))["status"] == (await office.record(2))["status"] == "investigating"
    await office.ada.types("/incident title 500 errors at checkout", channel)
    assert (await office.record(1))["title"] == "500 errors at checkout"


async def test_the_channels_own_number_is_part_of_the_words_and_no_doubt(office: Office) -> None:
    """Both readings lead to this incident; whoever writes "1 of 3 hosts" keeps the 1, and "#1" is always a number."""
    channel = await declared(office)
    for word, field in (("note", "text"), ("update", "text"), ("title", "after"), ("summary", "after")):
        await office.ada.types(f"/incident {word} 1 of 3 hosts is gone", channel)
        assert (await office.acts())[-1]["data"][field] == "1 of 3 hosts is gone"
        await office.ada.types(f"/incident {word} #1 Two hosts are gone", channel)
        assert (await office.acts())[-1]["data"][field] == "Two hosts are gone"
    for word in ("resolve", "close"):
        await office.ada.types(f"/incident {word} 1 cable was loose", channel)
        assert (await office.acts())[-1]["data"]["text"] == "1 cable was loose"


async def test_elsewhere_a_command_without_a_number_asks_for_one(office: Office) -> None:
    await declared(office)
    answer = await office.ada.types("/incident resolve Rolled back", "general")
    assert "Type `/incident resolve 1 Rolled back` for “Checkout is down”." in answer


# -- looking ---------------------------------------------------------------------------------------------


async def test_show_gives_the_card_to_one_person_anywhere(office: Office) -> None:
    channel = await declared(office)
    place = (await office.channel(channel))["id"]

    assert TITLE in await office.ada.types("/incident show", channel)
    shown = await office.eve.types("/incident show 1", "general")
    assert TITLE in shown
    assert f"<#{place}>" in shown
    assert await office.finn.is_told() == ""


async def test_buttons_work_on_the_card_that_show_gives(office: Office) -> None:
    await declared(office)
    await office.eve.types("/incident show 1", "general")

    await office.eve.clicks("Join as comms", channel="general")

    assert (await office.record())["roles"] == {"comms": office.eve.id}


async def own_card(office: Office) -> Json:
    """The card that Eve alone sees in #general; there is one."""
    (card,) = [m for m in await office.eve.messages("general") if find_element([m], "incident.more")]
    assert card["ephemeral"]
    return card


async def test_ones_own_card_shows_what_is_so_after_each_click_on_it(office: Office) -> None:
    await declared(office)
    await office.eve.types("/incident show 1", "general")

    await office.eve.clicks("Join as lead", channel="general")
    card = await own_card(office)
    assert office.eve.shown in said(card)
    assert find_element([card], "Join as lead") is None

    await office.eve.clicks("Severity", channel="general")
    await office.eve.submits(severity="SEV1")
    assert "SEV1 #1" in said(await own_card(office))
    await office.eve.clicks("Status", channel="general")
    await office.eve.submits(status="identified")
    assert "Identified" in said(await own_card(office))
    await office.eve.clicks("Update", channel="general")
    await office.eve.submits(text="The provider is slow")
    assert "The provider is slow" in said(await own_card(office))
    await office.eve.clicks("incident.more", channel="general", value="1:details")
    await office.eve.submits(title="Nobody can pay", summary="Since 14:05")
    assert "Nobody can pay" in said(await own_card(office))
    await office.eve.clicks("Resolve", channel="general")
    await office.eve.submits(text="Rolled back")
    assert "Rolled back" in said(await own_card(office))
    await office.eve.clicks("Close", channel="general")
    assert find_element([await own_card(office)], "Close") is None
    assert find_element([await own_card(office)], "Reopen") is not None


async def test_ones_own_card_is_brought_up_to_date_by_a_refused_click_too(office: Office) -> None:
    """Bo was first; a form comes after the close."""
    channel = await declared(office)
    await office.eve.types("/incident show 1", "general")
    await office.bo.clicks("Join as lead", channel=channel)
    await office.eve.clicks("Join as lead", channel="general")
    assert office.bo.shown in said(await own_card(office))

    await office.eve.clicks("Update", channel="general")
    await office.ada.types("/incident resolve 1")
    await office.ada.types("/incident close 1")
    assert "closed" in (await office.eve.submits(text="We look into it"))["text"]
    card = await own_card(office)
    assert "Closed" in said(card)
    assert find_element([card], "Update") is None


async def test_the_card_in_a_modal_shows_what_is_so_after_each_click_too(office: Office) -> None:
    await declared(office)
    await office.eve.clicks_at_home("Show")
    await office.eve.clicks("Join as lead")
    assert office.eve.shown in said(await office.eve.modal())

    await office.eve.clicks("Status")
    assert await office.eve.submits(status="identified") == {}
    assert "Identified" in said(await office.eve.modal())


async def test_ones_own_card_shows_no_more_than_one_may_see(office: Office) -> None:
    await office.ada.types("/incident declare")
    await office.ada.submits(title="Stolen laptop", severity="SEV1", options=["private"])
    channel = await office.incident_channel()
    await office.ada.invites(office.eve, channel)
    await office.eve.types("/incident show 1", "general")
    await office.eve.leaves(channel)

    await office.eve.clicks("Join as lead", channel="general")

    assert "laptop" not in await office.eve.reads("general")
    assert "no incident #1 that you can see" in await office.eve.is_told()
    assert (await office.record())["roles"] == {}


async def test_an_answer_that_slack_takes_no_more_is_let_go(office: Office) -> None:
    await declared(office)
    await office.eve.types("/incident show 1", "general")
    before = len(await office.calls("response_url"))
    await office.fault("response_url", "status", status=404)
    await office.eve.clicks("Join as lead", channel="general")
    await office.passes(minutes=10)

    assert len(await office.calls("response_url")) == before + 1
    assert (await office.record())["roles"] == {"lead": office.eve.id}
    assert "failed" not in await kinds(office)


async def test_list_shows_the_open_ones_and_all_with_pages(office: Office) -> None:
    assert "No open incidents" in await office.ada.types("/incident list")
    for number in range(1, 18):
        await office.ada.types(f"/incident declare sev4 Flaw {number:02}", settle=False)
    await office.settled()
    await office.ada.types("/incident resolve 17")

    first = await office.bo.types("/incident list")
    assert "16 open incidents" in first
    assert "Flaw 16" in first
    assert "Flaw 01" not in first
    assert "Flaw 17" not in first
    assert "Flaw 01" in await office.bo.types("/incident list 2")
    assert "Flaw 17" in await office.bo.types("/incident list all")
    await office.bo.clicks("Older", channel="general")
    assert "Flaw 01" in await office.bo.is_told()


async def test_one_incident_is_not_called_incidents(office: Office) -> None:
    await declared(office)
    assert (await office.ada.types("/incident list")).startswith("1 open incident\n")


async def test_a_line_of_the_list_opens_its_card(office: Office) -> None:
    await declared(office)
    await office.eve.types("/incident list")
    await office.eve.clicks("Show", channel="general")
    assert "Investigating" in await office.eve.is_told()


# -- the buttons of the card -----------------------------------------------------------------------------


async def test_an_update_reaches_the_channel_and_the_thread_of_the_announcement(office: Office) -> None:
    channel = await declared(office)
    await office.bo.clicks("Update", channel=channel)
    errors = await office.bo.submits(
        text="One of two processors is slow", impact="Every fifth payment waits a minute"
    )
    assert errors == {}

    (announcement,) = [m for m in await office.finn.messages("incidents") if TITLE in m["text"]]
    thread = await office.finn.messages("incidents", announcement["ts"])
    for place in (await office.ada.reads(channel), said(thread[1:]), said(announcement)):
        assert "One of two processors is slow" in place
        assert "Every fifth payment waits a minute" in place
    assert [m["text"] for m in await office.finn.messages("incidents")].count(announcement["text"]) == 1


async def test_the_status_is_changed_by_its_button_with_the_next_one_proposed(office: Office) -> None:
    channel = await declared(office)
    await office.bo.clicks("Status", channel=channel)
    assert "We know the cause" in str(await office.bo.modal())
    assert await office.bo.submits(text="It was the release") == {}

    assert (await office.record())["status"] == "identified"
    assert "It was the release" in await office.ada.reads(channel)


async def test_the_severity_is_changed_by_its_button(office: Office) -> None:
    channel = await declared(office)
    await office.bo.clicks("Severity", channel=channel)
    assert "Complete outage" in said(await office.bo.modal())
    assert await office.bo.submits(severity="SEV1", text="All countries now") == {}

    assert (await office.record())["severity"] == "SEV1"
    assert "raised the severity from SEV2 to *SEV1*" in await office.ada.reads(channel)


async def test_resolve_close_and_reopen_have_buttons(office: Office) -> None:
    channel = await declared(office)
    await office.bo.clicks("Resolve", channel=channel)
    assert await office.bo.submits(text="Rolled back release 42") == {}
    assert "Rolled back release 42" in await office.ada.reads(channel)

    await office.bo.clicks("Reopen", channel=channel)
    assert await office.bo.submits(status="monitoring", text="It is back for some") == {}
    assert (await office.record())["status"] == "monitoring"

    await office.bo.clicks("Resolve", channel=channel)
    await office.bo.submits()
    await office.bo.clicks("Close", channel=channel)
    assert (await office.record())["status"] == "closed"


async def test_a_form_that_comes_too_late_says_so_and_changes_nothing(office: Office) -> None:
    channel = await declared(office)
    await office.bo.clicks("Update", channel=channel)
    await office.ada.types("/incident resolve", channel)
    await office.ada.types("/incident close", channel)

    errors = await office.bo.submits(text="We look into it")

    assert "closed" in errors["text"]
    assert "declare a new one" in errors["text"]
    assert "update" not in await kinds(office)


async def test_commands_without_words_open_their_forms(office: Office) -> None:
    channel = await declared(office)
    for word, field in (
        ("update", "impact"),
        ("status", "status"),
        ("severity", "severity"),
        ("title", "title"),
        ("summary", "summary"),
        ("note", "text"),
    ):
        await office.ada.types(f"/incident {word}", channel)
        fields = [block["block_id"] for block in (await office.ada.modal())["blocks"]]
        assert field in fields, word


# -- the menu of the card --------------------------------------------------------------------------------


async def menu(office: Office, channel: str) -> list[str]:
    card = next(m for m in await office.bo.messages(channel) if find_element([m], "incident.more"))
    element = find_element([card], "incident.more")
    assert element is not None
    return [option["value"] for option in element["options"]]


async def test_the_menu_shows_the_timeline(office: Office) -> None:
    channel = await declared(office)
    await office.bo.clicks("incident.more", channel=channel, value="1:timeline")
    assert f"{office.ada.shown} declared this" in said(await office.bo.modal())


async def test_the_menu_takes_a_note(office: Office) -> None:
    channel = await declared(office)
    await office.bo.clicks("incident.more", channel=channel, value="1:note")
    assert await office.bo.submits(text="Restarted db-01") == {}
    assert (await office.acts())[-1]["data"]["text"] == "Restarted db-01"
    assert "Restarted db-01" not in await office.ada.reads(channel), "a note is quiet"


async def test_the_menu_edits_title_and_summary(office: Office) -> None:
    channel = await declared(office)
    await office.bo.clicks("incident.more", channel=channel, value="1:details")
    assert await office.bo.submits(title="Nobody can pay", summary="Cards, since 14:05") == {}

    record = await office.record()
    assert (record["title"], record["summary"]) == ("Nobody can pay", "Cards, since 14:05")
    assert "Cards, since 14:05" in await office.ada.reads(channel)


async def test_the_menu_sends_the_timeline_as_a_file(office: Office) -> None:
    channel = await declared(office)
    await office.ada.types("/incident resolve", channel)
    await office.bo.clicks("incident.more", channel=channel, value="1:export")
    assert "direct messages" in await office.bo.is_told(channel)
    assert [file["name"] for m in await office.bo.direct_messages() for file in m.get("files", ())]


async def test_what_failed_is_tried_again_from_the_menu(office: Office) -> None:
    await office.fault("bookmarks.add", "error", error="missing_scope")
    channel = await declared(office)
    assert "1:retry" in await menu(office, channel)
    await office.ada.sees("lacks a permission", channel)

    await office.no_faults()
    await office.bo.clicks("incident.more", channel=channel, value="1:retry")

    assert "Bridge" in [b["title"] for b in (await office.channel(channel))["bookmarks"]]
    assert "mended" in await kinds(office)
    assert "1:retry" not in await menu(office, channel)
    assert "lacks a permission" not in said(
        [m for m in await office.ada.messages(channel) if find_element([m], "incident.more")]
    )


# -- roles -----------------------------------------------------------------------------------------------


def instructions(messages: list[Json], role: str) -> list[str]:
    return [said(m) for m in messages if f"role *{role}*" in said(m)]


async def test_taking_a_role_brings_its_instructions_in_private(office: Office) -> None:
    channel = await declared(office)
    for label, role, words in (
        ("Join as lead", "Lead", "You decide; others do the work"),
        ("Join as comms", "Comms", "You tell everybody else"),
        ("Join as scribe", "Scribe", "You keep the record"),
    ):
        await office.bo.clicks(label, channel=channel)
        (told,) = instructions(await office.bo.direct_messages(), role)
        assert words in told
        assert TITLE in told
        assert not instructions(await office.ada.direct_messages(), role)
        await office.ada.sees(f"{office.bo.shown} is now *{role.lower()}*", channel)


async def test_a_role_given_to_somebody_invites_and_tells_them(office: Office) -> None:
    channel = await declared(office)
    await office.ada.types(f"/incident lead {office.cleo.mention}", channel)

    assert channel in await office.cleo.channels()
    assert office.cleo.id in (await office.channel(channel))["members"]
    (told,) = instructions(await office.cleo.direct_messages(), "Lead")
    assert f"{office.ada.shown} gave you" in told


async def test_a_role_is_handed_over(office: Office) -> None:
    channel = await declared(office)
    await office.ada.types("/incident lead", channel)
    assert "already" in await office.ada.types("/incident lead", channel)

    await office.bo.types("/incident lead", channel)
    await office.ada.sees(f"{office.bo.shown} took over as *lead* from {office.ada.shown}", channel)

    await office.bo.types(f"/incident lead {office.cleo.mention}", channel)
    await office.ada.sees(
        f"{office.bo.shown} made {office.cleo.shown} *lead* instead of {office.bo.shown}", channel
    )
    assert (await office.record())["roles"] == {"lead": office.cleo.id}


async def test_of_two_who_click_at_once_the_first_has_the_role(office: Office) -> None:
    """Cleo's card is not up to date yet."""
    channel = await declared(office)
    await office.cleo.types("/incident show 1")
    await office.bo.clicks("Join as lead", channel=channel)

    await office.cleo.clicks("Join as lead", channel="general")

    told = await office.cleo.is_told()
    assert f"{office.bo.shown} is Lead" in told
    assert "`/incident lead 1`" in told
    assert (await office.record())["roles"] == {"lead": office.bo.id}


async def test_a_role_goes_to_members_only(office: Office) -> None:
    channel = await declared(office)
    guest = await office.newcomer("gil", is_restricted=True)
    for mention in (guest.mention, "@Tocsin"):
        answer = await office.ada.types(f"/incident lead {mention}", channel)
        assert "cannot have a role" in answer
    assert (await office.record())["roles"] == {}


async def test_a_name_that_is_no_mention_is_explained(office: Office) -> None:
    channel = await declared(office)
    answer = await office.ada.types("/incident lead bo", channel)
    assert "Type @ and choose the person" in answer
    assert (await office.record())["roles"] == {}


def with_a_deputy(config: Config) -> Config:
    lead = config.roles[0]
    deputy = lead.model_copy(update={"name": "deputy", "title": "Deputy"})
    return config.model_copy(update={"roles": (*config.roles, deputy)})


async def test_roles_of_your_own_are_taken_and_handed_over_by_command(database_url: str) -> None:
    async with open_office(database_url, change=with_a_deputy) as office:
        channel = await declared(office)
        await office.bo.clicks("Join as deputy", channel=channel)
        (told,) = instructions(await office.bo.direct_messages(), "Deputy")
        assert "`/incident role deputy 1 @name` hands it over." in told
        assert "`/incident role deputy @name`" in await office.bo.types("/incident role deputy", channel)

        await office.bo.types(f"/incident role deputy {office.cleo.mention}", channel)
        await office.ada.sees(f"made {office.cleo.shown} *deputy* instead of {office.bo.shown}", channel)
        assert "#1: you are deputy now" in await office.dev.types("/incident role deputy 1", "general")
        answer = await office.ada.types(f"/incident role 1 deputy {office.eve.mention}", "general")
        assert f"#1: {office.eve.shown} is deputy now" in answer
        assert "you are lead" in await office.ada.types("/incident role lead", channel)
        assert (await office.record())["roles"] == {"deputy": office.eve.id, "lead": office.ada.id}


async def test_a_role_that_there_is_not_brings_those_that_there_are(office: Office) -> None:
    channel = await declared(office)
    for typed, meant in (("role leed", "*lead*"), ("role 1 scrib @bo", "*scribe*"), ("role", None)):
        answer = await office.ada.types(f"/incident {typed}", channel)
        assert "Choose one of lead, comms, scribe." in answer
        assert ("Did you mean" in answer) == (meant is not None)
        assert meant is None or meant in answer
    assert (await office.record())["roles"] == {}


async def test_join_by_command_takes_part(office: Office) -> None:
    channel = await declared(office)
    assert "You joined #1" in await office.eve.types("/incident join 1")
    assert channel in await office.eve.channels()
    assert office.eve.id in (await office.channel(channel))["members"]
