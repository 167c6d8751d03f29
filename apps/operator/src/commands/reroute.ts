import { loadOperatorConfig, loadSpendingKey } from '@surety/config';
import { collateralLedgerAbi } from '@surety/contracts';
import { address, parseAccountId } from '@surety/domain';
import { encodeFunctionData, pad } from 'viem';
import { type ActOptions, actByHand, outcomeText } from '../acts/act-by-hand.js';
import { type FoundPayment, findPayment } from '../acts/find-payment.js';
import { connectAggregator } from '../connect-aggregator.js';
import { operatorError } from '../errors.js';
import { openKey } from '../open-sender.js';
import { type Terminal, writeResult } from '../terminal.js';

/** Options of `surety reroute`. */
export interface RerouteOptions extends ActOptions {
  readonly recipient: string;
  readonly packed?: string;
}

const GAS_CEILING = 500_000n;

/** How long a payment is claimable before the vault obeys, in seconds. @source VaultKinds.REROUTE_AFTER_S */
const REROUTE_AFTER_S = 30n * 86_400n;

/** Sends a payment that has been claimable for 30 days to another recipient: its account's owner says so on the ledger. */
export async function reroute(terminal: Terminal, id: string, options: RerouteOptions): Promise<void> {
  const { network, endpoints, aggregatorUrl } = loadOperatorConfig(terminal.environment);
  const recipient = address(options.recipient);
  const account = openKey(loadSpendingKey(terminal.environment));
  const aggregator = connectAggregator(aggregatorUrl);
  const code = 'REROUTE_REFUSED';
  const payment = await findPayment({ network, endpoints, aggregator, id, packed: options.packed, code });
  requireOwner(payment, id, address(account.address));
  requireLongClaimable(payment, id);
  const { edge, seq, entry } = payment;
  const chain = edge.origin;
  const args = [edge.source, seq, entry.asset, entry.amount, entry.account, pad(recipient)] as const;
  const act = {
    chain,
    code,
    question: `Let payment ${id} of account ${entry.account} go to ${recipient} on ${edge.destination.name}?`,
    call: {
      purpose: 'reroute',
      to: edge.journal.contract,
      calldata: encodeFunctionData({ abi: collateralLedgerAbi, functionName: 'reroute', args }),
      gasCeiling: GAS_CEILING,
    },
  } as const;
  const done = await actByHand({ terminal, options, account }, endpoints.get(chain.chainId) ?? [], act);
  writeResult(terminal, options, { id, seq, account: entry.account, recipient, ...done }, () => [
    `reroute of ${id} to ${recipient}: ${outcomeText(done)}`,
    `once it is applied at the vault: surety claim ${id}`,
  ]);
}

function requireOwner({ entry }: FoundPayment, id: string, sender: string): void {
  const { owner, home } = parseAccountId(entry.account);
  if (home !== 0) {
    throw operatorError(
      'REROUTE_REFUSED',
      `the owner of ${entry.account} lives on a collateral chain (home ${home}) and cannot reroute ${id}; ask the guardian to stop it`,
    );
  }
  if (owner === sender) return;
  throw operatorError(
    'REROUTE_REFUSED',
    `${id} is of account ${entry.account}; its owner is ${owner}, the key ${sender}`,
  );
}

/** The ledger takes an earlier one too, but the vault does nothing then. */
function requireLongClaimable({ state, readyAt, nowS, edge }: FoundPayment, id: string): void {
  const from = readyAt + REROUTE_AFTER_S;
  if (state === 'CLAIMABLE' && nowS >= from) return;
  const when = state === 'CLAIMABLE' ? `; the vault obeys from ${new Date(Number(from) * 1_000).toISOString()} on` : '';
  throw operatorError(
    'REROUTE_REFUSED',
    `payment ${id} is ${state} on ${edge.destination.name}; expected CLAIMABLE for 30 days${when}; nothing was sent`,
  );
}
