// Every text of a chat goes into the page as text, never as HTML.

const find = (id) => document.getElementById(id);
const log = find("log");
const input = find("text");
const still = matchMedia("(prefers-reduced-motion: reduce)");
const here = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
const TAGS = {
  bold: "strong", italic: "em", underline: "u", strikethrough: "s", code: "code", pre: "pre",
  blockquote: "blockquote",
};
const ICONS = {
  file: "M7 3h7l5 5v13H7zM14 3v5h5",
  place: "M12 21c4-4.6 6.5-8 6.5-11a6.5 6.5 0 0 0-13 0c0 3 2.5 6.4 6.5 11z",
};
const RETRY = 2000;
const LOOK_ASIDE = 5000;

const people = new Map(); // id -> {id, name, change, messages, unread, keyboard}
let current = null;
let run = null;
let ahead = 0; // milliseconds from this computer's clock to the bot's
let about = { commands: [], places: [], description: "", most: 1 };

function made(tag, name, ...children) {
  const element = document.createElement(tag);
  if (name) element.className = name;
  element.append(...children);
  return element;
}

function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  const path = document.createElementNS(space, "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

function button(label, action, name) {
  const element = made("button", name, label);
  element.type = "button";
  element.addEventListener("click", () => action(element));
  return element;
}

// -- the server ------------------------------------------------------------------------------

async function ask(path, body) {
  const options = body === undefined ? {} : {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
  };
  const answer = await fetch(`/api/${path}`, options);
  const given = await answer.json();
  if (!answer.ok) throw new Error(given.problem || answer.statusText);
  return given;
}

function say(problem) {
  find("problem").textContent = problem;
  find("problem").hidden = !problem;
}

async function act(path, body) {
  try {
    const given = await ask(path, body);
    say("");
    return given;
  } catch (error) {
    say(error instanceof TypeError
      ? "Unknot does not answer. Is it still running?"
      : `That did not work: ${error.message}.`);
    return null;
  }
}

const inChat = (what, body) => act(`chats/${current.id}/${what}`, body);

async function listen() {
  for (;;) {
    const person = current;
    try {
      await take(person, "&wait=1");
      say("");
    } catch (error) {
      say("Unknot does not answer. Is it still running?");
      await new Promise((done) => setTimeout(done, RETRY));
    }
  }
}

let waiting = null;

async function take(person, wait) {
  const controller = new AbortController();
  if (wait) waiting = controller;
  let given;
  try {
    const path = `/api/chats/${person.id}?since=${person.change}${wait}`;
    const answer = await fetch(path, { signal: controller.signal });
    if (!answer.ok) throw new Error(answer.statusText);
    given = await answer.json();
  } catch (error) {
    if (error.name === "AbortError") return; // another person was chosen
    throw error;
  }
  if (run !== null && run !== given.run) location.reload();
  run = given.run;
  ahead = given.now * 1000 - Date.now();
  const first = person.change === 0;
  person.change = given.change;
  person.zone = given.zone;
  person.keyboard = given.keyboard;
  for (const message of given.messages) person.messages.set(message.id, message);
  if (person === current) {
    show(given.messages);
    choices();
    const busy = given.busy ? "Answering…" : "On this computer only";
    if (find("state").textContent !== busy) find("state").textContent = busy;
  } else if (!first && given.messages.length && !person.unread) {
    person.unread = true;
    tabs();
  }
  tick();
}

async function lookAside() {
  for (const person of people.values()) {
    if (person !== current) await take(person, "").catch(() => {});
  }
  setTimeout(lookAside, LOOK_ASIDE);
}

// -- messages --------------------------------------------------------------------------------

function formatted(text, entities, start = 0, end = text.length) {
  const out = [];
  let at = start;
  const inside = entities
    .filter((one) => one.offset >= start && one.offset + one.length <= end)
    .sort((a, b) => a.offset - b.offset || b.length - a.length);
  while (inside.length) {
    const one = inside.shift();
    if (one.offset < at) continue;
    const stop = one.offset + one.length;
    const nested = inside.filter((other) => other.offset + other.length <= stop);
    out.push(...withCommands(text.slice(at, one.offset)));
    out.push(marked(one, text, nested, stop));
    at = stop;
  }
  out.push(...withCommands(text.slice(at, end)));
  return out.filter((part) => part !== "");
}

function withCommands(text) {
  return text.split(/((?<![\w/])\/[a-z][a-z0-9_]*\b)/).map((part, place) =>
    place % 2 ? button(part, () => inChat("text", { text: part }), "command") : part);
}

function marked(entity, text, nested, stop) {
  const children = formatted(text, nested, entity.offset, stop);
  if (entity.type === "expandable_blockquote") {
    const first = text.slice(entity.offset, stop).split("\n", 1)[0];
    const summary = made("summary", "", made("span", "first", first), made("span", "sign"));
    return made("details", "", summary, ...children);
  }
  const link = entity.type === "text_link" ? entity.url
    : entity.type === "url" ? text.slice(entity.offset, stop) : null;
  if (link !== null && /^https?:\/\//.test(link)) {
    const anchor = made("a", "", ...children);
    Object.assign(anchor, { href: link, target: "_blank", rel: "noopener noreferrer" });
    return anchor;
  }
  return made(TAGS[entity.type] || "span", "", ...children);
}

function picture(media, caption) {
  const image = made("img", "picture");
  const box = made("div", "picture-box", image);
  const kind = media.kind === "animation" ? "Moving picture" : "Picture";
  image.alt = `${kind}: ${caption.split("\n", 1)[0] || media.name}`;
  image.src = `/api/files/${encodeURIComponent(media.id)}`;
  image.addEventListener("load", () => {
    if (atEnd) toEnd();
    if (media.kind === "animation" && still.matches) pause(box, image);
  }, { once: true });
  return box;
}

// Who wants less motion sees the first frame until asking for more.
function pause(box, image) {
  const frame = made("canvas", "picture");
  frame.width = image.naturalWidth;
  frame.height = image.naturalHeight;
  frame.getContext("2d").drawImage(image, 0, 0);
  frame.setAttribute("role", "img");
  frame.setAttribute("aria-label", image.alt);
  const play = button("Play", () => {
    const playing = image.isConnected;
    (playing ? image : frame).replaceWith(playing ? frame : image);
    play.textContent = playing ? "Play" : "Stop";
  });
  image.replaceWith(frame);
  box.append(play);
}

function size(bytes) {
  return bytes < 1000 ? `${bytes} bytes` : `${Math.round(bytes / 1000)} KB`;
}

function file(media) {
  const link = made("a", "file", icon("file"),
    made("span", "", made("strong", "", media.name), made("span", "", size(media.size))));
  link.href = `/api/files/${encodeURIComponent(media.id)}`;
  link.download = media.name;
  return link;
}

function keys(message) {
  const rows = made("div", "buttons");
  for (const row of message.buttons) {
    const line = made("div");
    for (const one of row) {
      if (one.url) {
        const link = made("a", "", one.text);
        if (/^(https?|tg):/.test(one.url)) link.href = one.url;
        Object.assign(link, { target: "_blank", rel: "noopener noreferrer" });
        line.append(link);
      } else {
        const key = button(one.text, (element) => press(message.id, one, element));
        key.dataset.key = one.callback_data;
        line.append(key);
      }
    }
    rows.append(line);
  }
  return rows;
}

async function press(message, one, element) {
  element.setAttribute("aria-busy", "true");
  await inChat("press", { message, data: one.callback_data });
  element.removeAttribute("aria-busy");
}

function time(seconds, options) {
  const zone = (current && current.zone) || here;
  return new Intl.DateTimeFormat("en-GB", { ...options, timeZone: zone }).format(seconds * 1000);
}

const CLOCK = { hour: "2-digit", minute: "2-digit" };
const DAY = { weekday: "long", day: "numeric", month: "long" };

function render(article, message) {
  const bubble = made("div", "bubble");
  bubble.append(made("span", "hidden", message.mine ? "You: " : "Unknot: "));
  const { media, place } = message;
  if (media) bubble.append(media.kind === "document" ? file(media) : picture(media, message.text));
  if (place) bubble.append(made("div", "place", icon("place"), place));
  if (message.text) {
    bubble.append(made("div", "words", ...formatted(message.text, message.entities)));
  }
  const edited = message.edited ? "edited " : "";
  bubble.append(made("footer", "", edited, made("time", "", time(message.date, CLOCK))));
  article.replaceChildren(bubble);
  article.className = `message ${message.mine ? "mine" : ""}`;
  article.classList.toggle("wide", message.buttons.length > 0 || Boolean(media));
  article.classList.toggle("pictured", Boolean(media) && media.kind !== "document");
  if (message.buttons.length) article.append(keys(message));
}

let atEnd = true;
function lookWhere() {
  atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
  find("newest").hidden = atEnd;
}
log.addEventListener("scroll", lookWhere, { passive: true });
new ResizeObserver(lookWhere).observe(log);

find("newest").addEventListener("click", () => {
  reading = null;
  toEnd();
  const last = [...log.querySelectorAll(".message")].at(-1);
  (last?.querySelector(".buttons button") || input).focus({ preventScroll: true });
});

// A long answer is read from its beginning.
let reading = null;
function toEnd() {
  const end = log.scrollHeight - log.clientHeight;
  const top = reading && reading.isConnected ? reading.offsetTop - 12 : end;
  log.scrollTop = Math.min(end, top);
}

function renew(article, message) {
  const focused = article.contains(document.activeElement) ? document.activeElement : null;
  const places = [...article.querySelectorAll(".buttons button")];
  const place = places.indexOf(focused);
  const open = article.querySelector("details")?.open;
  article.setAttribute("aria-live", "off"); // counts are edited every few seconds
  render(article, message);
  const details = article.querySelector("details");
  if (details && open) details.open = true;
  if (!focused) return;
  const fresh = [...article.querySelectorAll(".buttons button")];
  const same = fresh.find((one) => one.dataset.key === focused.dataset.key);
  (same || fresh[place] || input).focus({ preventScroll: true });
}

function show(messages) {
  const stay = atEnd || messages.some((one) => one.mine);
  let first = null;
  log.querySelector(".welcome")?.remove();
  for (const message of messages) {
    let article = find(`m${message.id}`);
    if (message.deleted) {
      article?.remove();
      continue;
    }
    if (article) {
      renew(article, message);
      continue;
    }
    const day = time(message.date, DAY);
    if (log.dataset.day !== day) {
      log.append(made("p", "day", day));
      log.dataset.day = day;
    }
    article = made("article");
    article.id = `m${message.id}`;
    render(article, message);
    article.classList.add("new");
    log.append(article);
    if (!message.mine) first ||= article;
  }
  if (!log.childElementCount) welcome();
  if (messages.some((one) => one.mine)) reading = null;
  if (first) reading = first;
  if (stay && messages.length) toEnd();
  lookWhere();
}

function welcome() {
  const face = made("img");
  face.src = "/page.svg";
  face.alt = "";
  const words = made("p", "", about.description);
  log.append(made("div", "welcome", face, made("h2", "", "Unknot"), words,
    button("Start", () => inChat("text", { text: "/start" }), "start")));
}

function choices() {
  const box = find("choices");
  const rows = current.keyboard || [];
  box.hidden = !rows.length;
  if (box.dataset.rows === JSON.stringify(rows)) return;
  box.dataset.rows = JSON.stringify(rows);
  box.replaceChildren(...rows.map((row) => made("div", "", ...row.map((one) =>
    button(one.text, () => one.place ? find("places").showPopover() : inChat("text", one))))));
}

// -- people ----------------------------------------------------------------------------------

function tabs() {
  const focused = find("tabs").contains(document.activeElement);
  find("tabs").replaceChildren(...[...people.values()].map((person) => {
    const tab = button(person.name, () => choose(person), person.unread ? "unread" : "");
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-selected", String(person === current));
    tab.setAttribute("aria-controls", "log");
    tab.tabIndex = person === current ? 0 : -1;
    if (person.unread) tab.append(made("span", "hidden", " (new messages)"));
    return tab;
  }));
  if (focused) find("tabs").querySelector("[aria-selected=true]").focus();
  find("add").hidden = people.size >= about.most;
}

find("tabs").addEventListener("keydown", (event) => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  const all = [...people.values()];
  choose(all[(all.indexOf(current) + step + all.length) % all.length]);
});

function known(person) {
  people.set(person.id, { ...person, change: 0, messages: new Map(), keyboard: [] });
  return people.get(person.id);
}

function choose(person) {
  if (person === current) return;
  current = person;
  person.unread = false;
  log.replaceChildren();
  delete log.dataset.day;
  atEnd = true;
  reading = null;
  tabs();
  show([...person.messages.values()].sort((a, b) => a.id - b.id));
  choices();
  tick();
  waiting?.abort();
}

find("add").addEventListener("click", async () => {
  const person = await act("chats", {});
  if (person) {
    choose(known(person));
    input.focus();
  }
});

// -- writing ---------------------------------------------------------------------------------

async function send() {
  const text = input.value.trim();
  if (!text) return;
  input.value = "";
  if (await inChat("text", { text }) === null) input.value = text;
}

find("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  send();
});

input.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    send();
  }
});

// -- menus -----------------------------------------------------------------------------------

function fill(id, entries) {
  find(id).replaceChildren(...entries.map(([label, hint, action]) => {
    const entry = button("", () => {
      find(id).hidePopover();
      action();
    });
    entry.append(made("strong", "", label), made("span", "", hint));
    return entry;
  }));
}

for (const menu of document.querySelectorAll(".menu")) {
  menu.addEventListener("toggle", (event) => {
    if (event.newState === "open") menu.querySelector("button")?.focus();
  });
  menu.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const all = [...menu.querySelectorAll("button")];
    all[(all.indexOf(document.activeElement) + step + all.length) % all.length].focus();
  });
}

for (const choice of find("times").querySelectorAll("button")) {
  choice.addEventListener("click", async () => {
    find("times").hidePopover();
    find("state").textContent = "Moving the time…";
    const given = await inChat("time", { to: choice.dataset.to, zone: here });
    if (given) ahead = given.now * 1000 - Date.now();
    find("state").textContent = "On this computer only";
    tick();
  });
}

function tick() {
  const shown = time((Date.now() + ahead) / 1000, { weekday: "short", ...CLOCK });
  if (find("now").textContent !== shown) find("now").textContent = shown;
  find("clock").classList.toggle("moved", Math.abs(ahead) > 60000);
  find("zone").textContent = `By the clock of ${((current && current.zone) || here).replace("_", " ")}`;
}

async function begin() {
  about = await ask("chats");
  fill("commands", about.commands.map((one) =>
    [`/${one.command}`, one.description, () => inChat("text", { text: `/${one.command}` })]));
  fill("places", about.places.map((place) =>
    [place, "Only its time zone is kept", () => inChat("place", { place })]));
  for (const person of about.people) if (!people.has(person.id)) known(person);
  const words = log.querySelector(".welcome p");
  if (words) words.textContent = about.description;
  find("add").hidden = people.size >= about.most;
  if (!about.commands.length || !about.description) setTimeout(() => begin().catch(() => {}), 500);
}

begin().then(() => {
  choose(people.values().next().value);
  listen();
  lookAside();
  setInterval(tick, 5000);
  input.focus();
}).catch(() => say("Unknot does not answer. Is it still running?"));
