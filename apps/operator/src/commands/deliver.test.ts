import { collateralVaultAbi } from '@surety/contracts';
import { address } from '@surety/domain';
import { type Hex, encodeAbiParameters, encodeEventTopics } from 'viem';
import { describe, expect, it } from 'vitest';
import { paymentOf } from './deliver.js';
import { type RelayedResult, tellRelayed } from './relay.js';

const vault = address(`0x${'77'.repeat(20)}`);
const topicsOf = (eventName: 'Paid' | 'Claimable'): Hex[] =>
  encodeEventTopics({ abi: collateralVaultAbi, eventName, args: { seq: 7n, feeTo: vault } }) as Hex[];
const paid = {
  address: vault,
  topics: topicsOf('Paid'),
  data: encodeAbiParameters([{ type: 'uint96' }], [1n]),
};
const claimable = {
  address: vault,
  topics: topicsOf('Claimable'),
  data: encodeAbiParameters([{ type: 'uint8' }], [2]),
};

describe('a payment whose call landed', () => {
  it('is paid or claimable by the vault’s own event alone', () => {
    const foreign = { ...paid, address: address(`0x${'66'.repeat(20)}`) };
    expect(paymentOf([foreign, claimable], vault)).toBe('claimable');
    expect(paymentOf([paid], vault)).toBe('paid');
    expect(paymentOf([foreign], vault)).toBeUndefined();
  });

  it('is told apart where an edge is relayed', () => {
    const result = { from: 'a', to: 'b', applied: 1n, count: 9n, paid: 2, claimable: 1, tried: [], refusal: null };
    expect(tellRelayed(result as unknown as RelayedResult)).toBe(
      'a → b: 1 entries applied, now 9; 2 paid; 1 claimable: the transfer failed and nothing was paid; docs/RUNBOOKS/08-claimable.md',
    );
  });
});
