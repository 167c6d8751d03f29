import { type WitnessHead, readHeads } from '@surety/bridges';
import { loadOperatorConfig } from '@surety/config';
import { formatUnits } from 'viem';
import { formatTable } from '../format.js';
import { type OutputOptions, type Terminal, writeResult } from '../terminal.js';
import { openSources } from '../witnessed-sources.js';

const NANO = 9;

/** Shows what every witness has told in both directions, how far that is confirmed, and what telling the rest costs. */
export async function witnesses(terminal: Terminal, options: OutputOptions): Promise<void> {
  const sources = openSources(loadOperatorConfig(terminal.environment));
  const found = await Promise.all(
    sources.map(async ({ chain, source, readers }) =>
      (await readHeads(source, readers)).map((head) => ({
        chain,
        source: source.source,
        ...head,
        health: healthOf(head),
      })),
    ),
  );
  const heads = found.flat();
  writeResult(terminal, options, { witnesses: heads }, () =>
    heads.length === 0
      ? ['no source has a witness']
      : formatTable([
          ['source', 'direction', 'witness', 'entries', 'told', 'at', 'confirmed', 'fee gwei', 'health'],
          ...heads.map((head) => [
            `${head.source} ${head.chain}`,
            head.direction,
            head.witness,
            String(head.count),
            String(head.recorded),
            head.recordedAt === 0 ? 'never' : new Date(head.recordedAt * 1000).toISOString(),
            String(head.confirmed),
            head.feeWei === null ? '-' : formatUnits(head.feeWei, NANO),
            head.health,
          ]),
        ]),
  );
}

/** `contradicted` counts no more; `behind` has not told of all entries, which costs nothing unless value waits for it. */
function healthOf({ contradicted, lag, recorded, confirmed }: WitnessHead): string {
  if (contradicted) return 'contradicted';
  if (lag > 0n) return recorded === 0n ? 'silent' : `behind by ${lag}`;
  return recorded > confirmed ? 'not confirmed yet' : 'ok';
}
