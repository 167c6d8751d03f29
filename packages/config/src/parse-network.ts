import { checkNetwork } from './check-network.js';
import { type ConfigIssue, configError } from './errors.js';
import { type NetworkFile, networkSchema } from './network-schema.js';

/** Validated and deeply frozen chains.config.json. */
export type Network = DeepReadonly<NetworkFile>;

type DeepReadonly<Value> = Value extends (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : Value extends object
    ? { readonly [Key in keyof Value]: DeepReadonly<Value[Key]> }
    : Value;

/**
 * Parses chains.config.json into a validated, frozen value.
 * @throws CONFIG_UNREADABLE if it is not JSON; CONFIG_INVALID listing every problem by path.
 */
export function parseNetwork(text: string, where: string): Network {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw configError('CONFIG_UNREADABLE', where, [
      {
        path: '(file)',
        seen: `no JSON (${cause instanceof Error ? cause.message.replace(/\s+/g, ' ') : 'unknown'})`,
        expected: 'a JSON object',
      },
    ]);
  }
  const issues = findNetworkIssues(json);
  if (issues.length > 0) throw configError('CONFIG_INVALID', where, issues);
  return deepFreeze(networkSchema.parse(json));
}

/**
 * Lists every problem of a parsed chains.config.json: first those of the schema; if there are none, those of the
 * cross-checks.
 */
export function findNetworkIssues(json: unknown): ConfigIssue[] {
  const parsed = networkSchema.safeParse(json);
  if (parsed.success) return checkNetwork(parsed.data);
  return parsed.error.issues.map((issue) => ({
    path: formatPath(issue.path),
    seen:
      issue.code === 'unrecognized_keys' ? `unknown member ${issue.keys.join(', ')}` : clip(valueAt(json, issue.path)),
    expected: issue.code === 'unrecognized_keys' ? expectedMembers(issue.keys) : expectedBy(issue.message),
  }));
}

/** Members of older files, and why they were removed. */
const WITHDRAWN: Readonly<Record<string, string>> = {
  generation: 'the names of edges are read from their chains',
  closedHeads: 'the names of edges are read from their chains',
  capWad: 'the cap of each asset (`cap` in `assets`) bounds what caps of sources and underlyings bound',
};

function expectedMembers(unknown: readonly string[]): string {
  const withdrawn = unknown.filter((member) => Object.hasOwn(WITHDRAWN, member));
  if (withdrawn.length === 0) return 'only members the schema knows';
  const reasons = new Set(withdrawn.map((member) => WITHDRAWN[member]));
  return `no such member, because ${[...reasons].join(', and ')}: delete ${withdrawn.join(' and ')}`;
}

/** Returns the expectation from a schema message such as `Invalid input: expected number, received string`. */
function expectedBy(message: string): string {
  return message.replace(/^[A-Z][\w ]*: expected /, '').replace(/, received \w+$/, '');
}

function formatPath(path: readonly PropertyKey[]): string {
  let text = '';
  for (const part of path)
    text += typeof part === 'number' ? `[${part}]` : text === '' ? String(part) : `.${String(part)}`;
  return text === '' ? '(file)' : text;
}

function valueAt(json: unknown, path: readonly PropertyKey[]): unknown {
  let value: unknown = json;
  for (const part of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<PropertyKey, unknown>)[part];
  }
  return value;
}

function clip(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

function deepFreeze<Value>(value: Value): DeepReadonly<Value> {
  if (typeof value === 'object' && value !== null) {
    for (const member of Object.values(value)) deepFreeze(member);
    Object.freeze(value);
  }
  return value as DeepReadonly<Value>;
}
