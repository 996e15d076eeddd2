/** What the command line asks for. */
export interface Wishes {
  /** Names of modes. */
  readonly modes: readonly string[];
  /** Names of servers. */
  readonly servers: readonly string[];
  /** How often everything is measured. */
  readonly rounds: number;
  /** Seconds before a count begins. */
  readonly warmup: number;
  /** Seconds for which is counted. */
  readonly seconds: number;
  /** A part of the clients. */
  readonly scale: number;
  /** Where the figures go. */
  readonly json: string | undefined;
  /** Whether `bench/results` is written. */
  readonly save: boolean;
}

/**
 * Reads the command line.
 *
 * @throws {TypeError} if it asks for what there is not
 */
export function parseArguments(
  args: readonly string[],
  modes: readonly string[],
  servers: readonly string[],
): Wishes {
  const values = new Map<string, string>();
  const flags = new Set<string>();
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (arg === "--quick" || arg === "--save") flags.add(arg);
    else if (["--modes", "--servers", "--rounds", "--seconds", "--json"].includes(arg)) {
      const value = args[++i];
      if (value === undefined) throw new TypeError(`${arg} needs a value`);
      values.set(arg, value);
    } else throw new TypeError(`There is no option ${arg}`);
  }
  const quick = flags.has("--quick");
  return {
    modes: chosen(values.get("--modes"), modes),
    servers: chosen(values.get("--servers"), servers),
    rounds: positive("--rounds", values.get("--rounds") ?? (quick ? "1" : "3")),
    seconds: positive("--seconds", values.get("--seconds") ?? (quick ? "0.05" : "0.6")),
    warmup: quick ? 0.02 : 0.3,
    scale: quick ? 0.05 : 1,
    json: values.get("--json"),
    save: flags.has("--save"),
  };
}

function chosen(value: string | undefined, all: readonly string[]): readonly string[] {
  if (value === undefined) return all;
  const names = value.split(",");
  const wrong = names.find((name) => !all.includes(name));
  if (wrong !== undefined) throw new TypeError(`There is no ${wrong}, but ${all.join(", ")}`);
  return names;
}

function positive(name: string, value: string): number {
  const number = Number(value);
  if (!(number > 0)) throw new TypeError(`${name} must be a positive number, not ${value}`);
  return number;
}
