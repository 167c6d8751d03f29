import { AppError } from '@surety/domain';
import type { Rpc } from '@surety/transactions';
import type { TransactionSender } from '@surety/workflows';
import { type Hex, keccak256 } from 'viem';
import { operatorError } from '../errors.js';
import type { Terminal } from '../terminal/terminal.js';

/** A person who waits for transactions. Without `untilInterrupted` an interruption ends the process, as anywhere else. */
export type Waiting = Pick<Terminal, 'tell' | 'environment'> & Partial<Pick<Terminal, 'untilInterrupted'>>;

/**
 * Creates a sender that names each transaction as soon as a provider has it, and whose wait a person may end: whoever saw no hash
 * would do the same act again.
 * @throws OUTCOME_UNKNOWN from `land` of one that is interrupted, with the hashes that may still land; DECLINED if nothing was sent.
 */
export function tellWhatIsSent(rpc: Rpc, waiting: Waiting, create: (rpc: Rpc) => TransactionSender): TransactionSender {
  const told = new Set<string>();
  const telling: Rpc = {
    ...rpc,
    async broadcast(raw, signal) {
      const outcome = await rpc.broadcast(raw, signal);
      const hash = keccak256(raw as Hex);
      if (outcome.kind === 'refused' || told.has(hash)) return outcome;
      told.add(hash);
      const doubt = outcome.kind === 'unknown' ? `; ${outcome.detail}, so it may not be on its way` : '';
      waiting.tell(`sent as ${hash}, waiting for its block …${doubt}`);
      return outcome;
    },
  };
  const sender = create(telling);
  const { untilInterrupted } = waiting;
  if (untilInterrupted === undefined) return sender;
  return {
    address: sender.address,
    land: (call, signal) =>
      untilInterrupted(async (interrupted) => {
        const sentBefore = told.size;
        try {
          return await sender.land(call, signal === undefined ? interrupted : AbortSignal.any([interrupted, signal]));
        } catch (cause) {
          if (!interrupted.aborted) throw cause;
          if (cause instanceof AppError && cause.code === 'OUTCOME_UNKNOWN')
            throw new AppError({ code: cause.code, message: `interrupted: ${cause.message}`, cause });
          if (told.size > sentBefore) throw cause;
          throw operatorError(
            'DECLINED',
            `interrupted before the ${call.purpose} was sent; nothing of it is under way`,
            cause,
          );
        }
      }),
  };
}
