import { AppError } from '@surety/domain';
import { type HeadConfirmer, type NotesFailing, type Observer, isChainMismatch } from '@surety/workflows';

/**
 * Looks at what was published on an origin chain and delivers what its bridge has ready. A look that fails is told once in a row and
 * holds up no delivery: the bridge's own network knows Wormhole's messages, and the packets seen so far stay deliverable.
 * @throws CHAIN_MISMATCH, and whatever the delivery throws.
 */
export function deliverBesideLook(
  {
    chainId,
    needsLook,
    observer,
    failingLoops,
  }: { chainId: number; needsLook: boolean; observer: Observer } & NotesFailing,
  look: (signal?: AbortSignal) => Promise<void>,
  deliver: HeadConfirmer['deliver'] | undefined,
): HeadConfirmer['deliver'] {
  const failure = { name: 'publications-unread', fields: { chain_id: chainId } };
  let isTold = false;
  const lookOrTell = async (signal?: AbortSignal): Promise<void> => {
    try {
      await look(signal);
      isTold = false;
      failingLoops.passed(failure);
    } catch (error) {
      if (signal?.aborted === true || isChainMismatch(error)) throw error;
      const code = error instanceof AppError ? error.code : 'UNEXPECTED';
      const level = isTold ? 'debug' : 'warn';
      observer.observe({ name: failure.name, level, fields: { ...failure.fields, code } });
      isTold = true;
      failingLoops.failed(failure, error);
    }
  };
  return async (signal) => {
    const looked = lookOrTell(signal);
    if (needsLook) await looked;
    const [outcome] = await Promise.all([deliver?.(signal), looked]);
    return outcome;
  };
}
