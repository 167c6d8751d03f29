import ts from 'typescript';
import { parseSource, report, walk } from './parse-source.js';
import type { Finding, RepositoryFile } from './repository.js';

/** What reaches past the ports, and where it may: where a process is composed, and where local chains are run. */
const COMPOSITION = /^apps\/[^/]+\/src\/(main|compose)\.ts$|^packages\/devnet\/src\//;
/** Where the ports' clock is made; it may be named where a process is composed. */
const CLOCK = /^packages\/process\/src\/system-clock\.ts$/;
/** Where sockets are opened: a request's own time limit is set beside it. */
const SOCKETS =
  /^packages\/((chain|client|prices|transactions)\/src\/|telemetry\/src\/start-health-server\.ts$)|^apps\/aggregator\/src\/http\//;
/** Where the event loop is let turn: that waits for no time, and a seed's order of events stays. */
const TURN = /^packages\/store\/src\/next-turn\.ts$/;

const RULES: readonly { readonly seen: RegExp; readonly allowed: RegExp }[] = [
  {
    seen: /^(Date\.now|new Date\(\)|Date\(\)|performance\.now)$/,
    allowed: new RegExp(`${COMPOSITION.source}|${CLOCK.source}`),
  },
  { seen: /^import systemClock$/, allowed: COMPOSITION },
  { seen: /^Math\.random$/, allowed: COMPOSITION },
  { seen: /^process\.env$/, allowed: new RegExp(`${COMPOSITION.source}|^packages/config/src/`) },
  {
    seen: /^(setTimeout|setInterval)\(\)$/,
    allowed: new RegExp(`${COMPOSITION.source}|${CLOCK.source}|${SOCKETS.source}`),
  },
  // Without it the library fetches what a contract that reverts names (EIP-3668): `createReader` of packages/rpc leaves it out.
  { seen: /^create(Public|Wallet)?Client\(\) with ccipRead$/, allowed: COMPOSITION },
  { seen: /^setImmediate\(\)$/, allowed: new RegExp(`${COMPOSITION.source}|${TURN.source}`) },
];

/** What a node reaches, in the words of the rules above; nothing for every other node. */
function nameAccess(node: ts.Node): string | undefined {
  if (ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression))
    return `${node.expression.text}.${node.name.text}`;
  if (
    ts.isElementAccessExpression(node) &&
    ts.isIdentifier(node.expression) &&
    ts.isStringLiteralLike(node.argumentExpression)
  ) {
    return `${node.expression.text}.${node.argumentExpression.text}`;
  }
  if (ts.isNewExpression(node) && ts.isIdentifier(node.expression) && (node.arguments?.length ?? 0) === 0)
    return `new ${node.expression.text}()`;
  if (
    ts.isCallExpression(node) &&
    /^create\w*Client$/.test(node.expression.getText()) &&
    !/ccipRead: false/.test(node.getText())
  )
    return `${node.expression.getText()}() with ccipRead`;
  if (ts.isCallExpression(node) && ts.isIdentifier(node.expression)) return `${node.expression.text}()`;
  if (ts.isImportSpecifier(node)) return `import ${(node.propertyName ?? node.name).text}`;
  return undefined;
}

/** Every use of the clock, chance, the environment or a timer outside the places that hand them in. */
export function findWorldAccess(file: RepositoryFile): readonly Finding[] {
  const source = parseSource(file);
  return [...walk(source)].flatMap((node) => {
    const access = nameAccess(node);
    const rule = access === undefined ? undefined : RULES.find(({ seen }) => seen.test(access));
    return access === undefined || rule === undefined || rule.allowed.test(file.path)
      ? []
      : [report(source, node, access)];
  });
}
