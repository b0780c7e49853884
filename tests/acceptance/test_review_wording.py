"""Another wording for a review, by an OpenAI-compatible endpoint: asked for by a button, proven sentence by sentence,
taken or left by a person. Nothing of a private incident is ever sent there.
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.config import Config
from bot.config.sections.reviews import Wording
from bot.incidents.rows import Incident
from bot.reviews.rows import ReviewVersion, ReviewWording
from tests.acceptance.office import Json, Office, Person, find_element, open_office, said, until
from tests.acceptance.openai import KEY, MODEL, OpenAI, openai_server

VARIABLE = "MODEL_API_KEY"


@asynccontextmanager
async def workplace(database_url: str, **section: Any) -> AsyncIterator[tuple[Office, OpenAI]]:
    async with openai_server() as model:
        given = {"url": model.url, "model": MODEL, "key_from": VARIABLE, "timeout": "20s", **section}

        def change(config: Config) -> Config:
            reviews = config.reviews.model_copy(update={"wording": Wording.model_validate(given)})
            return config.model_copy(update={"reviews": reviews})

        async with open_office(database_url, change=change) as office:
            yield office, model


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, KEY)


async def over(office: Office, words: str = "sev1 service:checkout Checkout is down") -> None:
    await office.ada.types(f"/incident declare {words}")
    await office.passes(minutes=4)
    await office.bo.types("/incident lead 1")
    await office.bo.types("/incident note 1 It was caused by release 42 and by that alone")
    await office.passes(minutes=20)
    await office.ada.types("/incident resolve 1 Rolled back release 42")


async def asks(person: Person) -> None:
    await person.types("/incident review 1 read")
    await person.clicks("Improve wording")
    await person.closes()


async def told(person: Person) -> Json:
    """The newest message about a wording."""
    about = [m for m in await person.direct_messages() if "ording" in m["text"]]
    assert about, "nothing was told"
    return about[-1]


async def looks(person: Person) -> Json:
    """Opens what would change."""
    await clicks_it(person)
    return await person.modal()


async def clicks_it(person: Person) -> None:
    dm = (await person.office.get(f"/people/{person.id}/screen"))["dms"][0]["id"]
    message = await told(person)
    element = find_element([message], "See what would change")
    assert element is not None, said(message)
    body = {
        "container": {"channel": dm, "ts": message["ts"]},
        "action_id": element["action_id"],
        "block_id": element["block_id"],
    }
    answer = await person.act("click", body)
    assert answer.get("ok"), answer


async def versions(office: Office) -> list[ReviewVersion]:
    async with office.app.bot.db.read() as session:
        return list(await session.scalars(select(ReviewVersion).order_by(ReviewVersion.number)))


async def test_asked_for_it_is_shown_and_taken_as_a_version(database_url: str) -> None:
    async with workplace(database_url) as (office, model):
        await over(office)
        assert model.requests == [], "nobody asked"
        await office.bo.types("/incident review 1 read")
        button = find_element([await office.bo.modal()], "Improve wording")
        assert button is not None
        assert f"sent to {MODEL} at 127.0.0.1" in button["confirm"]["text"]["text"]
        await office.bo.closes()
        await asks(office.bo)
        (request,) = model.requests
        assert (request["method"], request["path"]) == ("POST", "/v1/chat/completions")
        assert request["headers"]["Authorization"] == f"Bearer {KEY}"
        assert request["body"]["model"] == MODEL
        assert [message["role"] for message in request["body"]["messages"]] == ["system", "user"]
        assert "To be written" not in request["body"]["messages"][1]["content"]
        assert await versions(office) == [], "nothing changes until somebody takes it"
        assert "Nothing is changed until somebody takes it" in said(await told(office.bo))
        view = said(await looks(office.bo))
        assert "In short, SEV1 on Checkout: Checkout is down." in view
        assert f"in the words of {MODEL}" in view
        assert await office.bo.submits() == {}
        assert "Kept as version 2" in said(await office.bo.modal())
        first, second = await versions(office)
        assert (first.author, second.author) == (None, office.bo.id)
        assert MODEL in second.what
        assert second.sections["timeline"] == first.sections["timeline"], "what was recorded stays"
        for key, text in second.sections.items():
            old = [line.rpartition("[^")[2] for line in first.sections[key].splitlines()]
            assert [line.rpartition("[^")[2] for line in text.splitlines()] == old, "each cites what it cited"
        assert second.sections["summary"].startswith("- In short, SEV1 on Checkout")
        timeline = [e["data"] for e in await office.timeline() if e["kind"] == "review"]
        assert any(one["what"] == "wording_asked" and one["host"] == "127.0.0.1" for one in timeline)
        assert await office.bo.types("/incident review 1 read") is not None
        assert find_element([await office.bo.modal()], "See what would change") is None


async def test_left_nothing_is_changed(database_url: str) -> None:
    async with workplace(database_url) as (office, _):
        await over(office)
        await asks(office.bo)
        await office.ada.types("/incident review 1 read")
        assert "nobody has taken it yet" in said(await office.ada.modal())
        await office.ada.clicks("See what would change")
        await office.ada.clicks("Leave it")
        assert "stays as it was" in said(await office.ada.modal())
        assert await versions(office) == []
        await clicks_it(office.bo)
        assert f"{office.ada.shown} has left it" in said(await office.bo.direct_messages())


async def test_what_lost_its_citation_or_a_fact_stays_as_it_was(database_url: str) -> None:
    async with workplace(database_url) as (office, model):
        await over(office)
        broken = {
            "It was caused by release 42": lambda text: text.partition(" [^")[0],  # the citation
            "Over after": lambda text: text.replace("24", "25"),  # a figure
            "bo led the response": lambda text: text.replace("bo", "ada"),  # a name
            "Nobody acknowledged": lambda text: text.replace("Nobody", "Somebody"),  # the contrary
            "resolved it after": lambda text: f"{text} [^999]",  # a citation of its own
        }

        def wording(text: str) -> str:
            for part, change in broken.items():
                if part in text:
                    return change(text)
            return f"{text[:0]}Briefly: {text}"

        model.wording = wording
        await asks(office.bo)
        view = said(await looks(office.bo))
        assert "its citations were not kept" in view
        assert "a figure was changed" in view
        assert "a name, a link or a quotation was changed" in view
        assert "a “not” came in or went" in view
        await office.bo.submits()
        first, second = await versions(office)
        kept = {line for text in first.sections.values() for line in text.splitlines()}
        for part in broken:
            lines = [line for text in second.sections.values() for line in text.splitlines() if part in line]
            assert lines, part
            assert all(line in kept for line in lines), part
        assert "Briefly: SEV1 on Checkout" in second.sections["summary"]


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"status": 401, "code": "invalid_api_key"}, f"does not let Tocsin in (HTTP 401, invalid_api_key). Whoever runs Tocsin sets {VARIABLE} anew"),
        ({"status": 404, "code": "model_not_found"}, f"does not know the model {MODEL}"),
        ({"status": 429, "code": "rate_limit_exceeded", "headers": {"Retry-After": "7"}}, "Ask again in 7 seconds"),
        ({"status": 429, "code": "insufficient_quota"}, "What was paid for is used up"),
        ({"status": 400, "code": "context_length_exceeded"}, "too long for the model"),
        ({"status": 400, "type": "invalid_request_error"}, "does not take what was asked (HTTP 400, invalid_request_error)"),
        ({"status": 500}, "has failed itself (HTTP 500, server_error)"),
        ({"redirect": "http://127.0.0.1:9/v1"}, "leads to another address"),
        ({"raw": b"<html>It works!</html>"}, "no chat completion"),
        ({"raw": b"[" * 100_000}, "no chat completion"),
        ({"raw": b'{"choices": []}'}, "no chat completion"),
        ({"raw": b"\xff\xfe\x00"}, "no chat completion"),
        ({"raw": b"x" * 1_500_000}, "larger than 1 MB"),
        ({"raw": b"x" * 1_500_000, "status": 500}, "larger than 1 MB"),
        ({"says": ""}, "answered with nothing"),
        ({"says": "Of course! Here is your text."}, "did not answer as it was asked to"),
        ({"says": "1| Eh\n2| Eh"}, "Nothing of its answer could be taken"),
        ({"refusal": "I cannot help with that."}, "does not want to word this"),
    ],
)  # fmt: skip
async def test_what_goes_wrong_is_told_in_words_and_changes_nothing(
    database_url: str, fault: Json, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with workplace(database_url) as (office, model):
        await over(office)
        model.faults.append(fault)
        await asks(office.bo)
        shown = said(await told(office.bo))
        assert "nothing was changed" in shown
        assert words in shown
        assert len(model.requests) == 1, "it is not asked again by itself"
        assert await versions(office) == []
        await asks(office.bo)  # and again, when somebody wishes
        assert "Another wording is there" in said(await told(office.bo))
        record = json.dumps(await office.record(), default=str)
        async with office.app.bot.db.read() as session:
            rows = [(row.problem, row.state) for row in await session.scalars(select(ReviewWording))]
    for place in (shown, record, str(rows), caplog.text):
        assert KEY not in place
        assert KEY[-4:] not in place
        assert "Incorrect API key" not in place


async def test_an_answer_that_was_cut_off_is_taken_without_its_last_sentence(database_url: str) -> None:
    async with workplace(database_url) as (office, model):
        await over(office)
        await asks(office.bo)
        asked = model.sentences()
        half = "\n".join(f"{number}| Well, {asked[number]}" for number in list(asked)[:3])
        model.faults.append({"says": half, "finish": "length"})
        await asks(office.bo)
        assert "2 sentences would change" in said(await told(office.bo))


async def test_characters_that_no_database_takes_are_left_out(database_url: str) -> None:
    async with workplace(database_url) as (office, model):
        await over(office)
        model.wording = lambda text: f"Well\x00, half \ud83d, {text}"
        await asks(office.bo)
        assert "Well, half ?, SEV1 on Checkout" in said(await looks(office.bo))
        assert await office.bo.submits() == {}
        _, second = await versions(office)
        assert "Well, half ?, SEV1 on Checkout" in second.sections["summary"]


async def test_one_that_hangs_holds_up_nothing_and_ends_in_time(database_url: str) -> None:
    async with workplace(database_url, timeout="1s") as (office, model):
        await over(office)
        model.faults.append({"hangs": True})
        await office.bo.types("/incident review 1 read")
        await office.bo.act(
            "click",
            {
                "container": {"view": (await office.bo.modal())["id"]},
                "action_id": "reviews.wording",
                "block_id": "document",
            },
            settle=False,
        )
        await until(office, lambda: len(model.requests) == 1, moves=False)
        assert "has asked for it already" in said(await _asks_beside(office))
        await office.ada.types("/incident note 1 Meanwhile", settle=False)
        assert "Meanwhile" in json.dumps(await office.timeline())
        await office.settled()
        assert "no answer within 1s" in said(await told(office.bo))


async def _asks_beside(office: Office) -> Json:
    await office.ada.types("/incident review 1 read", settle=False)
    view = await office.ada.modal()
    await office.ada.act(
        "click",
        {"container": {"view": view["id"]}, "action_id": "reviews.wording", "block_id": "document"},
        settle=False,
    )
    return await office.ada.modal()


async def test_stopped_meanwhile_it_is_told_and_not_asked_again(database_url: str) -> None:
    async with workplace(database_url) as (office, model):
        await over(office)
        model.faults.append({"hangs": True})
        await office.bo.types("/incident review 1 read")
        view = await office.bo.modal()
        await office.bo.act(
            "click",
            {"container": {"view": view["id"]}, "action_id": "reviews.wording", "block_id": "document"},
            settle=False,
        )
        await until(office, lambda: len(model.requests) == 1, moves=False)
        await office.stop_bot()
        await office.start_bot()
        await office.passes(minutes=2)
        assert "Tocsin was stopped" in said(await told(office.bo))
        assert len(model.requests) == 1


async def test_whoever_writes_meanwhile_is_not_overwritten(database_url: str) -> None:
    async with workplace(database_url) as (office, _):
        await over(office)
        await asks(office.bo)
        await looks(office.bo)
        await office.bo.types("/incident note 1 Something that was forgotten")
        errors = await office.bo.submits()
        assert "has changed since" in said(errors or await office.bo.modal())
        assert await versions(office) == []
        await asks(office.bo)
        await looks(office.bo)
        await office.ada.types("/incident review 1 read")
        await office.ada.clicks("All as Markdown")
        assert await office.ada.submits(part_1="## Summary\n\nAll is well by now. [^1]\n") == {}
        errors = await office.bo.submits()
        assert "Somebody has kept version 2 since" in said(errors or await office.bo.modal())
        assert [one.author for one in await versions(office)] == [None, office.ada.id]
        # What people wrote is improved just as well.
        await asks(office.bo)
        await looks(office.bo)
        await office.bo.submits()
        assert (await versions(office))[-1].sections["summary"] == "In short, All is well by now. [^1]"


async def test_two_who_take_it_at_once_make_one_version(database_url: str) -> None:
    async with workplace(database_url) as (office, _):
        await over(office)
        await asks(office.bo)
        await looks(office.bo)
        await office.ada.types("/incident review 1 read")
        await office.ada.clicks("See what would change")
        answers = await asyncio.gather(office.bo.submits(), office.ada.submits())
        assert len(await versions(office)) == 2
        shown = [
            said(answer or await person.modal())
            for person, answer in zip((office.bo, office.ada), answers, strict=True)
        ]
        assert sum("Kept as version 2" in words for words in shown) == 1
        assert sum("has taken it" in words for words in shown) == 1


# -- private ------------------------------------------------------------------------------------------------------


async def test_nothing_of_a_private_incident_ever_goes_there(database_url: str) -> None:
    async with workplace(database_url) as (office, model):
        await office.ada.types("/incident declare")
        await office.ada.submits(
            title="Stolen laptop", severity="SEV1", service="checkout", options=["private"]
        )
        await office.ada.types("/incident note 1 It was cleo’s laptop, and it was not encrypted")
        await office.ada.types("/incident resolve 1")
        await office.ada.types("/incident review 1 read")
        view = await office.ada.modal()
        assert find_element([view], "Improve wording") is None
        # The button's click, forged, by one who may see it and by one who may not.
        for person in (office.ada, office.eve):
            await person.act("fill", {"view": view["id"], "values": {}})
            async with office.app.bot.db.begin() as session:
                incident = await session.get_one(Incident, 1)
                incident.private = False
            await person.types("/incident review 1 read")
            async with office.app.bot.db.begin() as session:
                incident = await session.get_one(Incident, 1)
                incident.private = True
            await person.clicks("Improve wording")
            shown = said(await person.modal())
            expected = (
                "The incident is private" if person is office.ada else "no incident #1 that you can see"
            )
            assert expected in shown
        assert model.requests == []
        async with office.app.bot.db.read() as session:
            assert list(await session.scalars(select(ReviewWording))) == []


async def test_a_private_incident_that_was_alike_is_not_sent_with_a_public_one(database_url: str) -> None:
    async with workplace(database_url) as (office, model):
        await office.ada.types("/incident declare")
        await office.ada.submits(
            title="Checkout is down after a break-in",
            severity="SEV1",
            service="checkout",
            summary="Checkout is down: the intruder is still inside",
            options=["private"],
        )
        await office.ada.types("/incident resolve 1 Checkout is down no more, the intruder is out")
        await office.ada.types("/incident declare sev1 service:checkout Checkout is down")
        await office.ada.types("/incident resolve 2 Rolled back")
        for _ in range(2):
            await office.ada.types("/incident review 2 read")
            await office.ada.clicks("Improve wording")
            await office.ada.closes()
        assert len(model.requests) == 2
        assert "Rolled back" in model.seen
        assert "intruder" not in model.seen
        assert "break-in" not in model.seen


async def test_private_by_now_what_was_asked_for_is_not_sent(database_url: str) -> None:
    async with workplace(database_url) as (office, model):
        await over(office)
        model.faults.append({"status": 500})
        await asks(office.bo)
        before = len(model.requests)
        async with office.app.bot.db.begin() as session:
            row = await session.get_one(ReviewWording, 1)
            row.state, row.due_at, row.sections = (
                "asked",
                office.clock.now(),
                {"summary": "Cleo’s laptop was stolen. [^1]"},
            )
            (await session.get_one(Incident, 1)).private = True
        await office.passes(seconds=2)
        assert len(model.requests) == before
        assert "laptop" not in model.seen
        async with office.app.bot.db.read() as session:
            assert "is private" in (await session.get_one(ReviewWording, 1)).problem


# -- how it is set up ---------------------------------------------------------------------------------------------


async def test_off_unless_app_yaml_names_an_endpoint(office: Office) -> None:
    await over(office)
    await office.bo.types("/incident review 1 read")
    assert find_element([await office.bo.modal()], "Improve wording") is None
    assert office.config.reviews.wording is None


async def test_a_model_of_ones_own_needs_no_key_and_without_the_variable_none_is_asked(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with workplace(database_url, key_from=None) as (office, model):
        await over(office)
        await asks(office.bo)
        assert "Authorization" not in model.requests[0]["headers"]
    monkeypatch.delenv(VARIABLE)


async def test_without_the_variable_none_is_asked(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE)
    async with workplace(database_url) as (office, model):
        await over(office)
        await asks(office.bo)
        assert f"The environment variable {VARIABLE} is not set" in said(await told(office.bo))
        assert model.requests == []


@pytest.mark.parametrize(
    "url", ["http://169.254.169.254/v1", "http://[fd00:ec2::254]/v1", "http://[::ffff:169.254.169.254]/v1"]
)
async def test_a_clouds_metadata_is_never_asked(database_url: str, url: str) -> None:
    async with workplace(database_url, url=url) as (office, _):
        await over(office)
        await asks(office.bo)
        assert "which is never asked" in said(await told(office.bo))


async def test_slack_may_be_away_while_the_answer_comes(database_url: str) -> None:
    async with workplace(database_url) as (office, _):
        await over(office)
        await office.fault("chat.postMessage", "status", status=500, times=2)
        await asks(office.bo)
        for _ in range(3):
            await office.passes(minutes=1)
        about = [m for m in await office.bo.direct_messages() if "ording" in m["text"]]
        assert len(about) == 1


def test_a_wait_that_is_too_long_is_refused() -> None:
    with pytest.raises(ValueError, match="too long"):
        Wording.model_validate({"url": "https://api.openai.com/v1", "model": "m", "timeout": "6m"})
    section = Wording.model_validate({"url": "https://api.openai.com/v1/chat/completions/", "model": "m"})
    assert (section.url, section.timeout) == ("https://api.openai.com/v1", timedelta(minutes=1))
