import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyLine, anyOption } from '../testing/unified-accounts.js';
import { WORLD, accountOf, at, perpOf } from '../testing/unified-world.js';
import type { UnifiedAccount } from '../unified/account.js';
import { marginReportOf } from './margin-report.js';

const WAD = 10n ** 18n;
const noHash = (): Uint8Array => new Uint8Array(32);
const SUBJECT = {
  chainId: 1,
  reports: `0x${'01'.repeat(20)}`,
  protocol: `0x${'02'.repeat(20)}`,
  account: `0x${'03'.repeat(32)}`,
  positionNonce: 1n,
  blockNumber: 1n,
  blockHash: `0x${'04'.repeat(32)}`,
  asOf: WORLD.at,
} as never;
const bindings = { assets: new Map<string, number>(), prices: new Map<string, number>() };
const reportOf = (account: UnifiedAccount) =>
  marginReportOf({ subject: SUBJECT, bindings, account, snapshot: WORLD }, noHash);

type Name = 'BTC' | 'ETH';
/** Up to a tenth of what the world trades in a day. */
const anySize = fc.integer({ min: -1_000, max: 1_000 }).map((n) => BigInt(n) * 10n * WAD);
const held = (name: Name) =>
  fc.record({ size: anySize, moved: fc.integer({ min: -200, max: 200 }) }).map(({ size, moved }) => {
    const perp = perpOf(name, size);
    return { ...perp, entryPrice: (perp.entryPrice * BigInt(1_000 + moved)) / 1_000n };
  });

test('a report and the bound of a later trade are at least what a report after the trade says', () => {
  let grew = 0;
  fc.assert(
    fc.property(
      fc.record({
        lines: fc.array(anyLine, { maxLength: 3 }),
        options: fc.array(anyOption, { maxLength: 3 }),
        btc: held('BTC'),
        eth: held('ETH'),
        name: fc.constantFrom<Name>('BTC', 'ETH'),
        size: anySize,
      }),
      ({ lines, options, btc, eth, name, size }) => {
        const before = accountOf({ mode: 'portfolio', lines, options, perps: [btc, eth] });
        const price = perpOf(name, WAD).entryPrice;
        const traded = name === 'BTC' ? btc : eth;
        // At the price of the moment the sum of both is one position with the same gains.
        const cost = traded.size * traded.entryPrice + size * price;
        const sum = traded.size + size;
        fc.pre(sum !== 0n && cost / sum > 0n);
        const perps = [name === 'BTC' ? eth : btc, { ...traded, size: sum, entryPrice: cost / sum }];
        const after = accountOf({ mode: 'portfolio', lines, options, perps });
        const [old, now] = [reportOf(before), reportOf(after)];
        const notional = ((size < 0n ? -size : size) * price) / WAD;
        if (now.initialWad > old.initialWad) grew += 1;
        const slack = at('0.000001');
        expect(now.initialWad <= old.initialWad + (notional * 4n) / 10n + slack).toBe(true);
        expect(now.maintenanceWad <= old.maintenanceWad + (notional * 3n) / 10n + slack).toBe(true);
      },
    ),
    { numRuns: 600 },
  );
  expect(grew).toBeGreaterThan(60);
});
