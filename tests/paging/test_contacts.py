"""Contact methods and links: encrypted at rest, verified by a code, good once and for a while."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.audit import audit_lines
from bot.core.db import Database
from bot.core.errors import NotFound, OperatorError, RuleRefused, UserError
from bot.core.signer import LENGTH, Signer
from bot.core.vault import Vault
from bot.paging import contacts, links
from bot.paging.people import reachable
from bot.paging.rows import ContactMethod
from tests.paging.kit import MINUTE, NOW, company

ADA, BO = "U01ADA", "U01BO"
NUMBER = "+49 170 7654321"
SIGNER = Signer(["a key"])


@pytest.fixture
async def session(database_url: str) -> AsyncIterator[AsyncSession]:
    db = Database(database_url)
    async with db.begin() as session:
        yield session
    await db.close()


@pytest.fixture
def vault() -> Vault:
    return Vault([Fernet.generate_key().decode()])


async def added(session: AsyncSession, vault: Vault) -> tuple[ContactMethod, str]:
    return await contacts.add_method(
        session, vault, user_id=ADA, kind="sms", address=NUMBER, label="My phone", now=NOW
    )


async def test_an_address_is_used_once_it_is_verified_and_never_rests_in_plain_text(
    session: AsyncSession, vault: Vault
) -> None:
    method, code = await added(session, vault)
    row = (await session.execute(text("SELECT * FROM contact_method"))).one()
    assert NUMBER not in str(row)
    assert code not in str(row)
    assert (await reachable(session, company(), ["ada"]))["ada"].methods == ()

    assert await contacts.verify(session, method.id, code, user_id=ADA, now=NOW) is method
    await session.flush()
    (usable,) = (await reachable(session, company(), ["ada"]))["ada"].methods
    assert (usable.kind, usable.id) == ("sms", method.id)
    assert vault.decrypt(method.address) == NUMBER.replace(" ", "")
    assert contacts.shown_address(vault, method) == "+4…321"

    await contacts.set_disabled(session, method.id, disabled=True, user_id=ADA, now=NOW)
    await session.flush()
    assert (await reachable(session, company(), ["ada"]))["ada"].methods == ()


async def test_a_code_can_be_guessed_five_times_and_lasts_a_quarter_of_an_hour(
    session: AsyncSession, vault: Vault
) -> None:
    method, code = await added(session, vault)
    wrong = "000000" if code != "000000" else "000001"
    for _ in range(5):
        assert await contacts.verify(session, method.id, wrong, user_id=ADA, now=NOW) is None
    with pytest.raises(RuleRefused, match="too many wrong"):
        await contacts.verify(session, method.id, code, user_id=ADA, now=NOW)
    _, code = await contacts.new_code(session, method.id, user_id=ADA, now=NOW + MINUTE)
    with pytest.raises(RuleRefused, match="too old"):
        await contacts.verify(session, method.id, code, user_id=ADA, now=NOW + 16 * MINUTE)
    with pytest.raises(RuleRefused, match="a moment ago"):
        await contacts.new_code(session, method.id, user_id=ADA, now=NOW + 1.5 * MINUTE)


async def test_other_peoples_methods_are_not_there(session: AsyncSession, vault: Vault) -> None:
    method, code = await added(session, vault)
    for attempt in (
        contacts.verify(session, method.id, code, user_id=BO, now=NOW),
        contacts.remove(session, method.id, user_id=BO, now=NOW),
        contacts.add_rule(session, user_id=BO, urgency="high", delay=timedelta(), method_id=method.id),
    ):
        with pytest.raises(NotFound):
            await attempt


async def test_without_a_key_nothing_is_kept_and_the_reason_is_told(session: AsyncSession) -> None:
    with pytest.raises(RuleRefused, match="TOCSIN_SECRET_KEY"):
        await added(session, Vault(()))
    with pytest.raises(OperatorError, match="TOCSIN_SECRET_KEY is not set"):
        Vault(()).encrypt("x")


async def test_what_is_no_method_or_no_address_is_refused(session: AsyncSession, vault: Vault) -> None:
    for kind, address in (("pigeon", "x"), ("sms", " "), ("sms", "a\nb"), ("sms", "9" * 501)):
        with pytest.raises(UserError):
            await contacts.add_method(session, vault, user_id=ADA, kind=kind, address=address, now=NOW)


async def test_removing_a_method_removes_its_rules_and_rules_say_what_rings(
    session: AsyncSession, vault: Vault
) -> None:
    method, code = await added(session, vault)
    await contacts.verify(session, method.id, code, user_id=ADA, now=NOW)
    await contacts.add_rule(session, user_id=ADA, urgency="high", delay=2 * MINUTE, method_id=method.id)
    await contacts.set_quiet_hours(session, user_id=ADA, hours=(22 * 60, 7 * 60), timezone="UTC")
    await session.flush()
    ada = (await reachable(session, company(), ["ada"]))["ada"]
    assert [(rule.delay, rule.method_id) for rule in ada.rules] == [(2 * MINUTE, method.id)]
    assert ada.quiet is not None
    await contacts.remove(session, method.id, user_id=ADA, now=NOW)
    await contacts.set_quiet_hours(session, user_id=ADA, hours=None, timezone="UTC")
    await session.flush()
    ada = (await reachable(session, company(), ["ada"]))["ada"]
    assert (ada.rules, ada.methods, ada.quiet) == ((), (), None)


async def test_each_change_of_how_somebody_is_reached_stands_in_the_audit_log_without_the_address(
    database_url: str, vault: Vault
) -> None:
    db = Database(database_url)
    async with db.begin() as session:
        method, code = await added(session, vault)
        await contacts.verify(session, method.id, code, user_id=ADA, now=NOW)
        for disabled in (True, True, False):
            await contacts.set_disabled(session, method.id, disabled=disabled, user_id=ADA, now=NOW)
        await contacts.remove(session, method.id, user_id=ADA, now=NOW)
    async with db.read() as session:
        lines = list(reversed(await audit_lines(session, act="contact_method", who=ADA)))
    await db.close()
    changes = [line.data["change"] for line in lines]
    assert changes == ["added", "verified", "switched off", "switched on", "removed"]
    assert {line.data["kind"] for line in lines} == {"sms"}
    assert "7654321" not in str([line.data for line in lines])
    assert "My phone" not in str([line.data for line in lines])


def test_keys_are_changed_without_losing_anything() -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    kept = Vault([old]).encrypt(NUMBER)
    both = Vault([new, old])
    assert both.decrypt(kept) == NUMBER
    assert (both.is_current(kept), Vault([old]).is_current(kept), Vault(()).is_current(kept)) == (
        False,
        True,
        False,
    )
    with pytest.raises(OperatorError, match="no longer has") as error:
        Vault([new]).decrypt(kept)
    assert kept not in str(error.value)


async def test_a_link_is_good_once_and_for_a_day_and_looking_uses_nothing_up(session: AsyncSession) -> None:
    token = await links.make_link(session, signer=SIGNER, page_id=7, person="ada", user_id=ADA, now=NOW)
    row = (await session.execute(text("SELECT * FROM ack_link"))).one()
    assert token not in str(row)
    for _ in range(3):
        assert (await links.look(session, token, now=NOW)).page_id == 7
    assert (await links.use(session, token, now=NOW)).person == "ada"
    with pytest.raises(RuleRefused, match="used already"):
        await links.use(session, token, now=NOW)
    late = await links.make_link(session, signer=SIGNER, page_id=7, person="ada", user_id=ADA, now=NOW)
    with pytest.raises(RuleRefused, match="too old"):
        await links.look(session, late, now=NOW + timedelta(hours=24))
    with pytest.raises(NotFound):
        await links.look(session, token + "x", now=NOW)


@given(st.text(max_size=60), st.text(max_size=30))
def test_only_a_key_signs(text: str, other: str) -> None:
    token = SIGNER.signed(text)
    assert SIGNER.holds(token)
    assert Signer(["a new key", "a key"]).holds(token), "the former key behind the new one"
    assert not Signer(["a new key"]).holds(token)
    assert not SIGNER.holds(text)
    for changed in (other + token, token + other, text + other, other + token[-LENGTH:]):
        assert SIGNER.holds(changed) == (changed == token)
