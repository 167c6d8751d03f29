import {
  type Address,
  type Bytes32,
  type Hex,
  type Keccak256,
  type StatementDomain,
  bytesToHex,
  concatBytes,
  haltDigest,
  haltQuorumOf,
  hexToBytes,
} from '@surety/domain';
import type { Clock } from '../ports/clock.js';
import type { EdgeReplica } from '../ports/ledger.js';
import type { HaltPosition, HaltSource, HaltVerifier, SignedHalt } from '../ports/halts.js';
import type { Observer } from '../ports/observer.js';
import type { NotesFailing } from '../running/failing-loops.js';
import { type KeepRunningOptions, isChainMismatch, keepRunning } from '../running/keep-running.js';
import { HALT_PASSES_OF_PROVIDER, HALT_POLL_MS } from './limits.js';

/** Ports of {@link relayHalts}. */
export interface RelayHaltsDeps {
  /** First name of the edge. */
  readonly edge: Bytes32;
  /** The edge's end: halts are signed for its present name. */
  readonly replica: Pick<EdgeReplica, 'read'>;
  readonly domain: StatementDomain;
  /** Watchers, all of them asked; silent ones are left out. */
  readonly sources: readonly HaltSource[];
  readonly verifier: HaltVerifier;
  /** Returns the signer of a digest if the signature has the only form that verifiers accept; undefined otherwise. */
  readonly recoverSigner: (digest: Bytes32, signature: Hex) => Promise<Address | undefined>;
  readonly keccak256: Keccak256;
  readonly clock: Clock;
  readonly observer: Observer;
}

/** The result of one pass. `other-edge`: no halt is for the edge's present name. */
export type HaltPass = 'none' | 'other-edge' | 'halted' | 'too-few' | 'posted' | 'refused';

/** The last warning of a loop about halts that wait: the same is told once. */
export interface ToldHalts {
  /** Number of signatures that were there. */
  signatures?: number | undefined;
}

/** Results that one provider's answer alone decides. */
const OF_ONE_PROVIDER: ReadonlySet<HaltPass> = new Set(['other-edge', 'halted', 'too-few']);

/**
 * Halts an edge at its verifier once n − k + 1 members of the active set have signed it, until the signal aborts. Reads
 * no chain while no watcher serves a halt. While halts are served and none is posted, other providers are asked in turn.
 * @throws CHAIN_MISMATCH: this process is configured for another chain.
 */
export async function relayHalts(deps: RelayHaltsDeps & NotesFailing, signal: AbortSignal): Promise<void> {
  const { edge, verifier, clock, observer } = deps;
  let passes = 0;
  const told: ToldHalts = {};
  const running: KeepRunningOptions = {
    step: async () => {
      const pass = await relayHaltsOnce(deps, signal, told);
      if (pass !== 'too-few') told.signatures = undefined;
      passes = OF_ONE_PROVIDER.has(pass) ? passes + 1 : 0;
      if (passes > 0 && passes % HALT_PASSES_OF_PROVIDER === 0) verifier.distrustProvider();
    },
    pauseMs: () => HALT_POLL_MS,
    failure: { name: 'halt-failed', fields: { edge } },
    isFatal: isChainMismatch,
    distrustProvider: () => verifier.distrustProvider(),
    clock,
    observer,
    failingLoops: deps.failingLoops,
  };
  await keepRunning(running, signal);
}

/** Runs one pass: at most one transaction. @throws the verifier's errors. */
export async function relayHaltsOnce(
  deps: RelayHaltsDeps,
  signal?: AbortSignal,
  told: ToldHalts = {},
): Promise<HaltPass> {
  const { replica, domain, sources, verifier, observer } = deps;
  const answers = await Promise.allSettled(sources.map((source) => source.readHalts(signal)));
  const served = answers
    .flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []))
    .map((halts) => halts.filter((one) => isSame(one.domain, domain)));
  if (served.every((halts) => halts.length === 0)) return 'none';
  // It carries another name after each rewind. During one nothing is accepted, so there is nothing to halt.
  const { edge, rewound } = await replica.read(signal);
  const own = served.map((halts) => halts.filter(({ halt }) => halt.edge === edge));
  if (rewound === null || own.every((halts) => halts.length === 0)) return 'other-edge';
  const position = await verifier.readPosition(edge, signal);
  if (position.isHalted) return 'halted';
  const signatures = await collectHaltSignatures(deps, own, position);
  const needed = haltQuorumOf(position.epoch.members.length);
  const fields = { edge, signatures: signatures.size, needed };
  if (signatures.size < needed) {
    // Without more of the watchers named it never comes, and passes are two seconds apart.
    const level = told.signatures === signatures.size ? 'debug' : 'warn';
    told.signatures = signatures.size;
    observer.observe({ name: 'halt-waits', level, fields: { ...fields, watchers: sources.length } });
    return 'too-few';
  }
  const bytes = [...signatures.keys()].sort().map((signer) => hexToBytes(signatures.get(signer) ?? '0x', 65));
  const halt = { edge, nonce: position.nonce, epoch: position.epoch.epoch };
  const outcome = await verifier.halt({ halt, signatures: bytesToHex(concatBytes(...bytes)) }, signal);
  if (outcome.kind === 'landed') {
    observer.observe({ name: 'halt-posted', level: 'error', fields: { ...fields, tx_hash: outcome.txHash } });
    return 'posted';
  }
  if (outcome.kind === 'overtaken') return 'halted';
  observer.observe({ name: 'halt-refused', level: 'warn', fields: { ...fields, code: outcome.name } });
  return 'refused';
}

/**
 * Returns the signatures of unsuspended members for exactly this nonce and epoch, one per member. Recovers at most one
 * signature per member and source, the sources in turn, until there are enough: a source that serves thousands of
 * forged signatures costs one recovery per member and delays no other.
 */
export async function collectHaltSignatures(
  { domain, keccak256, recoverSigner }: Pick<RelayHaltsDeps, 'domain' | 'keccak256' | 'recoverSigner'>,
  served: readonly (readonly SignedHalt[])[],
  { nonce, epoch }: HaltPosition,
): Promise<Map<Address, Hex>> {
  const claimable = new Set(epoch.members.filter((member) => !epoch.suspended.includes(member)));
  const claims = served.map((halts) => {
    const matching = halts.filter(({ halt }) => halt.nonce === nonce && halt.epoch === epoch.epoch);
    return [...new Map(matching.map((one) => [one.signer, one])).values()].filter(({ signer }) =>
      claimable.has(signer),
    );
  });
  const needed = haltQuorumOf(epoch.members.length);
  const signatures = new Map<Address, Hex>();
  for (let turn = 0; turn < claimable.size; turn++) {
    for (const { halt, signer, signature } of claims.flatMap((own) => own[turn] ?? [])) {
      if (signatures.size >= needed) return signatures;
      if (signatures.has(signer)) continue;
      if ((await recoverSigner(haltDigest(halt, domain, keccak256), signature)) === signer)
        signatures.set(signer, signature);
    }
  }
  return signatures;
}

function isSame(left: StatementDomain, right: StatementDomain): boolean {
  return BigInt(left.chainId) === BigInt(right.chainId) && left.verifyingContract === right.verifyingContract;
}
