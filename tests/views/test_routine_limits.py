"""Whatever is written into app.yaml and said by people: Slack takes every message and form of the routine."""

from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from playground.blocks import check_blocks
from playground.views import check_view
from tests.examples import examples
from tests.views import anything, slack_limits
from tests.views.routine_things import emitted
from tests.views.slack_limits import in_message, in_view


@settings(
    max_examples=examples(6),
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(anything.texts, st.sampled_from([0, 1, 40]))
def test_slack_takes_what_the_routine_says(text: str, count: int) -> None:
    for thing in emitted(anything.config(), text, count):
        if "type" in thing:
            offences = in_view(thing)
            check_view(thing, (thing["type"],))
        else:
            thing = {"text": "T", **thing}
            offences = in_message(thing)
            offences += check_blocks(thing["blocks"], "message") if thing.get("blocks") else []
            offences += [token for token in slack_limits.tokens(thing["text"]) if _is_alien(token)]
        offences += [
            token for token in slack_limits.tokens(_mrkdwn(thing.get("blocks", []))) if _is_alien(token)
        ]
        assert not offences, f"{thing.get('text') or thing.get('callback_id')}: {offences}"


def _is_alien(token: str) -> bool:
    """Links, and tokens that would ring at many: none of the routine's texts has one."""
    return not token[1:-1].startswith(("@", "#", "!date^"))


def _mrkdwn(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, dict):
        if value.get("type") == "mrkdwn":
            return [value]
        return [found for part in value.values() for found in _mrkdwn(part)]
    return [found for part in value for found in _mrkdwn(part)] if isinstance(value, list) else []
