import { collateralLedgerAbi } from '@surety/contracts';
import { type Bytes32, address } from '@surety/domain';
import { encodePacked, keccak256 } from 'viem';
import type { ActOptions } from '../chains/act-by-hand.js';
import { ACTS } from '../acts/act-table.js';
import { type FoundPayment, findPayment } from './find-payment.js';
import { operatorError } from '../errors.js';
import { openAgreed } from '../chains/open-agreed.js';
import { openConfig, placeOf } from '../chains/open-config.js';
import type { Terminal } from '../terminal/terminal.js';
import { namedAct } from '../acts/act.js';

/** Options of `surety stop`. */
export interface StopOptions extends ActOptions {
  readonly reason: string;
  readonly packed?: string;
}

const NOTHING = `0x${'00'.repeat(32)}`;

/**
 * Stops a payment in the guardian's name. First shows whether the ledger ever made that release, as two thirds of its
 * providers say.
 * @throws BAD_USE for an unknown payment; ACT_REFUSED with the vault's own reason; DECLINED.
 */
export async function stop(terminal: Terminal, id: string, options: StopOptions): Promise<void> {
  const config = openConfig(terminal);
  const { packed } = options;
  const tell = (line: string): void => terminal.tell(line);
  const payment = await findPayment(config, { id, packed, code: 'ACT_REFUSED', tell });
  const { edge, seq, entry } = payment;
  const home = placeOf(config, edge.origin);
  const { reader: origin, block: blockNumber } = await openAgreed(home, tell);
  const ledger = {
    address: address(config.network.settlement?.ledger ?? ''),
    abi: collateralLedgerAbi,
    blockNumber,
  } as const;
  if (entry.kind === 'LOST') {
    const args = [edge.source, entry.asset] as const;
    const [, , , , lostSeq] = await origin.readContract({ ...ledger, functionName: 'coverageOf', args });
    terminal.tell(
      `a loss of ${entry.amount} units of asset ${entry.asset}, ${payment.state}: ${describeLoss(payment, lostSeq)}`,
    );
  } else {
    const args = [edge.source, seq] as const;
    const recorded = await origin.readContract({ ...ledger, functionName: 'releasedOf', args });
    terminal.tell(
      `${entry.amount} units of asset ${entry.asset} of account ${entry.account}, ${payment.state}: ${describeRecord(payment, recorded)}`,
    );
  }
  const spec = ACTS.find(({ place, call }) => place === 'vault' && call === 'stop');
  if (spec === undefined) throw operatorError('BAD_USE', 'this build has no act vault stop; expected one');
  const given = { chain: String(edge.destination.chainId), seq: String(seq), packed: payment.packed };
  await namedAct(terminal, spec, { ...options, ...given });
}

/** Describes what the ledger's open loss number means for a loss that waits at the vault. */
export function describeLoss({ seq }: Pick<FoundPayment, 'seq'>, lostSeq: bigint): string {
  if (lostSeq === seq) {
    return 'the ledger wrote these units off and waits for the answer; stopped, they stay on lines that no tokens stand behind';
  }
  return lostSeq === 0n
    ? 'the ledger waits for NO loss of this asset: it never wrote one off, or the vault has answered it'
    : `the ledger waits for ANOTHER loss of this asset, number ${lostSeq}: this one is forged, or was answered`;
}

/** Describes what the ledger's record of a release means for its payment. */
export function describeRecord({ entry }: Pick<FoundPayment, 'entry'>, recorded: Bytes32 | string): string {
  const { asset, amount, account } = entry;
  const expected = keccak256(encodePacked(['uint16', 'uint128', 'bytes32'], [asset, amount, account]));
  if (recorded === expected) return 'the ledger recorded this release; stopped, it comes back to the account';
  if (recorded === NOTHING) return 'the ledger has NO record of it: it never made it, or gave it back already';
  return 'the ledger recorded ANOTHER release under its number: this one is forged';
}
