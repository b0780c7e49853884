"""`/ops search` finds what people wrote, for those who may see it; and an incident's card names earlier ones like it."""

from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from bot.search.finding import PAGE
from tests.acceptance.office import Office, Person, open_office, said

SECRET = "zanzibar"


async def finds(person: Person, words: str) -> str:
    return await person.types(f"/ops search {words}")


async def private_one(office: Office, title: str) -> None:
    await office.ada.types("/incident declare")
    assert await office.ada.submits(title=title, severity="SEV2", options=["private"]) == {}


async def test_everything_that_people_write_is_found(office: Office) -> None:
    await office.ada.types("/incident declare sev2 Checkout is down")
    await office.ada.types("/incident summary 1 Cards from Zürich are refused")
    await office.bo.types("/incident update 1 The certificate of db-17 has expired")
    await office.bo.types("/incident note 1 Asked the vendor for a new one")
    await office.ada.types("/incident resolve 1 Renewed the keystore")
    await office.cleo.types("/ops decisions ask Do we change the hosting provider?")
    await office.cleo.types("/ops decisions decide 1 We stay for another year")
    for words, meant in (
        ("checkout", "Checkout is down"),
        ("CHECKOUT is the", "Checkout is down"),
        ("zurich", "*Zürich*"),
        ("Zürich refused", "are *refused*"),
        ("expired certificate", "The *certificate* of db-17 has *expired*"),
        ("db-17", "*db*-*17*"),
        ('"asked the vendor"', "*vendor*"),
        ("“asked the vendor”", "*vendor*"),
        ("keystore", "Renewed the *keystore*"),
        ("certif", "*certificate*"),
    ):
        found = await finds(office.eve, words)
        assert "*SEV2 #1*" in found, words
        assert meant in found, (words, found)
    assert "Nothing was found" in await finds(office.eve, '"vendor the asked"')
    for words in ("hosting", "another year", "decision stay year"):
        found = await finds(office.eve, words)
        assert "*Decision #1* Do we change the hosting provider?" in found, words
    await finds(office.eve, "keystore")
    await office.eve.clicks("Show", channel="general")
    assert "What ended it" in await office.eve.is_told()


async def test_titles_come_first_and_then_the_newest(office: Office) -> None:
    await office.ada.types("/incident declare sev3 Search is slow")
    await office.ada.types("/incident note 1 The postgres replica lags")
    await office.ada.types("/incident declare sev3 Postgres is full")
    await office.ada.types("/incident declare sev3 Mail is late")
    await office.ada.types("/incident note 3 The disk of postgres")
    await office.ada.types("/incident declare sev3 Postgresql upgrade failed")
    found = await finds(office.bo, "postgres")
    places = [found.index(f"#{number}* ") for number in (2, 3, 1, 4)]
    assert places == sorted(places), found


async def test_what_is_private_is_found_by_those_who_take_part_alone(office: Office) -> None:
    await private_one(office, f"The {SECRET} leak")
    await office.ada.types(f"/incident note 1 It began in {SECRET}")
    await office.ada.types("/incident declare sev2 Checkout is down")
    assert "The zanzibar leak" in await finds(office.ada, SECRET)
    for person in (office.eve, office.bo):
        for words in (SECRET, "zanz", f"{SECRET} checkout", "leak", '"began in"'):
            found = await finds(person, words)
            assert "leak" not in found.replace(f"“{words}”", ""), words
            assert "#1*" not in found, words
    await office.ada.types("/incident declare sev2 Another leak of data")
    assert SECRET not in await office.bo.reads(await office.incident_channel(3)), (
        "on the card of a public one"
    )


@pytest.mark.parametrize(
    "typed",
    [
        '"',
        '"unclosed quote',
        "AND OR NOT NEAR",
        "a* OR (b",
        "title:checkout ^x {y} -z",
        "' ; DROP TABLE incident; --",
        "& | ! <-> :* \\",
        "🔥🔥🔥",
        "***",
        "the and of",
        "x" * 500,
        "word " * 100,
        "%_%",
        "０１２ ⅷ ﬁ ß İ",
        "\u0301\u0308",
        "日本語 खोज",
        "<@U01ADA> <https://example.com|x>",
    ],
)
async def test_whatever_is_typed_it_is_an_answer(office: Office, typed: str) -> None:
    await office.ada.types("/incident declare sev3 Checkout is down")
    answer = await finds(office.ada, typed)
    assert "found" in answer or "What are you looking for" in answer or "Type words" in answer, answer
    assert "went wrong" not in answer


async def test_where_nothing_has_all_words_those_that_have_some_are_shown_and_other_words_are_asked_for(
    office: Office,
) -> None:
    await office.ada.types("/incident declare sev3 Checkout is down")
    found = await finds(office.bo, "checkout elephant")
    assert "by some of the words only" in found
    assert "Checkout is down" in found
    found = await finds(office.bo, "elephant")
    assert "Nothing was found" in found
    await office.bo.clicks("Other words …", channel="general")
    (words,) = [block for block in (await office.bo.modal())["blocks"] if block["block_id"] == "words"]
    assert words["element"]["initial_value"] == "elephant"
    assert await office.bo.submits(words="checkout") == {}
    assert "Checkout is down" in said(await office.bo.modal())
    await office.bo.closes()
    await office.bo.types("/ops search")
    assert await office.bo.submits(words="okapi tapir") == {}
    assert "Nothing was found" in said(await office.bo.modal())


async def test_what_is_to_be_done_and_what_may_go_wrong_is_found_with_its_button(office: Office) -> None:
    await office.ada.types("/ops backlog add The walrus cache needs limits")
    await office.ada.types("/ops actions add Feed the walrus")
    await office.ada.types("/ops risks add")
    judged = {"kind": "technical", "likelihood": "high", "impact": "low", "owner": office.bo.id}
    assert await office.ada.submits(title="The walrus may leave", **judged, mitigation="A penguin") == {}
    found = await finds(office.bo, "walrus")
    for line, command in (
        ("*Backlog item #1* The walrus cache needs limits", "/ops backlog show 1"),
        ("*Action item #1* Feed the walrus", "/ops actions show 1"),
        ("*Risk #1* The walrus may leave", "/ops risks show 1"),
    ):
        assert line in found
        assert command in found
    for words, shown in (("cache limits", "Judge …"), ("feed", "Drop …"), ("penguin", "Review …")):
        await finds(office.bo, words)
        await office.bo.clicks("Show", channel="general")
        assert shown in await office.bo.is_told(), words
    await office.bo.types("/ops actions drop 1 We have an aquarium now")
    assert "dropped" in await finds(office.eve, "aquarium")
    await office.bo.types("/ops actions reopen 1")
    assert "Nothing was found" in await finds(office.eve, "aquarium")


async def test_what_is_to_be_done_for_a_private_incident_is_found_by_its_people_alone(office: Office) -> None:
    await private_one(office, "A leak")
    await office.ada.types(f"/incident action #1 Lock the {SECRET}")
    assert "*Action item #1* Lock the zanzibar" in await finds(office.ada, f'"lock the {SECRET}"')
    assert "Nothing was found" in await finds(office.eve, SECRET)
    await private_one(office, "Another leak")
    await office.ada.types("/incident merge 1 2")
    await office.ada.invites(office.eve, await office.incident_channel(2))
    assert "*Action item #1*" in await finds(office.eve, f'"lock the {SECRET}"'), (
        "it goes on in the other one"
    )
    assert "Nothing was found" in await finds(office.bo, SECRET)


async def test_pages_of_what_was_found(office: Office) -> None:
    for number in range(PAGE + 1):
        await office.ada.types(f"/ops decisions ask Question {number} about caching")
    found = await finds(office.bo, "caching: why?")
    assert f"*{PAGE + 1} found*" in found or "by some" in found
    assert "Page 1 of 2" in await finds(office.bo, "caching")
    await office.bo.clicks("Next", channel="general")
    assert "Page 2 of 2" in await office.bo.is_told()
    assert "Question 0" in await office.bo.is_told()
    await office.bo.clicks("Previous", channel="general")
    assert "Page 1 of 2" in await office.bo.is_told()


async def test_a_new_title_is_found_and_the_old_one_no_more(office: Office) -> None:
    await office.ada.types("/incident declare sev3 Giraffe is down")
    assert "#1*" in await finds(office.bo, "giraffe")
    await office.ada.types("/incident title 1 Elephant is down")
    await office.ada.types("/incident summary 1 Trunk")
    assert "#1*" in await finds(office.bo, "elephant trunk")
    assert "Nothing was found" in await finds(office.bo, "giraffe")
    await office.ada.types("/incident summary 1 Tusk")
    assert "Nothing was found" in await finds(office.bo, "trunk")


async def test_a_drill_is_marked_as_one(office: Office) -> None:
    await office.ada.types("/incident declare")
    await office.ada.submits(title="Fire in the flamingo house", severity="SEV1", options=["drill"])
    assert "*DRILL*" in await finds(office.bo, "flamingo")


async def test_published_lessons_are_found(office: Office) -> None:
    await office.ada.types("/incident declare sev1 Checkout is down")
    await office.bo.types("/incident note 1 It was caused by the ostrich release")
    await office.ada.types("/incident resolve 1")
    assert "Review of" not in await finds(office.eve, "ostrich")
    await office.ada.types("/incident review 1 publish")
    found = await finds(office.eve, "ostrich")
    assert "*Review of #1* Checkout is down" in found
    assert "*ostrich*" in found
    assert "`12`" not in found
    await office.eve.clicks("Read", channel="general")
    assert "ostrich" in said(await office.eve.modal())


async def test_runbooks_are_found_by_what_is_in_them_until_they_are_gone(
    database_url: str, tmp_path: Path
) -> None:
    (tmp_path / "failover.md").write_text("# Database failover\n\n1. Wake the penguin\n")

    def change(config):  # type: ignore[no-untyped-def]
        runbooks = config.runbooks.model_copy(update={"folder": str(tmp_path), "pages": ()})
        return config.model_copy(update={"runbooks": runbooks})

    async with open_office(database_url, change=change) as office:
        await office.settled()
        found = await finds(office.bo, "penguin")
        assert "*Runbook* Database failover" in found
        assert "1. Wake the *penguin*" in found
        await office.bo.clicks("Show", channel="general")
        assert "1. Wake the penguin" in await office.bo.is_told()
        (tmp_path / "failover.md").unlink()
        (tmp_path / "other.md").write_text("# Other\n\n1. Look\n")
        await office.passes(minutes=2)
        assert "Nothing was found" in await finds(office.bo, "penguin")


# -- what was like it -----------------------------------------------------------------------------------------


async def on_the_card(office: Office, number: int) -> str:
    """What the card says of earlier ones."""
    (card,) = [
        said(message)
        for message in await office.ada.messages(await office.incident_channel(number))
        if "Severity" in said(message) and "Declared" in said(message)
    ]
    return "\n".join(line for line in card.split("\n") if "Like it" in line)


async def test_the_card_names_earlier_ones_that_were_like_it(office: Office) -> None:
    await office.ada.types("/incident declare sev3 service:checkout Certificate of checkout expired")
    await office.ada.types("/incident declare sev3 Mail is late")
    await office.ada.types("/incident declare")
    await office.ada.submits(title="Checkout certificate expired", severity="SEV3", options=["drill"])
    await private_one(office, "Checkout certificate expired, who knew?")
    assert "#1*" in await on_the_card(office, 4), "public ones may stand on the card of a private one"
    await office.ada.types("/incident declare sev2 The certificate for checkout has expired")
    shown = await on_the_card(office, 5)
    assert "*SEV3 #1* Certificate of checkout expired" in shown
    for other in ("#2*", "#3*", "#4*", "#5*"):
        assert other not in shown, "not truly alike, a drill, private, itself"
    assert "Like it" in await office.bo.types("/incident show 5")
    await office.ada.types("/incident title 5 Mail is late again")
    assert "#2*" in await on_the_card(office, 5)
    assert "#1*" not in await on_the_card(office, 5)
    await office.ada.types("/incident title 2 Post is late")
    await office.ada.types("/incident update 5 Still late")
    assert "Post is late" in await on_the_card(office, 5), "it is shown as it is now"


async def test_the_draft_of_a_review_tells_what_was_learnt_from_one_like_it(office: Office) -> None:
    await office.ada.types("/incident declare sev1 Certificate of checkout expired")
    await office.bo.types("/incident note 1 It was caused by a forgotten reminder")
    await office.ada.types("/incident resolve 1")
    await office.ada.types("/incident review 1 publish")
    await office.passes(minutes=10)
    await office.ada.types("/incident declare sev1 The certificate for checkout has expired")
    await office.ada.types("/incident resolve 2")
    await office.ada.types("/incident review 2 read")
    draft = said(await office.ada.modal())
    assert "It is like #1, Certificate of checkout expired" in draft
    assert "forgotten reminder" in draft.split("It is like #1")[1]


async def test_the_look_for_similar_incidents_is_apart_from_what_people_wait_for(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Among all that there ever were: on SQLite every click would wait behind it."""
    db = office.app.bot.db
    apart: list[int] = []
    read_much = db.read_much

    def noting() -> AbstractAsyncContextManager[AsyncSession]:
        apart.append(1)
        return read_much()

    monkeypatch.setattr(db, "read_much", noting)
    await office.ada.types("/incident declare sev1 The checkout certificate has expired")
    first = len(apart)
    assert first > 0
    await office.ada.types("/incident severity 1 sev2")
    assert "SEV2" in said(await office.ada.messages(await office.incident_channel()))
    assert len(apart) == first  # what it found is kept
    await office.ada.types("/incident declare sev2 Another checkout certificate expired")
    assert len(apart) > first
    assert "The checkout certificate has expired" in said(
        await office.ada.messages(await office.incident_channel(2))
    )
