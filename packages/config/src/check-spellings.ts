import type { ConfigIssue } from './errors.js';
import type { NetworkFile } from './network-schema.js';

/** Members that name an organisation or a dependency, by the group within which their values are compared. */
const NAMES: Readonly<Record<string, string>> = {
  operator: 'operator',
  backend: 'backend',
  failureDomain: 'failure domain',
  custody: 'place of a key',
};

/**
 * Finds names that differ only in case or spaces. Rules about independence compare names literally: one organisation
 * spelled in two ways would pass for two.
 */
export function checkSpellings(network: NetworkFile): ConfigIssue[] {
  const first = new Map<string, string>();
  const issues: ConfigIssue[] = [];
  const look = (kind: string, name: string, path: string): void => {
    const key = `${kind} ${folded(name)}`;
    const known = first.get(key) ?? name;
    first.set(key, known);
    if (known !== name)
      issues.push({ path, seen: `${kind} "${name}"`, expected: `"${known}", as elsewhere in the file` });
    else if (name !== name.trim()) issues.push({ path, seen: `${kind} "${name}"`, expected: 'no spaces at its ends' });
  };
  const walk = (node: unknown, path: string): void => {
    if (Array.isArray(node)) return node.forEach((item, at) => walk(item, `${path}[${at}]`));
    if (typeof node !== 'object' || node === null) return;
    for (const [key, value] of Object.entries(node)) {
      const place = path === '' ? key : `${path}.${key}`;
      const kind = NAMES[key];
      if (kind !== undefined && typeof value === 'string') look(kind, value, place);
      else walk(value, place);
    }
  };
  walk(network, '');
  return issues;
}

function folded(name: string): string {
  return name.normalize('NFKC').replace(/\s+/gu, ' ').trim().toLowerCase();
}
