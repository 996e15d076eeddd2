// The page's side. What others wrote becomes text in the page, never HTML.

const socket = globalThis.io();
/** The newest post of each topic, to ask for those after it. */
const newest = new Map();

socket.on("connect", () => {
  for (const box of document.querySelectorAll("#topics input:checked")) follow(box.value);
});
socket.on("post", show);

document.getElementById("topics").addEventListener("change", ({ target }) => {
  if (target.checked) follow(target.value);
  else socket.emit("leave", target.value);
});

function follow(topic) {
  // A callback, since a post right behind the answer would overtake a promise.
  socket.emit("follow", topic, newest.get(topic) ?? 0, (posts) => posts.forEach(show));
}

function show({ id, topic, text }) {
  if (id <= (newest.get(topic) ?? 0)) return;
  newest.set(topic, id);
  const it = document.createElement("li");
  const name = document.createElement("small");
  name.textContent = topic;
  it.append(name, text);
  document.getElementById("posts").prepend(it);
}
