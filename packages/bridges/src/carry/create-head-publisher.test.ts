import { address, bytes32 } from '@surety/domain';
import type { TransactionSender } from '@surety/workflows';
import { expect, test } from 'vitest';
import type { WitnessSpec } from '../witness-spec.js';
import type { BridgeReads } from '../bridge-reads.js';
import { createHeadPublisher } from './create-head-publisher.js';

const end = { contract: `0x${'a1'.repeat(20)}`, core: `0x${'c0'.repeat(20)}`, consistencyLevel: 1 };
const witness: WitnessSpec = {
  kind: 'wormhole',
  name: 'wormhole',
  slot: 1,
  mayConflict: true,
  guardianSet: { index: 0, size: 13 },
  atVault: end,
  atLedger: end,
};
const inbound = {
  source: 1,
  direction: 'to-ledger',
  edge: bytes32(`0x${'ee'.repeat(32)}`),
  replica: address(`0x${'1e'.repeat(20)}`),
  gasCeiling: 8_000_000n,
  witness,
} as const;

test.each<[string, Awaited<ReturnType<BridgeReads['call']>>, string]>([
  ['refuses', { kind: 'reverted', revert: { name: 'WrongEdge' } }, 'WrongEdge'],
  ['is none', { kind: 'answer', bytes: '0x' }, 'it answers nothing'],
])('a contract that %s is no fee of 0', async (_name, answer, words) => {
  const reads: BridgeReads = { call: async () => answer };
  const publisher = createHeadPublisher(inbound, {
    origin: reads,
    destination: reads,
    sender: {} as TransactionSender,
  });
  await expect(publisher.readFeeWei()).rejects.toMatchObject({
    code: 'WITNESS_UNREADABLE',
    retryable: true,
    message: expect.stringContaining(words) as string,
  });
});
