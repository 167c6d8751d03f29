import { readFileSync } from 'node:fs';
import {
  type Entry,
  ZERO_WORD,
  accountId,
  address,
  asciiToBytes,
  blockHash,
  bytes32,
  bytesToHex,
  edgeBetween,
  edgeId,
  edgeName,
  emptyJournal,
  foldHeads,
  packEntries,
  statementDigest,
  tokenUnits,
} from '@surety/domain';
import { expect, test } from 'vitest';
import { keccak256 } from './hash.js';
import { journalSlots, replicaSlots, rewindSlots } from './slots.js';

const page = readFileSync(new URL('../../../docs/PROTOCOL.md', import.meta.url), 'utf8');

/** The words of the annex, by the text before their `=`, in order. */
const worked = [...page.matchAll(/^([^\n=]+(?:= head\[0\])?)\s+= (0x[0-9a-f]+)$/gm)].map(
  ([, what = '', word = '']) => ({
    what: what.trim(),
    word,
  }),
);

test('the worked bytes of the specification are those of the code', () => {
  const vault = address(`0x${'11'.repeat(20)}`);
  const ledger = address(`0x${'22'.repeat(20)}`);
  const ends = { settlementChainId: 1n, ledger, vaultChainId: 8453n, vault };
  const edge = edgeBetween(ends, 'to-ledger');
  const name = edgeId(edge, keccak256);
  const account = accountId({ owner: address(`0x${'44'.repeat(20)}`), home: 0, sub: 0n });
  const lock: Entry = {
    kind: 'LOCK',
    asset: 1,
    amount: tokenUnits(2_500_000n),
    account,
    party: ZERO_WORD,
    fee: tokenUnits(100n),
  };
  const shortfall: Entry = {
    kind: 'SHORTFALL',
    asset: 1,
    amount: tokenUnits(1_000_000n),
    account: ZERO_WORD,
    party: bytes32(`0x${5_000_000n.toString(16).padStart(64, '0')}`),
    fee: tokenUnits(0n),
  };
  const [first, second] = [packEntries([lock]), packEntries([shortfall])];
  const [head1 = ZERO_WORD, head2 = ZERO_WORD] = foldHeads(
    emptyJournal(edge, keccak256),
    packEntries([lock, shortfall]),
    keccak256,
  );
  const next = edgeName(edge, { generation: 1, previousHead: head1 }, keccak256);
  const digestOf = (named: typeof name, count: bigint, head: typeof name): string =>
    statementDigest(
      {
        edge: named,
        count,
        tip: 2n,
        head,
        blockNumber: 20_000_000n,
        blockHash: blockHash(`0x${'55'.repeat(32)}`),
        asOf: 1_800_000_000n,
        epoch: 7,
      },
      { chainId: 1n, verifyingContract: address(`0x${'33'.repeat(20)}`) },
      keccak256,
    );
  expect(worked).toEqual([
    { what: 'T', word: bytesToHex(keccak256(asciiToBytes('surety.edge.v1'))) },
    { what: 'J = head[0]', word: name },
    { what: 'account', word: account },
    { what: 'entry[1]', word: bytesToHex(first) },
    { what: 'head[1]', word: head1 },
    { what: 'entry[2]', word: bytesToHex(second) },
    { what: 'head[2]', word: head2 },
    { what: 'digest of JournalHead(J, 2, 2, head[2], …)', word: digestOf(name, 2n, head2) },
    { what: 'slot of the journal’s head', word: journalSlots(name).head },
    { what: 'slot of the replica’s head', word: replicaSlots(name).head },
    { what: 'slot of the rewind’s name', word: rewindSlots(name).name },
    { what: 'name after the rewind, nameOf(1, head[1])', word: next },
    { what: 'digest of the point, JournalHead(name, 1, 2, head[1], …)', word: digestOf(next, 1n, head1) },
  ]);
});
