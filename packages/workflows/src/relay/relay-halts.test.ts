import { type Address, AppError, type Bytes32, type Hex, type Keccak256, address, haltDigest } from '@surety/domain';
import { createKeccak } from 'hash-wasm';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { HaltPosition, HaltSource, HaltVerifier, SignedHalt } from '../ports/halts.js';
import type { ReplicaPosition } from '../ports/ledger.js';
import type { LandOutcome } from '../ports/transactions.js';
import { FailingLoops } from '../running/failing-loops.js';
import { unreachable } from '../testing/fake-aggregator.js';
import { FakeClock } from '../testing/fake-clock.js';
import { RecordingObserver } from '../testing/recording-observer.js';
import { HALT_PASSES_OF_PROVIDER, HALT_POLL_MS } from './limits.js';
import { type RelayHaltsDeps, relayHalts, relayHaltsOnce } from './relay-halts.js';

const EDGE = `0x${'ed'.repeat(32)}` as Bytes32;
/** What the edge is called after a rewind of its replica. */
const RENAMED = `0x${'ee'.repeat(32)}` as Bytes32;
const domain = { chainId: 99n, verifyingContract: address(`0x${'c3'.repeat(20)}`) };
const [a, b, c, d, stranger] = ['1', '2', '3', '4', '9'].map((digit) => address(`0x${digit.repeat(40)}`)) as [
  Address,
  Address,
  Address,
  Address,
  Address,
];
/** With the four, seven members: three halt an edge. */
const MORE = ['5', '6', '7'].map((digit) => address(`0x${digit.repeat(40)}`));
let keccak256: Keccak256;
let position: HaltPosition;
let outcome: LandOutcome;
let posted: { halt: SignedHalt['halt']; signatures: Hex }[];
let name: Pick<ReplicaPosition, 'edge' | 'rewound'>;
let reads: number;
let distrusted: number;
let observer: RecordingObserver;

beforeAll(async () => {
  const hasher = await createKeccak(256);
  keccak256 = (bytes) => hasher.init().update(bytes).digest('binary');
});
beforeEach(() => {
  position = { isHalted: false, nonce: 0n, epoch: { epoch: 1, members: [a, b, c, d], suspended: [] } };
  outcome = { kind: 'landed', txHash: EDGE as string as never, height: 1n as never, gasUsed: 1n, feeWei: 1n };
  posted = [];
  name = { edge: EDGE, rewound: { generation: 0, previousHead: `0x${'00'.repeat(32)}` as Bytes32 } };
  reads = 0;
  distrusted = 0;
  observer = new RecordingObserver();
});

/** A signature that encodes its signer and its digest. */
function signed(signer: Address, change: Partial<SignedHalt['halt']> = {}, at = domain): SignedHalt {
  const halt = { edge: EDGE, nonce: 0n, epoch: 1, ...change };
  const signature = `0x${signer.slice(2)}${haltDigest(halt, at, keccak256).slice(2)}`.padEnd(132, '0') as Hex;
  return { halt, domain: at, signer, signature, reason: 'broken' };
}

const watcher = (...halts: SignedHalt[]): HaltSource => ({ origin: 'http://watcher', readHalts: async () => halts });
const silent: HaltSource = { origin: 'http://away', readHalts: () => Promise.reject(unreachable()) };

function deps(...sources: HaltSource[]): RelayHaltsDeps {
  const verifier: HaltVerifier = {
    readPosition: async () => {
      reads += 1;
      return position;
    },
    halt: async (request) => {
      posted.push(request);
      return outcome;
    },
    distrustProvider: () => (distrusted += 1),
  };
  return {
    edge: EDGE,
    replica: { read: async () => name as ReplicaPosition },
    domain,
    sources,
    verifier,
    recoverSigner: async (digest, signature) =>
      signature.slice(42, 106) === digest.slice(2) ? address(signature.slice(0, 42)) : undefined,
    keccak256,
    clock: new FakeClock(),
    observer,
  };
}

describe('halts that watchers serve', () => {
  it('cause no chain reads while there are none, or none for this verifier', async () => {
    const nothing = deps(watcher(), silent);
    const replica = { read: () => Promise.reject(new Error('the replica was read')) };
    expect(await relayHaltsOnce({ ...nothing, replica })).toBe('none');
    const otherVerifier = signed(a, {}, { ...domain, chainId: 98n });
    expect(await relayHaltsOnce({ ...deps(watcher(otherVerifier)), replica })).toBe('none');
    expect(reads).toBe(0);
  });

  it('cause no reads of the verifier if they are for another edge', async () => {
    expect(await relayHaltsOnce(deps(watcher(signed(a, { edge: RENAMED }))))).toBe('other-edge');
    expect(reads).toBe(0);
  });

  it('are posted under the name that the edge has since its replica was rewound, and not under its first', async () => {
    name = { ...name, edge: RENAMED };
    expect(await relayHaltsOnce(deps(watcher(signed(a)), watcher(signed(b))))).toBe('other-edge');
    const renamed = [a, b].map((member) => watcher(signed(a), signed(member, { edge: RENAMED })));
    expect(await relayHaltsOnce(deps(...renamed))).toBe('posted');
    expect(posted).toMatchObject([{ halt: { edge: RENAMED, nonce: 0n, epoch: 1 } }]);
  });

  it('wait during a rewind, in which no statement is accepted', async () => {
    name = { ...name, rewound: null };
    expect(await relayHaltsOnce(deps(watcher(signed(a)), watcher(signed(b))))).toBe('other-edge');
    expect([reads, posted]).toEqual([0, []]);
  });

  it('are told as a warning while too few sign, once for each number of signatures', async () => {
    const told = {};
    const levels = async (...sources: HaltSource[]): Promise<unknown[]> => {
      await relayHaltsOnce(deps(...sources), undefined, told);
      return observer.named('halt-waits').map(({ level, fields }) => [level, fields['signatures'], fields['watchers']]);
    };
    position = { ...position, epoch: { ...position.epoch, members: [a, b, c, d, ...MORE] } };
    expect(await levels(watcher(signed(a)))).toEqual([['warn', 1, 1]]);
    await levels(watcher(signed(a)));
    expect(await levels(watcher(signed(a)), watcher(signed(b)))).toEqual([
      ['warn', 1, 1],
      ['debug', 1, 1],
      ['warn', 2, 2],
    ]);
  });

  it.each<[string, () => SignedHalt]>([
    ['the same member again', () => signed(a)],
    ['a stranger', () => signed(stranger)],
    ['a member under a nonce that was cleared', () => signed(b, { nonce: 7n })],
    ['a member under another epoch', () => signed(b, { epoch: 2 })],
    ['a member with another’s bytes', () => ({ ...signed(b), signature: signed(a, { nonce: 3n }).signature })],
  ])('are too few with one member and %s', async (_, second) => {
    expect(await relayHaltsOnce(deps(watcher(signed(a)), watcher(second())))).toBe('too-few');
    expect(posted).toEqual([]);
  });

  it('exclude suspended members', async () => {
    position = { ...position, epoch: { ...position.epoch, suspended: [b] } };
    expect(await relayHaltsOnce(deps(watcher(signed(a)), watcher(signed(b))))).toBe('too-few');
  });

  it('are posted once n − k + 1 members signed, ascending by signer, even if others are silent', async () => {
    expect(await relayHaltsOnce(deps(watcher(signed(c)), silent, watcher(signed(a))))).toBe('posted');
    const halt = { edge: EDGE, nonce: 0n, epoch: 1 };
    expect(posted).toEqual([{ halt, signatures: `${signed(a).signature}${signed(c).signature.slice(2)}` }]);
    expect(observer.named('halt-posted')).toMatchObject([{ level: 'error', fields: { signatures: 2, needed: 2 } }]);
  });

  it('are ignored if the edge is already halted', async () => {
    const both = deps(watcher(signed(a)), watcher(signed(b)));
    position = { ...position, isHalted: true };
    expect(await relayHaltsOnce(both)).toBe('halted');
    position = { ...position, isHalted: false };
    outcome = { kind: 'overtaken', detail: 'it is done' } as LandOutcome;
    expect(await relayHaltsOnce(both)).toBe('halted');
    outcome = { kind: 'refused', name: 'InRecovery', detail: 'InRecovery()' } as LandOutcome;
    expect(await relayHaltsOnce(both)).toBe('refused');
    expect(observer.named('halt-refused')).toMatchObject([{ fields: { code: 'InRecovery' } }]);
  });
});

describe('a watcher that serves thousands of forged halts', () => {
  it('costs one recovery for each member it names, and delays no one', async () => {
    const forged = [b, c, d, stranger].flatMap((signer) =>
      Array.from({ length: 1_000 }, (_, at): SignedHalt => ({
        ...signed(signer),
        signature: `0x${`${at}`.padStart(130, '0')}`,
      })),
    );
    let recoveries = 0;
    const both = deps(watcher(...forged), watcher(signed(b)), watcher(signed(c)));
    const recoverSigner: RelayHaltsDeps['recoverSigner'] = (digest, signature) => {
      recoveries += 1;
      return both.recoverSigner(digest, signature);
    };
    expect(await relayHaltsOnce({ ...both, recoverSigner })).toBe('posted');
    expect(recoveries).toBeLessThanOrEqual(5);
    const alone = deps(watcher(...forged));
    recoveries = 0;
    expect(await relayHaltsOnce({ ...alone, recoverSigner })).toBe('too-few');
    expect(recoveries).toBe(3);
  });
});

describe('relaying halts', () => {
  it('continues after a failure, reported once, and ends on another chain', async () => {
    const both = deps(watcher(signed(a)), watcher(signed(b)));
    const clock = new FakeClock();
    let failure: Error = new Error('away');
    const verifier = { ...both.verifier, readPosition: () => Promise.reject(failure) };
    const running = relayHalts(
      { ...both, verifier, clock, failingLoops: new FailingLoops(clock) },
      new AbortController().signal,
    );
    const ended = running.catch((error: unknown) => error);
    for (let look = 0; look < 3; look++) await clock.advance(HALT_POLL_MS);
    expect(
      observer
        .named('halt-failed')
        .map(({ level }) => level)
        .slice(0, 2),
    ).toEqual(['warn', 'debug']);
    failure = new AppError({ code: 'CHAIN_MISMATCH', message: 'chain 1' });
    await clock.advance(HALT_POLL_MS);
    expect(await ended).toMatchObject({ code: 'CHAIN_MISMATCH' });
  });

  it('asks another provider each minute in which halts are served and one provider’s answer leaves them unposted', async () => {
    const stop = new AbortController();
    const clock = new FakeClock();
    name = { ...name, edge: RENAMED };
    const failingLoops = new FailingLoops(clock);
    const running = relayHalts({ ...deps(watcher(signed(a)), watcher(signed(b))), clock, failingLoops }, stop.signal);
    for (let look = 0; look < HALT_PASSES_OF_PROVIDER - 2; look++) await clock.advance(HALT_POLL_MS);
    expect(distrusted).toBe(0);
    await clock.advance(HALT_POLL_MS);
    expect(distrusted).toBe(1);
    // The next provider has the name that was signed, and says that it is halted.
    [name, position] = [
      { ...name, edge: EDGE },
      { ...position, isHalted: true },
    ];
    for (let look = 0; look < HALT_PASSES_OF_PROVIDER; look++) await clock.advance(HALT_POLL_MS);
    expect(distrusted).toBe(2);
    position = { ...position, isHalted: false };
    await clock.advance(HALT_POLL_MS);
    expect(posted.length).toBeGreaterThan(0);
    for (let look = 0; look < 2 * HALT_PASSES_OF_PROVIDER; look++) await clock.advance(HALT_POLL_MS);
    expect(distrusted).toBe(2);
    stop.abort();
    await running;
  });
});
