/* global uPlot */
const height = 150;
const dashes = [[], [6, 3], [2, 3], [8, 3, 2, 3]]; // lines differ without colours too
const wholeSteps = [0, 1, 2, 3, 4, 5, 6].flatMap(power => [1, 2, 5].map(step => step * 10 ** power));
const scheme = matchMedia("(prefers-color-scheme: dark)");
const number = new Intl.NumberFormat(undefined, { maximumFractionDigits: 2 });
const show = (_, value) => value === null || value === undefined ? "–" : number.format(value);

/** Two minutes of some figures, one point a second. */
export class Plot {
  #place;
  #names;
  #read;
  #samples = [];
  #plot = null;

  constructor(place, names, read) {
    [this.#place, this.#names, this.#read] = [place, names, read];
    scheme.addEventListener("change", () => this.#draw());
    new ResizeObserver(() => this.#plot?.setSize({ width: place.clientWidth, height })).observe(place);
    this.#draw();
  }

  show(samples) {
    this.#samples = samples;
    this.#plot.setData(this.#data());
    this.#showLast();
    const last = samples.length > 0 ? this.#read(samples.at(-1)) : [];
    this.#place.setAttribute("aria-label", this.#names.map((name, i) => `${name} ${show(null, last[i])}`).join(", "));
  }

  /** In the legend, until somebody points at another moment. */
  #showLast() {
    this.#plot.setLegend({ idx: this.#samples.length - 1 });
  }

  #data() {
    const rows = this.#samples.map(this.#read);
    return [this.#samples.map(sample => sample.at), ...this.#names.map((_, i) => rows.map(row => row[i]))];
  }

  #draw() {
    this.#plot?.destroy();
    const style = getComputedStyle(document.documentElement);
    const colour = name => style.getPropertyValue(`--${name}`).trim();
    const axis = { stroke: colour("soft"), grid: { stroke: colour("line"), width: 1 }, ticks: { stroke: colour("line"), width: 1 } };
    this.#plot = new uPlot({
      width: this.#place.clientWidth,
      height,
      series: [
        { value: () => "" },
        ...this.#names.map((label, i) => ({ label, value: show, stroke: colour(`plot-${i}`), dash: dashes[i], width: 2, spanGaps: true, points: { size: 4 } })),
      ],
      scales: { y: { range: (_, min, max) => [0, Math.max(max ?? 0, 1) * 1.1] } },
      axes: [axis, { ...axis, size: 48, incrs: wholeSteps }],
      cursor: { y: false, drag: { x: false, y: false } },
      hooks: { ready: [() => this.#showLast()] },
    }, this.#data(), this.#place);
  }
}
