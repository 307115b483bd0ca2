"""The plot of docs/scale.md as SVG: how long reads take, over the number of actors. Needs nothing but Python."""
import math

WIDTH, HEIGHT = 760, 420
LEFT, RIGHT, TOP, BOTTOM = 64, 204, 66, 56
LABEL_GAP = 17
STORES = {"SQLite": "sqlite", "PostgreSQL": "postgres"}
KINDS = {"http": "over HTTP", "read": "in a program"}

STYLE = """\
    text { font: 13px system-ui, "Helvetica Neue", Arial, "DejaVu Sans", sans-serif; fill: #4a5058; }
    .title { font-size: 16px; font-weight: 600; fill: #1c2024; }
    .grid { stroke: #d9dde2; stroke-width: 1; }
    .axis { stroke: #8a929c; stroke-width: 1; }
    .line { fill: none; stroke-width: 2.5; stroke-linejoin: round; stroke-linecap: round; }
    .program { stroke-dasharray: 2 6; }
    .sqlite.line, .sqlite.dot { stroke: #0a66c2; } .sqlite.dot, text.sqlite { fill: #0a66c2; }
    .postgres.line, .postgres.dot { stroke: #b8500b; } .postgres.dot, text.postgres { fill: #b8500b; }
    text.sqlite, text.postgres { font-weight: 600; }
    .value { font-size: 12px; }
    .back { fill: #ffffff; }
    @media (prefers-color-scheme: dark) {
      text { fill: #aeb6c0; }
      .title { fill: #f0f3f6; }
      .grid { stroke: #30363d; }
      .axis { stroke: #6e7681; }
      .back { fill: #0d1117; }
      .sqlite.line, .sqlite.dot { stroke: #6cb6ff; } .sqlite.dot, text.sqlite { fill: #6cb6ff; }
      .postgres.line, .postgres.dot { stroke: #ff9e4f; } .postgres.dot, text.postgres { fill: #ff9e4f; }
    }"""


def step_of(top):
    """The distance of grid lines, so that there are four to eight."""
    step = 10 ** math.floor(math.log10(top))
    while top / step < 4:
        step /= 2
    return step


def spread(labels, gap):
    """Labels (y, ...) moved apart, so that none is over another."""
    labels = sorted(labels)
    placed = []
    for y, *rest in labels:
        placed.append((max(y, placed[-1][0] + gap) if placed else y, *rest))
    return placed


def power(actors):
    exponent = math.log10(actors)
    if exponent == int(exponent):
        return f'10<tspan dy="-5" font-size="9">{int(exponent)}</tspan>'
    return f"{actors:,}".replace(",", " ")


class Plot:
    def __init__(self, results):
        self.sizes = [size["actors"] for size in results["stores"][0]["sizes"]]
        self.results = results
        highest = max(size[kind]["median_us"] for store in results["stores"] for size in store["sizes"] for kind in KINDS)
        self.step = step_of(highest * 1.15)
        self.top = math.ceil(highest * 1.05 / self.step) * self.step
        self.out = []

    def x(self, actors):
        low, high = math.log10(self.sizes[0]), math.log10(self.sizes[-1])
        share = (math.log10(actors) - low) / (high - low) if high > low else 0.5
        return LEFT + 14 + share * (WIDTH - LEFT - RIGHT - 28)

    def y(self, value):
        return HEIGHT - BOTTOM - value / self.top * (HEIGHT - TOP - BOTTOM)

    def add(self, text):
        self.out.append("  " + text)

    def frame(self):
        properties = self.results["properties"]
        self.add(f'<rect class="back" width="{WIDTH}" height="{HEIGHT}" rx="6"/>')
        self.add(f'<text class="title" x="{LEFT - 40}" y="28">How long it takes to read one property of a random actor</text>')
        self.add(f'<text x="{LEFT - 40}" y="48">median in microseconds; {properties} properties for each actor</text>')
        value = 0
        while value <= self.top:
            kind = "axis" if value == 0 else "grid"
            self.add(f'<line class="{kind}" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{self.y(value):.1f}" '
                     f'y2="{self.y(value):.1f}"/>')
            self.add(f'<text x="{LEFT - 8}" y="{self.y(value) + 4.5:.1f}" text-anchor="end">{value:g}</text>')
            value += self.step
        for actors in self.sizes:
            self.add(f'<line class="axis" x1="{self.x(actors):.1f}" x2="{self.x(actors):.1f}" y1="{HEIGHT - BOTTOM}" '
                     f'y2="{HEIGHT - BOTTOM + 5}"/>')
            self.add(f'<text x="{self.x(actors):.1f}" y="{HEIGHT - BOTTOM + 22}" text-anchor="middle">{power(actors)}</text>')
        middle = (LEFT + WIDTH - RIGHT) / 2
        self.add(f'<text x="{middle:.0f}" y="{HEIGHT - 14}" text-anchor="middle">actors in the database</text>')

    def lines(self):
        labels = []
        for store in self.results["stores"]:
            name = STORES[store["name"]]
            for kind, words in KINDS.items():
                medians = [size[kind]["median_us"] for size in store["sizes"]]
                points = [(self.x(size["actors"]), self.y(size[kind]["median_us"])) for size in store["sizes"]]
                path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
                dashed = " program" if kind == "read" else ""
                self.add(f'<polyline class="{name} line{dashed}" points="{path}"/>')
                for x, y in points:
                    self.add(f'<circle class="{name} dot" cx="{x:.1f}" cy="{y:.1f}" r="3"/>')
                for at in {0, len(points) - 1}:
                    self.add(f'<text class="value" x="{points[at][0]:.1f}" y="{points[at][1] - 9:.1f}" text-anchor="middle">'
                             f'{medians[at]:.0f}</text>')
                labels.append((points[-1][1] + 4.5, name, f'{store["name"]}, {words}'))
        for y, name, text in spread(labels, LABEL_GAP):
            self.add(f'<text class="{name}" x="{WIDTH - RIGHT + 2}" y="{y:.1f}">{text}</text>')


def draw(results):
    plot = Plot(results)
    plot.frame()
    plot.lines()
    head = (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
            'role="img" aria-label="Median read latency over the number of actors, for SQLite and PostgreSQL">')
    return "\n".join([head, f"  <style>\n{STYLE}\n  </style>", *plot.out, "</svg>"]) + "\n"
