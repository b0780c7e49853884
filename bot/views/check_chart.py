"""The last day of checks as a picture. A program of its own: what draws takes 60 MB, which the bot need not keep.

python -m bot.views.check_chart < day.json > day.png
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

MOST_LINES = 6
# Told apart also by those who see few colours (Okabe and Ito).
COLORS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#5D5D5D")
FAILED = "#D55E00"

# A check's name, and of each span of time: its moment, how many runs, how many of them passed, the mean latency.
Day = Sequence[tuple[str, Sequence[tuple[float, int, int, float | None]]]]


def draw(title: str, day: Day) -> bytes:
    """A PNG: latencies as lines, failures as marks below them."""
    import matplotlib  # 60 MB, for this program only

    matplotlib.use("Agg")
    from matplotlib import dates  # the same
    from matplotlib.figure import Figure  # the same
    from matplotlib.layout_engine import ConstrainedLayoutEngine  # the same

    # Slack shows it some 360 to 480 pixels wide: larger letters than on paper.
    layout = ConstrainedLayoutEngine(h_pad=0.05, w_pad=0.08)
    figure = Figure(figsize=(5.6, 2.6), dpi=200, layout=layout)
    axes: Any = figure.add_subplot()
    for (name, points), color in zip(day[:MOST_LINES], COLORS, strict=False):
        moments = [datetime.fromtimestamp(at, UTC) for at, *_ in points]
        latencies = [float("nan") if latency is None else latency for *_, latency in points]
        # As it is: a dollar sign begins no formula, and a line in front hides no name.
        label = name.lstrip("_").replace("$", r"\$")
        axes.plot(moments, latencies, color=color, linewidth=1.2, label=label)
    failed = [
        datetime.fromtimestamp(at, UTC)
        for _, points in day
        for at, count, good, _latency in points
        if good < count
    ]
    if failed:
        axes.plot(
            failed,
            [0.02] * len(failed),
            linestyle="none",
            marker="x",
            color=FAILED,
            label="failed",
            transform=axes.get_xaxis_transform(),
        )
    axes.set_title(title, loc="left", fontsize=10)
    axes.set_ylabel("ms", fontsize=9)
    axes.set_ylim(bottom=0)
    last = max((at for _, points in day for at, *_ in points), default=0)
    axes.set_xlim(datetime.fromtimestamp(last, UTC) - timedelta(days=1), datetime.fromtimestamp(last, UTC))
    axes.tick_params(labelsize=9)
    axes.xaxis.set_major_locator(dates.HourLocator(range(0, 24, 4), tz=UTC))  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_formatter(dates.DateFormatter("%H:%M", tz=UTC))  # type: ignore[no-untyped-call]
    axes.grid(alpha=0.25)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    figure.legend(loc="outside lower left", fontsize=9, frameon=False, ncols=3)
    kept = io.BytesIO()
    figure.savefig(kept, format="png")
    return kept.getvalue()


def alt_text(what: str, day: Day) -> str:
    """The picture in words, for those who do not see it."""
    parts = []
    for name, points in day[:MOST_LINES]:
        runs = sum(count for _, count, _, _ in points)
        failed = runs - sum(good for _, _, good, _ in points)
        latencies = [latency for *_, latency in points if latency is not None]
        span = f", {min(latencies):.0f} to {max(latencies):.0f} ms" if latencies else ""
        parts.append(f"{name}: {failed} of {runs} runs failed{span}")
    return f"The last 24 hours of {what}. {'; '.join(parts) or 'Nothing is known yet'}."[:1000]


if __name__ == "__main__":
    asked = json.load(sys.stdin)
    sys.stdout.buffer.write(draw(asked["title"], asked["day"]))
