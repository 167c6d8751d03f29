import { type Hex, createPublicClient, custom, decodeFunctionData, encodeFunctionResult, parseAbi } from 'viem';
import { expect, test } from 'vitest';
import { diffWormholeEnd } from './read-wormhole.js';

const abi = parseAbi([
  'struct GuardianSet { address[] keys; uint32 expirationTime; }',
  'function chainId() view returns (uint16)',
  'function getCurrentGuardianSetIndex() view returns (uint32)',
  'function getGuardianSet(uint32 index) view returns (GuardianSet)',
]);
const core: Hex = `0x${'c0'.repeat(20)}`;

/** A node whose core has this guardian set. */
function readerOf(index: number, size = 19) {
  const keys = Array.from({ length: size }, () => core);
  const request = async ({ params }: { params?: unknown }): Promise<unknown> => {
    const [{ data }] = params as [{ data: Hex }];
    const { functionName } = decodeFunctionData({ abi, data });
    if (functionName === 'chainId') return encodeFunctionResult({ abi, functionName, result: 2 });
    if (functionName === 'getCurrentGuardianSetIndex')
      return encodeFunctionResult({ abi, functionName, result: index });
    return encodeFunctionResult({ abi, functionName, result: { keys, expirationTime: 0 } });
  };
  return createPublicClient({ transport: custom({ request }, { retryCount: 0 }) });
}

const [four, five] = [4, 5].map((index) => ({ index, size: 19 })) as [
  { index: number; size: number },
  { index: number; size: number },
];
const [path, end, ownChain] = ['at', { contract: core, core, consistencyLevel: 1 }, 2];
const indexAt = (seen: string, expected: string) => [{ path: 'at.core.guardianSet.index', seen, expected }];

test.each([
  ['the configured one', readerOf(4), []],
  ['the next one, named beforehand', readerOf(5), []],
  ['one after that', readerOf(6), indexAt('6', '4')],
  [
    'the next one with other guardians',
    readerOf(5, 1),
    [{ path: 'at.core.guardianSet.size', seen: '1', expected: '19' }],
  ],
])('a core at %s', async (_name, reader, differences) => {
  const witness = { guardianSet: four, nextGuardianSet: five };
  expect(await diffWormholeEnd(reader, { path, end, ownChain, witness })).toEqual(differences);
});

test('a core at a set that nobody has named differs', async () => {
  expect(await diffWormholeEnd(readerOf(5), { path, end, ownChain, witness: { guardianSet: four } })).toEqual(
    indexAt('5', '4'),
  );
});
