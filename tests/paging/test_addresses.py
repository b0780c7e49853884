"""Addresses of contact methods are brought into one form, or refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.errors import UserError
from bot.paging.addresses import checked_address
from bot.paging.contacts import KINDS

WORKFLOW = "https://prod-1.westeurope.logic.azure.com/workflows/abc/triggers/manual/paths/invoke?sig=x"


@pytest.mark.parametrize(
    ("kind", "typed", "kept"),
    [
        ("email", " Ada.Lovelace+page@example.com ", "Ada.Lovelace+page@example.com"),
        ("sms", "+49 (170) 123-45 67", "+491701234567"),
        ("voice", "+1.555.123.4567", "+15551234567"),
        ("ntfy", "my-topic", "https://ntfy.sh/my-topic"),
        ("ntfy", "https://tk_abc@ntfy.example.com/topic", "https://tk_abc@ntfy.example.com/topic"),
        ("pushover", "u" * 30, "u" * 30),
        ("telegram", "-1001234567890", "-1001234567890"),
        ("teams", WORKFLOW, WORKFLOW),
        ("webhook", "https://example.com/hook?key=1", "https://example.com/hook?key=1"),
    ],
)
def test_what_people_type(kind: str, typed: str, kept: str) -> None:
    assert checked_address(kind, typed) == kept


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        ("email", "ada@example.com,bo@example.com"),
        ("email", "ada@example.com&to=bo@example.com"),
        ("sms", "0170 1234567"),
        ("sms", "+49170/../../x"),
        ("ntfy", "ftp://example.com/topic"),
        ("ntfy", "https://ntfy.example.com/a/b"),
        ("pushover", "u" * 29),
        ("telegram", "1234/5678"),
        ("teams", "https://169.254.169.254/workflows/abc/triggers/manual/paths/invoke?sig=x"),
        ("teams", "https://logic.azure.com.evil.example/workflows/abc"),
        ("teams", WORKFLOW.replace("https", "http")),
        ("webhook", "json://example.com"),
        ("webhook", "https:///hook"),
    ],
)
def test_what_is_refused(kind: str, typed: str) -> None:
    with pytest.raises(UserError) as error:
        checked_address(kind, typed)
    assert list(error.value.under) == ["address"]
    assert typed not in str(error.value)


@given(st.sampled_from(KINDS), st.text(max_size=100))
def test_anything_is_an_address_or_refused_and_stays_what_it_is(kind: str, typed: str) -> None:
    try:
        kept = checked_address(kind, typed)
    except UserError:
        return
    assert checked_address(kind, kept) == kept
