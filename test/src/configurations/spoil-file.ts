import type { NetworkFile } from '@surety/config';
import type { SeededRandom } from '../faults/seeded-random.js';
import { spoiledHex } from './spoil-value.js';

type Node = Record<string, unknown>;

/** What the chains can contradict: every member of these names under the source, but for those of the state proof. */
const HELD =
  /\.(address|source|contract|endpoint|core|peer|sendLibrary|receiveLibrary|executor|confirmations|optionalThreshold|consistencyLevel|index|size|slot|mayConflict|assetId|token|decimals|cap|m|layerZeroEid|wormholeChainId|ledger)$/;

/** Makes one member of a file another than it was, and says which. */
export function spoilFile(file: NetworkFile, random: SeededRandom, strangers: readonly string[]): string {
  const kind = random.between(0, 9);
  if (kind <= 1) return swapParts(file, random);
  if (kind <= 3) return spoilVerifiers(file, random, strangers);
  const place = random.pick(membersOf(file).filter(({ path }) => isHeld(path)));
  const others = othersOf(place.node[place.key], random, strangers);
  const value = others[random.between(0, others.length - 1)];
  if (value === undefined) delete place.node[place.key];
  else place.node[place.key] = value;
  return `${place.key}: ${place.path} = ${JSON.stringify(value)}`;
}

function isHeld(path: string): boolean {
  const isChain = /^chains\[0\]|^chains\[1\]\.(layerZeroEid|wormholeChainId)$|^settlement\.ledger$/.test(path);
  const isProof = /witnesses\[2\]\.(atVault|atLedger)\.(hashSource|anchor|peer)/.test(path);
  return isChain && !isProof && HELD.test(path);
}

function othersOf(value: unknown, random: SeededRandom, strangers: readonly string[]): unknown[] {
  if (typeof value === 'boolean') return [!value, undefined, String(value), null];
  if (typeof value === 'number')
    return [value + 1, value - 1, 0, -1, 2 ** 53, 1e30, value + 0.5, String(value), undefined, null].filter(
      (one) => one !== value,
    );
  const text = String(value);
  if (!text.startsWith('0x')) {
    const more = BigInt(text) + 1n;
    return [String(more), '0', '-1', '1e9', '9'.repeat(90), `${text}.0`, '', undefined, Number(text)].filter(
      (one) => one !== text,
    );
  }
  const shapes = [text.slice(0, -1), `${text}00`, text.slice(2), `${text.slice(0, -1)}g`, '', undefined, null];
  return [...spoiledHex(text, random, strangers), ...shapes];
}

/** Two parts that are in each other's place. */
function swapParts(file: NetworkFile, random: SeededRandom): string {
  const vault = file.chains[0]?.vault;
  const witnesses = vault?.witnesses ?? [];
  const one = random.pick(witnesses.slice(0, 2));
  const other = witnesses.find((witness) => witness !== one);
  if (other === undefined || vault?.witnesses === undefined) throw new TypeError('the example has three witnesses');
  const swaps: Readonly<Record<string, () => unknown>> = {
    ends: () => ([one.atVault, one.atLedger] = [one.atLedger, one.atVault]),
    places: () => ([one.slot, other.slot] = [other.slot, one.slot]),
    contracts: () => ([one.atVault.contract, one.atLedger.contract] = [one.atLedger.contract, one.atVault.contract]),
    peers: () => ([one.atVault.peer, one.atLedger.peer] = [one.atLedger.peer, one.atVault.peer]),
    'a witness left out': () => (vault.witnesses = witnesses.filter((witness) => witness !== one)),
    'a witness twice': () => witnesses.push({ ...structuredClone(one), slot: 3, name: 'again' }),
    'the policy left out': () => delete vault.policy,
    ways: () => {
      if (one.kind !== 'layerzero') return ([one.atVault, one.atLedger] = [one.atLedger, one.atVault]);
      const end = random.pick([one.atVault, one.atLedger]);
      return ([end.send, end.receive] = [end.receive, end.send]);
    },
    libraries: () => {
      if (one.kind !== 'layerzero') return ([one.atVault, one.atLedger] = [one.atLedger, one.atVault]);
      const end = random.pick([one.atVault, one.atLedger]);
      return ([end.sendLibrary, end.receiveLibrary] = [end.receiveLibrary, end.sendLibrary]);
    },
  };
  const name = random.pick(Object.keys(swaps));
  swaps[name]?.();
  return `swapped: ${name} of ${one.name}`;
}

/** A list of verifiers that is shorter, longer, or names one twice, in other letters too. */
function spoilVerifiers(file: NetworkFile, random: SeededRandom, strangers: readonly string[]): string {
  const witness = file.chains[0]?.vault?.witnesses?.[0];
  if (witness?.kind !== 'layerzero') throw new TypeError('the first witness of the example is LayerZero’s');
  const side = random.pick(['atVault', 'atLedger'] as const);
  const way = random.pick(['send', 'receive'] as const);
  const name = random.pick(['requiredDvns', 'optionalDvns'] as const);
  const list = witness[side][way][name];
  const [first, second] = list;
  if (first === undefined || second === undefined) throw new TypeError('the example names two of each');
  const upper = `0x${first.address.slice(2).toUpperCase()}`;
  const acts: Readonly<Record<string, () => unknown>> = {
    'one less': () => list.pop(),
    none: () => list.splice(0),
    'one more': () => list.push({ operator: 'dvn-omega', address: random.pick(strangers) }),
    'one twice': () => list.push({ ...first, operator: 'dvn-omega' }),
    'one twice, in capitals': () => (second.address = upper),
    'one thrice, in capitals': () => list.push({ operator: 'dvn-omega', address: upper }),
    'another one': () => (first.address = spoiledHex(first.address, random, strangers)[0] ?? upper),
    'from the other list': () => {
      const from = witness[side][way][name === 'requiredDvns' ? 'optionalDvns' : 'requiredDvns'];
      return list.push(...from.splice(0, 1));
    },
  };
  const act = random.pick(Object.keys(acts));
  acts[act]?.();
  return `verifiers: ${act}, ${side}.${way}.${name}`;
}

function membersOf(file: NetworkFile): { readonly path: string; readonly node: Node; readonly key: string }[] {
  const found: { path: string; node: Node; key: string }[] = [];
  const walk = (node: unknown, path: string): void => {
    if (Array.isArray(node)) return node.forEach((item, at) => walk(item, `${path}[${at}]`));
    if (typeof node !== 'object' || node === null) return;
    for (const [key, value] of Object.entries(node)) {
      const place = path === '' ? key : `${path}.${key}`;
      if (typeof value === 'object') walk(value, place);
      else found.push({ path: place, node: node as Node, key });
    }
  };
  walk(file, '');
  return found;
}
