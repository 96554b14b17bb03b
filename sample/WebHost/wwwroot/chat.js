const mostLines = 500;
const pause = 1000;

/** The lines of a WebSocket, which are those of a terminal. What others wrote is text and nothing else. */
export class Chat {
  #log = document.getElementById("log");
  #form = document.getElementById("say");
  #input = document.getElementById("line");
  #socket = null;
  #lastTry = 0;
  #rest = "";
  #hadFocus = false; // before the connection was lost
  #me = "";
  #chosen = ""; // the name that was given, to ask for it again
  #room = ""; // empty until it was in one
  #isBack = false; // after a connection that was lost: until the room it was in tells its history
  #earlier = 0; // lines of the history that are still to come
  #history = null; // what has come of it after a connection that was lost; null when it is new to the page

  constructor() {
    this.#form.addEventListener("submit", event => {
      event.preventDefault();
      const text = this.#input.value.trim();
      if (text && this.#socket?.readyState === WebSocket.OPEN) {
        this.#send(text);
        this.#input.value = "";
      }
    });
  }

  /** Connects where there is no connection; asked again and again. */
  connect(isServing) {
    if (this.#socket || !isServing || performance.now() - this.#lastTry < pause && this.#lastTry > 0) {
      return;
    }
    this.#lastTry = performance.now();
    const address = new URL("chat", location.href);
    address.protocol = address.protocol.replace("http", "ws");
    const socket = this.#socket = new WebSocket(address);
    const decoder = new TextDecoder();
    socket.binaryType = "arraybuffer";
    socket.onopen = () => this.#begin();
    socket.onmessage = message => this.#receive(decoder.decode(message.data, { stream: true }));
    socket.onclose = () => this.#end();
  }

  #send(line) {
    this.#socket.send(new TextEncoder().encode(`${line}\n`));
  }

  #begin() {
    [this.#rest, this.#earlier] = ["", 0];
    this.#enable(true);
    this.#isBack = this.#room !== "";
    if (this.#chosen) {
      this.#send(`/nick ${this.#chosen}`);
    }
    if (this.#isBack && this.#room !== "lobby") {
      this.#send(`/join ${this.#room}`);
    }
  }

  #end() {
    if (this.#socket.wasOpen) {
      this.#show("* The connection is gone.");
    }
    this.#socket = null;
    this.#enable(false);
  }

  #enable(isOpen) {
    this.#hadFocus ||= document.activeElement === this.#input;
    for (const control of this.#form.elements) {
      control.disabled = !isOpen;
    }
    if (isOpen) {
      this.#socket.wasOpen = true;
      if (this.#hadFocus) {
        this.#input.focus();
      }
      this.#hadFocus = false;
    }
  }

  #receive(text) {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop();
    const atEnd = this.#log.scrollHeight - this.#log.scrollTop - this.#log.clientHeight < 40;
    lines.forEach(line => this.#take(line));
    while (this.#log.childElementCount > mostLines) {
      this.#log.firstElementChild.remove();
    }
    if (atEnd) {
      this.#log.scrollTop = this.#log.scrollHeight;
    }
  }

  #take(line) {
    const [, guest] = /^\* Welcome, (\S+)\. /.exec(line) ?? [];
    const [, name] = /^\* You are (\S+) now\.$/.exec(line) ?? [];
    const [, room, earlier] = /^\* You are in (\S+)\. .*?(\d+) earlier lines?[.:]$/.exec(line) ?? [];
    if (guest) {
      this.#me = guest;
    } else if (name) {
      this.#me = this.#chosen = name;
    } else if (room) {
      this.#arrive(room, Number(earlier));
    } else if (this.#earlier > 0) {
      this.#earlier--;
      if (this.#isBack) {
        return; // of the lobby, where it is for a moment on its way back to another room
      }
      if (this.#history) {
        this.#history.push(line);
        if (this.#earlier === 0) {
          this.#catchUp();
        }
        return;
      }
    }
    this.#show(line);
  }

  #arrive(room, earlier) {
    const isBackHere = this.#isBack && room === this.#room;
    this.#history = isBackHere ? [] : null;
    this.#earlier = earlier;
    if (isBackHere || !this.#isBack) {
      [this.#room, this.#isBack] = [room, false];
    }
  }

  /** Shows what is new of the history: as many of its first lines are known as were the last ones of the room that were shown. */
  #catchUp() {
    const shown = [...this.#log.children].filter(row => row.dataset.room === this.#room).map(row => row.textContent);
    let known = Math.min(shown.length, this.#history.length);
    while (!this.#history.slice(0, known).every((line, i) => line === shown.at(i - known))) {
      known--;
    }
    this.#history.slice(known).forEach(line => this.#show(line));
    this.#history = null;
  }

  #show(line) {
    const row = document.createElement("p");
    const [, name, text] = /^([^\s:*]+(?: -> [^\s:]+)?: )(.*)$/.exec(line) ?? [];
    if (name) {
      const strong = document.createElement("strong");
      strong.textContent = name;
      row.append(strong, text);
      row.classList.toggle("private", name.includes(" -> "));
      row.classList.toggle("mine", name === `${this.#me}: `);
      if (!name.includes(" -> ") && !this.#isBack) {
        row.dataset.room = this.#room;
      }
    } else {
      row.textContent = line;
      row.className = "news";
    }
    this.#log.append(row);
  }
}
