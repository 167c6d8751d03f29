import { type ProofPlace, openProofPlace, proveSolvency } from '@surety/chain';
import { type SolvencyOutcome, type SolvencyProofView, verifySolvencyProof } from '@surety/client';
import { listVaults } from '@surety/config';
import { type AssetSolvency, BLOCKS_APART_MAX_S, type SolvencyShown, describeBalanceMapping } from '@surety/contracts';
import { address } from '@surety/domain';
import { operatorError } from '../errors.js';
import { formatTable, formatTime, formatUnits } from '../terminal/format.js';
import { type Reach, openConfig, placeOf, requireSettlement } from '../chains/open-config.js';
import { providersOf } from '../chains/open-sender.js';
import { openFinalChain } from '../relay/open-final-chain.js';
import { type OutputOptions, type Terminal, writeResult } from '../terminal/terminal.js';

/**
 * Proves what is owed of each asset and what the vaults hold, in the chains’ newest final blocks, and writes what that shows; with
 * `json` the proof itself.
 * @throws NOT_COVERED naming the assets that are short or over-credited; NOT_ALL_PROVEN naming those of which it shows too little;
 * NO_PROVIDER, NO_QUORUM, UNPROVEN.
 */
export async function proofSolvency(terminal: Terminal, options: OutputOptions): Promise<void> {
  const reach = openConfig(terminal);
  const { settlement } = requireSettlement(reach.network, 'it names the ledger');
  const proof = await proveSolvency({
    chainId: settlement.chainId,
    ledger: address(settlement.ledger),
    vaults: listVaults(reach.network),
    openPlace: (chainId) => openPlace(terminal, reach, chainId),
    onProven: (contract) => terminal.tell(`${contract} is proven`),
    onLeftOut: ({ source, chainId }, apartS) =>
      terminal.tell(
        `source ${source} is left out: the newest final block of chain ${chainId} is ${apartS} s from the ledger's; expected at most ${BLOCKS_APART_MAX_S} s`,
      ),
  });
  tellSolvency(terminal, options, { proof, shown: requireProven(verifySolvencyProof(proof)), result: proof });
}

/** Reads the newest final block of a chain, by its quorum of providers. */
async function openPlace(terminal: Terminal, reach: Reach, chainId: number): Promise<ProofPlace> {
  const chain = reach.network.chains.find((one) => one.chainId === chainId);
  if (chain === undefined)
    throw operatorError('BAD_USE', `chain ${chainId} is not in chains.config.json; expected a part of chains for it`);
  const at = placeOf(reach, chain);
  const reader = await openFinalChain(chain, at.endpoints, reach.clock);
  const block = await reader.readFinalTip();
  terminal.tell(`${chain.name}: block ${block.height} is final`);
  return openProofPlace(providersOf(at), { chain: chain.name, block });
}

/**
 * Checks a proof of solvency without any connection, and writes what it shows.
 * @throws PROOF_REFUSED naming what does not fit; NOT_COVERED naming the assets that are short or over-credited; NOT_ALL_PROVEN naming
 * those of which it shows too little.
 */
export function verifySolvencyFile(terminal: Terminal, proof: SolvencyProofView, options: OutputOptions): void {
  const { kind: _, ...shown } = requireProven(verifySolvencyProof(proof));
  tellSolvency(terminal, options, { proof, shown, result: shown });
}

function requireProven(outcome: SolvencyOutcome): Extract<SolvencyOutcome, { readonly kind: 'proven' }> {
  if (outcome.kind === 'proven') return outcome;
  throw operatorError('PROOF_REFUSED', `${outcome.code}: ${outcome.detail}`);
}

function tellSolvency(
  terminal: Terminal,
  options: OutputOptions,
  {
    proof,
    shown,
    result,
  }: {
    readonly proof: SolvencyProofView;
    readonly shown: SolvencyShown;
    readonly result: SolvencyProofView | SolvencyShown;
  },
): void {
  const { blocks, assets, listed } = shown;
  writeResult(terminal, options, result, () => [
    ...formatTable([
      ['ASSET', 'CREDITED', 'PARKED', 'OWED', 'UNDER WAY', 'ACCOUNTED', 'HELD', ''],
      ...assets.map(rowOf),
    ]),
    `${assets.length} of ${listed} assets that the ledger lists are in the proof`,
    ...balancesOf(assets),
    'it holds if these blocks and contracts are the right ones; compare them with an explorer:',
    ...blocks.map(
      ({ chainId, height, hash, timestamp }) =>
        `  chain ${chainId}: block ${height} of ${formatTime(timestamp)}, ${hash}`,
    ),
    `  ledger ${proof.settlement.ledger} on chain ${proof.settlement.chainId}`,
    ...proof.vaults.map(({ source, vault, chainId }) => `  vault ${vault} on chain ${chainId}, source ${source}`),
  ]);
  requireAll(shown);
}

/** A proof that says nothing of an asset may hide that it is short, so it is no success either. */
function requireAll({ assets, listed, missing }: SolvencyShown): void {
  const bad = assets.filter(({ standing }) => standing === 'short' || standing === 'over-credited').map(lackOf);
  const unproven = assets.filter(({ standing }) => standing === 'balance-unproven').map(unprovenOf);
  const gaps = [
    ...(missing.length === 0 ? [] : [`not in the proof, of ${listed} listed assets: ${missing.join(', ')}`]),
    ...(unproven.length === 0 ? [] : [`balance not proven: ${unproven.join(', ')}`]),
  ];
  if (bad.length > 0)
    throw operatorError('NOT_COVERED', `${[...bad, ...gaps].join('; ')}; see docs/RUNBOOKS/07-short-vault.md`);
  if (gaps.length > 0)
    throw operatorError('NOT_ALL_PROVEN', `${gaps.join('; ')}; expected a proof of every listed asset`);
}

function namedAsset({ assetId, symbol }: AssetSolvency): string {
  return `${symbol} (asset ${assetId})`;
}

function unprovenOf(asset: AssetSolvency): string {
  const mark = asset.marked === null ? '' : `, whose token marks it (${asset.marked}): frozen, perhaps`;
  return `${namedAsset(asset)}${mark}`;
}

function rowOf({ assetId, symbol, decimals, held, standing, ...one }: AssetSolvency): string[] {
  const amounts = [one.credited, one.parked, one.owed, one.underWay, one.accounted, held];
  return [
    `${symbol} (${assetId})`,
    ...amounts.map((units) => (units === null ? 'not proven' : formatUnits(units, decimals))),
    standing,
  ];
}

/** The place of each proven balance: anybody may have made the proof, and only the token's source says what is kept there. */
function balancesOf(assets: readonly AssetSolvency[]): string[] {
  const places = assets.flatMap(({ assetId, symbol, token, mapping }) =>
    mapping === null ? [] : [`  ${symbol} (${assetId}): ${describeBalanceMapping(mapping)}, of token ${token}`],
  );
  return places.length === 0
    ? []
    : ['tokens keep balances in these mappings; compare them with the tokens’ source:', ...places];
}

function lackOf(asset: AssetSolvency): string {
  const { decimals, accounted, held, underWay, standing } = asset;
  const named = namedAsset(asset);
  return standing === 'over-credited'
    ? `${named}: ${formatUnits(-underWay, decimals)} more are credited, parked and owed than the vault accounts for`
    : `${named}: the vault lacks ${formatUnits(accounted - (held ?? 0n), decimals)} of ${formatUnits(accounted, decimals)}`;
}
