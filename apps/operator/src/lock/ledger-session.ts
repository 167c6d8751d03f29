import { type AddedEntry, type ReleaseOrder, findReleased, logsOf, releaseCall } from '@surety/client';
import type { KeySource, ProviderEndpoint } from '@surety/config';
import { collateralLedgerAbi, collateralVaultAbi } from '@surety/contracts';
import { type Address, type Bytes32, type Hex, type TxHash, address, mulDivUp, parseAccountId } from '@surety/domain';
import { type ReceiptLog, createChainReads } from '@surety/transactions';
import type { Clock, TransactionCall } from '@surety/workflows';
import { parseEventLogs } from 'viem';
import {
  type ReleaseCall,
  type LedgerVerdict,
  type RequiringProtocol,
  askRelease,
  ledgerRefusal,
  readRequiring,
} from './ask-release.js';
import { requireListed } from './check-lock.js';
import type { LocalPlace } from '../local/local-place.js';
import { openLocalDesk } from '../local/open-local-desk.js';
import type { InitialMargin } from './find-largest-release.js';
import { openAgreedReader } from '../chains/open-agreed.js';
import { openAgreedRpc } from '../chains/open-agreed-rpc.js';
import { land, openKey, openRpc, openSender } from '../chains/open-sender.js';
import type { ReleasePlan } from './plan-release.js';
import { readLanded } from '../chains/read-landed.js';
import type { Waiting } from '../chains/tell-what-is-sent.js';

/** A release takes about 120,000, and what each protocol needs to answer; the ledger refuses to ask one with less than 4,000,000 left. */
const GAS_CEILING = 8_000_000n;
const LEDGER_ERRORS = collateralLedgerAbi.filter((item) => item.type === 'error');

/** A line as the ledger keeps it, in token units. */
export interface KeptLine {
  readonly amount: bigint;
  /** The part that may leave now. */
  readonly seasoned: bigint;
  /** The smallest release that does not take the whole line. */
  readonly minimum: bigint;
}

/** Cost of a release at the newest block's fees, and the coin that is there for it, in wei. */
export interface ReleaseCost {
  readonly gas: bigint;
  readonly feeWei: bigint;
  readonly coin: bigint;
}

/** A release as the ledger took it. */
export interface RequestedRelease extends AddedEntry {
  readonly txHash: TxHash;
  /** At source 0, what the same transaction did with the payment. */
  readonly payment?: 'paid' | 'recorded';
}

/** The ledger, used with one key. */
export interface LedgerSession {
  readonly address: Address;
  /** Reads a line at the newest block. */
  readLine(account: Bytes32): Promise<KeptLine>;
  /** Reads the account's initial margin as the ledger gives it now. */
  readMargin(account: Bytes32): Promise<InitialMargin>;
  /** Asks the ledger for its verdict on a release; sends nothing. */
  ask(release: ReleaseCall): Promise<LedgerVerdict>;
  /** Estimates a release that the ledger would take. @throws RELEASE_REFUSED if it would not. */
  readCost(release: ReleaseCall): Promise<ReleaseCost>;
  /** Reads the requirements of the account's protocols, the largest first. */
  readRequiring(account: Bytes32): Promise<RequiringProtocol[]>;
  /**
   * Debits the line, which journals a release for the vault to pay. @throws RELEASE_REFUSED with the ledger's own reason; ENTRY_UNREAD once
   * it landed.
   */
  requestRelease(
    of: { account: Bytes32; amount: bigint; recipient: Address },
    tell: (line: string) => void,
  ): Promise<RequestedRelease>;
}

/** Opens the key and connects to the settlement chain. @throws NO_PROVIDER, KEY_UNREADABLE. */
export function openLedgerSession(options: {
  readonly plan: ReleasePlan;
  readonly key: KeySource;
  readonly endpoints: readonly ProviderEndpoint[];
  readonly clock: Clock;
  readonly waiting: Waiting;
  /** The desk of source 0, which pays at once; undefined for every other vault. */
  readonly local?: LocalPlace | undefined;
}): LedgerSession {
  const { plan, endpoints, clock, waiting, local } = options;
  const chain = plan.settlementChain;
  const account = openKey(options.key);
  const place = { chain, endpoints, clock };
  // What is read here becomes the amount that is signed, so no single provider decides on it.
  const [client, voted] = [openAgreedReader(place), openAgreedRpc(place)];
  const sender = openSender(place, { account, errors: LEDGER_ERRORS, waiting });
  const reads = createChainReads(openRpc(place), LEDGER_ERRORS);
  const names = new Map((plan.settlement.markets ?? []).map((one) => [one.address.toLowerCase(), one.name]));
  const ledger = { address: plan.settlement.ledger as Hex, abi: collateralLedgerAbi } as const;
  const released = (logs: readonly ReceiptLog[]) => findReleased(logs, address(ledger.address));
  return {
    address: address(account.address),
    async readLine(owner) {
      const { assetId } = plan.asset;
      const [line, listed, block] = await Promise.all([
        client.readContract({ ...ledger, functionName: 'lineOf', args: [owner, assetId] }),
        client.readContract({ ...ledger, functionName: 'assetOf', args: [assetId] }),
        client.getBlock(),
      ]);
      requireListed(plan, listed);
      const minimum = mulDivUp(listed.terms.minMillionths, 10n ** BigInt(listed.terms.decimals), 1_000_000n);
      const unseasoned = block.timestamp < BigInt(line.seasonEnd) ? line.unseasoned : 0n;
      return { amount: line.amount, seasoned: line.amount > unseasoned ? line.amount - unseasoned : 0n, minimum };
    },
    async readMargin(owner) {
      const [assetsWad, requiredWad] = await client.readContract({
        ...ledger,
        functionName: 'marginOf',
        args: [owner],
      });
      return { assetsWad, requiredWad };
    },
    ask: (release) => askRelease(voted, { ledger: address(ledger.address), from: sender.address }, release),
    async readCost(release) {
      const { to, data } = releaseCall({ ...release, ledger: address(ledger.address) });
      const call = { from: sender.address, to, calldata: data };
      const [estimated, market, coin] = await Promise.all([
        reads.estimate(call),
        reads.readMarket(),
        reads.readBalance(sender.address),
      ]);
      if (estimated.kind === 'reverted') throw ledgerRefusal(estimated.revert.detail);
      return { gas: estimated.gas, feeWei: estimated.gas * (market.baseFeePerGas + market.tipPerGas), coin };
    },
    readRequiring: (owner) => readRequiring(client, { ledger: address(ledger.address), account: owner, names }),
    async requestRelease(of, tell) {
      tell(`requesting the release on ${chain.name} …`);
      // The desk submits what the owner signs; an operator's request is delivered afterwards.
      if (local !== undefined && parseAccountId(of.account).owner === account.address.toLowerCase()) {
        const { assetId, index: vaultAsset } = plan.asset;
        const order = { ...of, assetId, vaultAsset, fee: plan.fee };
        const txHash = await openLocalDesk(local, { account, waiting }).releaseAndPay(order);
        return readLanded(place, { hash: txHash, purpose: 'release' }, (logs) => {
          const entry = released(logs);
          return entry === undefined ? undefined : { ...entry, txHash, payment: paymentOf(logs, local.vault.address) };
        });
      }
      const order = { ...of, ledger: address(ledger.address), assetId: plan.asset.assetId, fee: plan.fee };
      const hash = await land(sender, transactionOf(order), 'RELEASE_REFUSED');
      return { ...(await readLanded(place, { hash, purpose: 'release' }, released)), txHash: hash };
    },
  };
}

function transactionOf(order: ReleaseOrder): TransactionCall {
  const { to, data } = releaseCall(order);
  return { purpose: 'release', to, calldata: data, gasCeiling: GAS_CEILING };
}

/** Says whether the transaction of a release at source 0 paid it, or its vault recorded it alone. */
function paymentOf(logs: readonly ReceiptLog[], vault: string): 'paid' | 'recorded' {
  const told = logsOf(logs, address(vault));
  return parseEventLogs({ abi: collateralVaultAbi, eventName: 'Paid', logs: told }).length > 0 ? 'paid' : 'recorded';
}
