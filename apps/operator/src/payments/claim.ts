import { collateralVaultAbi } from '@surety/contracts';
import { encodeFunctionData } from 'viem';
import { type ActOptions, actByHand, outcomeText } from '../chains/act-by-hand.js';
import { findPayment } from './find-payment.js';
import { operatorError } from '../errors.js';
import { openConfig, placeOf } from '../chains/open-config.js';
import { openSpendingKey } from '../chains/open-sender.js';
import { payCommandOf } from '../relay/relayed-edges.js';
import { type Terminal, writeResult } from '../terminal/terminal.js';

/** Options of `surety claim`. */
export interface ClaimOptions extends ActOptions {
  readonly packed?: string;
}

/** A transfer that failed once is always given 400,000 gas. */
const GAS_CEILING = 1_500_000n;

/** Pays a claimable payment to its recipient: anyone may, and earns the fee. */
export async function claim(terminal: Terminal, id: string, options: ClaimOptions): Promise<void> {
  const config = openConfig(terminal);
  const account = openSpendingKey(terminal.environment);
  const code = 'CLAIM_REFUSED';
  const payment = await findPayment(config, { id, packed: options.packed, code });
  const { edge, seq, packed, state } = payment;
  const chain = edge.destination;
  if (state !== 'CLAIMABLE') {
    throw operatorError(
      code,
      `payment ${id} is ${state} on ${chain.name}; expected CLAIMABLE${state === 'QUEUED' ? `; ${payCommandOf(edge)} pays it once it is due` : ''}`,
    );
  }
  const act = {
    code,
    question: `Claim payment ${id} on ${chain.name} (${chain.chainId}) for its recipient?`,
    call: {
      purpose: 'claim',
      to: edge.journal.edge.replica,
      calldata: encodeFunctionData({ abi: collateralVaultAbi, functionName: 'claim', args: [seq, packed] }),
      gasCeiling: GAS_CEILING,
    },
  } as const;
  const done = await actByHand({ terminal, options, account }, placeOf(config, chain), act);
  writeResult(terminal, options, { id, seq, ...done }, () => [`claim of ${id}: ${outcomeText(done)}`]);
}
