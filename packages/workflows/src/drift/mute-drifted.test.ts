import { bytes32 } from '@surety/domain';
import { expect, test } from 'vitest';
import type { LandOutcome } from '../ports/transactions.js';
import type { HeadConfirmer, HeadPublisher } from '../ports/witness.js';
import { muteConfirmer, mutePublisher } from './mute-drifted.js';

const record = { recorded: 7n, head: bytes32(`0x${'11'.repeat(32)}`), confirmed: 3n, conflicted: false };
const landed = { kind: 'landed' } as LandOutcome;
const port: HeadPublisher & HeadConfirmer = {
  name: 'layerzero',
  readRecord: async () => record,
  isDelivered: true,
  readPublished: async () => [],
  readCost: async () => ({ feeWei: 1n, gasWei: 1n }),
  publish: async () => landed,
  deliver: async () => landed,
  confirm: async () => landed,
  readHead: async () => undefined,
  readMark: async () => undefined,
  mark: async () => landed,
};

test('an untrusted witness is not used for publishing', async () => {
  let trusted = false;
  const publisher = mutePublisher(port, () => trusted);
  expect((await publisher.readRecord()).conflicted).toBe(true);
  trusted = true;
  expect(await publisher.readRecord()).toEqual(record);
});

test('nor for delivery or confirmation', async () => {
  let trusted = false;
  const confirmer = muteConfirmer(port, () => trusted);
  expect(await confirmer.deliver()).toBeUndefined();
  expect(await confirmer.readRecord()).toEqual({ ...record, recorded: 3n });
  trusted = true;
  expect(await confirmer.deliver()).toBe(landed);
  expect(await confirmer.readRecord()).toEqual(record);
});
