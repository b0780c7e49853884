"""The ways in which a call of Slack's fails, for stories about all of them."""

from tests.acceptance.office import Json


def ways(*, hang: float) -> dict[str, Json]:
    """What the playground does, by a name; a call that hangs does so for `hang` seconds."""
    return {
        "429 short": {"kind": "ratelimited", "retry_after": 1},
        "429 long": {"kind": "ratelimited", "retry_after": 60},
        "500": {"kind": "status", "status": 500},
        "500 after": {"kind": "status_after", "status": 500},
        "hang": {"kind": "hang", "seconds": hang},
        "hang after": {"kind": "hang_after", "seconds": hang},
        "drop": {"kind": "drop"},
        "drop after": {"kind": "drop_after"},
        "garbage": {"kind": "garbage"},
    }
