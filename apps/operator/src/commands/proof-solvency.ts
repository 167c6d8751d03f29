import {
  type AssetSolvency,
  type ProofPlace,
  type SolvencyProof,
  type SolvencyShown,
  type VaultToProve,
  proveSolvency,
  verifySolvency,
} from '@surety/chain';
import { AppError, address } from '@surety/domain';
import { operatorError } from '../errors.js';
import { formatTable, formatTime, formatUnits } from '../format.js';
import { type Reach, openConfig } from '../open-config.js';
import { proveInTurn } from '../prove-in-turn.js';
import { openFinalChain } from '../relay/open-final-chain.js';
import { type OutputOptions, type Terminal, writeResult } from '../terminal.js';

/** Final blocks are read again where the two ends of an edge were of different times: what is done takes seconds, finality longer. */
const ATTEMPTS = 3;

/**
 * Proves what is owed of each asset and what the vaults hold, in the chains’ newest final blocks, and writes what that shows; with
 * `json` the proof itself.
 * @throws NOT_COVERED naming the assets that are short or over-credited.
 */
export async function proofSolvency(terminal: Terminal, options: OutputOptions): Promise<void> {
  const reach = openConfig(terminal);
  const { settlement } = reach.network;
  if (settlement === undefined)
    throw operatorError('BAD_USE', 'chains.config.json has no settlement part; expected one: it names the ledger');
  const vaults = configuredVaults(reach);
  for (let attempt = 1; ; attempt += 1) {
    const places = await placesOf(terminal, reach, [...vaults.map(({ chainId }) => chainId), settlement.chainId]);
    const proof = await proveSolvency({
      chainId: settlement.chainId,
      ledger: address(settlement.ledger),
      vaults,
      placeOf: (chainId) => placeAt(places, chainId),
      onProven: (contract) => terminal.tell(`${contract} is proven`),
    });
    const shown = attempt < ATTEMPTS ? shownUnlessApart(proof) : verifySolvency(proof);
    if (shown === undefined) continue;
    tellSolvency(terminal, options, { proof, shown, result: proof });
    return;
  }
}

function shownUnlessApart(proof: SolvencyProof): SolvencyShown | undefined {
  try {
    return verifySolvency(proof);
  } catch (cause) {
    if (cause instanceof AppError && cause.code === 'BLOCKS_APART') return undefined;
    throw cause;
  }
}

function configuredVaults({ network }: Reach): VaultToProve[] {
  return network.chains.flatMap(({ chainId, vault }) => {
    if (vault === undefined) return [];
    const assets = vault.assets.map(({ assetId, index, symbol, decimals, token }) => ({
      assetId,
      vaultAsset: index,
      symbol,
      decimals,
      token: address(token),
    }));
    return [{ source: vault.source, chainId, vault: address(vault.address), assets }];
  });
}

/** Reads the newest final block of each chain once, by its quorum of providers; the settlement chain’s last. */
async function placesOf(
  terminal: Terminal,
  reach: Reach,
  chainIds: readonly number[],
): Promise<ReadonlyMap<number, ProofPlace>> {
  const places = new Map<number, ProofPlace>();
  const home = chainIds.at(-1);
  for (const chainId of new Set([...chainIds.filter((one) => one !== home), ...chainIds])) {
    const chain = reach.network.chains.find((one) => one.chainId === chainId);
    if (chain === undefined) continue;
    const at = { chain, endpoints: reach.endpoints.get(chainId) ?? [], clock: reach.clock };
    const reader = await openFinalChain(chain, at.endpoints, reach.clock);
    const { height, hash } = await reader.readFinalTip();
    terminal.tell(`${chain.name}: block ${height} is final`);
    places.set(chainId, {
      block: hash,
      prove: (take) => proveInTurn(at, `storage in block ${height}`, take),
    });
  }
  return places;
}

function placeAt(places: ReadonlyMap<number, ProofPlace>, chainId: number): ProofPlace {
  const place = places.get(chainId);
  if (place === undefined)
    throw operatorError('BAD_USE', `chain ${chainId} is not in chains.config.json; expected a part of chains for it`);
  return place;
}

/**
 * Checks a proof of solvency without any connection, and writes what it shows.
 * @throws PROOF_REFUSED naming what does not fit; NOT_COVERED naming the assets that are short or over-credited.
 */
export function verifySolvencyFile(terminal: Terminal, proof: SolvencyProof, options: OutputOptions): void {
  let shown: SolvencyShown;
  try {
    shown = verifySolvency(proof);
  } catch (cause) {
    if (!(cause instanceof AppError)) throw cause;
    throw operatorError('PROOF_REFUSED', `${cause.code}: ${cause.message}`, cause);
  }
  tellSolvency(terminal, options, { proof, shown, result: shown });
}

function tellSolvency(
  terminal: Terminal,
  options: OutputOptions,
  {
    proof,
    shown,
    result,
  }: { readonly proof: SolvencyProof; readonly shown: SolvencyShown; readonly result: SolvencyProof | SolvencyShown },
): void {
  const { blocks, assets, listed } = shown;
  writeResult(terminal, options, result, () => [
    ...formatTable([
      ['ASSET', 'CREDITED', 'PARKED', 'OWED', 'UNDER WAY', 'ACCOUNTED', 'HELD', ''],
      ...assets.map(rowOf),
    ]),
    `${assets.length} of ${listed} assets that the ledger lists are in the proof`,
    'it holds if these blocks and contracts are the right ones; compare them with an explorer:',
    ...blocks.map(
      ({ chainId, height, hash, timestamp }) =>
        `  chain ${chainId}: block ${height} of ${formatTime(timestamp)}, ${hash}`,
    ),
    `  ledger ${proof.settlement.ledger} on chain ${proof.settlement.chainId}`,
    ...proof.vaults.map(({ source, vault, chainId }) => `  vault ${vault} on chain ${chainId}, source ${source}`),
  ]);
  const bad = assets.filter(({ standing }) => standing === 'short' || standing === 'over-credited');
  if (bad.length === 0) return;
  throw operatorError('NOT_COVERED', `${bad.map(lackOf).join('; ')}; see docs/RUNBOOKS/07-short-vault.md`);
}

function rowOf({ assetId, symbol, decimals, held, standing, ...one }: AssetSolvency): string[] {
  const amounts = [one.credited, one.parked, one.owed, one.underWay, one.accounted, held];
  return [
    `${symbol} (${assetId})`,
    ...amounts.map((units) => (units === null ? 'not proven' : formatUnits(units, decimals))),
    standing,
  ];
}

function lackOf({ assetId, symbol, decimals, accounted, held, underWay, standing }: AssetSolvency): string {
  const named = `${symbol} (asset ${assetId})`;
  return standing === 'over-credited'
    ? `${named}: ${formatUnits(-underWay, decimals)} more are credited, parked and owed than the vault accounts for`
    : `${named}: the vault lacks ${formatUnits(accounted - (held ?? 0n), decimals)} of ${formatUnits(accounted, decimals)}`;
}
