import {
  collateralLedgerAbi,
  creditLineAbi,
  creditLineCode,
  developmentTokenAbi,
  developmentTokenCode,
} from '@surety/contracts';
import { type Address, type Hex, address, mulDivUp } from '@surety/domain';
import { zeroAddress } from 'viem';
import type { AccountName } from '../chains/accounts.js';
import { SETTLEMENT_CHAIN_ID } from '../network/chain-facts.js';
import type { LocalNetwork } from '../network/start-network.js';
import { readHealthFactor } from './compare-margins.js';
import { accountOf } from './lock.js';
import { awaitReceipt, mintAndAllow, readerOf, walletOf } from './send.js';

/** A credit line on the settlement chain with the stablecoin that it lends. */
export interface OpenCreditLine {
  readonly address: Address;
  readonly token: Address;
}

/** An account's debt and health. */
export interface DebtView {
  /** Token units. */
  readonly debt: bigint;
  /** Maintenance value of the assets over what is required for maintenance, WAD; 2^256 − 1 without debt. @source PROTOCOL section 9 */
  readonly healthFactorWad: bigint;
}

const DECIMALS = 6;
/**
 * Initial and maintenance requirement, simple interest a year, and what takers pay, in basis points. Nobody claims for the lenders in an exit.
 */
const TERMS = {
  initialBp: 11_000,
  maintenanceBp: 10_500,
  interestBp: 500,
  feeBp: 100,
  exitClaimant: zeroAddress,
} as const;

/** Opens a credit line that the governor lists, with token units of a lender in it. */
export async function openCreditLine(network: LocalNetwork, lent: bigint): Promise<OpenCreditLine> {
  const lender = walletOf(network, SETTLEMENT_CHAIN_ID, 'bob');
  const token = await create(network, {
    bytecode: developmentTokenCode.creation as Hex,
    abi: developmentTokenAbi,
    args: ['Settlement Dollar', 'USDS', DECIMALS],
  });
  const line = await create(network, {
    bytecode: creditLineCode.creation as Hex,
    abi: creditLineAbi,
    args: [network.plan.settlement.ledger, token, TERMS],
  });
  const { ledger } = network.plan.settlement;
  const listing = { address: ledger, abi: collateralLedgerAbi, functionName: 'listProtocol', args: [line] } as const;
  await mined(network, walletOf(network, SETTLEMENT_CHAIN_ID, 'governor').writeContract(listing));
  await mintAndAllow(network, { chainId: SETTLEMENT_CHAIN_ID, by: 'bob', token, spender: line, units: lent });
  const deposit = { address: line, abi: creditLineAbi, functionName: 'deposit' } as const;
  await mined(network, lender.writeContract({ ...deposit, args: [lent, lender.account.address] }));
  return { address: line, token };
}

/** Opts an account in and draws token units against its margin. @throws STORY_BROKE if the ledger's gate refuses. */
export async function borrow(
  network: LocalNetwork,
  line: OpenCreditLine,
  by: AccountName,
  units: bigint,
): Promise<void> {
  const wallet = walletOf(network, SETTLEMENT_CHAIN_ID, by);
  const ledger = { address: network.plan.settlement.ledger, abi: collateralLedgerAbi } as const;
  const joining = [accountOf(by), line.address] as const;
  await mined(network, wallet.writeContract({ ...ledger, functionName: 'optIn', args: joining }));
  const args = [accountOf(by), units, wallet.account.address] as const;
  const lending = { address: line.address, abi: creditLineAbi, functionName: 'borrow' } as const;
  await mined(network, wallet.writeContract({ ...lending, args }));
}

/** Pays everything back that an account owes; interest since the loan is minted first, since development tokens are free. */
export async function repayAll(network: LocalNetwork, line: OpenCreditLine, by: AccountName): Promise<void> {
  const wallet = walletOf(network, SETTLEMENT_CHAIN_ID, by);
  const { debt } = await readDebt(network, line, by);
  // Interest grows with each block until the payment is mined; what is above the debt is not taken.
  const most = debt + mulDivUp(debt, 1n, 1_000n) + 1n;
  const [units, allowed] = [most - debt, most];
  const { address: spender, token } = line;
  await mintAndAllow(network, { chainId: SETTLEMENT_CHAIN_ID, by, token, spender, units, allowed });
  const repay = { address: line.address, abi: creditLineAbi, functionName: 'repay' } as const;
  await mined(network, wallet.writeContract({ ...repay, args: [accountOf(by), most] }));
}

/** Reads what an account owes and its health factor, from the chain alone. */
export async function readDebt(network: LocalNetwork, line: OpenCreditLine, by: AccountName): Promise<DebtView> {
  const account = accountOf(by);
  const view = { address: line.address, abi: creditLineAbi, functionName: 'debtOf' } as const;
  const [debt, healthFactorWad] = await Promise.all([
    readerOf(network, SETTLEMENT_CHAIN_ID).readContract({ ...view, args: [account] }),
    readHealthFactor(network, account),
  ]);
  return { debt, healthFactorWad };
}

async function create(
  network: LocalNetwork,
  of: { readonly bytecode: Hex; readonly abi: readonly unknown[]; readonly args: readonly unknown[] },
): Promise<Address> {
  const governor = walletOf(network, SETTLEMENT_CHAIN_ID, 'governor');
  return address((await mined(network, governor.deployContract({ ...of, abi: [...of.abi] as never }))) ?? '0x');
}

async function mined(network: LocalNetwork, sent: Promise<Hex>): Promise<Hex | null | undefined> {
  return (await awaitReceipt(network, SETTLEMENT_CHAIN_ID, sent)).contractAddress;
}
