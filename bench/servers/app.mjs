/** The application of every server: the same code, whoever made the server. */
export function install(io) {
  io.on("connection", (socket) => {
    socket.on("echo", (data, ack) => {
      if (ack) ack(data);
      else socket.emit("echo", data);
    });
    socket.on("take", (rows, ack) => ack(rows.length));
    socket.on("join", (room, ack) => {
      socket.join(room);
      ack();
    });
    socket.on("all", (data) => io.emit("news", data));
    socket.on("room", (room, data) => io.to(room).emit("news", data));
    socket.on("others", (room, data) => socket.to(room).emit("news", data));
  });
}
