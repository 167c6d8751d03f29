import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { describeBook } from './describe-book.js';
import { answersOf, drawMarginChunk, packMarginChunk } from './margin-books.js';
import { PackedBytes } from './packed-bytes.js';
import { describePricing, drawPricingChunk, packPricingChunk } from './pricing-cases.js';

/*
 * The engine's part of `npm run margin:twin`, which says by the environment what it wants; without it, one chunk of seed 1.
 */

/** What is compared: how a chunk is written, and how one case of it is told. */
const KINDS = {
  books: {
    pack: (seed: number, chunk: number, into: PackedBytes) => packMarginChunk(drawMarginChunk(seed, chunk), into),
    describe: (seed: number, chunk: number, index: number, answered: string) =>
      describeBook(drawMarginChunk(seed, chunk), index, answered),
  },
  pricing: {
    pack: (seed: number, chunk: number, into: PackedBytes) => packPricingChunk(drawPricingChunk(seed, chunk), into),
    describe: (seed: number, chunk: number, index: number, answered: string) => {
      const one = drawPricingChunk(seed, chunk)[index];
      return one === undefined ? 'no such case' : describePricing(one, answered);
    },
  },
};

const folder = mkdtempSync(path.join(tmpdir(), 'surety-twin-'));
const given = (name: string, fallback: string): string => process.env[`SURETY_TWIN_${name}`] ?? fallback;
const kind = KINDS[given('WHAT', 'books') as keyof typeof KINDS];
const [seed, first, chunks] = [Number(given('SEED', '1')), Number(given('FIRST', '0')), Number(given('CHUNKS', '1'))];
const out = given('OUT', path.join(folder, 'out'));
/** Chunks of one file: about 10,000 cases. */
const CHUNKS_IN_FILE = 40;
const show = process.env['SURETY_TWIN_SHOW'];

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a campaign of both languages', () => {
  it('has its cases written for Solidity', () => {
    const packed = new PackedBytes();
    for (let chunk = 0; chunk < chunks; chunk++) {
      kind.pack(seed, first + chunk, packed);
      if ((chunk + 1) % CHUNKS_IN_FILE !== 0 && chunk + 1 !== chunks) continue;
      const file = `${out}-${Math.floor(chunk / CHUNKS_IN_FILE)}.bin`;
      writeFileSync(file, packed.view());
      expect(readFileSync(file).length).toBe(packed.size);
      packed.clear();
    }
  });

  it('names the integers of a book in which Solidity differs', () => {
    const chunk = drawMarginChunk(seed, first);
    const { margin, breakdown, marginOf } = answersOf(chunk.books[1] as (typeof chunk.books)[number], chunk.world);
    const words = [...margin, ...breakdown.flat(), ...marginOf];
    const hexOf = (list: readonly bigint[]) => list.map((word) => word.toString(16).padStart(64, '0')).join('');
    expect(describeBook(chunk, 1, hexOf(words)).split('\n')).toHaveLength(1);
    const other = [...words.slice(0, -1), (words.at(-1) ?? 0n) + 1n];
    expect(describeBook(chunk, 1, hexOf(other))).toMatch(/\.\w+: engine \d+, contracts \d+$/);
  });

  it('shows the case that it is asked for', () => {
    const asked = JSON.parse(show ?? '{"index":0,"answered":"0x"}') as { index: number; answered: string };
    const text = kind.describe(seed, first, asked.index, asked.answered);
    writeFileSync(out, text);
    expect(text.split('\n').length).toBeGreaterThan(1);
  });
});
