import { AppError, spanText } from '@surety/domain';
import type { Rpc } from '@surety/transactions';
import type { Clock, TransactionSender } from '@surety/workflows';

/** Time after which a person rather knows what may be under way than waits on for providers that say nothing. */
const SILENCE_MS = 60_000;

/**
 * Creates a sender that stops waiting for a transaction once no provider, or too few, have answered for a minute. Processes wait for ever; a
 * person does not, and may look elsewhere with the transaction's hash.
 * @throws OUTCOME_UNKNOWN from `land`, with the hashes that may still land.
 */
export function giveUpOnSilence(rpc: Rpc, clock: Clock, create: (rpc: Rpc) => TransactionSender): TransactionSender {
  let silence = new AbortController();
  let heardMs = clock.elapsedMs();
  /** Names of those without an answer where others answer, and are too few. */
  let away: string | undefined;
  const listening: Rpc = {
    ...rpc,
    async call(method, params, signal) {
      try {
        const answer = await rpc.call(method, params, signal);
        heardMs = clock.elapsedMs();
        return answer;
      } catch (error) {
        if (!(error instanceof AppError) || error.code !== 'RPC_UNAVAILABLE') heardMs = clock.elapsedMs();
        else {
          away = error.context['silent']?.toString();
          if (clock.elapsedMs() - heardMs >= SILENCE_MS) silence.abort();
        }
        throw error;
      }
    },
  };
  const sender = create(listening);
  return {
    address: sender.address,
    async land(call, signal) {
      heardMs = clock.elapsedMs();
      // A call after one that was given up begins anew.
      if (silence.signal.aborted) silence = new AbortController();
      const ended = silence.signal;
      try {
        return await sender.land(call, signal === undefined ? ended : AbortSignal.any([ended, signal]));
      } catch (cause) {
        if (!ended.aborted || !(cause instanceof AppError)) throw cause;
        const { code, message } = cause;
        const place = `chain ${rpc.chainId}`;
        const whoHas =
          away === undefined ? `no provider of ${place} has` : `too few providers of ${place} (silent: ${away}) have`;
        const why = `${whoHas} answered for ${spanText(SILENCE_MS / 1_000)}`;
        throw new AppError({ code, message: `${why}: ${message}`, cause });
      }
    },
  };
}
