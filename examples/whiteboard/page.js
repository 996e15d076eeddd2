// The page's side: it draws at once what the pen does, and tells the others.

const board = document.getElementById("board");
const color = document.getElementById("color");
const context = board.getContext("2d");
context.lineWidth = 3;
context.lineCap = "round";
board.style.touchAction = "none";
board.style.background = "white";

const socket = globalThis.io();
/** Where the pens of the others are, by their sockets. */
const pens = new Map();
/** Where the own pen was last, while it draws. */
let last;

board.addEventListener("pointerdown", (event) => {
  board.setPointerCapture(event.pointerId);
  last = placeOf(event);
});

board.addEventListener("pointermove", (event) => {
  const [x, y] = placeOf(event);
  if (last === undefined) {
    socket.volatile.emit("pen", x, y);
    return;
  }
  const stroke = [color.value, ...last, x, y];
  last = [x, y];
  draw(stroke);
  socket.emit("stroke", stroke);
});

board.addEventListener("pointerup", () => {
  last = undefined;
});

document.getElementById("tools").addEventListener("submit", (event) => {
  event.preventDefault();
  socket.emit("clear");
});

socket.on("board", (strokes) => {
  context.clearRect(0, 0, board.width, board.height);
  strokes.forEach(draw);
});
socket.on("stroke", draw);
socket.on("pen", (id, x, y) => {
  pens.set(id, [x, y]);
  showPens();
});
socket.on("left", (id) => {
  pens.delete(id);
  showPens();
});

function placeOf({ offsetX, offsetY }) {
  const within = (value) => Math.min(1, Math.max(0, value));
  return [within(offsetX / board.clientWidth), within(offsetY / board.clientHeight)];
}

function draw([color, x0, y0, x1, y1]) {
  context.strokeStyle = color;
  context.beginPath();
  context.moveTo(x0 * board.width, y0 * board.height);
  context.lineTo(x1 * board.width, y1 * board.height);
  context.stroke();
}

function showPens() {
  const places = [...pens.values()].map((place) => place.map((it) => it.toFixed(2)).join(" "));
  document.getElementById("pens").textContent = places.length === 0
    ? ""
    : `pens at ${places.join(", ")}`;
}
