"""Whatever people can do is guarded by `permissions` or open to all members, and stands as such in tests/acceptance/ways.py.

That it is so, for every kind of person, is tried in tests/acceptance/test_permission_matrix.py.
"""

from bot.incidents.permissions import DEEDS
from tests.acceptance.ways import GUARDED, OPEN, WAYS, registered


def test_whatever_people_can_do_is_guarded_or_open() -> None:
    guarded = {way.name for way in WAYS}
    assert guarded & OPEN == set()
    assert set(registered()) == guarded | OPEN, "what is new has its place in WAYS or OPEN"


def test_whatever_permissions_has_is_tried() -> None:
    assert {way.permission for way in WAYS} == set(GUARDED) == set(DEEDS)
