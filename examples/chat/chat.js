// The page's side of the chat. What others wrote becomes text in the page, never HTML.

const $ = (id) => document.getElementById(id);

/** As whom, and where, the person wants to be. */
let name = recall("name", "sessionStorage");
let room = "";
/** Whether the server has let this connection into that room. */
let entered = false;
/** The time of the newest message here, to ask for those after it. */
let newest = 0;
/** The messages in the page by their ids. */
const shown = new Map();
/** What the server has not confirmed. It waits here while there is no connection. */
const outbox = [];
let sending = false;

// --- The connection ---

const transports = new URLSearchParams(location.search).get("transports");
const socket = globalThis.io({
  autoConnect: false,
  auth: { key: ownKey() },
  reconnectionDelay: 300,
  reconnectionDelayMax: 3000,
  ...(transports && { transports: transports.split(","), tryAllTransports: true }),
});

socket.on("connect", () => {
  socket.io.engine.on("upgrade", showTransport);
  showTransport();
  enter();
});

socket.on("connect_error", () => {
  $("refusal").textContent = "No connection yet, still trying…";
});

socket.on("disconnect", (reason) => {
  entered = false;
  // The outbox keeps what has to be sent again; this would go ahead of `join`.
  socket.sendBuffer = [];
  const elsewhere = reason === "io server disconnect";
  showState(elsewhere ? "open in another tab" : "reconnecting…");
  $("resume").hidden = !elsewhere;
});

/** Asks to be let in: on each connect, and for each other room. */
function enter() {
  if (!socket.connected) return;
  const wanted = room;
  entered = false;
  // A callback, since what comes right behind the answer would overtake a promise.
  socket.timeout(10_000).emit("join", name, wanted, newest, (lost, answer) => {
    if (wanted !== room) return;
    if (lost) {
      // Without a connection, the next one asks again. With one, something is stuck: drop it.
      if (socket.connected) socket.disconnect().connect();
    } else if (answer.error) {
      refuse(answer.error);
    } else {
      name = answer.name;
      entered = true;
      showRoom();
      answer.messages.forEach(showMessage);
      send();
    }
  });
}

/** Sends what waits for this room, in order. What gets no answer goes again, under the same id. */
async function send() {
  if (sending) return;
  sending = true;
  const next = () => entered && outbox.find((message) => message.room === room);
  for (let message; (message = next());) {
    try {
      const { id, text } = message;
      const answer = await socket.timeout(10_000).emitWithAck("say", id, text);
      outbox.splice(outbox.indexOf(message), 1);
      if (answer.error) showFailure(message, answer.error);
      else if (message.room === room) showMessage(answer);
    } catch {
      // Lost or late: the next round tries again, unless the connection has gone.
    }
  }
  sending = false;
}

function showTransport() {
  showState(`connected via ${socket.io.engine.transport.name}`);
  $("resume").hidden = true;
}

function showState(text) {
  if ($("state").textContent !== text) $("state").textContent = text;
  $("chat").classList.toggle("lost", !socket.connected);
}

// --- Rooms ---

$("enter").addEventListener("submit", (event) => {
  event.preventDefault();
  $("refusal").textContent = "";
  name = $("name").value.trim();
  if (name !== "") goTo(roomName($("room").value));
});

$("other-room").addEventListener("submit", (event) => {
  event.preventDefault();
  goTo(roomName($("other-room-name").value));
  event.target.reset();
});

addEventListener("hashchange", () => {
  const wanted = roomOfAddress();
  $("room").value = wanted;
  if (!$("chat").hidden && wanted !== room) goTo(wanted);
});

$("resume").addEventListener("click", () => socket.connect());

$("leave").addEventListener("click", () => {
  socket.disconnect();
  outbox.length = 0;
  keep("name", "", "sessionStorage");
  openDoor("");
});

function goTo(wanted) {
  if (wanted === "") return;
  if (wanted !== room) {
    room = wanted;
    clearRoom();
    for (const message of outbox) if (message.room === room) showOwn(message);
  }
  if (roomOfAddress() !== room) location.hash = encodeURIComponent(room);
  showSide(false);
  if (socket.connected) enter();
  else socket.connect();
}

function showRoom() {
  keep("name", name, "sessionStorage");
  keep("name", name, "localStorage");
  const rooms = [...new Set([room, ...knownRooms()])].slice(0, 8);
  keep("rooms", JSON.stringify(rooms), "localStorage");
  $("rooms").replaceChildren(
    ...rooms.sort().map((other) => {
      const link = element("a", "", other);
      link.href = `#${encodeURIComponent(other)}`;
      if (other === room) link.setAttribute("aria-current", "page");
      return element("li", "", link);
    }),
  );
  $("title").textContent = room;
  $("you").textContent = name;
  showTitle();
  if (!$("chat").hidden) return;
  $("door").hidden = true;
  $("chat").hidden = false;
  $("text").focus();
  toEnd();
}

function clearRoom() {
  newest = 0;
  shown.clear();
  typists.forEach(clearTimeout);
  typists.clear();
  present = undefined;
  $("log").replaceChildren();
  $("typing").textContent = $("news").textContent = "";
  toEnd();
}

function refuse(reason) {
  socket.disconnect();
  openDoor(reason);
}

function openDoor(reason) {
  entered = false;
  clearRoom();
  showSide(false);
  $("name").value = name || recall("name", "localStorage");
  $("room").value = room || roomOfAddress() || "lobby";
  room = "";
  $("refusal").textContent = reason;
  $("chat").hidden = true;
  $("door").hidden = false;
  showTitle();
  $("name").focus();
}

function roomName(text) {
  return text.replace(/^[\s#]+/, "").trim().toLowerCase();
}

function roomOfAddress() {
  try {
    return roomName(decodeURIComponent(location.hash));
  } catch {
    return "";
  }
}

function knownRooms() {
  try {
    return JSON.parse(recall("rooms", "localStorage")).filter((room) => typeof room === "string");
  } catch {
    return ["lobby"];
  }
}

// --- Messages ---

socket.on("message", (message) => {
  // Before the server lets us in, it may still tell about the room before.
  if (!entered) return;
  stopTyping(message.name);
  if (showMessage(message) && message.name !== name && document.hidden) unread++;
  showTitle();
});

$("say").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = $("text").value.trim();
  $("text").focus();
  if (text === "") return;
  const message = { id: randomId(), room, text, at: Date.now() };
  outbox.push(message);
  event.target.reset();
  fitText();
  lastTyped = 0;
  showOwn(message);
  send();
});

$("text").addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  $("say").requestSubmit();
});

/** Shows a message that the server told of; `false` if it was there already. */
function showMessage(message) {
  newest = Math.max(newest, message.at);
  let item = shown.get(message.id);
  if (item && !item.classList.contains("waiting")) return false;
  item ??= messageItem(message);
  item.classList.remove("waiting");
  place(item, message.at, $("log").querySelector(".waiting"));
  return true;
}

/** Shows a message of our own that waits for being sent. */
function showOwn(message) {
  const item = messageItem({ ...message, name });
  item.classList.add("waiting");
  pinned = true;
  place(item, message.at, null);
}

function showFailure(message, reason) {
  const item = shown.get(message.id);
  if (!item) return;
  item.classList.replace("waiting", "failed");
  item.append(element("p", "failure", `Not sent: ${reason}`));
}

function messageItem({ id, name: author, text }) {
  const time = element("time", "");
  const head = element("p", "head", element("bdi", "author", author), " ", time);
  const body = element("p", "text", text);
  body.dir = "auto";
  const item = element("li", author === name ? "message own" : "message", avatar(author));
  item.append(head, body);
  item.dataset.author = author;
  shown.set(id, item);
  return item;
}

function place(item, at, before) {
  const date = new Date(at);
  const time = item.querySelector("time");
  time.dateTime = date.toISOString();
  time.textContent = date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  item.title = date.toLocaleString();
  item.dataset.at = at;
  if (!item.isConnected || item.nextElementSibling !== before) {
    $("log").insertBefore(item, before);
  }
  group(item);
  group(item.nextElementSibling);
  if (pinned) toEnd();
  else $("newest").hidden = false;
}

/** Marks a message that follows another one of the same author soon. */
function group(item) {
  const other = item?.previousElementSibling;
  const follows = other?.dataset.author === item?.dataset.author &&
    item?.dataset.at - other?.dataset.at < 300_000;
  item?.classList.toggle("follows", follows);
}

// --- Scrolling: stays at the end only if it was there ---

let pinned = true;

$("scroller").addEventListener("scroll", () => {
  const { scrollHeight, scrollTop, clientHeight } = $("scroller");
  pinned = scrollHeight - scrollTop - clientHeight < 40;
  if (pinned) $("newest").hidden = true;
}, { passive: true });

new ResizeObserver(() => {
  if (pinned) toEnd();
}).observe($("scroller"));

$("newest").addEventListener("click", toEnd);

function toEnd() {
  pinned = true;
  $("newest").hidden = true;
  $("scroller").scrollTop = $("scroller").scrollHeight;
}

// --- People and typing ---

let present;
const typists = new Map();
let lastTyped = 0;
let newsTimer;

socket.on("people", (names) => {
  if (!entered) return;
  const joined = names.filter((other) => present && !present.includes(other));
  const left = present?.filter((other) => !names.includes(other)) ?? [];
  present = names;
  left.forEach(stopTyping);
  if (joined.length > 0) tell(`${joined.join(", ")} joined`);
  else if (left.length > 0) tell(`${left.join(", ")} left`);
  const sorted = [...names].sort((a, b) => (b === name) - (a === name) || a.localeCompare(b));
  $("people").replaceChildren(...sorted.map((other) => {
    const item = element("li", "", avatar(other), element("bdi", "", other));
    if (other === name) item.append(element("span", "quiet", "you"));
    return item;
  }));
  $("show-side").textContent = names.length === 1 ? "1 person" : `${names.length} people`;
});

function tell(news) {
  $("news").textContent = news;
  clearTimeout(newsTimer);
  newsTimer = setTimeout(() => $("news").textContent = "", 4000);
}

$("text").addEventListener("input", () => {
  fitText();
  if (!entered || $("text").value.trim() === "" || Date.now() - lastTyped < 2000) return;
  lastTyped = Date.now();
  socket.volatile.emit("typing");
});

socket.on("typing", (other) => {
  clearTimeout(typists.get(other));
  typists.set(other, setTimeout(stopTyping, 4000, other));
  showTypists();
});

function stopTyping(other) {
  clearTimeout(typists.get(other));
  if (typists.delete(other)) showTypists();
}

function showTypists() {
  const names = [...typists.keys()];
  $("typing").textContent = names.length === 0
    ? ""
    : names.length > 2
    ? "Several people are typing…"
    : `${names.join(" and ")} ${names.length === 1 ? "is" : "are"} typing…`;
}

// --- The rest of the page ---

let unread = 0;

document.addEventListener("visibilitychange", () => {
  unread = 0;
  showTitle();
});

function showTitle() {
  const place = $("chat").hidden ? "fetchio chat" : `#${room} · fetchio chat`;
  document.title = unread > 0 ? `(${unread}) ${place}` : place;
}

$("show-side").addEventListener("click", (event) => {
  event.stopPropagation();
  showSide($("show-side").ariaExpanded !== "true");
});
$("talk").addEventListener("click", () => showSide(false));
addEventListener("keydown", ({ key }) => key === "Escape" && showSide(false));

/** On a narrow screen, people and rooms come in from the side. */
function showSide(open) {
  if (open === ($("show-side").ariaExpanded === "true")) return;
  $("show-side").ariaExpanded = String(open);
  $("side").classList.toggle("open", open);
  if (open) $("side").focus();
  else $("show-side").focus();
}

function fitText() {
  $("text").style.height = "auto";
  $("text").style.height = `${$("text").scrollHeight}px`;
}

/** An element; strings among the children become text. */
function element(tag, className, ...children) {
  const made = document.createElement(tag);
  made.className = className;
  made.append(...children);
  return made;
}

function avatar(author) {
  let hue = 0;
  for (const char of author) hue = (hue * 31 + char.codePointAt(0)) % 360;
  const made = element("span", "avatar", [...author][0].toUpperCase());
  made.style.setProperty("--hue", hue);
  made.ariaHidden = "true";
  return made;
}

function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** By which the server knows this tab again. */
function ownKey() {
  const key = recall("key", "sessionStorage") || randomId();
  keep("key", key, "sessionStorage");
  return key;
}

// Storage may be forbidden; the chat goes on without.
function recall(what, store) {
  try {
    return globalThis[store].getItem(`chat.${what}`) ?? "";
  } catch {
    return "";
  }
}

function keep(what, value, store) {
  try {
    globalThis[store].setItem(`chat.${what}`, value);
  } catch {
    // Then it is forgotten.
  }
}

if (name === "") openDoor("");
else {
  goTo(roomOfAddress() || "lobby");
  showRoom();
}
