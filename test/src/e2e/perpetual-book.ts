import { collateralLedgerAbi, perpetualBookAbi, perpetualBookCode } from '@surety/contracts';
import {
  type AccountName,
  type LocalNetwork,
  SETTLEMENT_CHAIN_ID,
  accountOf,
  awaitReceipt,
  lockTokens,
  plannedOf,
  walletOf,
} from '@surety/devnet';
import { type Address, address } from '@surety/domain';
import type { Abi, Hex } from 'viem';
import { applyAtLedger, attest, entryOf } from './sign-and-apply.js';

const ALPHA = 901;

/** A call on the settlement chain. */
export interface SettlementCall {
  readonly address: Address;
  readonly abi: Abi;
  readonly functionName: string;
  readonly args: readonly unknown[];
  /** More than is estimated, for what asks feeds or protocols. */
  readonly gas?: bigint;
}

/** Sends a call on the settlement chain. Returns the block in which it is mined. @throws if it reverts */
export async function actOnSettlement(network: LocalNetwork, by: AccountName, call: SettlementCall): Promise<bigint> {
  const hash = await walletOf(network, SETTLEMENT_CHAIN_ID, by).writeContract(call);
  return (await awaitReceipt(network, SETTLEMENT_CHAIN_ID, hash)).blockNumber;
}

/** Deploys a contract on the settlement chain, as the governor's person. Returns its address. */
export async function deployOnSettlement(
  network: LocalNetwork,
  { abi, creation, args }: { readonly abi: Abi; readonly creation: string; readonly args: readonly unknown[] },
): Promise<Address> {
  const wallet = walletOf(network, SETTLEMENT_CHAIN_ID, 'governor');
  const hash = await wallet.deployContract({ abi, bytecode: creation as Hex, args });
  const { contractAddress } = await awaitReceipt(network, SETTLEMENT_CHAIN_ID, hash);
  return address(contractAddress?.toLowerCase() ?? '');
}

/** Lists a protocol and lets it require margin of some accounts. */
export async function admitProtocol(
  network: LocalNetwork,
  protocol: Address,
  accounts: readonly AccountName[],
): Promise<void> {
  const ledger = { address: network.plan.settlement.ledger, abi: collateralLedgerAbi } as const;
  await actOnSettlement(network, 'governor', { ...ledger, functionName: 'listProtocol', args: [protocol] });
  for (const by of accounts)
    await actOnSettlement(network, by, { ...ledger, functionName: 'optIn', args: [accountOf(by), protocol] });
}

/** Deploys a book of perpetuals that may require margin of Alice. Returns its address. */
export async function openPerpetualBook(network: LocalNetwork): Promise<Address> {
  const { ledger, marginReports } = network.plan.settlement;
  const args = [ledger, marginReports];
  const book = await deployOnSettlement(network, { abi: perpetualBookAbi, creation: perpetualBookCode.creation, args });
  await admitProtocol(network, book, ['alice']);
  return book;
}

/** Trades units of a price slot for Alice, negative to sell. Returns the block in which it is mined. */
export function tradePerpetual(
  network: LocalNetwork,
  book: Address,
  { slot, sizeWad }: { readonly slot: number; readonly sizeWad: bigint },
): Promise<bigint> {
  const args = [accountOf('alice'), slot, sizeWad];
  return actOnSettlement(network, 'alice', { address: book, abi: perpetualBookAbi, functionName: 'trade', args });
}

/** Alice locks dollars and ether on alpha, and the ledger credits them on three attesters' word. */
export async function creditAlice(
  network: LocalNetwork,
  { usdc, weth }: { readonly usdc: bigint; readonly weth: bigint },
): Promise<void> {
  const account = accountOf('alice');
  await lockTokens(network, { chainId: ALPHA, by: 'alice', asset: 'USDC', units: usdc });
  await lockTokens(network, { chainId: ALPHA, by: 'alice', asset: 'WETH', units: weth });
  const { edgeId } = plannedOf(network, ALPHA);
  const { ledger, attesterSet: verifier } = network.plan.settlement;
  const entries = [entryOf('LOCK', 1, usdc, account), entryOf('LOCK', 3, weth, account)];
  const attested = await attest(network, { edgeId, destinationId: SETTLEMENT_CHAIN_ID, verifier }, entries);
  await applyAtLedger(network, { ledger, chainId: SETTLEMENT_CHAIN_ID, source: 1, feeTo: account }, attested);
}
