import { collateralVaultAbi } from '@surety/contracts';
import { address, bytes32 } from '@surety/domain';
import { type Hex, encodeAbiParameters, encodeEventTopics } from 'viem';
import { describe, expect, it } from 'vitest';
import { runSurety } from '../testing/run-surety.js';
import { paymentOf } from '../payments/payment-of.js';
import { listedPayments } from './deliver.js';
import { type RelayedResult, tellRelayed } from '../relay/relay.js';

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

describe('payments that were recorded earlier', () => {
  const edge = bytes32(`0x${'ed'.repeat(32)}`);
  /** Lists payments page by page until it has given so many, then does what `then` does. */
  async function list(pages: number, then: () => never[], from?: bigint) {
    const told: string[] = [];
    let asked = 0;
    const readPayments = async (_edge: string, after: bigint) => {
      asked += 1;
      if (asked > pages) return then();
      return [{ seq: after + 1n, packed: new Uint8Array(95), readyAt: 0n, state: 'claimable' as const }];
    };
    const owed = await listedPayments(
      () => ({ readPayments }),
      edge,
      (line) => told.push(line),
      from,
    );
    return { found: owed.map(({ seq }) => seq), asked, told };
  }
  const away = (): never => {
    throw new Error('no aggregator answers');
  };

  it('are looked for on every page', async () => {
    expect(await list(2, () => [])).toEqual({ found: [1n, 2n], asked: 3, told: [] });
  });

  it('are named as far as they were found before the aggregator failed', async () => {
    expect((await list(0, away)).told).toEqual([
      'no aggregator answers: payments that were recorded earlier are not looked for',
    ]);
    expect(await list(2, away)).toMatchObject({
      found: [1n, 2n],
      told: [
        'no aggregator answers: 2 payments that were recorded earlier were found, those above number 2 are not looked for',
      ],
    });
  });

  it('are looked for on so many pages that an aggregator cannot keep the command for ever', async () => {
    const { found, asked, told } = await list(1_000, away);
    expect([found.length, asked, told.length]).toEqual([64, 64, 1]);
    expect(told[0]).toContain('64 payments that were recorded earlier were found, those above number 64 are not');
    expect(told[0]).toMatch(/; look for those with surety deliver --after 64$/);
  });

  it('are looked for above a number, where a run before it has stopped', async () => {
    const { found, told } = await list(1_000, away, 64n);
    expect([found[0], found.at(-1), told.length]).toEqual([65n, 128n, 1]);
    expect(told[0]).toContain('surety deliver --after 128');
    expect(await list(0, () => [], 64n)).toEqual({ found: [], asked: 1, told: [] });
  });

  it('are not looked for above what is no number', async () => {
    const { code, told } = await runSurety(['deliver', '--after', '0x40', '--yes'], { environment: {} });
    expect([code, told]).toEqual([
      2,
      'surety: BAD_USE: --after is "0x40"; expected the number of a payment, such as 4096',
    ]);
  });
});
