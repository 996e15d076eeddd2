/** Bars that belong together. */
export interface BarGroup {
  /** What they are about. */
  readonly title: string;
  /** One for each series; `undefined` leaves a gap. */
  readonly values: readonly (number | undefined)[];
}

/** One for each server. */
export const COLORS = ["#0072b2", "#9ecae1", "#d55e00", "#fdd0a2", "#009e73", "#777777"];
const LEFT = 250;
const WIDTH = 880;
const BAR = 11;

/** A chart of horizontal bars. */
export function bars(
  title: string,
  caption: string,
  series: readonly string[],
  groups: readonly BarGroup[],
): string {
  const values = groups.flatMap(({ values }) => values.filter((value) => value !== undefined));
  const scale = (WIDTH - LEFT - 60) / Math.max(1, ...values);
  const step = BAR * series.length + 12;
  const height = 80 + step * groups.length;
  const parts = [text(10, 20, title, "bold")];
  series.forEach((name, i) => {
    parts.push(rect(10 + i * 140, 32, 10, 10, i), text(24 + i * 140, 41, name));
  });
  groups.forEach((group, row) => {
    const top = 58 + row * step;
    parts.push(text(10, top + (step - 12) / 2 + 4, group.title));
    group.values.forEach((value, i) => {
      if (value === undefined) return;
      const y = top + i * BAR;
      const length = Math.max(1, value * scale);
      parts.push(rect(LEFT, y, length, BAR - 1, i));
      parts.push(text(LEFT + length + 4, y + BAR - 2, value.toFixed(1)));
    });
  });
  parts.push(text(10, height - 10, caption));
  return svg(WIDTH, height, parts);
}

/** A drawing on white paper. */
export function svg(width: number, height: number, parts: readonly string[]): string {
  const head = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" ` +
    `font-family="sans-serif" font-size="11">`;
  const paper = `<rect width="100%" height="100%" fill="white"/>`;
  return [head, paper, ...parts, "</svg>", ""].join("\n");
}

function rect(x: number, y: number, width: number, height: number, color: number): string {
  const place = `x="${x}" y="${y}" width="${width.toFixed(1)}" height="${height}"`;
  return `<rect ${place} fill="${COLORS[color % COLORS.length]}"/>`;
}

/** A text. */
export function text(x: number, y: number, content: string, weight = "normal"): string {
  const safe = content.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" font-weight="${weight}">${safe}</text>`;
}
