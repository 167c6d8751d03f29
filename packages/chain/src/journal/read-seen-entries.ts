import { type BlockHeight, type JournalPosition, type Keccak256, blockHeight } from '@surety/domain';
import { type Operation, type ProviderRotation, type RpcProvider, parseQuantity } from '@surety/rpc';
import type { JournalSpec, LocatedEntries } from '@surety/workflows';
import { chainError } from '../errors.js';
import { EntryDecoder, entryFilter } from './entry-decoder.js';
import type { LogReader } from './log-reader.js';
import { rebuildEntries } from './fold-entries.js';

/**
 * Reads the entries after a position up to the newest block of one provider. Verifies only that their indices are
 * consecutive.
 */
export function readSeenEntries(
  request: { journal: JournalSpec; after: JournalPosition; afterBlock: BlockHeight },
  context: Operation & { logs: LogReader; rotation: ProviderRotation; keccak256: Keccak256 },
): Promise<LocatedEntries> {
  const { journal, after, afterBlock } = request;
  const decoder = new EntryDecoder(journal.direction, context.keccak256);
  const ask = async (provider: RpcProvider): Promise<LocatedEntries> => {
    const head = await provider.call({
      method: 'eth_blockNumber',
      params: [],
      parse: (result) => blockHeight(parseQuantity(result, 'eth_blockNumber')),
      budget: context.budget,
      signal: context.signal,
    });
    const filter = entryFilter(journal, decoder, { afterBlock, toBlock: head });
    const found = await context.logs.read(provider, filter, context);
    try {
      return rebuildEntries(found, after, decoder);
    } catch (cause) {
      // Nothing here is proven, so a gap may come from a reorganisation in progress: a failure, not a lie.
      throw provider.report(
        chainError('UNAVAILABLE', `the seen entries of ${provider.name} do not follow ${after.count}`, { cause }),
      );
    }
  };
  return context.rotation.ask({ subject: `the seen entries of ${journal.edgeId}`, exhausted: 'UNAVAILABLE', ask });
}
