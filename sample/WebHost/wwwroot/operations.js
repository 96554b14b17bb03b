import { Plot } from "./plot.js";

const number = new Intl.NumberFormat();
const byId = id => document.getElementById(id);
const transports = ["TCP", "TLS", "Unix", "WebSocket"];
const states = {
  serving: ["In service: it is ready, and takes users", "Drain"],
  draining: ["Draining: its users are told, and nobody new is taken", "Serve again"],
  drained: ["Drained: not ready, no users", "Serve again"],
};

const sum = counts => Object.values(counts).reduce((all, count) => all + count, 0);

/** The figures of the node, and the button that takes it out of service. */
export class Operations {
  #samples = [];
  #state = "";
  #plots = [
    new Plot(byId("connections"), transports, sample => transports.map(name => sample.connections[name] ?? 0)),
    new Plot(byId("lines"), ["taken", "sent"], sample => [sample.lines, sample.deliveries]),
    new Plot(byId("latency"), ["median", "99 of 100 below"], sample => [sample.median, sample.slowest]),
  ];

  constructor() {
    byId("drain").addEventListener("click", () => fetch(this.#state === "serving" ? "drain" : "serve", { method: "POST" }));
  }

  show(figures, isFirst) {
    for (const place of document.querySelectorAll("[data-figure]")) {
      const value = place.dataset.figure.split(".").reduce((part, name) => part[name], figures);
      place.textContent = number.format(typeof value === "number" ? value : sum(value));
    }
    byId("reasons").textContent = ["refused", "rejected", "timeouts", "drained"]
      .map(name => [name, Object.entries(figures[name]).map(([why, count]) => `${why} ${number.format(count)}`)])
      .filter(([, reasons]) => reasons.length > 0)
      .map(([name, reasons]) => `${name}: ${reasons.join(", ")}`)
      .join("; ");
    this.#showState(figures);
    if (isFirst || figures.samples.length > 0) {
      this.#samples = [...(isFirst ? [] : this.#samples), ...figures.samples].slice(-120);
      this.#plots.forEach(plot => plot.show(this.#samples));
    }
  }

  #showState({ node, state }) {
    byId("node").textContent = node;
    if (this.#state !== state) {
      this.#state = state;
      const [text, action] = states[state];
      byId("service").textContent = text;
      byId("service").dataset.state = state;
      byId("drain").textContent = action;
      byId("drain").disabled = state === "draining";
    }
  }
}
