"""Plots what test/Load has seen of the server: memory, descriptors and lines a second over time.

  LOAD_SECONDS=600 LOAD_RESULTS=/tmp dotnet test test/Load -c Release && python3 bench/drive/load.py /tmp/load.csv docs/plots/load.svg
"""
import csv
import sys

from plot import BLUE, GREY, LEFT, RIGHT, TOP, WIDTH, _ticks

PANEL, GAP, BOTTOM = 120, 40, 44


def main(source, target):
    with open(source) as file:
        rows = [{key: float(value) for key, value in row.items()} for row in csv.DictReader(file)]
    last = rows[-1]["seconds"]
    pairs = list(zip(rows, rows[1:]))
    panels = [
        ("resident memory of the server, MB", [(row["seconds"], row["memory"] / 1e6) for row in rows]),
        ("descriptors of the server", [(row["seconds"], row["descriptors"]) for row in rows]),
        ("lines a second, there and back", [(b["seconds"], (b["lines"] - a["lines"]) / (b["seconds"] - a["seconds"])) for a, b in pairs]),
    ]
    height = TOP + len(panels) * (PANEL + GAP) - GAP + BOTTOM
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
             f'font-family="sans-serif" font-size="12" fill="{GREY}">', "<title>a load held</title>",
             f'<text x="{WIDTH - RIGHT}" y="{height - 8}" text-anchor="end">seconds</text>']
    for number, (title, points) in enumerate(panels):
        bottom = TOP + number * (PANEL + GAP) + PANEL
        parts += panel(title, points, last, bottom)
    for second in _ticks(last):
        if second <= last + 1:
            at = LEFT + min(second / last, 1) * (WIDTH - LEFT - RIGHT)
            parts.append(f'<text x="{at:.1f}" y="{height - BOTTOM + 16}" text-anchor="middle">{second:g}</text>')
    with open(target, "w") as file:
        file.write("\n".join(parts) + "\n</svg>\n")


def panel(title, points, last, bottom):
    """One curve over the time, from 0 on."""
    ticks = _ticks(max(y for _, y in points))
    yield f'<text x="{LEFT}" y="{bottom - PANEL - 8}" font-size="14">{title}</text>'
    for tick in ticks:
        y = bottom - tick / ticks[-1] * PANEL
        yield f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="{GREY}" stroke-opacity="0.4"/>'
        yield f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{tick:,g}</text>'
    places = (f"{LEFT + x / last * (WIDTH - LEFT - RIGHT):.1f},{bottom - y / ticks[-1] * PANEL:.1f}" for x, y in points)
    yield f'<polyline fill="none" stroke="{BLUE}" stroke-width="1.5" points="{" ".join(places)}"/>'


if __name__ == "__main__":
    main(*sys.argv[1:])
