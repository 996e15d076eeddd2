// The page's side. What others wrote becomes text in the page, never HTML.

const $ = (id) => document.getElementById(id);
const socket = globalThis.io();
const todos = new Map();

socket.on("connect", async () => {
  const list = await ask("todo:list");
  todos.clear();
  for (const todo of list ?? []) todos.set(todo.id, todo);
  show();
});

for (const change of ["todo:created", "todo:updated"]) socket.on(change, keep);
socket.on("todo:deleted", drop);

$("create").addEventListener("submit", async (event) => {
  event.preventDefault();
  const todo = await ask("todo:create", { title: $("title").value });
  if (todo === undefined) return;
  $("title").value = "";
  keep(todo);
});

/** Asks the server, and shows why not if it refuses. */
async function ask(event, ...args) {
  const { data, error = "" } = await socket.emitWithAck(event, ...args);
  $("fault").textContent = error;
  return data;
}

function keep(todo) {
  todos.set(todo.id, todo);
  show();
}

function drop(id) {
  todos.delete(id);
  show();
}

function show() {
  $("todos").replaceChildren(...[...todos.values()].map(item));
}

function item({ id, title, done }) {
  const box = document.createElement("input");
  box.type = "checkbox";
  box.checked = done;
  box.ariaLabel = title;
  box.addEventListener("change", async () => {
    const todo = await ask("todo:update", { id, done: box.checked });
    if (todo !== undefined) keep(todo);
  });
  const remove = document.createElement("button");
  remove.textContent = "Delete";
  remove.addEventListener("click", async () => {
    if (await ask("todo:delete", id) !== undefined) drop(id);
  });
  const it = document.createElement("li");
  const text = document.createElement(done ? "s" : "span");
  text.textContent = title;
  it.append(box, text, remove);
  return it;
}
