import { keccak256 } from '@surety/contracts';
import { AppError, type BlockHeight, address, chainId } from '@surety/domain';
import { createHttpTransport } from '@surety/rpc';
import { AnvilNode, ManualClock, Recording, RecordingObserver, type SeenRequest } from '@surety/rpc/testing';
import type { FinalBlock, VerifiedFrame } from '@surety/workflows';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OriginChainReader, createOriginChain } from './create-origin-chain.js';
import { JournalWriter } from './testing/journal-writer.js';
import { type Mutation, mutateJson } from './testing/mutate-json.js';
import { MemoryHaltStore } from './testing/test-chain.js';

/** Lies of each kind per run: 250 in the suite, more in `npm run lies`. */
const RUNS = Number(process.env['SURETY_LIES'] ?? 250);
const SEED = Number(process.env['SURETY_LIES_SEED'] ?? 20_261_120);
const TIMEOUT_MS = 120_000 + 50 * RUNS;
/** Counts each outcome: a campaign whose lies are never noticed proves nothing. */
const seen = { answersChanged: 0, oneLied: 0, oneTold: 0, oneNoticed: 0, twoLied: 0, twoRefused: 0, twoTruth: 0 };

let node: AnvilNode;
/** A vault's journal, and one of the two that a ledger keeps. */
let writers: readonly JournalWriter[] = [];
let recording: Recording;
let honest: unknown;

beforeAll(async () => {
  node = await AnvilNode.start({ chainId: 41_070, args: ['--slots-in-an-epoch', '1'] });
  const vault = await JournalWriter.deploy(node, keccak256);
  const ledger = await JournalWriter.deploy(node, keccak256, { direction: 'to-vault' });
  const other = await ledger.openBeside(address(`0x${'78'.repeat(20)}`));
  for (const amount of [1n, 2n ** 60n, 77n]) {
    for (const writer of [vault, ledger, other]) await writer.append(amount);
    await vault.append(amount, 'REFUND');
    await ledger.append(amount, 'LOST');
  }
  writers = [vault, ledger];
  await node.mine(4);
  recording = new Recording(createHttpTransport({ url: node.url }));
  honest = provenOf(await readAll(await open([])));
});
afterAll(async () => {
  await node.stop();
  process.stdout.write(`lies: seed ${SEED}, ${JSON.stringify(seen)}\n`);
});

type Change = (request: SeenRequest, result: unknown) => unknown;

const open = (changes: readonly Change[]): Promise<OriginChainReader> =>
  createOriginChain({
    chainId: chainId(node.chainId),
    providers: [0, 1, 2, 3].map((at) => ({
      name: `p${at}`,
      operator: `op${at}`,
      transport: recording.transport(changes[at]),
    })),
    finality: { kind: 'finalized-tag' },
    haltStore: new MemoryHaltStore(),
    clock: new ManualClock(),
    observer: new RecordingObserver(),
  });

const readAll = async (chain: OriginChainReader): Promise<{ block: FinalBlock; frames: readonly VerifiedFrame[] }> => {
  await chain.checkProviders();
  const block = await chain.readFinalTip();
  const frames: VerifiedFrame[] = [];
  for (const { spec, empty } of writers) {
    const afterBlock = (spec.fromBlock - 1n) as BlockHeight;
    frames.push(await chain.readFrame({ journal: spec, after: empty, afterBlock, block }));
  }
  return { block, frames };
};

/** Everything except a log's transaction and index, which are neither proven nor signed. */
const provenOf = ({ block, frames }: { block: FinalBlock; frames: readonly VerifiedFrame[] }): unknown => ({
  block,
  frames: frames.map((frame) => ({
    position: frame.position,
    packed: frame.entries.packed,
    blocks: frame.entries.locations.map(({ index, blockHeight, blockHash }) => [index, blockHeight, blockHash]),
  })),
});

const METHODS = ['eth_chainId', 'eth_blockNumber', 'eth_getBlockByNumber', 'eth_getProof', 'eth_getLogs'];
const lies = fc.record({
  method: fc.constantFrom(...METHODS, 'eth_getProof', 'eth_getLogs'),
  /** Number of honest answers before the lie. */
  patience: fc.integer({ min: 0, max: 3 }),
  mutation: fc.record<Mutation>({
    node: fc.nat(),
    act: fc.nat(),
    digit: fc.nat(),
    value: fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom('0x', '0x0', '0x1', '0xffff', [], {}, null)),
  }),
});

/** Repeats one lie from the n-th request of its method on. */
const lieFrom = ({ method, patience, mutation }: { method: string; patience: number; mutation: Mutation }): Change => {
  let asked = 0;
  return (request, result) => {
    if (request.method !== method || asked++ < patience) return result;
    // Serialised before the lie, which changes the response in place.
    const truth = JSON.stringify(result);
    const lie = mutateJson(result, mutation);
    if (JSON.stringify(lie) !== truth) seen.answersChanged += 1;
    return lie;
  };
};

describe('any lie', () => {
  it(
    'of one provider of four changes nothing',
    async () => {
      await fc.assert(
        fc.asyncProperty(lies, fc.integer({ min: 0, max: 3 }), async (lie, liar) => {
          const changes: Change[] = [0, 1, 2, 3].map((at) => (at === liar ? lieFrom(lie) : (_, result) => result));
          const before = seen.answersChanged;
          const chain = await open(changes);
          expect(provenOf(await readAll(chain))).toEqual(honest);
          seen.oneLied += 1;
          if (seen.answersChanged > before) seen.oneTold += 1;
          if (chain.providerStats().some((stats) => stats.lied + stats.failed > 0)) seen.oneNoticed += 1;
        }),
        { numRuns: RUNS, seed: SEED },
      );
      expect(seen.oneLied).toBe(RUNS);
      expect(seen.oneTold).toBeGreaterThan(RUNS / 4);
      expect(seen.oneNoticed).toBeGreaterThan(RUNS / 10);
    },
    TIMEOUT_MS,
  );

  it(
    'of two providers, alike or not, leads to the truth or to nothing',
    async () => {
      await fc.assert(
        fc.asyncProperty(lies, lies, fc.boolean(), async (first, second, alike) => {
          const outcome = await readAll(await open([lieFrom(first), lieFrom(alike ? first : second)])).then(
            provenOf,
            (error: unknown) => error,
          );
          seen.twoLied += 1;
          const refused = outcome instanceof AppError;
          seen[refused ? 'twoRefused' : 'twoTruth'] += 1;
          expect(refused ? honest : outcome).toEqual(honest);
        }),
        { numRuns: RUNS, seed: SEED },
      );
      expect(seen.twoRefused + seen.twoTruth).toBe(RUNS);
      expect(Math.min(seen.twoRefused, seen.twoTruth)).toBeGreaterThan(RUNS / 20);
    },
    TIMEOUT_MS,
  );
});
