import { marginError } from '../errors.js';
import type { MarketSnapshot } from '../unified/market-snapshot.js';
import type { NamedAccount } from './stress-report.js';

/** Maximum weight of an asset and a source, in basis points. @source LedgerTerms.sol */
const ASSET_INITIAL_MAX_BPS = 9_500;
const ASSET_MAINTENANCE_MAX_BPS = 9_800;
const SOURCE_MAX_BPS = 10_000;
const WHOLE = 10n ** 18n;

/**
 * Refuses a book that no ledger can hold: weights for initial above those for maintenance, or above what the ledger takes; debts that
 * weigh less than 1 or less for initial; names that are not listed; two accounts of one name. Else the order of the three grades
 * would not hold, and a report would be about something that cannot be.
 * @throws OUT_OF_RANGE or INCONSISTENT_INPUT with the path, what is there and what is expected.
 */
export function requireSoundBook({ sources, assets }: MarketSnapshot, accounts: readonly NamedAccount[]): void {
  for (const [name, { source }] of sources)
    requireWeights(`book.sources.${name}.weight`, source.weightInitialBps, source.weightMaintenanceBps, [
      SOURCE_MAX_BPS,
      SOURCE_MAX_BPS,
    ]);
  for (const [name, { source, asset, debtInitial, debtMaintenance }] of assets) {
    const path = `book.assets.${name}`;
    if (!sources.has(source)) throw unlisted(`${path}.source`, source, sources);
    const most = [ASSET_INITIAL_MAX_BPS, ASSET_MAINTENANCE_MAX_BPS] as const;
    requireWeights(`${path}.base`, asset.baseInitialBps, asset.baseMaintenanceBps, most);
    if (debtMaintenance < WHOLE)
      throw marginError('OUT_OF_RANGE', `${path}.debtMaintenance is below 1; a debt counts whole at least`);
    if (debtInitial < debtMaintenance)
      throw marginError('OUT_OF_RANGE', `${path}.debtInitial is below debtMaintenance; expected as much or more`);
  }
  const seen = new Map<string, number>();
  for (const [at, { id, account }] of accounts.entries()) {
    const path = `book.accounts[${at}]`;
    const first = seen.get(id);
    if (first !== undefined)
      throw marginError('INCONSISTENT_INPUT', `${path}.id is ${id}, as of book.accounts[${first}]; expected another`);
    seen.set(id, at);
    for (const kind of ['lines', 'debts'] as const)
      for (const [nth, { asset }] of account[kind].entries())
        if (!assets.has(asset)) throw unlisted(`${path}.${kind}[${nth}].asset`, asset, assets);
  }
}

function requireWeights(path: string, initial: number, maintenance: number, most: readonly [number, number]): void {
  for (const [grade, seen, max] of [
    ['Initial', initial, most[0]],
    ['Maintenance', maintenance, most[1]],
  ] as const)
    if (seen > max) throw marginError('OUT_OF_RANGE', `${path}${grade}Bps is ${seen}; expected ${max} at most`);
  if (initial > maintenance)
    throw marginError(
      'INCONSISTENT_INPUT',
      `${path}InitialBps is ${initial}, above ${path.split('.').at(-1)}MaintenanceBps, ${maintenance}; expected as much or less`,
    );
}

function unlisted(path: string, name: string, listed: ReadonlyMap<string, unknown>): Error {
  const names = [...listed.keys()].slice(0, 8).join(', ');
  return marginError('INCONSISTENT_INPUT', `${path} is ${name}, which is not listed; expected one of ${names}`);
}
