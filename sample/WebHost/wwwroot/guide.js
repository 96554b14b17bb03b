const byId = id => document.getElementById(id);

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
  row.querySelector("pre").setAttribute("aria-label", name);
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

/** Where everything listens, and what to type. */
export async function showGuide() {
  const { chat, endPoints, commands, isForOperator } = await (await fetch("guide")).json();
  byId("drain").hidden = !isForOperator;
  fill(byId("ways"), "command", chat, showCommand);
  fill(byId("endpoints"), "endpoint", endPoints, (row, { name, address }) => {
    row.querySelector("th").textContent = name;
    row.querySelector("code").textContent = address;
  });
  fill(byId("commands"), "command", commands, showCommand);
}
