/**
 * The import rule of `src`: which layer may import which, as a function of a module graph.
 *
 * ```
 * plugins ──▶ mod.ts ──▶ server.ts ──┬──▶ socket ──▶ engine ──▶ wire ──▶ base
 *                                    └──▶ runtimes ──▶ engine/channel.ts, base
 *             adapters ──▶ socket/adapter.ts, wire, base
 * ```
 */

/** One import: `from` and `to` are paths from the repository's root, or `to` is a package. */
export interface Edge {
  readonly from: string;
  readonly to: string;
  /** Whether it is gone at run time. */
  readonly typeOnly: boolean;
}

interface Layer {
  readonly name: string;
  readonly files: RegExp;
  /** The layers and single files that it may import, besides its own files. */
  readonly below: readonly string[];
  /** Whether its files may import each other. */
  readonly closed?: boolean;
}

/** A file belongs to the first layer that names it. */
const LAYERS: readonly Layer[] = [
  { name: "base", files: /^src\/base\//, below: [] },
  { name: "wire", files: /^src\/wire\//, below: ["base"] },
  {
    name: "engine root",
    files: /^src\/engine\/mod\.ts$/,
    below: ["engine", "wire", "base", "runtimes"],
  },
  { name: "engine", files: /^src\/engine\//, below: ["wire", "base"] },
  { name: "socket", files: /^src\/socket\//, below: ["engine", "wire", "base"] },
  {
    name: "adapters' door",
    files: /^src\/adapters\/mod\.ts$/,
    below: ["mod.ts", "adapters", "src/runtimes/relay/broadcast_channel_relay.ts"],
  },
  {
    name: "adapters",
    files: /^src\/adapters\//,
    below: ["src/socket/adapter.ts", "wire", "base"],
  },
  { name: "runtimes", files: /^src\/runtimes\//, below: ["src/engine/channel.ts", "base"] },
  {
    name: "testing",
    files: /^src\/plugins\/testing\.ts$/,
    below: ["mod.ts", "src/runtimes/memory.ts"],
    closed: true,
  },
  { name: "plugins", files: /^src\/plugins\//, below: ["mod.ts"], closed: true },
  {
    name: "root",
    files: /^src\/(server|mountable|server_events|options|listen|durable_objects)\.ts$/,
    below: ["socket", "engine root", "engine", "wire", "base", "runtimes", "adapters"],
  },
  {
    name: "door",
    files: /^mod\.ts$/,
    below: ["root", "socket", "engine root", "engine", "wire", "base"],
  },
];

/** The one type that is named against the arrows: users reach the server through `namespace.server`. */
const UPWARD_TYPE = { from: "src/socket/namespace.ts", to: "src/server.ts" };

/** The one package that something runs on. */
const RUN_TIME_PACKAGE = { from: "src/plugins/msgpack.ts", to: "@msgpack/msgpack" };

/** Why the import is against the rule, or `undefined` if it is fine. */
export function edgeFault({ from, to, typeOnly }: Edge): string | undefined {
  if (typeOnly && from === UPWARD_TYPE.from && to === UPWARD_TYPE.to) return undefined;
  const layer = LAYERS.find(({ files }) => files.test(from));
  if (layer === undefined) return `${from} belongs to no layer`;
  const plugin = pluginOf(from);
  const target = LAYERS.find(({ files }) => files.test(to));
  if (target !== undefined) {
    const own = target === layer && (!layer.closed || pluginOf(to) === plugin);
    if (own || layer.below.includes(target.name) || layer.below.includes(to)) return undefined;
    return `${from} imports ${to}: ${layer.name} must not know ${target.name}`;
  }
  if (to.startsWith("src/")) return `${from} imports ${to}, which belongs to no layer`;
  if (from === RUN_TIME_PACKAGE.from && packageName(to) === RUN_TIME_PACKAGE.to) return undefined;
  if (plugin === undefined || packageName(to) !== plugin) {
    return `${from} imports ${to}: only a plugin imports a package, the one it is named after`;
  }
  return typeOnly ? undefined : `${from} imports ${to} at run time, not only its types`;
}

/** A cycle of run-time imports, its first file again at its end, or `undefined` if there is none. */
export function findCycle(edges: readonly Edge[]): string[] | undefined {
  const next = new Map<string, string[]>();
  for (const { from, to, typeOnly } of edges) {
    if (!typeOnly) next.set(from, [...(next.get(from) ?? []), to]);
  }
  const done = new Set<string>();
  const visit = (file: string, path: string[]): string[] | undefined => {
    const seen = path.indexOf(file);
    if (seen >= 0) return [...path.slice(seen), file];
    if (done.has(file)) return undefined;
    for (const to of next.get(file) ?? []) {
      const cycle = visit(to, [...path, file]);
      if (cycle !== undefined) return cycle;
    }
    done.add(file);
    return undefined;
  };
  for (const file of next.keys()) {
    const cycle = visit(file, []);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}

/** What `deno info --json` says about a module, as far as it is needed here. */
export interface ModuleInfo {
  readonly specifier: string;
  readonly error?: string;
  readonly dependencies?: readonly {
    readonly specifier: string;
    readonly code?: { readonly specifier?: string; readonly error?: string };
    readonly type?: { readonly specifier?: string; readonly error?: string };
  }[];
}

/** The imports of the modules below `root`; everything outside of it counts as a package. */
export function edgesOf(modules: readonly ModuleInfo[], root: URL): Edge[] {
  const edges: Edge[] = [];
  for (const { specifier, error, dependencies } of modules) {
    if (!specifier.startsWith(root.href)) continue;
    const from = specifier.slice(root.href.length);
    if (error !== undefined) throw new Error(`${from}: ${error}`);
    for (const { specifier: written, code, type } of dependencies ?? []) {
      const resolved = (code ?? type)?.specifier;
      if (resolved === undefined) {
        throw new Error(`${from} imports ${written}: ${(code ?? type)?.error}`);
      }
      const to = resolved.startsWith(root.href) ? resolved.slice(root.href.length) : written;
      edges.push({ from, to, typeOnly: code === undefined });
    }
  }
  return edges;
}

/** The name of a plugin, by one of its files: `src/plugins/name.ts` or `src/plugins/name/part.ts`. */
function pluginOf(path: string): string | undefined {
  return /^src\/plugins\/(\w+)(?:\/\w+)?\.ts$/.exec(path)?.[1];
}

/** `npm:@scope/name@1/path` and `@scope/name/path` to `@scope/name`. */
function packageName(specifier: string): string | undefined {
  return /^(?:\w+:\/?)?((?:@[^/@]+\/)?[^/@:]+)(?:[@/].*)?$/.exec(specifier)?.[1];
}
