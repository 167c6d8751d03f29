import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { bytes32 } from '@surety/domain';
import { afterAll, describe, expect, it } from 'vitest';
import { pointFileIn, readPoint, writePoint } from './point-file.js';

const [EDGE, NAME, HEAD] = ['e1', 'e2', 'ad'].map((digits) => bytes32(`0x${digits.repeat(32)}`)) as [
  ReturnType<typeof bytes32>,
  ReturnType<typeof bytes32>,
  ReturnType<typeof bytes32>,
];
const folder = mkdtempSync(path.join(tmpdir(), 'surety-points-'));
const file = pointFileIn(folder, EDGE);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the file that names a cut-off point', () => {
  it('is absent at first, and returns what was written last', () => {
    expect(readPoint(file)).toBeUndefined();
    for (const count of [2n, 2n ** 63n]) {
      const point = { name: NAME, count, head: HEAD };
      writePoint(file, point);
      expect(readPoint(file)).toEqual(point);
    }
    expect(readdirSync(path.dirname(file))).toEqual([`${EDGE}.json`]);
  });

  it.each([
    ['half of a document', '{"name":', 'JSON'],
    ['a missing member', JSON.stringify({ name: NAME, count: '2' }), 'head is missing'],
    ['one too many', JSON.stringify({ name: NAME, count: '2', head: HEAD, edge: EDGE }), 'edge is not known'],
    ['a head that is none', JSON.stringify({ name: NAME, count: '2', head: '0x12' }), 'head is "0x12"'],
  ])('is refused with %s', (_, text, part) => {
    writeFileSync(file, text);
    expect(() => readPoint(file)).toThrow(part);
  });
});
