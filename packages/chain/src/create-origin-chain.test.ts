import { keccak256 } from '@surety/contracts';
import { blockHeight, unpackEntries } from '@surety/domain';
import { AnvilNode } from '@surety/rpc/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { JournalWriter } from './testing/journal-writer.js';
import { openTestChain } from './testing/test-chain.js';

describe('a chain with honest providers', () => {
  let node: AnvilNode;
  let writer: JournalWriter;

  beforeAll(async () => {
    node = await AnvilNode.start({ chainId: 41_001, args: ['--slots-in-an-epoch', '1'] });
    writer = await JournalWriter.deploy(node, keccak256);
    for (const amount of [5n, 1_000n, 2n ** 99n]) await writer.append(amount);
    await writer.append(5n, 'REFUND');
    await node.mine(4);
  });
  afterAll(() => node.stop());

  it('proves a journal at the final tip and rebuilds its entries', async () => {
    const { chain } = await openTestChain(node);
    expect(chain.condition()).toEqual({ kind: 'syncing' });
    const block = await chain.readFinalTip();
    expect(chain.condition()).toEqual({ kind: 'live' });
    const [empty] = writer.positions;
    const frame = await chain.readFrame({
      journal: writer.spec,
      block,
      after: empty ?? writer.position(),
      afterBlock: writer.spec.fromBlock,
    });
    expect(frame.position).toEqual(writer.position());
    expect(frame.entries.locations.map(({ index }) => index)).toEqual([1n, 2n, 3n, 4n]);
    expect(frame.entries.packed).toHaveLength(4 * 95);
    expect(unpackEntries(frame.entries.packed).map(({ kind }) => kind)).toEqual(['LOCK', 'LOCK', 'LOCK', 'REFUND']);
    const again = await chain.readFrame({
      journal: writer.spec,
      block,
      after: frame.position,
      afterBlock: blockHeight(block.height),
    });
    expect(again.entries.locations).toEqual([]);
  });
});
