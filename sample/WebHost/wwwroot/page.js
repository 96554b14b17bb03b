import { Chat } from "./chat.js";
import { showGuide } from "./guide.js";
import { Operations } from "./operations.js";

const status = document.getElementById("status");
const chat = new Chat();
const operations = new Operations();

function showState(state, text) {
  status.dataset.state = state;
  document.body.classList.toggle("offline", state === "offline");
  if (status.textContent !== text) {
    status.textContent = text; // a screen reader says it when it changes, not at every try
  }
}

function watch() {
  const events = new EventSource("figures/live");
  let isFirst = true;
  events.onopen = () => {
    isFirst = true;
    showGuide(); // a host that came back may listen elsewhere
  };
  events.onmessage = event => {
    const figures = JSON.parse(event.data);
    operations.show(figures, isFirst);
    isFirst = false;
    chat.connect(figures.state === "serving");
    showState("live", figures.trouble ? `Cut off from the other nodes: ${figures.trouble}` : "Live: the figures follow the host");
  };
  events.onerror = () => {
    showState("offline", "Offline: the host does not answer. Trying again");
    if (events.readyState === EventSource.CLOSED) {
      setTimeout(watch, 2000); // some browsers give up when nobody listens
    }
  };
}

watch();
