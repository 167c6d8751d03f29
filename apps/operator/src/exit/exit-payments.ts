import { collateralVaultAbi } from '@surety/contracts';
import { type Hex, address, bytes32, bytesToHex, packEntry, tokenUnits } from '@surety/domain';
import { encodeFunctionData, pad } from 'viem';
import { type ActResult, outcomeText } from '../chains/act-by-hand.js';
import { readLanded } from '../chains/read-landed.js';
import { operatorError } from '../errors.js';
import { paymentOf } from '../payments/payment-of.js';
import { eachUnlessEnded, requireAllTaken, tellRefused, unlessCoded } from '../terminal/each-unless-ended.js';
import { type ExitHand, openExitHand, takeStep } from './exit-hand.js';
import { EXIT_CLAIMS, type QueuedPayment, readQueued } from './exit-items.js';
import { type ExitVault, readExit } from './exit-vault.js';
import { formatExitUnits } from './tell-exit.js';
import { formatTime } from '../terminal/format.js';
import { parseAccountArgument, parseAddressArgument } from '../terminal/parse-account.js';
import { type Terminal, writeResult } from '../terminal/terminal.js';
import type { ExitOpenOptions } from './exit.js';

/** Options of `surety exit pay`. */
export interface ExitPayOptions extends ExitOpenOptions {
  readonly account?: string;
}

/** Options of `surety exit redirect`. */
export interface ExitRedirectOptions extends ExitOpenOptions {
  readonly claim: string;
  readonly recipient: string;
}

/** A claim with the transaction that paid it. */
type Paid = QueuedPayment & ActResult;

const numberOf = ({ seq }: Pick<QueuedPayment, 'seq'>): bigint => seq - EXIT_CLAIMS;
const nameOfClaim = (claim: Pick<QueuedPayment, 'seq'>): string => `claim ${numberOf(claim)}`;
const amountText = (place: ExitVault, { asset, amount }: QueuedPayment): string =>
  formatExitUnits(place, { vaultAsset: asset }, amount);

/** Pays claims that are due, and tries those again whose transfer failed: anyone may. One that is refused does not hold up the rest. */
export async function exitPay(terminal: Terminal, options: ExitPayOptions): Promise<void> {
  const hand = openExitHand(terminal, options);
  const { place } = hand;
  const of = options.account === undefined ? undefined : parseAccountArgument(options.account, '--account');
  terminal.tell(`reading logs of ${place.at.chain.name} …`);
  const [claims, { nowS }] = await Promise.all([
    readQueued(place, { account: of, above: EXIT_CLAIMS }),
    readExit(place),
  ]);
  const open = claims.filter(({ state }) => state === 'QUEUED' || state === 'CLAIMABLE');
  const isLater = ({ state, readyAt }: QueuedPayment): boolean => state === 'QUEUED' && readyAt > nowS;
  const later = open.filter(isLater);
  const paid: Paid[] = [];
  const taken = await eachUnlessEnded(
    {
      items: open.filter((one) => !isLater(one)),
      isEnded: unlessCoded('EXIT_REFUSED', 'ENTRY_UNREAD'),
      nameOf: nameOfClaim,
    },
    async (one) => void paid.push(await payClaim(hand, one)),
  );
  const { refused, ended } = taken;
  if (ended !== undefined && paid.length + refused.length === 0) throw ended.by;
  writeResult(terminal, options, { paid, later, refused }, () => [
    ...paid.map((one) => `${amountText(place, one)} to ${one.recipient}: ${outcomeText(one)}`),
    ...later.map((one) => `${amountText(place, one)} to ${one.recipient} is due at ${formatTime(one.readyAt)}`),
    ...refused.map(tellRefused),
    ...(paid.length + later.length + refused.length === 0 ? ['no claim waits for its payment'] : []),
  ]);
  requireAllTaken(taken, 'EXIT_REFUSED');
}

/**
 * Pays one claim. A transfer that fails costs only gas: the claim stays owed.
 * @throws EXIT_REFUSED if the token did not pay it; ENTRY_UNREAD if nobody shows what became of it.
 */
async function payClaim(hand: ExitHand, claim: QueuedPayment): Promise<Paid> {
  const { place, account } = hand;
  const name = nameOfClaim(claim);
  const contract = { abi: collateralVaultAbi } as const;
  const calldata =
    claim.state === 'CLAIMABLE'
      ? encodeFunctionData({ ...contract, functionName: 'claim', args: [claim.seq, packedClaim(claim)] })
      : encodeFunctionData({
          ...contract,
          functionName: 'pay',
          args: [claim.seq, packedClaim(claim), address(account.address.toLowerCase())],
        });
  const question = `Pay ${name} to ${claim.recipient} on ${place.at.chain.name}?`;
  const done = await takeStep(hand, { purpose: `payment of ${name}`, question, calldata });
  // A `claim` whose transfer fails reverts; a `pay` lands, and the vault keeps it owed.
  if (done.txHash === null || claim.state === 'CLAIMABLE') return { ...claim, ...done };
  const paying = { hash: done.txHash, purpose: 'payment' };
  if ((await readLanded(place.at, paying, (logs) => paymentOf(logs, place.vault))) === 'claimable') {
    throw operatorError(
      'EXIT_REFUSED',
      `the token did not pay ${claim.recipient} in ${done.txHash}; it stays owed: try again later, or whoever claimed it names another address with surety exit redirect --chain ${place.at.chain.name} --claim ${numberOf(claim)} --recipient <address>`,
    );
  }
  return { ...claim, ...done };
}

/**
 * Names another recipient for a claim whose transfer failed: only who claimed it may. `surety exit pay` then pays it.
 * @throws BAD_USE for a claim that is not there; EXIT_REFUSED with the vault's own reason; DECLINED.
 */
export async function exitRedirect(terminal: Terminal, options: ExitRedirectOptions): Promise<void> {
  const hand = openExitHand(terminal, options);
  const { place } = hand;
  const recipient = parseAddressArgument(options.recipient, '--recipient');
  terminal.tell(`reading logs of ${place.at.chain.name} …`);
  const claims = await readQueued(place, { above: EXIT_CLAIMS });
  const claim = claims.find((one) => String(numberOf(one)) === options.claim);
  if (claim === undefined) {
    const known = claims.map(numberOf).join(', ') || 'none';
    throw operatorError(
      'BAD_USE',
      `--claim is "${options.claim}"; expected one of the claims on ${place.at.chain.name}: ${known}`,
    );
  }
  const name = nameOfClaim(claim);
  const done = await takeStep(hand, {
    purpose: `redirection of ${name}`,
    question: `Have ${name}, ${amountText(place, claim)}, paid to ${recipient} instead of ${claim.recipient}?`,
    calldata: encodeFunctionData({
      abi: collateralVaultAbi,
      functionName: 'redirectClaim',
      args: [claim.seq, packedClaim(claim), recipient],
    }),
  });
  const result = { claim: numberOf(claim), from: claim.recipient, recipient, ...done };
  writeResult(terminal, options, result, () => [
    `${name} goes to ${recipient}: ${outcomeText(done)}`,
    'next: surety exit pay pays it',
  ]);
}

/** The entry that the vault recorded for a claim. @source VaultExit._claim */
function packedClaim({ asset, amount, account, recipient }: QueuedPayment): Hex {
  return bytesToHex(
    packEntry({
      kind: 'RELEASE',
      asset,
      amount: tokenUnits(amount),
      account,
      party: bytes32(pad(recipient)),
      fee: tokenUnits(0n),
    }),
  );
}
