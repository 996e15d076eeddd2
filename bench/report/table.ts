import { MODES } from "../modes.ts";
import { type Figure, ratio, type Report } from "./report.ts";

/** A report as Markdown. */
export function table(report: Report): string {
  const { machine, figures } = report;
  const servers = Object.keys(report.runtimes);
  const modes = [...new Set(figures.map(({ mode }) => mode))];
  const rows = modes.map((mode) => row(mode, servers, figures));
  const versions = Object.entries(report.versions).map(([name, version]) => `${name} ${version}`);
  const runtimes = [...new Set(Object.values(report.runtimes))];
  return [
    `\`${report.command}\`, ${
      report.date.slice(0, 10)
    }, on ${machine.os} with ${machine.cores} cores`,
    `(${machine.model}); ${[...runtimes, ...versions].join(", ")}.`,
    `Medians of ${report.rounds} rounds, least and most in brackets; below them, how many times better`,
    "than the limit of the runtime (framed), and than npm socket.io on Node.",
    "",
    `| mode | ${servers.join(" | ")} |`,
    `| --- |${" --- |".repeat(servers.length)}`,
    ...rows,
    "",
    ...report.notes,
    "",
  ].join("\n");
}

function row(mode: string, servers: readonly string[], figures: readonly Figure[]): string {
  const find = (server: string): Figure | undefined =>
    figures.find((figure) => figure.mode === mode && figure.server === server);
  const { title, unit, lower } = MODES[mode]!;
  const cells = servers.map((server) => {
    const figure = find(server);
    if (figure === undefined) return "";
    const lines = [`**${short(figure.median)}** (${short(figure.min)}–${short(figure.max)})`];
    if (figure.p99 !== undefined) lines.push(`p99 ${short(figure.p99)}`);
    const limit = find(server.includes("deno") ? "framed-deno" : "framed-bun");
    if (limit !== undefined && limit !== figure && server !== "npm-node") {
      lines.push(`${ratio(figure.median, limit.median, lower).toFixed(2)} × framed`);
    }
    const yardstick = find("npm-node");
    if (yardstick !== undefined && yardstick !== figure) {
      lines.push(`${ratio(figure.median, yardstick.median, lower).toFixed(2)} × Node`);
    }
    return lines.join("<br>");
  });
  return `| ${title}<br>${unit} | ${cells.join(" | ")} |`;
}

function short(value: number): string {
  if (value >= 10_000) return `${Math.round(value / 1000)} k`;
  if (value >= 1000) return `${(value / 1000).toFixed(1)} k`;
  return value.toPrecision(3);
}
