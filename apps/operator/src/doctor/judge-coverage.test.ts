import { describe, expect, it } from 'vitest';
import { type CoverageFacts, judgeCoverage } from './judge-coverage.js';

const WAD = 10n ** 18n;
const DAY = 86_400n;
const SINCE = 1_767_225_600n;

const WHOLE = {
  vault: { accounted: 1_000_000n, held: 1_000_000n, reportedWad: WAD, shortSince: 0n, hasEnded: false, nowS: SINCE },
  ledger: {
    inForceWad: WAD,
    reportedWad: WAD,
    impairedSince: 0n,
    coverFrom: 0n,
    lostSeq: 0n,
    orphaned: 0n,
    missing: 0n,
    found: 0n,
    asOf: SINCE,
  },
};

function judge(
  vault: Partial<NonNullable<CoverageFacts['vault']>> | null,
  ledger: Partial<NonNullable<CoverageFacts['ledger']>> | null,
) {
  return judgeCoverage({
    chain: 'alpha',
    symbol: 'USDC',
    index: 2,
    decimals: 6,
    vault: vault && { ...WHOLE.vault, ...vault },
    ledger: ledger && { ...WHOLE.ledger, ...ledger },
    unread: [],
  });
}

/** Nine tenths are left, reported and known at the ledger. */
const SHORT = { held: 900_000n, reportedWad: (9n * WAD) / 10n, shortSince: SINCE };
const IMPAIRED = { reportedWad: (9n * WAD) / 10n, impairedSince: SINCE, coverFrom: SINCE + 7n * DAY };

describe('an asset', () => {
  it('is well while its vault holds what it accounts for, or more, and the ledger counts all of it', () => {
    expect(judge({}, {})).toBeUndefined();
    expect(judge({ held: 2_000_000n }, {})).toBeUndefined();
    expect(judge({ accounted: 0n, held: 0n }, {})).toBeUndefined();
    expect(judge(null, null)).toBeUndefined();
    expect(judge({ ...SHORT, hasEnded: true }, {})).toBeUndefined();
  });

  it('is to be reported where tokens vanished, where more vanished, and once they are back', () => {
    const next = 'surety vault report --chain alpha --asset USDC';
    const vanished = judge({ held: 900_000n }, {});
    expect(vanished).toMatchObject({ coverageWad: (9n * WAD) / 10n, inForceWad: WAD, since: 0n, next, isDue: true });
    expect(vanished?.detail).toBe(
      'the vault holds 0.9 of 1, coverage 90.00 %; not reported yet, so nothing of it is paid',
    );
    expect(judge({ ...SHORT, held: 800_000n }, IMPAIRED)).toMatchObject({ next, isDue: true });
    expect(judge({ ...SHORT, held: 1_000_000n }, IMPAIRED)).toMatchObject({ next, isDue: true });
    expect(judge({ held: 900_000n }, null)).toMatchObject({ next, inForceWad: null });
  });

  it('waits for its report to reach the ledger', () => {
    const waiting = judge(SHORT, {});
    expect(waiting).toMatchObject({ since: SINCE, isDue: false });
    expect(waiting?.next).toContain('surety relay, which carries the last report to the ledger');
    expect(waiting?.detail).toContain('payments wait until 2026-01-08T00:00:00.000Z; on record since 2026-01-01');
  });

  it('is to be covered seven days after its first report by the source’s own clock', () => {
    const early = judge(SHORT, { ...IMPAIRED, asOf: SINCE + 7n * DAY - 1n });
    const next = 'surety ledger cover --asset alpha:USDC';
    expect(early).toMatchObject({ isDue: false, since: SINCE });
    expect(early?.next).toBe(`${next}, once the source is known up to 2026-01-08T00:00:00.000Z`);
    expect(early?.detail).toContain('impaired at the ledger: no initial margin, no new credit');
    expect(judge(SHORT, { ...IMPAIRED, asOf: SINCE + 7n * DAY })).toMatchObject({ next, isDue: true });
  });

  it('is named with its coverage while that is in force', () => {
    const covered = judge(
      { ...SHORT, nowS: SINCE + 8n * DAY },
      { inForceWad: SHORT.reportedWad, reportedWad: SHORT.reportedWad },
    );
    expect(covered).toMatchObject({ isDue: false, inForceWad: (9n * WAD) / 10n });
    expect(covered?.detail).toContain('payments are made at that coverage');
    expect(covered?.detail).toContain('margins count × 90.00 %');
    expect(covered?.next).toBe('once the tokens are back: surety vault report --chain alpha --asset USDC');
  });

  it('waits after a rewind for its entries to come again, and is then told to its vault, one loss at a time', () => {
    const waiting = judge({}, { orphaned: 700_000n, missing: 70n });
    expect(waiting).toMatchObject({ next: expect.stringContaining('surety migrate rewind') as string, isDue: false });
    expect(waiting?.detail).toBe('a rewind unwound 0.7 that have not come again; 0.00007 are missing');
    const next = 'surety ledger write-off --source alpha --vault-asset 2';
    expect(judge({}, { missing: 70n })).toMatchObject({ next, isDue: true });
    const found = judge({}, { found: 70n });
    expect(found).toMatchObject({ next, isDue: true, detail: '0.00007 that were told missing are backed after all' });
    const lost = judge({}, { lostSeq: 20n });
    expect(lost?.next).toContain('surety relay carries entry 20 to the vault');
    expect(lost?.detail).toBe('loss 20 waits for the vault’s answer');
    expect(judge({}, { lostSeq: 5n, orphaned: 9n, missing: 70n })).toMatchObject({
      next: expect.stringContaining('entry 5') as string,
    });
  });

  it('whose token gives no balance is a question for people', () => {
    expect(judge({ held: null }, {})).toMatchObject({ coverageWad: null, isDue: false });
    expect(judge({ held: null }, {})?.next).toContain('find out why the token gives no balance');
  });
});
