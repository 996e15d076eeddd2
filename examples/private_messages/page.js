// The page's side. What others wrote becomes text in the page, never HTML.

const $ = (id) => document.getElementById(id);

/** Who I am. */
let me;
/** With whom I talk. */
let partner;
let users = [];
let messages = [];

const socket = globalThis.io({ autoConnect: false });

// A reload, and each other tab of this window, is the same person.
const session = sessionStorage.getItem("session");
if (session === null) $("enter").hidden = false;
else connect({ session });

$("enter").addEventListener("submit", (event) => {
  event.preventDefault();
  connect({ name: $("name").value });
});

$("say").addEventListener("submit", async (event) => {
  event.preventDefault();
  if (partner === undefined) return;
  const answer = await socket.emitWithAck("private message", partner.id, $("text").value);
  if (typeof answer === "string") return complain(answer);
  $("text").value = "";
  add(answer);
});

socket.on("session", (session, user, all) => {
  sessionStorage.setItem("session", session);
  socket.auth = { session };
  me = user;
  messages = all;
  $("who").textContent = user.name;
  $("enter").hidden = true;
  $("talk").hidden = false;
  complain("");
  show();
});

socket.on("connect_error", (error) => {
  complain(error.message);
  // Refused, not cut off: the server does not know the session any more.
  if (socket.active) return;
  sessionStorage.removeItem("session");
  $("talk").hidden = true;
  $("enter").hidden = false;
});

socket.on("users", (all) => {
  users = all;
  show();
});

socket.on("private message", add);

function connect(auth) {
  socket.auth = auth;
  socket.connect();
}

function add(message) {
  messages.push(message);
  show();
}

function complain(text) {
  $("fault").textContent = text;
}

function show() {
  if (me === undefined) return;
  const others = users.filter(({ id }) => id !== me.id);
  $("users").replaceChildren(...others.map((user) => {
    const button = element("button", user.name);
    button.addEventListener("click", () => {
      partner = user;
      show();
    });
    return element("li", button, element("small", user.online ? "online" : "offline"));
  }));
  if (partner === undefined) return;
  $("with").textContent = `With ${partner.name}`;
  const shared = messages.filter(({ from, to }) => [from, to].includes(partner.id));
  $("messages").replaceChildren(
    ...shared.map(({ from, text }) =>
      element("li", element("b", from === me.id ? me.name : partner.name), element("span", text))
    ),
  );
}

function element(name, ...children) {
  const it = document.createElement(name);
  it.append(...children);
  return it;
}
