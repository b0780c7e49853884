"""What the rules refuse, and the words that say what to do; unknown words, near misses, help."""

from tests.acceptance.office import Office


async def declared(office: Office) -> str:
    """Ada's incident; returns its channel, in which she types."""
    await office.ada.types("/incident declare sev1 Checkout is down")
    return await office.incident_channel()


# -- the way of an incident ------------------------------------------------------------------------------


async def test_an_incident_goes_through_its_stages(office: Office) -> None:
    channel = await declared(office)
    for command, status in (
        ("status identified", "identified"),
        ("status monitoring", "monitoring"),
        ("resolve", "resolved"),
        ("close", "closed"),
    ):
        await office.ada.types(f"/incident {command}", channel)
        assert (await office.record())["status"] == status


async def test_a_stage_may_be_left_out_or_gone_back_to(office: Office) -> None:
    """Nobody fills in stages at three in the morning, and a first guess may be wrong."""
    channel = await declared(office)
    assert "Monitoring" in await office.ada.types("/incident status monitoring", channel)
    assert "Investigating" in await office.ada.types("/incident status investigating", channel)
    assert "resolved" in await office.ada.types("/incident resolve", channel)


async def test_closing_asks_to_resolve_first(office: Office) -> None:
    channel = await declared(office)
    for command in ("close we are done", "status closed"):
        answer = await office.ada.types(f"/incident {command}", channel)
        assert "still investigating" in answer
        assert "`/incident resolve 1`" in answer
    assert (await office.record())["status"] == "investigating"


async def test_what_is_so_already_is_said_with_the_next_step(office: Office) -> None:
    channel = await declared(office)
    answer = await office.ada.types("/incident status investigating", channel)
    assert "investigating already" in answer
    assert "`/incident update 1`" in answer
    answer = await office.ada.types("/incident severity p1", channel)
    assert "SEV1 already" in answer
    await office.ada.types("/incident resolve", channel)
    answer = await office.ada.types("/incident resolve", channel)
    assert "resolved already" in answer
    assert "`/incident close 1`" in answer


async def test_a_resolved_incident_is_reopened_by_any_active_status(office: Office) -> None:
    channel = await declared(office)
    await office.ada.types("/incident status resolved Rolled back", channel)
    await office.ada.types("/incident status investigating It is back", channel)

    record = await office.record()
    assert (record["status"], record["resolved_at"]) == ("investigating", None)
    assert (await office.acts())[-1]["kind"] == "reopened"
    await office.ada.sees("reopened it", channel)
    await office.bo.sees("Investigating", "incidents")


async def test_a_closed_incident_stays_as_it_is(office: Office) -> None:
    channel = await declared(office)
    await office.ada.types("/incident resolve", channel)
    await office.ada.types("/incident close", channel)
    before = await office.record()

    for command in (
        *("status investigating", "severity sev4", "update It is back", "title Another", "summary More"),
        *("lead", "resolve", "close", "join", "update", "status", "title"),
    ):
        answer = await office.ada.types(f"/incident {command}", channel)
        assert "closed" in answer, command
        assert "`/incident declare`" in answer, command
    assert await office.record() == before


async def test_a_closed_incident_takes_notes_and_is_read(office: Office) -> None:
    channel = await declared(office)
    await office.ada.types("/incident resolve", channel)
    await office.ada.types("/incident close", channel)

    assert "stands on the timeline" in await office.ada.types("/incident note It was the cache", channel)
    assert "Checkout is down" in await office.ada.types("/incident show", channel)
    assert "#1" in await office.ada.types("/incident list all", channel)


async def test_there_is_no_such_incident(office: Office) -> None:
    for number in ("7", "#7", "0", "999999999999999999"):
        answer = await office.ada.types(f"/incident resolve {number}")
        assert "There is no incident" in answer
        assert "/incident list" in answer


# -- near misses -----------------------------------------------------------------------------------------


async def test_a_mistyped_word_brings_the_one_that_was_meant(office: Office) -> None:
    for typed, meant in (
        ("resolv", "/incident resolve [what ended it]"),
        ("statsu identified", "/incident status [status] [why]"),
        ("declair sev1 Checkout is down", "/incident declare [severity] [service:name] [title]"),
        ("timline", "/incident timeline"),
        ("titel Nobody can pay", "/incident title &lt;title&gt;"),
    ):
        assert f"Did you mean `{meant}`?" in await office.ada.types(f"/incident {typed}")
    assert "No incident was ever declared" in await office.ada.types("/incident list all")


async def test_an_unknown_severity_or_status_brings_the_choices(office: Office) -> None:
    channel = await declared(office)
    before = await office.record()
    severities = "SEV1, SEV2, SEV3, SEV4"
    statuses = "investigating, identified, monitoring, resolved, closed"

    for typed, meant, choices in (
        ("severity sve1", "SEV1", severities),
        ("severity critical-ish", None, severities),
        ("status identifed", "identified", statuses),
        ("status done", None, statuses),
    ):
        answer = await office.ada.types(f"/incident {typed}", channel)
        assert f"Choose one of {choices}." in answer
        assert ("Did you mean" in answer) == (meant is not None)
        assert meant is None or f"*{meant}*" in answer
    assert await office.record() == before


async def test_a_number_in_front_is_put_right(office: Office) -> None:
    await declared(office)
    answer = await office.ada.types("/incident 1 resolve")
    assert "`/incident show 1`" in answer
    assert "`/incident resolve 1`" in answer


# -- help ------------------------------------------------------------------------------------------------


async def test_help_names_every_word_in_groups(office: Office) -> None:
    for typed in ("", "help", "HELP", "help me"):
        answer = await office.ada.types(f"/incident {typed}")
        for word in (
            *("declare", "update", "status", "severity", "lead", "comms", "scribe", "role", "title"),
            *("summary", "note", "timeline", "resolve", "close", "list", "show", "join", "export"),
        ):
            assert f"/incident {word}" in answer, typed
        groups = answer.split("\n\n")[:-1]
        assert all(group.startswith("*") and 2 < len(group.splitlines()) < 7 for group in groups)


async def test_an_unknown_word_brings_the_way_on_in_a_few_lines(office: Office) -> None:
    for typed, shown in (("xyzzy", "xyzzy"), ("<!channel>", "@\u2060channel"), ("resolv", "resolv")):
        answer = await office.ada.types(f"/incident {typed}")
        lines = answer.splitlines()
        assert f"I do not know “{shown}”" in lines[0]
        assert lines[-1] == "`/incident help` shows all that there is."
        assert 4 <= len(lines) <= 5
        for word in ("declare", "update", "resolve"):
            assert answer.count(f"`/incident {word} ") == 1, typed
    assert await office.bo.is_told() == "", "only the one who asked is told"


async def test_a_word_copied_with_the_brackets_of_the_help_is_guessed(office: Office) -> None:
    answer = await office.ada.types("/incident <title>")
    assert "Did you mean `/incident title &lt;title&gt;`?" in answer


async def test_case_and_line_breaks_do_not_matter(office: Office) -> None:
    channel = await declared(office)
    await office.ada.types("/incident UPDATE\nThe provider is slow\nWe switch over", channel)
    assert (await office.timeline())[-1]["data"]["text"] == "The provider is slow\nWe switch over"
    await office.ada.types("/incident Status\nIdentified\nIt was the release", channel)
    assert (await office.record())["status"] == "identified"
