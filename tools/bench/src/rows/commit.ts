import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openSigningHistory } from '@surety/attestation';
import { keccak256 } from '@surety/contracts';
import { address, bytes32, bytesToHex, uintToBytes } from '@surety/domain';
import { alternate } from '../alternate.js';
import { MeasurementError, type Measurement } from '../row.js';

const COMMITS = 150;
const PAGE_BYTES = 4_096;

/** One durable row of the signing history against one synced write of a page to the same disk. */
export const commitRow: Measurement = {
  ids: ['store.commit'],
  measure: async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'surety-bench-'));
    const key = address(`0x${'a1'.repeat(20)}`);
    const history = openSigningHistory({ file: path.join(folder, 'history.sqlite'), address: key });
    const raw = openSync(path.join(folder, 'raw'), 'w');
    const page = new Uint8Array(PAGE_BYTES).fill(7);
    const edge = bytes32(`0x${'e1'.repeat(32)}`);
    let count = 0n;
    try {
      const row = await alternate({
        id: 'store.commit',
        subject: {
          items: COMMITS,
          run: async () => {
            for (let at = 0; at < COMMITS; at++) {
              count += 1n;
              await history.record([
                { kind: 'head', edge, count, value: bytes32(bytesToHex(keccak256(uintToBytes(count, 32)))) },
              ]);
            }
          },
        },
        reference: {
          items: COMMITS,
          run: () => {
            for (let at = 0; at < COMMITS; at++) {
              writeSync(raw, page);
              fdatasyncSync(raw);
            }
          },
        },
        unit: 'commits/s',
        against: 'a synced write of 4 KiB',
        agrees: () => true,
      });
      if ((await history.readHead(edge, count)) === undefined) throw new MeasurementError('the last row is not there');
      return [row];
    } finally {
      history.close();
      closeSync(raw);
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
