/**
 * The conventions of `src` that a general linter does not know, as a plugin for `deno lint`. It
 * looks at files in `src` only.
 *
 * @module
 */
import { pathToFileURL } from "node:url";
import { edgeFault } from "./layers.ts";

const ROOT = new URL("../../", import.meta.url);
const RUNTIME_GLOBALS = new Set(["Deno", "Bun", "process", "WebSocketPair"]);
/** The classes that adapters of others extend. */
const EXTENDED = /^src\/(adapters\/|socket\/adapter\.ts$)/;
const GLOBAL_OBJECTS = new Set(["globalThis", "self", "window", "global"]);
const EFFECTS = new Set([
  "setTimeout",
  "setInterval",
  "setImmediate",
  "Math.random",
  "crypto.getRandomValues",
  "crypto.randomUUID",
]);

type Context = Deno.lint.RuleContext;
type Node = Deno.lint.Node;
type Visitor = Deno.lint.LintVisitor;

const plugin: Deno.lint.Plugin = {
  name: "fetchio",
  rules: {
    "layers": inSource((context, path) => {
      const check = (node: Node, source: string, typeOnly: boolean): void => {
        const relative = source.startsWith(".");
        const url = relative ? new URL(source, new URL(path, ROOT)).href : undefined;
        const to = url?.startsWith(ROOT.href) ? url.slice(ROOT.href.length) : source;
        const fault = edgeFault({ from: path, to, typeOnly });
        if (fault !== undefined) context.report({ node, message: fault });
      };
      return {
        ImportDeclaration: (node) => check(node, node.source.value, node.importKind === "type"),
        ExportAllDeclaration: (node) => check(node, node.source.value, node.exportKind === "type"),
        ExportNamedDeclaration(node) {
          if (node.source !== null) check(node, node.source.value, node.exportKind === "type");
        },
      };
    }),

    "runtime-globals": inSource((context, path) => {
      if (path.startsWith("src/runtimes/")) return {};
      return {
        Identifier(node) {
          if (!RUNTIME_GLOBALS.has(node.name) || isPropertyName(node)) return;
          context.report({ node, message: `${node.name} is named in src/runtimes only` });
        },
      };
    }),

    "no-console": inSource((context, path) => {
      if (path === "src/base/log.ts") return {};
      return {
        Identifier(node) {
          if (node.name !== "console" || isPropertyName(node)) return;
          context.report({ node, message: "src/base/log.ts is the only place that prints" });
        },
      };
    }),

    "hash-private": inSource((context, path) => {
      const check = (node: Deno.lint.MethodDefinition | Deno.lint.PropertyDefinition): void => {
        const { accessibility } = node;
        if (accessibility !== "private" && accessibility !== "protected") return;
        if (accessibility === "protected" && node.override) return;
        if (accessibility === "protected" && EXTENDED.test(path)) return;
        context.report({ node, message: `#private instead of "${accessibility}"` });
      };
      return {
        MethodDefinition: check,
        PropertyDefinition: check,
        TSParameterProperty(node) {
          context.report({ node, message: "A field instead of a parameter property" });
        },
      };
    }),

    "module-effects": inSource((context) => ({
      CallExpression(node) {
        const name = context.sourceCode.getText(node.callee).replace(/^globalThis\./, "");
        if (!EFFECTS.has(name) || !runsAtImport(context.sourceCode.getAncestors(node))) return;
        context.report({ node, message: `${name} must not run when the module is imported` });
      },
    })),
  },
};

export default plugin;

function inSource(create: (context: Context, path: string) => Visitor): Deno.lint.Rule {
  return {
    create(context) {
      const path = pathOf(context.filename);
      return path?.startsWith("src/") ? create(context, path) : {};
    },
  };
}

/** The path from the repository's root, if the file is in there. */
function pathOf(filename: string): string | undefined {
  const { href } = pathToFileURL(filename);
  return href.startsWith(ROOT.href) ? href.slice(ROOT.href.length) : undefined;
}

/** Whether the identifier only names a member, and not one of the global object. */
function isPropertyName(node: Deno.lint.Identifier): boolean {
  const { parent } = node;
  switch (parent.type) {
    case "MemberExpression": {
      if (parent.property !== node || parent.computed) return false;
      return !(parent.object.type === "Identifier" && GLOBAL_OBJECTS.has(parent.object.name));
    }
    case "TSQualifiedName":
      return parent.right === node;
    case "Property":
    case "MethodDefinition":
    case "PropertyDefinition":
    case "TSPropertySignature":
    case "TSMethodSignature":
      return parent.key === node && !parent.computed;
    default:
      return false;
  }
}

/** Whether no function stands around the call, but for those that are called at once. */
function runsAtImport(ancestors: readonly Node[]): boolean {
  return ancestors.every((node) => {
    switch (node.type) {
      case "FunctionDeclaration":
        return false;
      case "PropertyDefinition":
        return node.static;
      case "FunctionExpression":
      case "ArrowFunctionExpression":
        return node.parent.type === "CallExpression" && node.parent.callee === node;
      default:
        return true;
    }
  });
}
