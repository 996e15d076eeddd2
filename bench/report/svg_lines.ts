import { COLORS, svg, text } from "./svg.ts";

/** A line: a value for each size. */
export interface Series {
  /** What it is of. */
  readonly name: string;
  /** Its values. */
  readonly values: readonly number[];
}

const WIDTH = 700;
const HEIGHT = 340;
const LEFT = 60;
const RIGHT = 560;
const TOP = 50;
const BOTTOM = 300;

/** A chart of lines, both of whose axes are logarithmic. */
export function lines(title: string, sizes: readonly number[], series: readonly Series[]): string {
  const all = series.flatMap(({ values }) => values);
  const low = Math.floor(Math.log10(Math.min(...all)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...all))));
  const x = axis(Math.log10(sizes[0]!), Math.log10(sizes.at(-1)!), LEFT, RIGHT);
  const y = axis(low, high, BOTTOM, TOP);
  const parts = [text(10, 20, title, "bold")];
  for (let power = low; power <= high; power++) {
    const at = y(10 ** power).toFixed(1);
    parts.push(`<line x1="${LEFT}" x2="${RIGHT}" y1="${at}" y2="${at}" stroke="#ddd"/>`);
    parts.push(text(10, y(10 ** power) + 4, `${10 ** power}`));
  }
  for (const size of sizes) parts.push(text(x(size) - 10, BOTTOM + 18, `${size}`));
  series.forEach(({ name, values }, i) => {
    const color = COLORS[i % COLORS.length];
    const points = values.map((value, n) => `${x(sizes[n]!).toFixed(1)},${y(value).toFixed(1)}`);
    const line = `points="${points.join(" ")}" fill="none" stroke="${color}" stroke-width="2"`;
    parts.push(`<polyline ${line}/>`);
    const key = TOP + i * 18;
    parts.push(`<rect x="${RIGHT + 16}" y="${key}" width="10" height="10" fill="${color}"/>`);
    parts.push(text(RIGHT + 30, key + 9, name));
  });
  return svg(WIDTH, HEIGHT, parts);
}

/** From the logarithms of values to places. */
function axis(low: number, high: number, start: number, end: number): (value: number) => number {
  return (value) => start + (Math.log10(value) - low) / (high - low) * (end - start);
}
