import { type Bytes32, type Keccak256, bytes32 } from '@surety/domain';
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../testing/fake-clock.js';
import { silentChain } from '../testing/fake-ledger.js';
import { FakeVault } from '../testing/fake-vault.js';
import { RecordingObserver } from '../testing/recording-observer.js';
import { reportShortfallsOnce } from './report-shortfalls.js';

const EDGE: Bytes32 = bytes32(`0x${'e2'.repeat(32)}`);
const noHash: Keccak256 = (bytes) => bytes;

describe('shortfalls', () => {
  it('are reported where tokens are missing, once, and told to people', async () => {
    const vault = new FakeVault({ edge: EDGE, source: 1, keccak256: noHash });
    const observer = new RecordingObserver();
    const deps = { source: 1, assets: [1, 2], vault, clock: new FakeClock(), observer };
    expect(await reportShortfallsOnce(deps)).toEqual([]);
    vault.short.add(2);
    expect(await reportShortfallsOnce(deps)).toEqual([2]);
    expect(await reportShortfallsOnce(deps)).toEqual([]);
    expect(observer.named('shortfall-reported').map(({ level }) => level)).toEqual(['error']);
    vault.replica.failure = silentChain();
    await expect(reportShortfallsOnce(deps)).rejects.toMatchObject({ code: 'RPC_UNAVAILABLE' });
  });
});
