import { type Bytes32, type Keccak256, bytes32 } from '@surety/domain';
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../testing/fake-clock.js';
import { silentChain } from '../testing/fake-ledger.js';
import { FakeVault } from '../testing/fake-vault.js';
import { RecordingObserver } from '../testing/recording-observer.js';
import { lookAfterAssetsOnce } from './look-after-assets.js';

const EDGE: Bytes32 = bytes32(`0x${'e2'.repeat(32)}`);
const noHash: Keccak256 = (bytes) => bytes;

describe('assets of a vault', () => {
  it('are reported where tokens are missing, once, and told to people', async () => {
    const { vault, observer, look } = lookedAfter();
    expect(await look()).toEqual([]);
    vault.short.add(2);
    expect(await look()).toEqual([{ asset: 2, event: 'shortfall-reported' }]);
    expect(await look()).toEqual([]);
    expect(observer.named('shortfall-reported').map(({ level }) => level)).toEqual(['error']);
    vault.replica.failure = silentChain();
    await expect(look()).rejects.toMatchObject({ code: 'RPC_UNAVAILABLE' });
  });

  it('are noted where a token has other code, beside what is missing', async () => {
    const { vault, observer, look } = lookedAfter();
    vault.recoded.add(1);
    vault.short.add(1);
    expect(await look()).toEqual([
      { asset: 1, event: 'shortfall-reported' },
      { asset: 1, event: 'token-code-noted' },
    ]);
    expect(observer.named('token-code-noted').map(({ level, fields }) => [level, fields['asset']])).toEqual([
      ['error', 1],
    ]);
  });
});

function lookedAfter() {
  const vault = new FakeVault({ edge: EDGE, source: 1, keccak256: noHash });
  const observer = new RecordingObserver();
  const deps = { source: 1, assets: [1, 2], vault, clock: new FakeClock(), observer };
  return { vault, observer, look: () => lookAfterAssetsOnce(deps) };
}
