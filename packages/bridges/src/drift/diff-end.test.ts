import { l1StateWitnessCode } from '@surety/contracts';
import { type Hex, createPublicClient, custom, decodeFunctionData, encodeAbiParameters, parseAbi } from 'viem';
import { expect, test } from 'vitest';
import type { WitnessSpec, WitnessedSource } from '../witness-spec.js';
import { diffEnd } from './diff-end.js';

const addressOf = (byte: string): Hex => `0x${byte.repeat(20)}`;
const [vault, ledger, proving] = [addressOf('a1'), addressOf('a2'), addressOf('b1')];
const [l1Block, other] = [addressOf('b2'), addressOf('cc')];
const source: WitnessedSource = {
  source: 1,
  vault,
  ledger,
  assets: [],
  witnesses: [],
  vaultIds: {},
  ledgerIds: {},
};
const abi = parseAbi(['function l1Block() view returns (address)', 'function vault() view returns (address)']);

function witnessOver(kind: string): WitnessSpec {
  const end = { contract: proving, hashSource: { kind, address: l1Block } };
  return { kind: 'state-proof', name: 'proof', slot: 2, mayConflict: true, atVault: end, atLedger: end };
}

/** A node on which the end has this code and reads these two contracts; a value left out means that the view is missing. */
function readerOf(
  answers: { readonly l1Block?: Hex; readonly vault?: Hex },
  code: string = l1StateWitnessCode.runtime,
) {
  const request = async ({ method, params }: { method: string; params?: unknown }): Promise<unknown> => {
    if (method === 'eth_getCode') return code;
    const [{ to, data }] = params as [{ to: Hex; data: Hex }];
    if (method !== 'eth_call' || to !== proving) throw new TypeError(`${method} of ${to} is not modelled`);
    const answer = answers[decodeFunctionData({ abi, data }).functionName];
    return answer === undefined ? '0x' : encodeAbiParameters([{ type: 'address' }], [answer]);
  };
  return createPublicClient({ transport: custom({ request }, { retryCount: 0 }) });
}

test('a state proof that reads its L1 block and the vault as configured shows no difference', async () => {
  const at = { witness: witnessOver('l1-block'), side: 'atLedger', reader: readerOf({ l1Block, vault }) } as const;
  expect(await diffEnd(source, at)).toEqual([]);
});

test.each([
  ['takes hashes from elsewhere', { l1Block: other, vault }, 'hashSource.address', other, l1Block],
  ['reads another vault', { l1Block, vault: other }, 'vault', other, vault],
  ['has no such view', { vault }, 'hashSource.address', 'nothing', l1Block],
] as const)('one that %s differs', async (_name, answers, field, seen, expected) => {
  const at = { witness: witnessOver('l1-block'), side: 'atLedger', reader: readerOf(answers) } as const;
  expect(await diffEnd(source, at)).toEqual([{ path: `witnesses[proof].atLedger.${field}`, seen, expected }]);
});

test.each([
  ['no code', '0x'],
  ['other code', '0x6001'],
])('one with %s is not read further', async (seen, code) => {
  const at = { witness: witnessOver('l1-block'), side: 'atLedger', reader: readerOf({}, code) } as const;
  const path = 'witnesses[proof].atLedger.contract';
  expect(await diffEnd(source, at)).toEqual([{ path, seen, expected: 'L1StateWitness' }]);
});

test('no contract is read for the end beside the vault, or for hash sources without an implementation', async () => {
  for (const [kind, side] of [
    ['l1-block', 'atVault'],
    ['dispute-game', 'atLedger'],
  ] as const)
    // prettier-ignore
    expect(await diffEnd(source, { witness: witnessOver(kind), side, reader: readerOf({}) })).toEqual([]);
});
