const byId = id => document.getElementById(id);
const number = new Intl.NumberFormat();

function fill(list, template, items, show) {
  list.replaceChildren(...items.map(item => {
    const row = byId(template).content.cloneNode(true);
    show(row, item);
    return row;
  }));
}

function showCommand(row, { name, text }) {
  row.querySelector("h3").textContent = name;
  row.querySelector("code").textContent = text;
  const button = row.querySelector("button");
  button.setAttribute("aria-label", `Copy: ${name}`);
  button.hidden = !navigator.clipboard; // there only over https and on this machine
  button.addEventListener("click", () => copy(text, name, button));
}

async function copy(text, name, button) {
  await navigator.clipboard.writeText(text);
  button.textContent = "Copied";
  byId("copied").textContent = `Copied: ${name}`;
  setTimeout(() => {
    button.textContent = "Copy";
    byId("copied").textContent = "";
  }, 2000);
}

async function showGuide() {
  const { endPoints, commands } = await (await fetch("guide")).json();
  fill(byId("endpoints"), "endpoint", endPoints, (row, { name, address }) => {
    row.querySelector("th").textContent = name;
    row.querySelector("code").textContent = address;
  });
  fill(byId("commands"), "command", commands, showCommand);
}

function showFigures(figures) {
  for (const place of document.querySelectorAll("[data-figure]")) {
    place.textContent = number.format(figures[place.dataset.figure]);
  }
}

function showState(state, text) {
  byId("status").dataset.state = state;
  document.body.classList.toggle("offline", state === "offline");
  if (byId("status").textContent !== text) {
    byId("status").textContent = text; // a screen reader says it when it changes, not at every try
  }
}

function watch() {
  const events = new EventSource("figures/live");
  events.onopen = () => {
    showState("live", "Live: the figures follow the host");
    showGuide(); // a host that came back may listen elsewhere
  };
  events.onmessage = event => showFigures(JSON.parse(event.data));
  events.onerror = () => {
    showState("offline", "Offline: the host does not answer. Trying again");
    if (events.readyState === EventSource.CLOSED) {
      setTimeout(watch, 2000); // some browsers give up when nobody listens
    }
  };
}

watch();
