"""The key that encrypts contact methods goes missing, is changed, is replaced: each is told, and nothing is lost."""

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select

from bot.paging.rows import ContactMethod
from tests.acceptance.office import Office, said
from tests.acceptance.pages import rings
from tests.acceptance.stand_in import KEY, PUBLIC, TOPIC, StandIn, adds_method

NEW = Fernet.generate_key().decode()


@pytest.fixture
async def office(office_with_gateways: Office, providers: StandIn) -> Office:
    office = office_with_gateways
    await adds_method(office, providers, office.finn, "ntfy", f"{providers.url}/{TOPIC}")
    return office


async def restarted(office: Office, providers: StandIn, secret_key: str | None) -> None:
    await office.stop_bot()
    await office.start_bot(**{**providers.gateways, "secret_key": secret_key, "public_url": PUBLIC})


async def rung_by_ntfy(office: Office, providers: StandIn, number: int) -> bool:
    """Whether a new incident reaches finn there."""
    before = len(providers.of("ntfy"))
    await office.eve.types(f"/incident declare sev1 Trouble {number}")
    assert len(await rings(office.finn)) == 1, "Slack rings whatever the key is"
    await office.passes(minutes=1, seconds=1)
    await office.eve.types(f"/page resolve {number}")
    return len(providers.of("ntfy")) > before


@pytest.mark.parametrize(
    ("key", "why"), [(None, "is not set"), (NEW, "was changed")], ids=["missing", "changed"]
)
async def test_a_key_that_is_not_there_is_told_and_all_works_again_with_it(
    office: Office, providers: StandIn, key: str | None, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    await restarted(office, providers, key)
    told = capsys.readouterr().out
    assert "1 of 1 contact methods cannot be read" in told
    assert "Nothing is lost" in told
    assert f"cannot be read: TOCSIN_SECRET_KEY {why}" in said(await office.finn.home())
    assert not await rung_by_ntfy(office, providers, 1)
    states = [e["data"] for e in await office.timeline() if e["kind"] == "page_state"]
    failed = [state for state in states if state["state"] == "failed"]
    assert [one["text"] for one in failed] == [f"the address cannot be read: TOCSIN_SECRET_KEY {why}"]

    await restarted(office, providers, KEY if key is None else f"{key},{KEY}")
    assert "cannot be read" not in said(await office.finn.home())
    assert await rung_by_ntfy(office, providers, 2)


async def test_a_key_is_replaced(office: Office, providers: StandIn) -> None:
    """The new one in front, a start, and the old one out: also a code that was sent before is still good."""
    await office.finn.home()
    await office.finn.clicks_at_home("Add a method")
    await office.finn.submits(kind="sms", address="+49 170 1234567", label="My phone")
    code = next(word for word in providers.of("sms")[0]["message"].split() if word.isdigit())
    async with office.app.bot.db.read() as session:
        before = (await session.scalars(select(ContactMethod.address))).all()
    await restarted(office, providers, f"{NEW},{KEY}")
    async with office.app.bot.db.read() as session:
        after = (await session.scalars(select(ContactMethod.address))).all()
    assert not set(before) & set(after)
    await restarted(office, providers, NEW)
    assert await office.finn.submits(code=code) == {}
    assert said(await office.finn.home()).count("verified") == 2
    assert await rung_by_ntfy(office, providers, 1)


async def test_a_code_whose_key_is_gone_before_it_left_is_no_fault(
    office: Office, providers: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    providers.fails["sms"] = 500
    await office.finn.home()
    await office.finn.clicks_at_home("Add a method")
    await office.finn.submits(kind="sms", address="+49 170 1234567", label="My phone")
    providers.fails.clear()
    await restarted(office, providers, NEW)
    await office.passes(minutes=5)
    assert providers.of("sms") == []
    assert "failed in Tocsin itself" not in capsys.readouterr().out
    assert "waits for the code" in said(await office.finn.home())
