"""The trend of a digest as pictures. A program of its own: what draws takes 60 MB, which the bot need not keep.

python -m bot.views.digest_chart < trend.json > trend.png

The background is opaque: the picture reads the same on Slack's dark and light themes.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Sequence
from typing import Any, TypedDict

# Told apart also by those who see few colours (Okabe and Ito); the most severe first.
COLORS = ("#D55E00", "#E69F00", "#0072B2", "#56B4E9", "#009E73", "#CC79A7", "#5D5D5D")
LINES, MARKS = ("#0072B2", "#D55E00"), ("o", "s")
PAPER, INK = "#FFFFFF", "#1D1C1D"


class Trend(TypedDict):
    """One panel: the names of the steps, and either counts that are piled up, or times in minutes as lines."""

    title: str
    kind: str
    steps: list[str]
    series: list[tuple[str, list[float | None]]]


def draw(trends: Sequence[Trend]) -> bytes:
    """A PNG with the panels one below the other: Slack shows it some 360 to 480 pixels wide."""
    import matplotlib  # 60 MB, for this program only

    matplotlib.use("Agg")
    from matplotlib.figure import Figure  # the same
    from matplotlib.layout_engine import ConstrainedLayoutEngine  # the same

    layout = ConstrainedLayoutEngine(h_pad=0.08, w_pad=0.1)  # Slack rounds the corners off
    figure = Figure(figsize=(5.6, 3 * len(trends)), dpi=180, layout=layout, facecolor=PAPER)
    panels: Any = figure.subplots(len(trends), 1, squeeze=False)
    for axes, trend in zip(panels[:, 0], trends, strict=True):
        axes.set_facecolor(PAPER)
        if trend["kind"] == "counts":
            _pile(axes, trend)
        else:
            _lines(axes, trend)
        axes.set_ylim(bottom=0)
        axes.set_xlim(-0.6, len(trend["steps"]) - 0.4)  # a step stands at the same place in each panel
        # Not more names than can be read.
        places = range(0, len(trend["steps"]), 1 + len(trend["steps"]) // 9)
        axes.set_xticks(list(places), [trend["steps"][place] for place in places], fontsize=9)
        axes.set_title(trend["title"], loc="left", fontsize=11, color=INK)
        axes.tick_params(colors=INK, labelsize=9)
        axes.grid(axis="y", alpha=0.25)
        axes.set_axisbelow(True)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
        below = -0.12 if all("\n" not in step for step in trend["steps"]) else -0.19
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, below), fontsize=9, frameon=False, ncols=4)
    kept = io.BytesIO()
    figure.savefig(kept, format="png", facecolor=PAPER)
    return kept.getvalue()


def _pile(axes: Any, trend: Trend) -> None:
    from matplotlib.ticker import MaxNLocator  # for this program only

    below = [0.0] * len(trend["steps"])
    for number, (name, values) in enumerate(trend["series"]):
        heights = [value or 0.0 for value in values]
        color = COLORS[number % len(COLORS)]
        axes.bar(range(len(heights)), heights, bottom=below, color=color, label=name, width=0.7)
        below = [base + height for base, height in zip(below, heights, strict=True)]
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))


def _lines(axes: Any, trend: Trend) -> None:
    for number, (name, values) in enumerate(trend["series"]):
        heights = [float("nan") if value is None else value for value in values]
        color, mark = LINES[number % len(LINES)], MARKS[number % len(MARKS)]
        axes.plot(range(len(heights)), heights, color=color, marker=mark, label=name)
    axes.set_ylabel("minutes", color=INK)


def alt_text(trends: Sequence[Trend]) -> str:
    """The picture in words, for those who do not see it."""
    return " ".join(map(_in_words, trends))[:1000]


def _in_words(trend: Trend) -> str:
    parts = []
    for name, values in trend["series"]:
        said = ", ".join(
            f"{' '.join(step.split())} {'none' if value is None else format(value, '.0f')}"
            for step, value in zip(trend["steps"], values, strict=True)
        )
        parts.append(f"{name}: {said}")
    unit = "" if trend["kind"] == "counts" else " (minutes)"
    return f"{trend['title']}{unit}. {'; '.join(parts)}."


if __name__ == "__main__":
    sys.stdout.buffer.write(draw(json.load(sys.stdin)))
