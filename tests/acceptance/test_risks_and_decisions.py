"""Risks and decisions: lists, forms, and reminders that go on until somebody has looked."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.config import Config
from bot.config import Person as PersonSection
from bot.config.sections.decisions import OpenQuestion
from bot.delivery import drawing
from tests.acceptance.office import Office, Person, open_office, said


@pytest.fixture(autouse=True)
def time_to_draw(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a machine that many tests share."""
    monkeypatch.setattr(drawing, "DRAWN_WITHIN", 28.0)


def in_days(office: Office, days: int) -> int:
    return int((office.clock.now() + timedelta(days=days)).timestamp())


async def told(person: Person, words: str) -> int:
    return sum(words in said(message) for message in await person.direct_messages())


async def add_risk(office: Office, title: str, **more: object) -> None:
    await office.ada.types("/ops risks add")
    given = {"kind": "technical", "likelihood": "medium", "impact": "medium", "owner": office.bo.id}
    errors = await office.ada.submits(title=title, **{**given, "review_at": in_days(office, 10), **more})
    assert errors == {}


# -- risks --------------------------------------------------------------------------------------------------------


async def test_a_risk_is_added_listed_by_greatness_and_closed(office: Office) -> None:
    assert "No risk is known" in await office.ada.types("/ops risks")
    await add_risk(office, "A small one", likelihood="low", impact="low")
    await add_risk(
        office,
        "Only bo knows *billing*",
        kind="resource",
        likelihood="high",
        impact="high",
        mitigation="Pairing",
    )
    await add_risk(office, "Certificates", kind="quality")
    seen = await office.cleo.types("/ops risks")
    places = [seen.index(words) for words in ("Only bo knows", "Certificates", "A small one")]
    assert places == sorted(places)
    assert "A small one" not in await office.cleo.types("/ops risks resource")
    shown = await office.cleo.types("/ops risks show 2")
    for words in ("Resources", "likelihood high, impact high", office.bo.shown, "Pairing", "∗billing∗"):
        assert words in shown
    assert "Risk #2 is closed" in await office.cleo.types("/ops risks close 2")
    assert "closed already" in await office.cleo.types("/ops risks close 2")
    assert "Only bo knows" not in await office.cleo.types("/ops risks")
    assert "*closed*" in await office.cleo.types("/ops risks all")
    assert "There is no risk #99" in await office.cleo.types("/ops risks show 99")
    assert "is not understood" in await office.cleo.types("/ops risks chekout")


async def test_its_owner_is_reminded_every_day_until_it_is_reviewed(office: Office) -> None:
    await add_risk(office, "Old certificates")
    words = "Risk #1 is to be reviewed"
    await office.passes(days=9)
    assert await told(office.bo, words) == 0
    await office.passes(days=1, minutes=1)
    assert await told(office.bo, words) == 1
    await office.passes(days=1)
    assert await told(office.bo, words) == 2
    # A week without the bot is one more, not seven.
    await office.stop_bot()
    office.clock.advance(days=7)
    await office.start_bot()
    await office.settled()
    assert await told(office.bo, words) == 3
    assert await told(office.ada, words) == 0
    await office.ada.types("/ops risks review 1")
    assert (await office.ada.submits(review_at=in_days(office, -1)))["review_at"].startswith(
        "The review is in"
    )
    await office.ada.submits(status="accepted", impact="high", review_at=in_days(office, 5))
    assert "Risk #1 is reviewed: accepted" in said(await office.ada.modal())
    await office.passes(days=4)
    assert await told(office.bo, words) == 3
    shown = await office.ada.types("/ops risks show 1")
    assert "impact high" in shown
    assert "Reviewed" in shown
    await office.passes(days=1, minutes=1)
    assert await told(office.bo, words) == 4
    await office.ada.types("/ops risks close 1")
    await office.passes(days=3)
    assert await told(office.bo, words) == 4


async def test_what_was_typed_stands_in_the_form_and_two_reviews_do_not_undo_each_other(
    office: Office,
) -> None:
    await office.ada.types("/ops risks add Only bo knows billing")
    assert await office.ada.submits() == {}
    assert "Only bo knows billing" in await office.bo.types("/ops risks show 1")
    for person in (office.bo, office.cleo):
        await person.types("/ops risks review 1")
    assert await office.bo.submits(mitigation="Pairing") == {}
    assert f"{office.bo.mention} has changed risk #1" in str(await office.cleo.submits(impact="low"))
    assert "Pairing" in await office.ada.types("/ops risks show 1")


async def test_a_risk_is_said_in_other_words(office: Office) -> None:
    await add_risk(office, "Only bo knows biling", text="He is away in May.")
    for person in (office.bo, office.cleo):
        await person.types("/ops risks show 1")
        await person.clicks("Change …", channel="general")
    assert "needs a title" in (await office.bo.submits(title=" "))["title"]
    words = {"title": "Only bo knows <billing>", "kind": "resource", "text": "He is away in *June*."}
    assert await office.bo.submits(**words) == {}
    assert "has changed risk #1" in str(await office.cleo.submits(title="Bo is away"))
    await office.cleo.closes()
    shown = await office.ada.types("/ops risks show 1")
    assert "Only bo knows &lt;billing&gt;" in shown
    assert "Resources" in shown
    assert "likelihood medium" in shown
    assert f"by {office.bo.shown}" in shown[shown.index("Changed") :]
    assert "Reviewed" not in shown
    assert "billing" in await office.ada.types("/ops search june")
    assert "Risk #1" not in await office.ada.types("/ops search may")
    # The same words again are no change; what is closed is taken up by a review.
    await office.cleo.types("/ops risks change 1")
    assert await office.cleo.submits() == {}
    assert f"by {office.bo.shown}" in (shown := await office.ada.types("/ops risks show 1"))
    assert office.cleo.shown not in shown
    await office.cleo.types("/ops risks change 1")
    await office.ada.types("/ops risks close 1")
    assert "Risk #1 is closed" in str(await office.cleo.submits(title="Too late"))
    assert "There is no risk #7" in await office.ada.types("/ops risks change 7")


async def test_the_buttons_of_risks(office: Office) -> None:
    for number in range(16):
        await add_risk(office, f"Risk {number}")
    await office.ada.types("/ops risks")
    await office.ada.clicks("Next", channel="general")
    assert "Page 2 of 2" in await office.ada.is_told()
    await office.ada.clicks("Show", channel="general")
    assert "Risk 15" in await office.ada.is_told()
    await office.ada.clicks("Review …", channel="general")
    await office.ada.submits(status="mitigated")
    assert "*mitigated*" in await office.ada.types("/ops risks show 16")
    await office.ada.types("/ops risks show 3")
    await office.ada.clicks("Close the risk", channel="general")
    assert "Risk #3 is closed" in await office.ada.is_told()


async def test_the_matrix_of_risks(office: Office) -> None:
    await add_risk(office, "Old certificates", likelihood="high", impact="low")
    await office.ada.types("/ops risks matrix")
    (upload,) = await office.calls("files.getUploadURLExternal")
    assert "impact low, likelihood high: #1" in upload["args"]["alt_txt"]


# -- decisions ----------------------------------------------------------------------------------------------------


async def test_a_question_is_asked_decided_and_kept(office: Office) -> None:
    assert "Nothing is to be decided" in await office.ada.types("/ops decisions")
    assert "Decision #1 is pending" in await office.ada.types("/ops decisions ask Do we move to *Berlin*?")
    seen = await office.bo.types("/ops decisions")
    assert "∗Berlin∗" in seen
    assert office.ada.shown in seen
    await office.bo.clicks("Show", channel="general")
    await office.bo.clicks("Decide …", channel="general")
    await office.bo.submits(answer="Yes, in May")
    assert "Decision #1 is decided" in said(await office.bo.modal())
    assert "Nothing is to be decided" in await office.ada.types("/ops decisions")
    shown = await office.ada.types("/ops decisions show 1")
    assert "Yes, in May" in shown
    assert f"by {office.bo.shown}" in shown
    assert "Yes, in May" in await office.ada.types("/ops decisions all")
    assert "is decided already" in await office.ada.types("/ops decisions decide 1 No")


async def test_whoever_decides_is_reminded_until_it_is_decided(office: Office) -> None:
    await office.ada.types("/ops decisions ask")
    late = await office.ada.submits(title="Which region?", owner=office.cleo.id, due_at=in_days(office, -1))
    assert late["due_at"].startswith("That time is over")
    await office.ada.submits(due_at=in_days(office, 2))
    words = "Decision #1 is due"
    await office.passes(days=1)
    assert await told(office.cleo, words) == 0
    await office.passes(days=1, minutes=1)
    await office.passes(days=1)
    assert await told(office.cleo, words) == 2
    await office.ada.types("/ops decisions change 1")
    await office.ada.submits(owner=office.dev.id)
    await office.passes(days=1)
    assert (await told(office.cleo, words), await told(office.dev, words)) == (2, 1)
    await office.ada.types("/ops decisions change 1")
    await office.ada.submits(due_at=in_days(office, 3))
    await office.passes(days=2)
    assert await told(office.dev, words) == 1
    await office.passes(days=1, minutes=1)
    assert await told(office.dev, words) == 2
    await office.dev.types("/ops decisions decide 1 Frankfurt")
    await office.passes(days=3)
    assert await told(office.dev, words) == 2


async def test_what_belongs_to_somebody_who_left_is_told_in_the_channel(office: Office) -> None:
    await office.ada.types("/ops decisions ask")
    await office.ada.submits(title="Which region?", owner=office.cleo.id, due_at=in_days(office, 2))
    office.playground.workspace.people[office.cleo.id].deleted = True
    await office.passes(days=1, minutes=5)  # the members are read each day
    await office.passes(days=1)
    seen = await office.dev.reads("incidents")
    assert f"This was for {office.cleo.shown}, who has left" in seen
    assert "Decision #1 is due: Which region?" in seen
    await office.dev.clicks("Decide …", channel="incidents")
    await office.dev.submits(answer="Frankfurt")
    assert "Frankfurt" in await office.ada.types("/ops decisions show 1")


@pytest.mark.parametrize("by_form", [True, False])
async def test_a_question_that_nobody_needs_is_dropped_with_a_reason(office: Office, by_form: bool) -> None:
    await office.ada.types("/ops decisions ask Which queue?")
    assert "dropped with a reason" in await office.ada.types("/ops decisions drop 1")
    if by_form:
        await office.ada.types("/ops decisions show 1")
        await office.ada.clicks("Drop …", channel="general")
        assert (await office.ada.submits(answer=" ")) != {}
        await office.ada.submits(answer="The queue is gone")
    else:
        await office.ada.types("/ops decisions drop 1 The queue is gone")
    assert "The queue is gone" in await office.ada.types("/ops decisions show 1")


async def test_a_question_is_asked_in_other_words(office: Office) -> None:
    await office.ada.types("/ops decisions ask Which queu?")
    for person in (office.bo, office.cleo):
        await person.types("/ops decisions show 1")
        await person.clicks("Change …", channel="general")
    await office.dev.types("/ops decisions show 1")
    await office.dev.clicks("Decide …", channel="general")
    assert "needs a title" in (await office.bo.submits(title=" "))["title"]
    words = {"title": "Which <queue>?", "text": "Kafka, or *none*.", "owner": office.eve.id}
    assert await office.bo.submits(**words, due_at=in_days(office, 2)) == {}
    told_later = f"{office.bo.mention} has changed decision #1 since you opened this form"
    assert told_later in str(await office.cleo.submits(owner=office.cleo.id))
    # No answer stands under another question.
    assert told_later in str(await office.dev.submits(answer="The second"))
    for person in (office.cleo, office.dev):
        await person.closes()
    shown = await office.ada.types("/ops decisions show 1")
    for written in ("Which &lt;queue&gt;?", "Kafka, or", office.eve.shown, office.ada.shown):
        assert written in shown
    assert f"by {office.bo.shown}" in shown[shown.index("Changed") :]
    assert "Which &lt;queue&gt;?" in await office.ada.types("/ops search kafka")
    await office.passes(days=2, minutes=1)
    assert await told(office.eve, "Decision #1 is due: Which &lt;queue&gt;?") == 1
    # A time that is over by now keeps nobody from mending the words.
    await office.cleo.types("/ops decisions change 1")
    assert await office.cleo.submits(title="Which queue?") == {}
    await office.dev.types("/ops decisions show 1")
    await office.dev.clicks("Decide …", channel="general")
    assert await office.dev.submits(answer="None") == {}
    await office.cleo.types("/ops decisions show 1")
    assert "None" in await office.cleo.is_told()


def asking(*questions: dict[str, str]) -> Callable[[Config], Config]:
    """The sample with these questions."""
    made = tuple(OpenQuestion.model_validate(one) for one in questions)
    return lambda config: config.model_copy(update={"decisions": made})


WHICH_TOOL = {"name": "tool", "question": "Which tool watches?", "owner": "cleo", "due_within": "1w"}
WHO_ANSWERS = {"name": "team", "question": "Who answers?", "owner": "cleo", "due_within": "2w"}


async def test_what_a_team_has_yet_to_decide_is_asked_once(database_url: str) -> None:
    async with open_office(database_url, change=asking(WHICH_TOOL, WHO_ANSWERS)) as office:
        await office.settled()  # Slack is asked at the start who they are
        await office.passes(minutes=2)
        seen = await office.bo.types("/ops decisions")
        assert "2 pending" in seen
        assert seen.index("Which tool watches?") < seen.index("Who answers?")
        shown = await office.bo.types("/ops decisions show 1")
        assert "by app.yaml" in shown
        assert office.cleo.shown in shown
        assert "Which tool watches?" in await office.bo.types("/ops search watches")
        await office.passes(days=6)
        assert await told(office.cleo, "Decision #1 is due") == 0
        await office.passes(days=2)
        assert await told(office.cleo, "Decision #1 is due") == 1
        assert await told(office.cleo, "Decision #2 is due") == 0
        await office.cleo.types("/ops decisions decide 1 The one that we have")
        # One more stands in the file, one was struck out, one is decided: only the new one is asked.
        await office.stop_bot()
        office.config = asking(WHICH_TOOL, {**WHO_ANSWERS, "name": "rules", "question": "Which rules?"})(
            office.config
        )
        await office.start_bot()
        await office.settled()
        await office.passes(minutes=2)
        seen = await office.bo.types("/ops decisions all")
        assert [seen.count(words) for words in ("Which tool watches?", "Who answers?", "Which rules?")] == [
            1,
            1,
            1,
        ]
        assert "2 pending" in await office.bo.types("/ops decisions")


async def test_a_question_waits_for_an_owner_whose_account_is_not_known_yet(database_url: str) -> None:
    nobody_yet = PersonSection.model_validate({"name": "newcomer", "email": "newcomer@example.com"})

    def change(config: Config) -> Config:
        asked = asking(WHICH_TOOL, {**WHO_ANSWERS, "owner": "newcomer"})(config)
        return asked.model_copy(update={"people": (*config.people, nobody_yet)})

    async with open_office(database_url, change=change) as office:
        assert "Who answers?" not in await office.bo.types("/ops decisions")
        await office.newcomer("newcomer", email="newcomer@example.com")
        await office.passes(days=1, minutes=2)  # the members are read each day
        await office.passes(minutes=2)
        assert "Who answers?" in await office.bo.types("/ops decisions")
