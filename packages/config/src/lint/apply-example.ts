import type { NetworkFile } from '../network-schema.js';
import { exampleNetwork } from './example-network.js';
import type { LintExample } from './lint-rule.js';

/** Applies an example's changes to the example network. */
export function applyExample(example: LintExample): NetworkFile {
  const file = structuredClone(exampleNetwork());
  for (const [path, value] of Object.entries(example)) place(file, path, structuredClone(value));
  return file;
}

type Node = Record<string, unknown> | unknown[];

function place(file: NetworkFile, path: string, value: unknown): void {
  const steps = path.replace(/\[(\d+)\]/g, '.$1').split('.');
  const last = steps.pop() ?? '';
  let node: Node = file;
  for (const step of steps) node = memberOf(node, step) as Node;
  if (Array.isArray(node)) {
    if (value === null) node.splice(Number(last), 1);
    else node[Number(last)] = value;
  } else if (value === null) {
    delete node[last];
  } else {
    node[last] = value;
  }
}

function memberOf(node: Node, step: string): unknown {
  return Array.isArray(node) ? node[Number(step)] : node[step];
}
