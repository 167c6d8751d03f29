import { collateralLedgerAbi, marketAbi } from '@surety/contracts';
import { type Address, type Hex, accountId } from '@surety/domain';
import { encodeFunctionData, numberToHex } from 'viem';
import { devnetError } from '../errors.js';
import { SETTLEMENT_CHAIN_ID } from '../network/chain-facts.js';
import type { LocalNetwork } from '../network/start-network.js';
import { waitUntil } from '../processes/wait-until.js';
import { type LockAct, assetIdOf } from './lock.js';
import { marketOf } from './market.js';
import { readerOf } from './send.js';

/** One owner's loan. */
export interface BulkLoan {
  readonly owner: Address;
  /** Token units. */
  readonly units: bigint;
}

/** Loans against one asset. */
export interface BulkLoanRequest {
  /** Counts in each owner's margin; a small line does not do so by itself. */
  readonly asset: Pick<LockAct, 'chainId' | 'asset'>;
  readonly loans: readonly BulkLoan[];
  /** Hears how many loans are drawn. */
  readonly progress?: (drawn: number) => void;
}

/** Owners whose transactions are under way at a time: a few blocks of 30 million gas. */
const OWNERS_AT_ONCE = 250;
const MINED_WITHIN_MS = 120_000;
const COINS: Hex = numberToHex(10n ** 20n);
/** Wei per gas: full blocks raise the base fee, and the node drops what offers less. */
const FEE_MAX: Hex = numberToHex(10n ** 13n);

/**
 * Opts many owners in to the market and lets each draw a loan. The node signs for them, as it does for any address.
 * @throws STORY_BROKE naming how many loans the gate refused.
 */
export async function borrowInBulk(network: LocalNetwork, { asset, loans, progress }: BulkLoanRequest): Promise<void> {
  const assetId = assetIdOf(network, asset);
  const { market } = marketOf(network);
  const { ledger } = network.plan.settlement;
  const node = network.nodes.get(SETTLEMENT_CHAIN_ID);
  await node?.call('anvil_autoImpersonateAccount', [true]);
  for (let from = 0; from < loans.length; from += OWNERS_AT_ONCE) {
    const part = loans.slice(from, from + OWNERS_AT_ONCE);
    const sent = await Promise.all(
      part.map(async ({ owner, units }) => {
        const account = accountId({ owner, home: 0, sub: 0n });
        await node?.call('anvil_setBalance', [owner, COINS]);
        const send = (to: Address, data: Hex, gas: bigint): Promise<unknown> | undefined =>
          node?.call('eth_sendTransaction', [{ from: owner, to, data, gas: numberToHex(gas), maxFeePerGas: FEE_MAX }]);
        const enable = {
          abi: collateralLedgerAbi,
          functionName: 'setEnabled',
          args: [account, assetId, true],
        } as const;
        await send(ledger, encodeFunctionData(enable), 300_000n);
        const optIn = { abi: collateralLedgerAbi, functionName: 'optIn', args: [account, market] } as const;
        await send(ledger, encodeFunctionData(optIn), 300_000n);
        const borrow = { abi: marketAbi, functionName: 'borrow', args: [account, units, owner] } as const;
        return send(market, encodeFunctionData(borrow), 900_000n);
      }),
    );
    await awaitMined(network, part, sent as Hex[]);
    progress?.(from + part.length);
  }
  await node?.call('anvil_autoImpersonateAccount', [false]);
}

async function awaitMined(network: LocalNetwork, loans: readonly BulkLoan[], hashes: readonly Hex[]): Promise<void> {
  const reader = readerOf(network, SETTLEMENT_CHAIN_ID);
  const receipts = await waitUntil({
    what: 'loans of many owners',
    withinMs: MINED_WITHIN_MS,
    everyMs: 500,
    probe: () => Promise.all(hashes.map((hash) => reader.getTransactionReceipt({ hash }))),
  });
  const refused = loans.filter((_, at) => receipts[at]?.status !== 'success');
  const [first] = refused;
  if (first === undefined) return;
  const { owner, units } = first;
  const args = [accountId({ owner, home: 0, sub: 0n }), units, owner] as const;
  const { market } = marketOf(network);
  const again = { address: market, abi: marketAbi, functionName: 'borrow', args, account: owner } as const;
  const reason = await reader.simulateContract(again).then(
    () => 'it would pass now',
    (error: unknown) => String(error),
  );
  throw devnetError('STORY_BROKE', `${refused.length} of ${hashes.length} loans were refused, the first: ${reason}`);
}
