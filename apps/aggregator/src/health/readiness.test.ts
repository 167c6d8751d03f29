import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ListedChains } from '../status/chain-views.js';
import { type TestApp, startTestApp } from '../testing/start-test-app.js';
import { ALICE, TestLedger } from '../testing/test-ledger.js';

let test: TestApp;
let ledger: TestLedger;

beforeEach(async () => {
  test = await startTestApp();
  ledger = new TestLedger(test);
});

afterEach(() => test.close());

/** A settlement chain as test readers have it, with blocks of 12 seconds. */
const networkOf = (finality: object): ListedChains['network'] =>
  ({ chains: [{ chainId: 900, name: 'home', blockTimeMs: 12_000, finality }] }) as unknown as ListedChains['network'];

async function read(url: string): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await test.app.inject({ method: 'GET', url });
  return { status: response.statusCode, body: response.json() };
}

describe('readiness', () => {
  it('stays ready without one chain of a vault, and names it, but not without the settlement chain', async () => {
    await ledger.credit();
    const sinceMs = test.clock.elapsedMs();
    const condition = { kind: 'failing', code: 'NO_QUORUM', detail: '4 of 4 are silent', sinceMs } as const;
    const [vault] = test.states.vaults;
    vault?.set(condition);
    expect((await read('/health/ready')).body).toEqual({ ready: true, reasons: [] });
    test.clock.nowValueMs += 60_001;
    expect(await read('/health/ready')).toMatchObject({
      status: 200,
      body: {
        ready: true,
        reasons: [{ code: 'NO_QUORUM', detail: expect.stringContaining(`the vault on chain ${vault?.chainId}`) }],
      },
    });
    expect((await read(`/v1/accounts/${ALICE}/margin`)).status).toBe(200);
    test.states.ledger.set(condition);
    expect(await read('/health/ready')).toMatchObject({ status: 503, body: { ready: false } });
    // A clock that is set back makes no failure a passing one.
    test.clock.setBackMs = 4 * 3_600_000;
    expect(await read('/health/ready')).toMatchObject({ status: 503, body: { ready: false } });
    test.clock.setBackMs = 0;
  });

  it('stays ready without releases that cannot be read again, and names them after a minute', async () => {
    await ledger.credit();
    const sinceMs = test.clock.elapsedMs();
    test.states.released = { kind: 'failing', code: 'RELEASES_MISSING', detail: 'entries 1 to 2', sinceMs };
    expect((await read('/health/ready')).body).toEqual({ ready: true, reasons: [] });
    test.clock.nowValueMs += 60_001;
    const reasons = [{ code: 'RELEASES_MISSING', detail: 'entries 1 to 2' }];
    expect(await read('/health/ready')).toMatchObject({ status: 200, body: { ready: true, reasons } });
  });

  it('stays ready while newest blocks cannot be read, since final ones are folded, and names the chains', async () => {
    await ledger.credit();
    const [vault] = test.states.vaults;
    const glance = { code: 'UNAVAILABLE', detail: 'nobody answers', sinceMs: test.clock.elapsedMs() };
    const set = (): void => {
      for (const state of [test.states.ledger, vault])
        state?.set({ kind: 'current', atMs: test.clock.nowMs(), glance });
    };
    set();
    expect((await read('/health/ready')).body).toEqual({ ready: true, reasons: [] });
    test.clock.nowValueMs += 60_001;
    set();
    const late = 'cannot be read, entries are shown once they are final: nobody answers';
    expect(await read('/health/ready')).toMatchObject({
      status: 200,
      body: {
        ready: true,
        reasons: [
          { code: 'UNAVAILABLE', detail: `the newest block of the settlement chain ${late}` },
          { code: 'UNAVAILABLE', detail: `the newest block of chain ${vault?.chainId} ${late}` },
        ],
      },
    });
  });

  it.each([
    ['a tag that moves by epochs', { rule: 'finalized', stepBlocks: 32 }, 2n * 1_152n + 300n],
    ['a depth', { rule: 'depth', depth: 10, stepBlocks: 1 }, 2n * 132n + 300n],
  ])(
    'names a block older than %s explains, marks margins, and is not ready at twice that',
    async (_, finality, most) => {
      await test.close();
      test = await startTestApp({ network: networkOf(finality) });
      ledger = new TestLedger(test);
      await ledger.credit();
      const { timestamp } = test.follower.snapshot?.block ?? { timestamp: 0n };
      const at = (ageS: bigint): void => void (test.clock.nowValueMs = Number(timestamp + ageS) * 1_000);
      const conditions = async (): Promise<unknown[]> =>
        Promise.all(
          ['margin', 'what-if'].map(async (of) => (await read(`/v1/accounts/${ALICE}/${of}`)).body['conditions']),
        );
      at(most);
      expect((await read('/health/ready')).body).toEqual({ ready: true, reasons: [] });
      expect(await conditions()).toEqual([[], []]);
      at(most + 1n);
      expect(await read('/health/ready')).toMatchObject({
        status: 200,
        body: {
          reasons: [
            {
              code: 'BLOCK_OLD',
              detail: expect.stringMatching(
                new RegExp(`expected at most ${most} s: .*, or this aggregator still catches up$`),
              ),
            },
          ],
        },
      });
      expect(await conditions()).toEqual([['block-old'], ['block-old']]);
      at(2n * most + 1n);
      expect(await read('/health/ready')).toMatchObject({ status: 503, body: { reasons: [{ code: 'BLOCK_OLD' }] } });
    },
  );
});
