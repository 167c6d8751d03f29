import type { AccountProtocolView, AccountProtocolsView } from '@surety/client';
import { address, bytes32 } from '@surety/domain';
import { expect, it } from 'vitest';
import { formatProtocols } from './format-protocols.js';

const WAD = 10n ** 18n;
const venue: AccountProtocolView = {
  protocol: address(`0x${'b1'.repeat(20)}`),
  market: null,
  answered: true,
  initialWad: 300n * WAD,
  maintenanceWad: 200n * WAD,
  positionNonce: 4n,
  claims: true,
  burdenWad: 50n * WAD,
  cashWad: -40n * WAD,
  positions: [{ slot: 3, symbol: 'ETH', kind: 'perpetual', expiry: 0n, priceWad: 3_000n * WAD, sizeWad: WAD }],
};
const account: AccountProtocolsView = {
  account: bytes32(`0x${'11'.repeat(32)}`),
  block: { height: 7n, timestamp: 1_800_000_000n },
  netWad: 950n * WAD,
  linesWad: 1_000n * WAD,
  burdensWad: 50n * WAD,
  protocols: [venue],
};
const text = (of: Partial<AccountProtocolsView>): string => formatProtocols({ ...account, ...of }).join('\n');

it('shows what is left of all lines, and each protocol with what it requires and shows', () => {
  expect(text({})).toContain('net value 950.00: lines at the mark 1,000.00, less 50.00 owed');
  expect(text({})).toMatch(/0x(?:b1){20} +300\.00 +200\.00 +50\.00 +1 position, cash -40\.00$/m);
});

it('calls a market by its name, and says where a figure is a bound or an answer is missing', () => {
  const market = { ...venue, market: 'usds', claims: false, cashWad: null, positions: null };
  expect(text({ protocols: [market] })).toMatch(/^market usds +300\.00 +200\.00 +at most 50\.00 +no positions$/m);
  const silent = { ...market, market: null, answered: false, initialWad: 0n };
  expect(text({ protocols: [silent] })).toMatch(/infinite +200\.00 .* does not answer: run surety ledger observe$/m);
  const endless = { ...silent, answered: true, initialWad: 2n ** 128n - 1n, maintenanceWad: 2n ** 128n - 1n };
  expect(text({ protocols: [endless] })).toMatch(/infinite +infinite /);
});

it('says nothing of an account without lines and protocols', () => {
  expect(formatProtocols({ ...account, linesWad: 0n, protocols: [] })).toEqual([]);
  expect(text({ protocols: [], burdensWad: 0n, netWad: account.linesWad })).toBe(
    '\nnet value 1,000.00: lines at the mark 1,000.00, less 0.00 owed',
  );
});
