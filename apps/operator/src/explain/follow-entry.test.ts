import type { EntryView, ExplanationView } from '@surety/client';
import { type Bytes32, judgeConditions, txHash } from '@surety/domain';
import { expect, it } from 'vitest';
import { followEntry } from './follow-entry.js';
import { requireEnd } from './require-end.js';

const EDGE = `0x${'ed'.repeat(32)}` as Bytes32;
const [ANN, BOB] = [`0x${'aa'.repeat(32)}` as Bytes32, `0x${'bb'.repeat(32)}` as Bytes32];
const OWN = {
  id: `${EDGE}:7`,
  subject: 'lock' as const,
  edge: EDGE,
  amount: 5n,
  txHash: txHash(`0x${'7a'.repeat(32)}`),
  account: ANN,
};

const explained = (id: string, seen?: string): ExplanationView =>
  judgeConditions(
    { subject: 'lock', id, held: ['counted', 'counted: +1.00 initial margin'], failed: 'waiting' },
    seen === undefined ? [] : [{ name: 'seen', evidence: [], trouble: { code: 'NOT_SEEN', seen, of: id } }],
  );

/** What an aggregator says at one look: of the transaction, of the place in the journal, and who is there. */
interface Said {
  readonly ofTransaction: readonly ExplanationView[];
  readonly ofPlace?: ExplanationView;
  readonly there?: Pick<EntryView, 'account' | 'amount'>;
  /** Who is at any other place of the journal. */
  readonly elsewhere?: Pick<EntryView, 'account' | 'amount'>;
}

/** Follows the own entry through these looks, the last one repeated until an hour is over. */
async function follow(looks: readonly Said[]) {
  const told: string[] = [];
  let [nowMs, look] = [0, -1];
  const now = (): Said => looks[Math.min(look, looks.length - 1)] ?? { ofTransaction: [] };
  const terminal = {
    clock: { nowMs: () => nowMs, elapsedMs: () => nowMs, sleep: async (ms: number) => void (nowMs += ms) },
    tell: (line: string) => void told.push(line),
  };
  const client = {
    async explain(id: string) {
      if (id === OWN.txHash) look += 1;
      const { ofTransaction, ofPlace } = now();
      return id === OWN.txHash ? ofTransaction : ofPlace === undefined ? [] : [ofPlace];
    },
    readEntry: async (id: string) => {
      const shown = id === OWN.id ? now().there : now().elsewhere;
      return shown === undefined ? [] : [shown as EntryView];
    },
  };
  return { followed: await followEntry(terminal as never, client, OWN), told };
}

const unseen = explained(OWN.txHash, 'no entry of it yet');

it('never takes the entry of somebody else at the same place for its own', async () => {
  const counted = explained(OWN.id);
  const { followed } = await follow([
    { ofTransaction: [explained(OWN.id, 'not final')] },
    { ofTransaction: [unseen], ofPlace: counted, there: { account: BOB, amount: 5n } },
  ]);
  expect(followed).toEqual({
    line: `waiting: the chain was reorganised: entry ${OWN.id} is of account ${BOB} now, and transaction ${OWN.txHash} has none yet`,
    explanation: null,
  });
  expect(() => requireEnd({ id: OWN.id, wanted: 'counted', followed, atDesk: undefined })).toThrow(
    /was sent and has not ended yet: waiting: the chain was reorganised/,
  );
});

it('follows its transaction to another place in the journal', async () => {
  const moved = explained(`${EDGE}:8`);
  const [there, elsewhere] = [BOB, ANN].map((account) => ({ account, amount: 5n }));
  const { followed, told } = await follow([
    { ofTransaction: [explained(OWN.id, 'not final')] },
    { ofTransaction: [moved], ofPlace: explained(OWN.id), there, elsewhere },
  ] as readonly Said[]);
  expect(followed.explanation).toBe(moved);
  expect(told.at(-1)).toBe(`  1 s  counted: +1.00 initial margin (entry ${EDGE}:8 since a reorganisation)`);
});

it('follows its own place while nobody tells of its transaction', async () => {
  const counted = explained(OWN.id);
  const there = { account: ANN, amount: 5n };
  expect((await follow([{ ofTransaction: [unseen], ofPlace: counted, there }])).followed.explanation).toBe(counted);
  expect((await follow([{ ofTransaction: [unseen] }])).followed.line).toBe('waiting: no entry of it yet');
});

const paid = judgeConditions({ subject: 'release', id: OWN.id, held: ['done', 'done: paid'], failed: 'waiting' }, []);
const strange = explained(`${EDGE}:999`);
it.each([
  [
    'an entry of another account',
    { ofTransaction: [strange], elsewhere: { account: BOB, amount: 5n } },
    `entry ${EDGE}:999`,
  ],
  [
    'an entry of another amount',
    { ofTransaction: [strange], elsewhere: { account: ANN, amount: 6n } },
    `entry ${EDGE}:999`,
  ],
  ['an entry that nobody shows', { ofTransaction: [strange] }, `entry ${EDGE}:999, which it does not show`],
  ['an entry of another kind', { ofTransaction: [paid] }, `explains release ${OWN.id}; expected lock ${OWN.id}`],
  [
    'an entry of another edge',
    { ofTransaction: [explained(`0x${'ee'.repeat(32)}:7`)] },
    `explains lock 0x${'ee'.repeat(32)}:7`,
  ],
  [
    'another entry at its own place',
    { ofTransaction: [unseen], ofPlace: strange, there: { account: ANN, amount: 5n } },
    `explains lock ${EDGE}:999`,
  ],
] as const)('does not end at the explanation of %s', async (_, said: Said, line) => {
  const { followed } = await follow([said]);
  expect(followed).toEqual({ line: expect.stringContaining(line) as string, explanation: null });
  expect(() => requireEnd({ id: OWN.id, wanted: 'counted', followed, atDesk: undefined })).toThrow('has not ended yet');
});
