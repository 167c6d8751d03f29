import { expect, it } from 'vitest';
import { type ReleaseStageFacts, releaseStageOf } from './release-stage.js';

const RECORDED: ReleaseStageFacts = {
  index: 1n,
  isFinal: true,
  isLocal: false,
  signers: 3,
  quorum: 3,
  attestedCount: 1n,
  recordedCount: 1n,
  payment: undefined,
  glanced: undefined,
  nowS: 1_000n,
};

it('names who brings a stopped payment back: attesters, or at the vault beside the ledger anyone by himself', () => {
  const nextOf = (isLocal: boolean, isGlanced: boolean) => {
    const facts: Partial<ReleaseStageFacts> = isGlanced
      ? { glanced: { state: 'STOPPED', readyAt: undefined } }
      : { payment: { state: 'STOPPED', readyAt: 0n, reason: 0, stopReason: null } };
    const { stage, next } = releaseStageOf({ ...RECORDED, isLocal, ...facts });
    return [stage, next];
  };
  for (const isGlanced of [true, false]) {
    expect(nextOf(false, isGlanced)).toEqual(['stopped', expect.stringMatching(/^attesters sign/)]);
    expect(nextOf(true, isGlanced)).toEqual([
      'stopped',
      'anyone journals its refund (surety refund) and credits it (surety credit): the account gets the amount back',
    ]);
  }
});
