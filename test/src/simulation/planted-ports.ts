import { type Bytes32, CUT_LENGTH, type JournalPosition } from '@surety/domain';
import type { AttestationLog, Attester } from '@surety/workflows';
import type { PlantName } from './plants.js';

/** Returns the attester, or one with a planted bug in front of it. */
export function plantAttester(attester: Attester, plant: PlantName | undefined): Attester {
  if (plant !== 'skip-cuts' && plant !== 'miss-heartbeats') return attester;
  const last = new Map<Bytes32, bigint>();
  return {
    address: attester.address,
    signPosted: (...args) => attester.signPosted(...args),
    signHalt: (...args) => attester.signHalt(...args),
    signReport: (...args) => attester.signReport(...args),
    judge: (...args) => attester.judge(...args),
    sign: (statements, domain) => {
      const kept = statements.filter(({ statement }) => {
        if (plant === 'skip-cuts') return statement.count === statement.tip || statement.count % CUT_LENGTH !== 0n;
        const before = last.get(statement.edge);
        last.set(statement.edge, statement.count);
        return before !== statement.count;
      });
      return attester.sign(kept, domain);
    },
  };
}

const LOG_PLANTS: ReadonlySet<PlantName> = new Set([
  'restated-cut-with-another-head',
  'log-without-entries',
  'cuts-not-restated',
]);

/** Returns the log, or one with a planted bug in front of it. */
export function plantLog(log: AttestationLog, plant: PlantName | undefined): AttestationLog {
  if (plant === undefined || !LOG_PLANTS.has(plant)) return log;
  const planted = (edge: Bytes32, cuts: readonly JournalPosition[]): readonly JournalPosition[] => {
    if (plant === 'cuts-not-restated') return [];
    return plant === 'restated-cut-with-another-head' ? cuts.map(({ count }) => ({ count, head: edge })) : cuts;
  };
  return {
    begin: (cursor) => log.begin(cursor),
    loadCursor: (edge) => log.loadCursor(edge),
    commit: (step) =>
      log.commit(
        plant === 'log-without-entries' ? { ...step, entries: { packed: new Uint8Array(), locations: [] } } : step,
      ),
    loadEntries: (...args) => log.loadEntries(...args),
    loadStatements: (...args) => log.loadStatements(...args),
    loadSequenceBelow: (...args) => log.loadSequenceBelow(...args),
    loadCuts: async (...args) => planted(args[0], await log.loadCuts(...args)),
    loadCutsAbove: async (...args) => planted(args[0], await log.loadCutsAbove(...args)),
    loadDelivered: (...args) => log.loadDelivered(...args),
    saveDelivered: (...args) => log.saveDelivered(...args),
  };
}
