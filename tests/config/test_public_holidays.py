"""The public holidays of countries, and that no country is loaded which nobody asks for."""

import subprocess
import sys
from datetime import date

import pytest

from bot.config.calendar import HolidayCalendar
from bot.config.public_holidays import known_countries, subdivisions


def test_the_days_of_a_part_of_a_country() -> None:
    bavaria = HolidayCalendar(country="DE", subdivision="BY")
    assert date(2026, 1, 6) in bavaria.days_of(2026)
    assert date(2026, 1, 6) not in HolidayCalendar(country="DE").days_of(2026)


def test_every_country_has_its_days_and_another_is_not_known() -> None:
    # Some stand on another's calendar: Guam's is that of the United States.
    for country in ("US", "GU", "GB", "FR", "IN", "IL", "SA", "CN", "BR", "ZA", "AU"):
        assert HolidayCalendar(country=country).days_of(2026)
    assert "DE" in known_countries()
    with pytest.raises(LookupError):
        subdivisions("XX")


def test_a_start_loads_the_countries_that_are_asked_for() -> None:
    program = (
        "import sys; from bot.config.public_holidays import public_holidays as of; of('DE', 'BE', 2026);"
        "print(sum(name.startswith('holidays.countries.') for name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert int(done.stdout) == 1
