import { collateralVaultAbi } from '@surety/contracts';
import { type Bytes32, address, blockHash, txHash } from '@surety/domain';
import type { ChainLog } from '@surety/workflows';
import { type Abi, encodeAbiParameters, encodeEventTopics } from 'viem';
import { describe, expect, it } from 'vitest';
import { word } from '../testing/test-attesters.js';
import { VAULT_FACT_TOPICS, vaultFactOf } from './decode-vault-facts.js';

/** Writes an event as the vault would emit it: indexed arguments as topics, the others as data. */
function log(eventName: string, args: Record<string, unknown>): ChainLog {
  const event = collateralVaultAbi.find((item) => item.type === 'event' && item.name === eventName);
  if (event?.type !== 'event') throw new TypeError(`${eventName} is no event of the vault`);
  const abi: Abi = [event];
  const topics: unknown[] = encodeEventTopics({ abi, eventName, args });
  const inputs: readonly { readonly name: string; readonly indexed?: boolean }[] = event.inputs;
  const plain = inputs.filter((input) => input.indexed !== true);
  return {
    address: address(`0x${'a1'.repeat(20)}`),
    topics: topics.map((topic) => topic as Bytes32),
    data: encodeAbiParameters(plain as never, plain.map((input) => args[input.name]) as never),
    blockHeight: 5n as ChainLog['blockHeight'],
    blockHash: blockHash(word(5)),
    txHash: txHash(word(1)),
    logIndex: 0,
  };
}

describe('what a vault says of an asset of which tokens are missing', () => {
  it('is read as reports, losses that wait or were taken over, and what payments bore', () => {
    const seq = 2n ** 64n + 3n;
    const logs = [
      log('Shortfall', { asset: 2, deficit: 7n, coverage: 5n }),
      log('LossQueued', { seq, asset: 2, amount: 9n, found: true, readyAt: 11, opensAt: 12 }),
      log('LossTaken', { seq, asset: 2, units: 8n, found: false }),
      log('LossBorne', { seq, loss: 6n }),
      log('Voided', { seq, due: 0n }),
      log('PaidPastPoint', { seq, asset: 2, amount: 4n }),
      log('Settled', { seq, amount: 4n }),
      log('Rewinding', { edge: word(1), next: word(3), count: 2n, head: word(4) }),
      log('Unwound', { count: 2n }),
      log('EdgeOpened', { edge: word(3), previous: word(1), generation: 1 }),
    ];
    expect(logs.map(vaultFactOf)).toEqual([
      { kind: 'shortfall', vaultAsset: 2, missing: 7n, coverageWad: 5n },
      { kind: 'loss-queued', seq, vaultAsset: 2, amount: 9n, found: true, readyAt: 11n },
      { kind: 'loss-taken', seq, vaultAsset: 2, units: 8n, found: false },
      { kind: 'loss-borne', seq, loss: 6n },
      { kind: 'voided', seq, due: 0n },
      { kind: 'paid-past-point', seq, amount: 4n },
      { kind: 'settled', seq, amount: 4n },
      { kind: 'rewinding', edge: word(1), next: word(3), count: 2n, head: word(4) },
      { kind: 'unwound', count: 2n },
      { kind: 'edge-opened', edge: word(3), previous: word(1), generation: 1 },
    ]);
  });
});

it('asks a vault for the events that give a fact, and for no lock', () => {
  const topicOf = (eventName: 'Locked' | 'Journaled' | 'Queued' | 'Applied') =>
    encodeEventTopics({ abi: collateralVaultAbi, eventName })[0];
  expect(VAULT_FACT_TOPICS).toContain(topicOf('Queued'));
  expect(VAULT_FACT_TOPICS).toContain(topicOf('Applied'));
  expect(VAULT_FACT_TOPICS).not.toContain(topicOf('Locked'));
  expect(VAULT_FACT_TOPICS).not.toContain(topicOf('Journaled'));
});
