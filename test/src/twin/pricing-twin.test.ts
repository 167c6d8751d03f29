import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { packTables } from './pack-tables.js';
import { PackedBytes } from './packed-bytes.js';
import { describePricing, drawPricingChunk, packPricingChunk } from './pricing-cases.js';

const folder = new URL('../../../packages/contracts/vectors/', import.meta.url);
const write = process.env['SURETY_TWIN_WRITE'] !== undefined;
/** Of the file that both languages share. */
const SEED = 20_261_121;
const CHUNKS = 40;

/** True if a file holds these bytes; writes them first where that is asked for. */
function isShared(name: string, packed: PackedBytes): boolean {
  const file = new URL(name, folder);
  if (write) writeFileSync(file, packed.view());
  return Buffer.compare(readFileSync(file), packed.view()) === 0;
}

describe('prices and requirements that Solidity and TypeScript share', () => {
  it('have the integers of the engine in their file', () => {
    const packed = new PackedBytes();
    for (let chunk = 0; chunk < CHUNKS; chunk++) packPricingChunk(drawPricingChunk(SEED, chunk), packed);
    expect(isShared('margin-pricing.bin', packed)).toBe(true);
  });

  it('rest on tables whose every entry is in their file', () => {
    const packed = new PackedBytes();
    packTables(packed);
    expect(isShared('kernel-tables.bin', packed)).toBe(true);
  });

  it('say something: most answers are not 0, and all grades differ somewhere', () => {
    const cases = Array.from({ length: 8 }, (_, chunk) => drawPricingChunk(SEED, chunk)).flat();
    const options = cases.filter(({ kind }) => kind === 'option');
    const worth = options.filter(({ answers }) => (answers.get('call') ?? 0n) > 0n && (answers.get('put') ?? 0n) > 0n);
    expect(worth.length).toBeGreaterThan(options.length / 3);
    const standards = cases.filter(({ kind }) => kind === 'standard').map(({ answers }) => [...answers.values()]);
    const apart = standards.filter(
      ([initial = 0n, exit = 0n, least = 0n]) => initial > exit && exit > least && least > 0n,
    );
    expect(apart.length).toBeGreaterThan(standards.length / 3);
  });

  it('are named where they differ', () => {
    const one = drawPricingChunk(SEED, 0).find(({ kind }) => kind === 'option');
    if (one === undefined) throw new TypeError('a chunk has no option');
    const hex = [...one.answers.values()].map((word) => word.toString(16).padStart(64, '0')).join('');
    expect(describePricing(one, hex).split('\n')).toHaveLength(1);
    expect(describePricing(one, hex.slice(64))).toMatch(/option\.callDelta: engine \d+, contracts nothing$/);
  });
});
