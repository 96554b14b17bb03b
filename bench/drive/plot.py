"""A small line chart as SVG. Its colours can be read on white and on black."""
import math
import os

WIDTH, HEIGHT = 480, 240
LEFT, RIGHT, TOP, BOTTOM = 60, 20, 36, 44
GREY, BLUE = "#808080", "#2f81f7"


def plot(path, title, unit, points, logarithmic=False):
    """Draws y over x, y from 0 on."""
    scale = math.log10 if logarithmic else float
    low, high = (scale(points[0][0]), scale(points[-1][0])) if logarithmic else (0.0, float(points[-1][0]))
    ticks = _ticks(max(y for _, y in points))

    def place(x, y):
        return (LEFT + (scale(x) - low) / (high - low) * (WIDTH - LEFT - RIGHT),
                HEIGHT - BOTTOM - y / ticks[-1] * (HEIGHT - TOP - BOTTOM))

    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
             f'font-family="sans-serif" font-size="12" fill="{GREY}">', f"<title>{title}</title>",
             f'<text x="{LEFT}" y="20" font-size="14">{title}</text>',
             f'<text x="{WIDTH - RIGHT}" y="{HEIGHT - 8}" text-anchor="end">{unit}</text>']
    for tick in ticks:
        y = place(points[0][0], tick)[1]
        parts.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="{GREY}" stroke-opacity="0.4"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{tick:,g}</text>')
    places = [place(x, y) for x, y in points]
    for (x, _), (at, _) in zip(points, places):
        parts.append(f'<text x="{at:.1f}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">{x:,}</text>')
    parts.append(f'<polyline fill="none" stroke="{BLUE}" stroke-width="2" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in places)}"/>')
    parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{BLUE}"/>' for x, y in places]
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write("\n".join(parts) + "\n</svg>\n")


def _ticks(most):
    """0 and up to five round numbers, the last one at or above the most."""
    step = 10 ** math.floor(math.log10(most / 4))
    step *= next(factor for factor in (1, 2, 2.5, 5, 10) if most / (step * factor) <= 5)
    return [number * step for number in range(math.ceil(most / step) + 1)]
