import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ENTRY_BYTES, bytes32, bytesToHex } from '@surety/domain';
import { afterAll, describe, expect, it } from 'vitest';
import { readEntriesFiles } from './entries-file.js';

const EDGE = bytes32(`0x${'e1'.repeat(32)}`);
const ENTRY = bytesToHex(new Uint8Array(ENTRY_BYTES).fill(7));
const folder = mkdtempSync(path.join(tmpdir(), 'surety-entries-'));
const file = path.join(folder, 'entries.json');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const read = (document: unknown): ReturnType<typeof readEntriesFiles> => {
  writeFileSync(file, JSON.stringify(document));
  return readEntriesFiles([file], EDGE);
};

describe('a file of entries', () => {
  it('holds batches as they were handed in', () => {
    const packed = new Uint8Array(ENTRY_BYTES).fill(7);
    expect(read({ edge: EDGE, batches: [{ from: '12', entries: ENTRY }] })).toEqual([
      { from: 12n, packed, name: `${file} batches[0]` },
    ]);
  });

  it.each([
    ['another edge’s', { edge: `0x${'e2'.repeat(32)}`, batches: [] }, 'MIGRATION_REFUSED', `expected ${EDGE}`],
    [
      'half an entry',
      { edge: EDGE, batches: [{ from: '0', entries: '0x07' }] },
      'NOT_JSON',
      'has 1 bytes; expected 95',
    ],
    ['no entry', { edge: EDGE, batches: [{ from: '0', entries: '0x' }] }, 'NOT_JSON', 'has 0 bytes; expected 95'],
    [
      'a count that is none',
      { edge: EDGE, batches: [{ from: '-1', entries: ENTRY }] },
      'NOT_JSON',
      'batches[0].from is',
    ],
    ['no list', { edge: EDGE, batches: {} }, 'NOT_JSON', 'file.batches is not a list'],
    ['something else', { edge: EDGE, batches: [], more: 1 }, 'NOT_JSON', 'file.more is not known'],
  ])('is refused by name if it holds %s', (_, document, code, part) => {
    expect(() => read(document)).toThrow(expect.objectContaining({ code, message: expect.stringContaining(part) }));
    expect(() => read(document)).toThrow(file);
  });

  it('is refused if it cannot be read', () => {
    expect(() => readEntriesFiles([path.join(folder, 'gone.json')], EDGE)).toThrow('gone.json could not be read');
  });
});
