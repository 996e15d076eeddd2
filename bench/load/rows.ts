/** Rows of a table, as an application sends them, of about so many characters as JSON. */
export function rowsOf(bytes: number, text = "hello, this is a message"): unknown[] {
  const rows: unknown[] = [];
  for (let id = 0, size = 0; size < bytes; id++) {
    const row = {
      id,
      from: `user ${id % 7}`,
      text: id % 5 === 0 ? 'a "quoted" line\n' : text,
      price: id * 1.25,
      tags: ["new", "sale"],
      read: id % 3 === 0,
    };
    size += JSON.stringify(row).length + 1;
    rows.push(row);
  }
  return rows;
}
