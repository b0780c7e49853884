"""`/incident list` and *Find incidents* at Home: some of many incidents, by what they are and what was written."""

from bot.incidents import listing
from tests.acceptance.office import Office, find_element, said


async def several(office: Office) -> None:
    """Five of them, by different people, on different days."""
    await office.ada.types("/incident declare sev1 service:checkout Cards are refused")
    await office.passes(days=3)
    await office.bo.types("/incident declare sev3 service:search Search is slow")
    await office.bo.types("/incident note 2 The replica hangs since the deploy")
    await office.ada.types("/incident resolve 2 Restarted")
    await office.passes(days=3)
    await office.cleo.types("/incident declare sev1 service:search No results at all")
    await office.cleo.types("/incident status 3 identified")
    await office.ada.types("/incident declare sev4 A typo")
    await office.ada.types("/incident resolve 4")
    await office.ada.types("/incident close 4")


async def lists(office: Office, words: str, *numbers: int) -> str:
    """What Eve is shown, which must be these incidents in this order."""
    listed = await office.eve.types(f"/incident list {words}")
    found = [int(part.split("*")[0]) for part in listed.split(" #")[1:] if part.split("*")[0].isdigit()]
    assert found == list(numbers), (words, listed)
    return listed


async def test_a_list_is_narrowed_down_by_what_incidents_are(office: Office) -> None:
    await several(office)
    assert "2 open incidents" in await lists(office, "", 3, 1)
    await lists(office, "all", 4, 3, 2, 1)
    await lists(office, "status:identified", 3)
    await lists(office, "closed", 4)
    await lists(office, "status:resolved", 2)
    await lists(office, "sev1", 3, 1)
    await lists(office, "all severity:SEV3,SEV4", 4, 2)
    await lists(office, "service:search", 3)
    assert "2 incidents* · Search" in await lists(office, "search all", 3, 2)
    await lists(office, "all sev1 search", 3)
    await lists(office, "since:1d", 4, 3)
    await lists(office, "until:1d", 2, 1)
    await lists(office, "since:5d until:1d", 2)
    await lists(office, "since:5d open", 3)
    await lists(office, f"{office.ada.mention} all", 4, 1)
    await lists(office, f"person:{office.cleo.mention}", 3)
    assert "5 incidents" not in await office.bo.types("/incident list mine all")


async def test_a_list_is_narrowed_down_by_what_was_written(office: Office) -> None:
    await several(office)
    await lists(office, "refused", 1)
    await lists(office, "replica", 2)
    assert "“the replica hangs”" in await lists(office, "the replica hangs", 2)
    await lists(office, "open replica")
    await lists(office, "replica service:search", 2)
    await lists(office, "replica service:checkout")
    assert "Did you mean `/incident list service:checkout`?" in await lists(office, "chekout")
    answer = await office.eve.types("/incident list sevrity:SEV1")
    assert "Did you mean `severity:SEV1`?" in answer


async def test_pages_keep_the_filter(office: Office) -> None:
    for number in range(1, 18):
        await office.ada.types(f"/incident declare sev4 Flaw {number:02}", settle=False)
    await office.settled()
    await office.ada.types("/incident declare sev1 Checkout is down")
    first = await office.bo.types("/incident list sev4 flaw")
    assert "17 incidents* · SEV4 · “flaw”" in first
    assert "Flaw 01" not in first
    await office.bo.clicks("Older", channel="general")
    older = await office.bo.is_told()
    assert "Flaw 01" in older
    assert "Page 2 of 2" in older
    assert "17 incidents* · SEV4 · “flaw”" in older
    await office.bo.clicks("Newer", channel="general")
    assert "Flaw 17" in await office.bo.is_told()
    assert "Checkout" not in await office.bo.is_told()
    assert "Flaw 01" in await office.bo.types("/incident list sev4 page:99"), "the last page there is"


async def test_the_form_asks_the_same_and_is_filled_in(office: Office) -> None:
    await several(office)
    await office.eve.types("/incident list sev1 service:search")
    await office.eve.clicks("Filter …", channel="general")
    form = await office.eve.modal()
    shown = {block["block_id"]: block.get("element", {}) for block in form["blocks"]}
    assert [one["value"] for one in shown["severities"]["initial_options"]] == ["SEV1"]
    assert [one["value"] for one in shown["services"]["initial_options"]] == ["search"]
    assert await office.eve.submits(status="all", severities=["SEV3"]) == {}
    found = said(await office.eve.modal())
    assert "Search is slow" in found
    assert "No results" not in found
    await office.eve.clicks("Show")
    assert "Restarted" in said(await office.eve.modal()), "its card, on top of the list"
    await office.eve.closes()


async def test_home_finds_incidents_and_shows_ones_own(office: Office) -> None:
    await several(office)
    await office.eve.clicks_at_home("Find incidents …")
    day = office.clock.now().date().isoformat()
    assert await office.eve.submits(status="all", words="open", since=day) == {}
    assert "No incident fits" in said(await office.eve.modal()), "words are never taken for anything else"
    await office.eve.clicks("Filter …")
    assert await office.eve.submits(words="typo") == {}
    assert "A typo" in said(await office.eve.modal())
    await office.eve.closes()
    await office.ada.clicks_at_home("My incidents")
    mine = said(await office.ada.modal())
    assert "A typo" in mine
    assert "Cards are refused" in mine
    assert "No results" not in mine
    await office.ada.closes()
    await office.dev.clicks_at_home("My incidents")
    assert "No incident fits" in said(await office.dev.modal())


async def test_pages_are_turned_within_the_modal(office: Office) -> None:
    for number in range(1, 18):
        await office.ada.types(f"/incident declare sev4 Flaw {number:02}", settle=False)
    await office.settled()
    await office.ada.clicks_at_home("My incidents")
    assert "Flaw 01" not in said(await office.ada.modal())
    await office.ada.clicks("Older")
    assert "Flaw 01" in said(await office.ada.modal())
    assert len(await office.ada.modals()) == 1
    await office.ada.clicks("Newer")
    assert "Flaw 17" in said(await office.ada.modal())


async def test_what_is_private_is_listed_for_those_who_take_part_alone(office: Office) -> None:
    await office.ada.types("/incident declare")
    await office.ada.submits(
        title="The zanzibar leak", severity="SEV1", service="search", options=["private"]
    )
    await office.ada.types("/incident note 1 It began in zanzibar")
    for words in (
        "",
        "all",
        "sev1",
        "search",
        "mine all",
        f"{office.ada.mention}",
        "zanzibar",
        "since:1d",
        "investigating",
    ):
        assert "leak" not in await office.bo.types(f"/incident list {words}"), words
    for words in ("", "all", "sev1", "search", "mine", "zanzibar", "since:1d", "investigating"):
        assert "leak" in await office.ada.types(f"/incident list {words}"), words
    await office.bo.clicks_at_home("Find incidents …")
    assert "leak" not in said(await office.bo.modal())
    assert await office.bo.submits(status="all", person=office.ada.id) == {}
    assert "leak" not in said(await office.bo.modal())


async def test_no_more_are_counted_than_anybody_reads(office: Office, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(listing, "MOST", 16)
    for number in range(1, 19):
        await office.ada.types(f"/incident declare sev4 Flaw {number:02}", settle=False)
    await office.settled()
    first = await office.bo.types("/incident list")
    assert "More than 16 open incidents" in first
    assert "Page 1 of 2" in first
    assert "until:" in first, "how the earlier ones are reached"
    last = await office.bo.types("/incident list page:9")
    assert "Page 2 of 2" in last


async def test_home_still_names_what_can_be_done(office: Office) -> None:
    home = await office.eve.home()
    for label in (":rotating_light: Declare an incident", "Find incidents …", "My incidents"):
        assert find_element([home], label), label
