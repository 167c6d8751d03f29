import type { Address } from '@surety/domain';
import { type Abi, type PublicClient, pad } from 'viem';
import {
  collateralLedgerAbi,
  collateralVaultAbi,
  layerZeroWitnessAbi,
  wormholeWitnessAbi,
} from '../generated/index.js';
import type { DeploymentCheck } from './deployment-check.js';
import { isCodeOf } from './is-code-of.js';
import type { PlannedVault } from './plan-vault.js';
import { type PlannedWitnessEnd, fastUnitsOf } from './plan-witnesses.js';

/** Compares a source's witnesses, their code, what they were built with and their policy with the plan, at vault and ledger. */
export async function checkWitnesses(
  { request: chain, vault, witnesses, assetIds }: PlannedVault,
  at: { readonly ledger: Address; readonly reader: PublicClient; readonly settled: PublicClient },
  check: DeploymentCheck,
): Promise<void> {
  const { ledger, reader, settled } = at;
  const atVault = { address: vault, abi: collateralVaultAbi } as const;
  const atLedger = { address: ledger, abi: collateralLedgerAbi } as const;
  for (const { request, atVault: near, atLedger: far } of witnesses) {
    const { slot, name, mayConflict } = request;
    const place = `${chain.name} witness ${name}`;
    await Promise.all([
      checkEnd(reader, near, `${place} at the vault`, check),
      checkEnd(settled, far, `${place} at the ledger`, check),
    ]);
    const [kept] = await reader.readContract({ ...atVault, functionName: 'witnessOf', args: [slot] });
    check.equal(`${place} at the vault`, kept.at, near.contract);
    check.equal(`${place} at the vault: mayConflict`, kept.conflicts, mayConflict);
    const [named, conflicts] = await settled.readContract({
      ...atLedger,
      functionName: 'witnessOf',
      args: [chain.source, slot],
    });
    check.equal(`${place} at the ledger`, named, far.contract);
    check.equal(`${place} at the ledger: mayConflict`, conflicts, mayConflict);
  }
  const [m] = await reader.readContract({ ...atVault, functionName: 'witnessPolicy' });
  check.equal(`vault of ${chain.name}: m`, m, chain.m);
  if (chain.m === 0) return;
  const listed = await settled.readContract({ ...atLedger, functionName: 'assetCount' });
  for (const [index, asset] of chain.assets.entries()) {
    // The check of the assets names the one that is missing.
    if ((assetIds[index] as number) > listed) continue;
    const args = [assetIds[index] as number] as const;
    const { fastUnits } = await settled.readContract({ ...atLedger, functionName: 'limitsOf', args });
    check.equal(`${chain.name} ${asset.symbol}: fast limit in token units`, fastUnits, fastUnitsOf(chain, asset));
  }
}

/** Views by which an end names its construction; its libraries and verifiers are named by the bridge. */
const BUILT_WITH = new Set(['journal', 'ledgerSource', 'core', 'peerChain', 'endpoint', 'peerEid', 'peer']);

/** Compares an end's code with the compiler's, and what its builder built it with: a seat takes whatever its builder builds. */
async function checkEnd(
  reader: PublicClient,
  { contract, code, args }: PlannedWitnessEnd,
  name: string,
  check: DeploymentCheck,
): Promise<void> {
  const deployed = (await reader.getCode({ address: contract })) ?? '0x';
  if (!isCodeOf(deployed, code)) {
    check.problems.push(`${name}, ${contract}, holds other code than ${code.name}`);
    return;
  }
  const abi: Abi = 'core' in args ? wormholeWitnessAbi : layerZeroWitnessAbi;
  const planned = Object.entries(args).filter(([view]) => BUILT_WITH.has(view));
  const padded = planned.map(([view, value]) => [view, view === 'peer' ? pad(value as Address) : value]);
  await check.views(`${name}: `, { reader, address: contract, abi }, Object.fromEntries(padded));
}
