import { collateralLedgerAbi, collateralVaultAbi, developmentTokenAbi } from '@surety/contracts';
import type { AccountId } from '@surety/domain';
import { type LocalNetwork, SETTLEMENT_CHAIN_ID, plannedOf, vaultOf } from '@surety/devnet';

/** A release as the ledger journaled it for a vault. */
export interface Released {
  readonly index: bigint;
  readonly account: AccountId;
  readonly asset: number;
  readonly amount: bigint;
  readonly height: bigint;
}

/** Reads every release that the ledger journaled for a chain's vault. */
export async function readReleased(network: LocalNetwork, chainId: number): Promise<Released[]> {
  const { ledger } = network.plan.settlement;
  const reader = readerOf(network, SETTLEMENT_CHAIN_ID);
  const { source } = plannedOf(network, chainId).request;
  const [, , edge] = await reader.readContract({
    address: ledger,
    abi: collateralLedgerAbi,
    functionName: 'sourceOf',
    args: [source],
  });
  const events = await reader.getContractEvents({
    address: ledger,
    abi: collateralLedgerAbi,
    eventName: 'Released',
    args: { edge },
    fromBlock: 0n,
    strict: true,
  });
  return events.map(({ args: { index, account, vaultAsset, amount }, blockNumber }) => ({
    index,
    height: blockNumber,
    account: account as AccountId,
    asset: vaultAsset,
    amount,
  }));
}

/** Counts the payments that a vault made. */
export async function readPaidCount(network: LocalNetwork, chainId: number): Promise<number> {
  const address = vaultOf(network, chainId);
  const paid = { address, abi: collateralVaultAbi, eventName: 'Paid', fromBlock: 0n, strict: true } as const;
  return (await readerOf(network, chainId).getContractEvents(paid)).length;
}

/** Every release is queued once and paid once at the vault, and nothing else ever left it. */
export async function comparePayments(
  network: LocalNetwork,
  chainId: number,
  released: readonly Released[],
): Promise<string[]> {
  const reader = readerOf(network, chainId);
  const vault = vaultOf(network, chainId);
  const all = { address: vault, abi: collateralVaultAbi, fromBlock: 0n, strict: true } as const;
  const [queued, paid, claimable] = await Promise.all([
    reader.getContractEvents({ ...all, eventName: 'Queued' }),
    reader.getContractEvents({ ...all, eventName: 'Paid' }),
    reader.getContractEvents({ ...all, eventName: 'Claimable' }),
  ]);
  const findings: string[] = [];
  const count = (events: readonly { readonly args: { readonly seq: bigint } }[], seq: bigint): number =>
    events.filter(({ args }) => args.seq === seq).length;
  for (const { index, amount } of released) {
    const [first, ...more] = queued.filter(({ args }) => args.seq === index);
    if (first?.args.amount !== amount || more.length > 0)
      findings.push(`chain ${chainId}: release ${index} of ${amount} is queued ${more.length + (first ? 1 : 0)} times`);
    if (count(paid, index) !== 1)
      findings.push(`chain ${chainId}: release ${index} is paid ${count(paid, index)} times`);
  }
  if (queued.length !== released.length || paid.length !== released.length || claimable.length > 0)
    findings.push(
      `chain ${chainId}: ${released.length} releases, ${queued.length} queued, ${paid.length} paid, ${claimable.length} claimable`,
    );
  findings.push(...(await compareTokens(network, chainId, released)));
  return findings;
}

/** What left the vault in tokens is what was released. */
async function compareTokens(network: LocalNetwork, chainId: number, released: readonly Released[]): Promise<string[]> {
  const findings: string[] = [];
  for (const [at, { token, symbol }] of plannedOf(network, chainId).request.assets.entries()) {
    const transfers = await readerOf(network, chainId).getContractEvents({
      address: token,
      abi: developmentTokenAbi,
      eventName: 'Transfer',
      args: { from: vaultOf(network, chainId) },
      fromBlock: 0n,
      strict: true,
    });
    const left = transfers.reduce((sum, { args }) => sum + args.value, 0n);
    const owed = released.filter(({ asset }) => asset === at + 1).reduce((sum, { amount }) => sum + amount, 0n);
    if (left !== owed) findings.push(`chain ${chainId}: ${left} of ${symbol} left the vault, ${owed} were released`);
  }
  return findings;
}

function readerOf(network: LocalNetwork, chainId: number): NonNullable<ReturnType<LocalNetwork['readers']['get']>> {
  const reader = network.readers.get(chainId);
  if (reader === undefined) throw new Error(`chain ${chainId} is not part of this network`);
  return reader;
}
