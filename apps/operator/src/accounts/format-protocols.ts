import type { AccountProtocolView, AccountProtocolsView } from '@surety/client';
import { formatRequirement, formatTable, formatWad } from '../terminal/format.js';

/**
 * Formats an account's net value, and of each protocol what it requires, would have a taker assume, and shows. Empty for an account
 * without lines and protocols.
 */
export function formatProtocols({ netWad, linesWad, burdensWad, protocols }: AccountProtocolsView): string[] {
  if (protocols.length === 0 && linesWad === 0n) return [];
  const net = `net value ${formatWad(netWad)}: lines at the mark ${formatWad(linesWad)}, less ${formatWad(burdensWad)} owed`;
  if (protocols.length === 0) return ['', net];
  return [
    '',
    net,
    ...formatTable([['protocol', 'initial', 'maintenance', 'owed', 'shows'], ...protocols.map(cellsOf)]),
  ];
}

function cellsOf(one: AccountProtocolView): string[] {
  const { protocol, market, answered, initialWad, maintenanceWad, claims, burdenWad } = one;
  return [
    market === null ? protocol : `market ${market}`,
    answered ? formatRequirement(initialWad) : 'infinite',
    formatRequirement(maintenanceWad),
    claims ? formatWad(burdenWad) : `at most ${formatWad(burdenWad)}`,
    shownOf(one),
  ];
}

function shownOf({ answered, cashWad, positions }: AccountProtocolView): string {
  if (!answered) return 'does not answer: run surety ledger observe';
  if (cashWad === null || positions === null) return 'no positions';
  const held = positions.length === 1 ? '1 position' : `${positions.length} positions`;
  return `${held}, cash ${formatWad(cashWad)}`;
}
