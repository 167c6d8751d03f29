import { AppError } from '@surety/domain';
import { type HeadConfirmer, type Observer, isChainMismatch } from '@surety/workflows';

/**
 * Looks at what was published on an origin chain and delivers what its bridge has ready. A look that fails is told once in a row and
 * holds up no delivery: the bridge's own network knows Wormhole's messages, and the packets seen so far stay deliverable.
 * @throws CHAIN_MISMATCH, and whatever the delivery throws.
 */
export function deliverBesideLook(
  { chainId, needsLook, observer }: { chainId: number; needsLook: boolean; observer: Observer },
  look: (signal?: AbortSignal) => Promise<void>,
  deliver: HeadConfirmer['deliver'] | undefined,
): HeadConfirmer['deliver'] {
  let isTold = false;
  const lookOrTell = async (signal?: AbortSignal): Promise<void> => {
    try {
      await look(signal);
      isTold = false;
    } catch (error) {
      if (signal?.aborted === true || isChainMismatch(error)) throw error;
      const code = error instanceof AppError ? error.code : 'UNEXPECTED';
      const level = isTold ? 'debug' : 'warn';
      observer.observe({ name: 'publications-unread', level, fields: { chain_id: chainId, code } });
      isTold = true;
    }
  };
  return async (signal) => {
    const looked = lookOrTell(signal);
    if (needsLook) await looked;
    const [outcome] = await Promise.all([deliver?.(signal), looked]);
    return outcome;
  };
}
