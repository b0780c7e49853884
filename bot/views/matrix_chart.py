"""Items or risks as a matrix of three by three. A program of its own: what draws takes 60 MB, which the bot need not keep.

python -m bot.views.matrix_chart < matrix.json > matrix.png
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

LEVELS = ("low", "medium", "high")
# Numbers beyond these are counted: they would run out of their field.
SHOWN = 12
IN_A_ROW = 4
# Pale, so that black numbers stand out; it is drawn on white, which dark and light windows both show as it is.
COLORS = {"good": "#CDE8DC", "fair": "#FBF3C4", "poor": "#FBDDBF", "bad": "#F6C4C0", "plain": "#E9EDF2"}


@dataclass(frozen=True)
class Matrix:
    """`fields` has the numbers of what stands at (across, up); `names` and `tones` tell what a field means; `legend`,
    as mrkdwn, what the numbers stand for.
    """

    title: str
    across: str
    up: str
    fields: Mapping[tuple[str, str], Sequence[int]]
    names: Mapping[tuple[str, str], str]
    tones: Mapping[tuple[str, str], str]
    legend: str = ""

    def as_json(self) -> dict[str, Any]:
        return {
            "title": self.title,
            "across": self.across,
            "up": self.up,
            "fields": [
                {
                    "x": x,
                    "y": y,
                    "numbers": list(self.fields.get((x, y), ())),
                    "name": self.names.get((x, y), ""),
                    "tone": self.tones.get((x, y), "plain"),
                }
                for y in LEVELS
                for x in LEVELS
            ],
        }


def words(numbers: Sequence[int]) -> str:
    """The numbers of a field, in rows."""
    shown = [f"#{number}" for number in numbers[:SHOWN]]
    rows = ["  ".join(shown[start : start + IN_A_ROW]) for start in range(0, len(shown), IN_A_ROW)]
    more = len(numbers) - SHOWN
    return "\n".join([*rows, f"… and {more} more"] if more > 0 else rows)


def draw(asked: Mapping[str, Any]) -> bytes:
    """A PNG."""
    import matplotlib  # 60 MB, for this program only

    matplotlib.use("Agg")
    from matplotlib.figure import Figure  # the same
    from matplotlib.layout_engine import ConstrainedLayoutEngine  # the same
    from matplotlib.patches import Rectangle  # the same

    layout = ConstrainedLayoutEngine(h_pad=0.08, w_pad=0.1)  # Slack rounds the corners off
    figure = Figure(figsize=(6, 4.4), dpi=200, layout=layout, facecolor="white")
    axes: Any = figure.add_subplot()
    for field in asked["fields"]:
        x, y = LEVELS.index(field["x"]), LEVELS.index(field["y"])
        place = Rectangle((x, y), 1, 1, facecolor=COLORS[field["tone"]], edgecolor="white", linewidth=3)
        axes.add_patch(place)
        axes.text(x + 0.04, y + 0.95, field["name"], fontsize=9, color="#333333", va="top", style="italic")
        axes.text(
            x + 0.5, y + 0.44, words(field["numbers"]), fontsize=10, ha="center", va="center", color="black"
        )
    axes.set_xlim(0, 3)
    axes.set_ylim(0, 3)
    axes.set_xticks([0.5, 1.5, 2.5], LEVELS)
    axes.set_yticks([0.5, 1.5, 2.5], LEVELS, rotation=90, va="center")
    axes.tick_params(length=0)
    axes.set_xlabel(asked["across"])
    axes.set_ylabel(asked["up"])
    # Written as it is: a dollar sign in a name is no formula.
    axes.set_title(asked["title"], loc="left", fontsize=11, parse_math=False)
    for side in axes.spines.values():
        side.set_visible(False)
    kept = io.BytesIO()
    figure.savefig(kept, format="png")
    return kept.getvalue()


def alt_text(matrix: Matrix) -> str:
    """The picture in words, for those who do not see it."""
    parts = []
    for y in reversed(LEVELS):
        for x in reversed(LEVELS):
            numbers = matrix.fields.get((x, y), ())
            if numbers:
                listed = ", ".join(f"#{number}" for number in numbers[:SHOWN])
                more = f" and {len(numbers) - SHOWN} more" if len(numbers) > SHOWN else ""
                parts.append(f"{matrix.up} {y}, {matrix.across} {x}: {listed}{more}")
    return f"{matrix.title}. {'; '.join(parts) or 'Nothing is judged yet'}."[:1000]


if __name__ == "__main__":
    sys.stdout.buffer.write(draw(json.load(sys.stdin)))
