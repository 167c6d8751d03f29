import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { keccak256 } from '@surety/contracts';
import { ENTRY_BYTES, uintToBytes } from '@surety/domain';
import Database from 'better-sqlite3';
import { rowOf } from '../alternate.js';
import { MeasuredChild } from '../measured-child.js';
import { MeasurementError, type Measurement } from '../row.js';

const ENTRIES = 100_000;
const ROWS_PER_COMMIT = 1_000;
const ROUNDS = 3;

/**
 * Folding 100,000 applied entries of as many accounts into a new database, ready to serve, against writing one row for
 * each entry and one for each line with the same durability and nothing else.
 */
export const rebuildRow: Measurement = {
  ids: ['rebuild'],
  measure: async (say) => {
    const app = fileURLToPath(new URL('./testing/measured-app.js', import.meta.resolve('@surety/aggregator/main')));
    const { child } = await MeasuredChild.start(app, ['rebuild', String(ENTRIES)]);
    try {
      const figures: { subject: number; reference: number }[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        const { ms, lines } = (await child.ask('rebuild')) as { ms: number; lines: number };
        if (lines !== ENTRIES) throw new MeasurementError(`rebuild: ${lines} lines are there; expected ${ENTRIES}`);
        say(`rebuild: ${ENTRIES} entries in ${(ms / 1_000).toFixed(2)} s`);
        figures.push({ subject: (ENTRIES * 1_000) / ms, reference: (ENTRIES * 1_000) / writeRows() });
      }
      return [rowOf({ id: 'rebuild', unit: 'entries/s', against: 'writing as many rows', better: 'higher', figures })];
    } finally {
      await child.stop();
    }
  },
};

/** Writes the rows and gives the milliseconds. */
function writeRows(): number {
  const folder = mkdtempSync(path.join(tmpdir(), 'surety-bench-'));
  const database = new Database(path.join(folder, 'rows.sqlite'));
  try {
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = FULL');
    database.exec(`
      CREATE TABLE entries (at INTEGER PRIMARY KEY, packed BLOB NOT NULL, head BLOB NOT NULL);
      CREATE TABLE lines (account BLOB NOT NULL, asset INTEGER NOT NULL, amount TEXT NOT NULL,
        PRIMARY KEY (account, asset)) WITHOUT ROWID;
    `);
    const entry = database.prepare('INSERT INTO entries VALUES (?, ?, ?)');
    const line = database.prepare('INSERT INTO lines VALUES (?, 4, ?)');
    const packed = new Uint8Array(ENTRY_BYTES).fill(9);
    const started = performance.now();
    for (let from = 0; from < ENTRIES; from += ROWS_PER_COMMIT) {
      database.transaction(() => {
        for (let at = from; at < from + ROWS_PER_COMMIT; at++) {
          const word = keccak256(uintToBytes(BigInt(at), 32));
          entry.run(at, packed, word);
          line.run(word, '1000');
        }
      })();
    }
    const ms = performance.now() - started;
    const { count } = database.prepare('SELECT count(*) AS count FROM lines').get() as { count: number };
    if (count !== ENTRIES) throw new MeasurementError(`${count} rows were written; expected ${ENTRIES}`);
    return ms;
  } finally {
    database.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
