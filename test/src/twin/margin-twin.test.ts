import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { answersOf, digestOf, drawMarginChunk, packMarginChunk } from './margin-books.js';
import { PackedBytes } from './packed-bytes.js';

const file = new URL('../../../packages/contracts/vectors/margin-books.bin', import.meta.url);
const write = process.env['SURETY_TWIN_WRITE'] !== undefined;
/** Of the file that both languages share. */
const SEED = 20_261_121;
const CHUNKS = 40;

describe('books that Solidity and TypeScript share', () => {
  it('have the integers of the engine in their file', () => {
    const packed = new PackedBytes();
    for (let chunk = 0; chunk < CHUNKS; chunk++) packMarginChunk(drawMarginChunk(SEED, chunk), packed);
    if (write) writeFileSync(file, packed.view());
    expect(Buffer.compare(readFileSync(file), packed.view())).toBe(0);
  });

  it('take every branch often', () => {
    const seen = { valued: 0, lower: 0, stale: 0, missing: 0, aged: 0, dark: 0, frozen: 0, required: 0, infinite: 0 };
    let books = 0;
    for (let chunk = 0; chunk < 8; chunk++) {
      const { world, books: drawn } = drawMarginChunk(SEED, chunk);
      for (const book of drawn) {
        const { margin, marginOf } = answersOf(book, world);
        const [aI = 0n, , aM = 0n, status = 0n] = margin;
        const [, qI = 0n, , , , qM = 0n] = marginOf;
        const flags = [status & 1n, status & 2n, status & 4n, status & 8n, status & 16n].map((bit) => bit !== 0n);
        books += 1;
        seen.valued += Number(aI > 0n);
        seen.lower += Number(aI < aM);
        for (const [place, name] of (['stale', 'missing', 'aged', 'dark', 'frozen'] as const).entries()) {
          seen[name] += Number(flags[place]);
        }
        seen.required += Number(qM > 0n);
        seen.infinite += Number(qI === 2n ** 256n - 1n);
      }
    }
    for (const [name, count] of Object.entries(seen)) expect([name, count > books / 20]).toEqual([name, true]);
  });

  it('differ by their hash as soon as one integer does', () => {
    const { world, books } = drawMarginChunk(SEED, 0);
    const book = books.find(({ lines }) => lines.length > 1) ?? books[0];
    if (book === undefined) throw new TypeError('a chunk has no books');
    const answers = answersOf(book, world);
    const other = answers.breakdown.map((line, index) =>
      line.map((word, place) => word + BigInt(index + place === 13 ? 1 : 0)),
    );
    expect(digestOf({ ...answers, breakdown: other })).not.toEqual(digestOf(answers));
  });
});
