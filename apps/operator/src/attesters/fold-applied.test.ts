import type { Hex } from '@surety/domain';
import { describe, expect, it } from 'vitest';
import { LETTERED_EDGE, entriesOf, headOf, lettersOf } from '../testing/lettered-entries.js';
import { AppliedFold, type EntryRun } from './fold-applied.js';

const run = (from: number, letters: string): EntryRun => ({ from: BigInt(from), packed: entriesOf(letters) });

/** Follows a replica that holds these letters after each batch; of some the calldata shows nothing. */
class Replica {
  readonly fold: AppliedFold;
  #letters = '';
  #point = 0;
  #batches = 0;

  constructor(runs: readonly EntryRun[] = []) {
    this.fold = new AppliedFold(LETTERED_EDGE, runs);
  }

  apply(letters: string, shows: 'shown' | 'hidden' = 'shown'): this {
    const from = this.#letters.length;
    this.#letters += letters;
    const transaction: Hex = `0x${String(++this.#batches).padStart(64, '0')}`;
    const batch = { to: BigInt(this.#letters.length), head: headOf(this.#letters), transaction };
    this.fold.apply(batch, shows === 'shown' ? run(from, letters) : undefined);
    return this;
  }

  rewind(count: number): this {
    this.#point = count;
    this.fold.rewind({ count: BigInt(count), head: headOf(this.#letters.slice(0, count)) });
    return this;
  }

  open(): this {
    this.#letters = this.#letters.slice(0, this.#point);
    this.fold.open();
    return this;
  }

  /** What it holds, what of that is unknown, what was unwound, what of that is unknown. */
  read(): readonly string[] {
    const { packed, unknown, unwound, unwoundUnknown } = this.fold.result();
    const ranges = (list: typeof unknown): string => list.map(({ from, to }) => `${from}-${to}`).join();
    return [lettersOf(packed), ranges(unknown), lettersOf(unwound), ranges(unwoundUnknown)];
  }
}

describe('what a replica applied', () => {
  it('is what the calldata of its batches shows, through its rewinds', () => {
    const replica = new Replica().apply('ab').apply('cde');
    expect(replica.read()).toEqual(['abcde', '', '', '']);
    expect(replica.rewind(3).read()).toEqual(['abcde', '', '', '']);
    expect(replica.open().apply('xy').read()).toEqual(['abcxy', '', 'de', '']);
    expect(replica.rewind(0).open().read()).toEqual(['', '', 'abcxy', '']);
  });

  it('leads to where the replica stands only with every batch and every rewind', () => {
    const standing = (letters: string, generation: number) => ({
      position: { count: BigInt(letters.length), head: headOf(letters) },
      generation,
    });
    const rewound = new Replica().apply('ab').apply('cde').rewind(3).open();
    expect(rewound.fold.leadsTo(standing('abc', 1))).toBe(true);
    expect(
      [standing('abc', 0), standing('abc', 2), standing('abcde', 1), standing('abd', 1)].map((one) =>
        rewound.fold.leadsTo(one),
      ),
    ).toEqual([false, false, false, false]);
    expect(new Replica().fold.leadsTo(standing('', 0))).toBe(true);
  });

  it('skips what a batch repeats, and takes no bytes that do not lead to the head that was told', () => {
    const replica = new Replica();
    const transaction: Hex = `0x${'11'.repeat(32)}`;
    replica.apply('ab');
    replica.fold.apply({ to: 2n, head: headOf('ab'), transaction }, run(0, 'ab'));
    replica.fold.apply({ to: 4n, head: headOf('abcd'), transaction }, run(0, 'abcd'));
    expect(replica.read()).toEqual(['abcd', '', '', '']);
    replica.fold.apply({ to: 5n, head: headOf('abcde'), transaction }, run(4, 'z'));
    expect(replica.read()).toEqual(['abcd', '4-5', '', '']);
    expect(replica.fold.result().unknown).toEqual([{ from: 4n, to: 5n, head: headOf('abcde'), transaction }]);
  });

  it('is unknown where a contract handed a batch in, and only there', () => {
    const replica = new Replica().apply('ab').apply('cd', 'hidden').apply('ef');
    expect(replica.read()).toEqual(['ab', '2-4', '', '']);
    expect(replica.rewind(3).open().read()).toEqual(['ab', '2-3', 'ef', '3-4']);
    expect(replica.rewind(2).open().apply('gh').read()).toEqual(['abgh', '', '', '2-3']);
  });

  it('is completed by the journal where both agree, and by files', () => {
    const journal = run(0, 'abcdxyz');
    const replica = (...files: EntryRun[]): Replica =>
      new Replica([journal, ...files]).apply('ab').apply('cd', 'hidden').apply('ef', 'hidden').apply('g');
    expect(replica().read()).toEqual(['abcd', '4-6', '', '']);
    for (const file of [run(4, 'ef'), run(3, 'defg'), run(0, 'abcdefg')]) {
      const told = replica(file);
      expect([...told.read(), told.fold.problemOf(file)]).toEqual(['abcdefg', '', '', '', undefined]);
    }
    expect(replica(run(4, 'ef')).rewind(5).open().read()).toEqual(['abcde', '', 'fg', '']);
  });

  it('says why a file fits no batch, with the values', () => {
    const [false_, short, past] = [run(4, 'eh'), run(4, 'e'), run(9, 'ef')];
    const replica = new Replica([false_, short, past]).apply('abcd').apply('ef', 'hidden');
    expect(replica.read()).toEqual(['abcd', '4-6', '', '']);
    const transaction = `0x${'2'.padStart(64, '0')}`;
    expect(replica.fold.problemOf(false_)).toBe(
      `entries 5 to 6 lead to head ${headOf('abcdeh')}; the replica took head ${headOf('abcdef')} there, in transaction ${transaction}`,
    );
    expect(replica.fold.problemOf(short)).toBe('entries 5 to 5 cover no batch that the replica took as a whole');
    expect(replica.fold.problemOf(past)).toBe('entries 10 to 11 cover no batch that the replica took as a whole');
  });
});
