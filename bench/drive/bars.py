"""Draws the first table of docs/performance.md as bars, for the README: the server's CPU for an operation.

  python3 bench/drive/bars.py docs/performance.md docs/plots/cpu.svg
"""
import sys

from plot import BLUE, GREY

ROWS = {
    "pingpong-64": "a line there and back, 64 connections",
    "pipeline-64x16": "16 lines at once, 64 connections",
    "pingpong-16k": "a line of 16 KiB there and back",
    "sink-4": "lines that are read and not answered",
}
SERVERS = {
    "tcplistener": "TcpListener, StreamReader",
    "kestrel-raw": "ConnectionHandler on pipes",
    "go-bufio": "Go, bufio",
    "**ours**": "Kestrel.Streams",
}
WIDTH, BAR, LABEL, LONGEST = 720, 13, 190, 440


def read(path):
    """The table under the heading, as workload to server to figure."""
    with open(path) as file:
        section = file.read().split("\n## Server CPU for an operation\n")[1].split("\n\n")
    head, _, *rows = next(part for part in section if part.startswith("|")).splitlines()
    names, *cells = ([cell.strip() for cell in row.strip("|").split("|")] for row in (head, *rows))
    return {row[0]: dict(zip(names[1:], map(float, row[1:]))) for row in cells}


def main(source, target):
    table, parts, y = read(source), [], 24
    for workload, title in ROWS.items():
        parts.append(f'<text x="0" y="{y}" font-weight="bold">{title}</text>')
        y += 8
        for server, name in SERVERS.items():
            figure = table[workload][server]
            # What does not fit is cut, and its figure says so.
            length = min(figure / 2, 1) * LONGEST
            ours = server == "**ours**"
            parts.append(f'<rect x="{LABEL}" y="{y}" width="{length:.1f}" height="{BAR - 2}" fill="{BLUE if ours else GREY}"/>')
            parts.append(f'<text x="{LABEL - 8}" y="{y + 9}" text-anchor="end">{name}</text>')
            parts.append(f'<text x="{LABEL + length + 6:.1f}" y="{y + 9}">{figure:.2f}{" (cut off)" if figure > 2 else ""}</text>')
            y += BAR
        y += 24
    title = "CPU of the server for an operation, a ConnectionHandler on Kestrel's pipes = 1; less is better"
    with open(target, "w") as file:
        file.write("\n".join([
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" width="{WIDTH}" height="{y}" font-family="sans-serif" font-size="12" fill="{GREY}">',
            f"<title>{title}</title>", *parts, f'<text x="0" y="{y - 8}">{title}</text>', "</svg>", ""]))


if __name__ == "__main__":
    main(*sys.argv[1:])
