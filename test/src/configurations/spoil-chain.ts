import type { SeededRandom } from '../faults/seeded-random.js';
import type { ModelledAnswer, ModelledChains } from './modelled-chains.js';
import { spoiledValues } from './spoil-value.js';

/** Makes one thing on the chains another than it was, and says what. */
export function spoilChain(chains: ModelledChains, random: SeededRandom, strangers: readonly string[]): string {
  const kind = random.between(0, 19);
  if (kind === 0) return spoilCode(chains, random);
  const answer = random.pick(chains.answers);
  const where = `${answer.side} ${answer.functionName}(${answer.args.join()})`;
  if (kind <= 2) {
    answer.state = random.pick(['gone', 'refused', 'silent'] as const);
    return `${answer.state}: ${where}`;
  }
  const path = random.pick(answer.held);
  const value = spoil(answer, path, random, strangers);
  return `${kindOf(answer, path)}: ${where}.${path} = ${typeof value === 'bigint' ? `${value}n` : JSON.stringify(value)}`;
}

function kindOf({ functionName }: ModelledAnswer, path: string): string {
  return path === '' ? functionName : `${functionName}.${path}`;
}

function spoilCode({ codes }: ModelledChains, random: SeededRandom): string {
  const key = random.pick([...codes.keys()]);
  const code = codes.get(key) ?? '0x';
  const other = random.pick([...codes.entries()].filter(([, one]) => one !== code))[1];
  codes.set(
    key,
    random.pick(['0x', `${code}00`, `${code.slice(0, 40)}${code.slice(42)}`, other] as const) as typeof code,
  );
  return `code: ${key}`;
}

/** Sets one held value to another one that fits its type. */
function spoil(answer: ModelledAnswer, path: string, random: SeededRandom, strangers: readonly string[]): unknown {
  if (path === '') {
    answer.result = random.pick(spoiledValues(answer.result, random, strangers));
    return answer.result;
  }
  answer.result = structuredClone(answer.result);
  const steps = path.split('.');
  const last = steps.pop() ?? '';
  let node = answer.result as Record<string, unknown>;
  for (const step of steps) node = node[step] as Record<string, unknown>;
  if (last === 'length') {
    const keys = node as unknown as string[];
    if (random.between(0, 1) === 0) keys.pop();
    else keys.push(random.pick(strangers));
    return keys.length;
  }
  const fits = spoiledValues(node[last], random, strangers).filter((one) => !isQuarter(last, node[last], one));
  node[last] = random.pick(fits);
  return node[last];
}

/** A quarter of the fast limit is what a contested source has: no difference. */
function isQuarter(field: string, value: unknown, other: unknown): boolean {
  return field === 'fastUnits' && typeof value === 'bigint' && other === value >> 2n;
}
