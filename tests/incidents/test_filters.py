"""What the words behind `/incident list` ask for."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.config import IncidentField, load
from bot.core.errors import UserError
from bot.incidents.filters import LONGEST, Filter, Reader, meant_instead, read_filter
from tests.acceptance.office import SAMPLE
from tests.examples import examples

FIELDS = (
    IncidentField(name="region", label="Region", kind="choice", choices=("EU West", "US East")),
    IncidentField(name="customers", label="Customers hit", kind="number"),
    IncidentField(name="notice", label="Notice", kind="date"),
    IncidentField(name="contact", label="Contact", kind="person"),
    IncidentField(name="ticket", label="Ticket"),
)
CONFIG = load(SAMPLE).model_copy(update={"fields": FIELDS})
# A Sunday in Berlin.
NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
READER = Reader("U7", ZoneInfo("Europe/Berlin"), NOW)


def asked(text: str) -> Filter:
    return read_filter(text, CONFIG, READER).filter


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("", ""),
        ("open", ""),
        ("all", "status:all"),
        ("ALL", "status:all"),
        ("closed", "status:closed"),
        ("status:Monitoring", "status:monitoring"),
        ("sev1", "severity:SEV1"),
        ("p1 severity:sev2,SEV1", "severity:SEV1 severity:SEV2"),
        ("Checkout", "service:checkout"),
        ("service:gone", "service:gone"),
        ('service:"long gone"', 'service:"long gone"'),
        ("mine", "person:<@U7>"),
        ("<@U1> all", "status:all person:<@U1>"),
        ("person:<@U1>", "person:<@U1>"),
        ("since:2w", "since:2w"),
        ("open since:2w", "status:open since:2w"),
        ("timeout of the gateway", "words:timeout of the gateway"),
        ('"checkout" slow', 'words:"checkout" slow'),
        ("words: open checkout sev1:x", "words:open checkout sev1:x"),
        ("open error 503", "status:open words:error 503"),
        ("“rolled back” 3", "words:“rolled back” 3"),
        ("region:eu-west", 'region:"EU West"'),
        ("region:mars", "region:mars"),
        ("region:- contact:*", "region:- contact:*"),
        ("customers>100", "customers>100"),
        ("customers:>=1200.50 all", "status:all customers>=1200.5"),
        ("customers>=100 customers<1000", "customers>=100 customers<1000"),
        ("customers>=100 customers:7", "customers:7"),
        ("customers:7 customers:8", "customers:8"),
        ("notice<=2026-11-30", "notice<=2026-11-30"),
        ("contact:me", "contact:U7"),
        ('ticket:"OPS 1"', 'ticket:"OPS 1"'),
        ("a>b 5<6", "words:a>b 5<6"),
    ],
)
def test_words_and_what_they_ask_for(typed: str, written: str) -> None:
    assert asked(typed).written == written


@pytest.mark.parametrize(
    ("typed", "page"), [("", 1), ("2", 2), ("all 3", 3), ("page:4 timeout", 4), ("timeout 4", 1), ("0", 1)]
)
def test_a_lone_number_is_a_page(typed: str, page: int) -> None:
    assert read_filter(typed, CONFIG, READER).page == page


def test_days_are_those_of_the_reader_and_the_last_one_counts() -> None:
    found = asked("since:2026-11-02 until:2026-11-03")
    assert found.since is not None
    assert found.until is not None
    assert found.since.at == datetime(2026, 11, 1, 23, tzinfo=UTC)
    assert found.until.at == datetime(2026, 11, 3, 23, tzinfo=UTC)
    found = asked("since:monday until:yesterday")
    assert found.since is not None
    assert found.until is not None
    assert found.since.at == datetime(2026, 11, 15, 23, tzinfo=UTC), "the last Monday"
    assert found.until.at == datetime(2026, 11, 21, 23, tzinfo=UTC)


def test_a_day_on_which_clocks_are_put_back_counts_whole() -> None:
    found = asked("until:2026-10-25")
    assert found.until is not None
    assert found.until.at == datetime(2026, 10, 25, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("sevrity:SEV1", "Did you mean `severity:SEV1`?"),
        ("status:resolvd", "Did you mean `status:resolved`?"),
        ("severity:sve1", "Did you mean `severity:SEV1`?"),
        ("service:chekout", "Did you mean `service:checkout`?"),
        ("status:", "For example `status:resolved`"),
        ("since:whenever", "is not a time"),
        ("person:ada", "Type @ and choose"),
        ("page:x", "is not a page"),
        ("customers>many", "is not a number"),
        ("region>eu-west", "Only numbers and days have an order"),
        ("region:eu-wst", "Did you mean *EU West*?"),
        ("notice<soon", "Write it as 2026-01-31"),
        ("https://example.com", "cannot be listed by “https”"),
        (" ".join(f"service:gone-with-the-wind-{n:060}" for n in range(20)), "too much"),
    ],
)
def test_what_is_not_understood_is_said(typed: str, said: str) -> None:
    with pytest.raises(UserError) as refused:
        asked(typed)
    assert said in str(refused.value)


def test_a_word_that_is_like_a_name_is_guessed_where_nothing_has_it() -> None:
    assert meant_instead(asked("chekout"), CONFIG) == "service:checkout"
    assert meant_instead(asked("resolvd"), CONFIG) == "status:resolved"
    assert meant_instead(asked("elephant"), CONFIG) is None


@settings(max_examples=examples(200))
@given(
    st.lists(
        st.one_of(
            st.sampled_from(
                [
                    "open",
                    "all",
                    "mine",
                    "sev1",
                    "checkout",
                    "<@U1>",
                    "since:2w",
                    "until:1w",
                    "words:",
                    '"',
                    "“a b”",
                ]
            ),
            st.text(max_size=20),
        ),
        max_size=12,
    ).map(" ".join)
)
def test_what_was_read_reads_as_itself(typed: str) -> None:
    """So that a button under a list leads to the same list."""
    try:
        found = asked(typed)
    except UserError:
        return
    assert asked(found.written) == found
    assert len(found.written) <= LONGEST
