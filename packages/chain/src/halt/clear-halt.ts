import { chainError } from '../errors.js';
import type { ChainRecord, ClearedHalt, HaltArchive, HaltStore } from './halt-store.js';

/**
 * Clears a chain's halt: an operator's explicit act, with the process stopped. The halt is archived first. Accepted
 * blocks from the contradicted height on are forgotten, since the chain no longer holds them; all of them if the record
 * was unreadable. Repeating it changes nothing.
 * @throws BAD_OPTIONS without a reason, HALT_STORE_UNAVAILABLE.
 */
export async function clearHalt(
  store: HaltStore,
  act: { readonly reason: string; readonly atMs: number; readonly archive: HaltArchive },
): Promise<ChainRecord> {
  const { reason, atMs, archive } = act;
  if (reason.trim() === '') {
    throw chainError('BAD_OPTIONS', 'a halt is cleared with a reason; state what was checked');
  }
  const { halt, finals } = await store.load();
  if (halt === null) return { halt, finals };
  const height = halt.height;
  const record: ChainRecord = {
    halt: null,
    finals: height === null ? [] : finals.filter((final) => final.height < height),
  };
  const cleared: ClearedHalt = {
    halt,
    clearedAtMs: atMs,
    reason,
    forgotten: finals.filter((final) => !record.finals.includes(final)),
  };
  await archive.append(cleared);
  await store.save(record);
  return record;
}
