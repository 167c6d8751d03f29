import type { Network } from '@surety/config';
import { operatorError } from '../errors.js';
import { formatTable, formatTime, formatUnits } from '../terminal/format.js';
import { openAgreed } from '../chains/open-agreed.js';
import { openConfig, placeOf, requireSettlement } from '../chains/open-config.js';
import {
  type ReplayedEnd,
  type SourceAt,
  type VerifierAt,
  readSourceAt,
  readVerifierAt,
} from '../chains/read-ledger.js';
import { type OutputOptions, type Terminal, writeResult } from '../terminal/terminal.js';

type Chain = Network['chains'][number];

/** Options of `surety ledger show`. */
export interface LedgerShowOptions extends OutputOptions {
  /** Id or name of the chain whose source alone is wanted. */
  readonly chain?: string;
}

/**
 * Shows what ledger and vaults keep of each source: state, counts, witnesses, limits, epochs. Two thirds of a chain's
 * providers must agree, at one block that so many have reached; no aggregator is asked.
 * @throws BAD_USE, NO_PROVIDER for the settlement chain; PROVIDER_FAILED, NO_QUORUM (try again).
 */
export async function ledgerShow(terminal: Terminal, options: LedgerShowOptions): Promise<void> {
  const config = openConfig(terminal);
  const { settlement, chain: home } = requireSettlement(config.network);
  const wanted = wantedChains(config.network.chains, options.chain);
  const atLedger = await openAgreed(placeOf(config, home));
  const places = await Promise.all(
    wanted.map(async ({ chain, vault }) => {
      const place = placeOf(config, chain);
      const own = place.endpoints.length > 0 ? await openAgreed(place) : undefined;
      return { chain, vault, atVault: chain === home ? atLedger : own };
    }),
  );
  const [found, verifiers] = await Promise.all([
    Promise.all(places.map((place) => readSourceAt({ ...place, settlement, atLedger }))),
    Promise.all([
      readVerifierAt(home.name, settlement.attesterSet, atLedger),
      ...places.flatMap(({ chain, vault, atVault }) =>
        vault.source === 0 || atVault === undefined ? [] : [readVerifierAt(chain.name, vault.attesterSet, atVault)],
      ),
    ]),
  ]);
  const sources = found.filter((one) => one !== undefined);
  const shown = {
    ledger: settlement.ledger,
    chainId: home.chainId,
    blocks: Object.fromEntries([
      [home.name, atLedger.block],
      ...places.flatMap(({ chain, atVault }) => (atVault === undefined ? [] : [[chain.name, atVault.block]])),
    ]) as Readonly<Record<string, bigint>>,
    sources,
    unlisted: wanted.flatMap(({ chain }, at) => (found[at] === undefined ? [chain.name] : [])),
    verifiers,
  };
  writeResult(terminal, options, shown, () => [
    `ledger ${shown.ledger} on ${home.name} (${home.chainId}), as two thirds of the providers say`,
    `blocks: ${Object.entries(shown.blocks)
      .map(([name, block]) => `${name} ${block}`)
      .join(', ')}`,
    '',
    ...formatTable([
      ['source', 'direction', 'state', 'until', 'entries', 'applied', 'confirmed', 'as of', 'halted since'],
      ...sources.flatMap(rowsOfSource),
    ]),
    '',
    ...witnessLines(sources),
    ...formatTable([
      ['source', 'asset', 'cap', 'credited', 'parked', 'room', 'fast limit', 'unconfirmed', 'burst', 'burst left'],
      ...sources.flatMap(rowsOfAssets),
    ]),
    '',
    ...formatTable([
      ['verifier', 'at', 'epoch', 'k of n', 'from', 'until', 'suspended', 'takes statements'],
      ...verifiers.map(rowOfVerifier),
    ]),
    ...shown.unlisted.map((name) => `the ledger does not list the vault of ${name} yet: see surety timelock list`),
    ...places.flatMap(({ chain, atVault }) =>
      atVault === undefined ? [`${chain.name} was not asked: no provider of it has a URL`] : [],
    ),
  ]);
}

function wantedChains(
  chains: readonly Chain[],
  wanted: string | undefined,
): { readonly chain: Chain; readonly vault: NonNullable<Chain['vault']> }[] {
  const all = chains.flatMap((chain) => (chain.vault === undefined ? [] : [{ chain, vault: chain.vault }]));
  const chosen = all.filter(
    ({ chain }) => wanted === undefined || chain.name === wanted || String(chain.chainId) === wanted,
  );
  if (chosen.length > 0 || wanted === undefined) return chosen;
  const known = all.map(({ chain }) => `${chain.name} (${chain.chainId})`).join(', ') || 'none';
  throw operatorError('BAD_USE', `--chain is "${wanted}"; expected one with a vault: ${known}`);
}

function rowsOfSource({ source, chain, toLedger, toVault, locks, releases }: SourceAt): string[][] {
  const name = `${source} ${chain}`;
  return [
    [name, 'to-ledger', ...endCells(toLedger, locks)],
    toVault === null
      ? [name, 'to-vault', '?', '-', String(releases), '?', '?', '?', '?']
      : [name, 'to-vault', ...endCells(toVault, releases)],
  ];
}

function endCells(end: ReplayedEnd, entries: bigint | null): string[] {
  return [
    end.state,
    timeOf(end.until),
    entries === null ? '?' : String(entries),
    String(end.applied),
    end.witnesses.length === 0 ? '-' : String(end.confirmed),
    timeOf(end.asOf),
    timeOf(end.haltedSince),
  ];
}

function witnessLines(sources: readonly SourceAt[]): string[] {
  const rows = sources.flatMap(({ source, chain, toLedger, toVault }) =>
    [
      { direction: 'to-ledger', end: toLedger },
      { direction: 'to-vault', end: toVault },
    ].flatMap(({ direction, end }) =>
      (end?.witnesses ?? []).map((one) => [
        `${source} ${chain}`,
        direction,
        `${one.slot}`,
        one.at,
        `${end?.m ?? 0}`,
        String(one.confirmed),
        one.conflicted ? 'conflicted' : one.mayConflict ? 'counts, may conflict' : 'counts',
      ]),
    ),
  );
  if (rows.length === 0) return ['no source has a witness', ''];
  return [...formatTable([['source', 'direction', 'slot', 'witness', 'needed', 'confirmed', 'is'], ...rows]), ''];
}

function rowsOfAssets({ source, chain, assets }: SourceAt): string[][] {
  return assets.map((asset) => {
    const cell = (units: bigint): string => formatUnits(units, asset.decimals);
    return [
      `${source} ${chain}`,
      asset.symbol,
      cell(asset.cap),
      cell(asset.credited),
      cell(asset.parked),
      cell(asset.capRoom),
      asset.fast === null ? 'none' : cell(asset.fast),
      cell(asset.unconfirmed),
      cell(asset.burst),
      cell(asset.bucketRoom),
    ];
  });
}

function rowOfVerifier(one: VerifierAt): string[] {
  const stop = one.inRecovery ? 'no: in recovery' : one.stopped ? 'no: stopped' : 'yes';
  return [
    one.chain,
    one.at,
    String(one.epoch),
    `${one.k} of ${one.members.length}`,
    timeOf(one.activeFrom),
    timeOf(one.expires),
    one.suspended.length === 0 ? '-' : one.suspended.join(', '),
    stop,
  ];
}

/** Largest time that a contract writes for "without end". */
const FOREVER = 2 ** 40 - 1;

function timeOf(seconds: number): string {
  if (seconds === 0) return '-';
  return seconds === FOREVER ? 'no end' : formatTime(BigInt(seconds));
}
