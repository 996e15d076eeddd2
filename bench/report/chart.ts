import { MODES } from "../modes.ts";
import { ratio, type Report } from "./report.ts";
import { bars } from "./svg.ts";

/** Bars of how many times better each server is than npm socket.io on Node, mode by mode. */
export function chart({ figures, runtimes, machine, versions, date }: Report): string {
  const modes = [...new Set(figures.map(({ mode }) => mode))];
  const groups = modes.map((mode) => {
    const { title, lower } = MODES[mode]!;
    const ofMode = figures.filter((figure) => figure.mode === mode);
    const yardstick = ofMode.find(({ server }) => server === "npm-node");
    return {
      title: title.replaceAll("`", ""),
      values: Object.keys(runtimes).map((server) => {
        const figure = ofMode.find((figure) => figure.server === server);
        if (figure === undefined || yardstick === undefined) return undefined;
        return ratio(figure.median, yardstick.median, lower);
      }),
    };
  });
  const parts = [
    ...new Set(Object.values(runtimes)),
    ...Object.entries(versions).map((entry) => entry.join(" ")),
    `${machine.cores} cores (${machine.model})`,
    date.slice(0, 10),
  ];
  const title = "Times better than npm socket.io on Node, per second of CPU time";
  return bars(title, parts.join(", "), Object.keys(runtimes), groups);
}
