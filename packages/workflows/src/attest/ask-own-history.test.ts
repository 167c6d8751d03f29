import {
  type JournalHead,
  ZERO_WORD,
  address,
  blockHash,
  bytes32,
  chainId,
  concatBytes,
  hexToBytes,
  bytesToHex,
} from '@surety/domain';
import { createKeccak } from 'hash-wasm';
import { beforeEach, describe, expect, it } from 'vitest';
import type { FoundStatement, OwnStatementSource, SignedStatement } from '../ports/attester.js';
import { FakeAttester } from '../testing/fake-attester.js';
import { FakeClock, settle } from '../testing/fake-clock.js';
import { MemoryHistory } from '../testing/memory-history.js';
import { RecordingObserver } from '../testing/recording-observer.js';
import { type OwnHistoryInquiry, askOwnHistory } from './ask-own-history.js';
import { OTHERS_FIRST_MAX_MS, OTHERS_RETRY_MAX_MS, OWN_HISTORY_OVERLAP, RETRY_FIRST_MS } from './limits.js';
import { SigningPermit } from './signing-permit.js';
import { markVerified } from './verified-statement.js';

const hasher = await createKeccak(256);
const keccak256 = (bytes: Uint8Array): Uint8Array => hasher.init().update(bytes).digest('binary');
const own = address(`0x${'55'.repeat(20)}`);
const edge = bytes32(`0x${'ed'.repeat(32)}`);
const domain = { chainId: 31_339n, verifyingContract: address(`0x${'44'.repeat(20)}`) };
const statementAt = (count: bigint, fork = 'aa'): JournalHead => ({
  edge,
  count,
  tip: count,
  head: bytes32(`0x${fork.repeat(32)}`),
  blockNumber: count * 8n,
  blockHash: blockHash(ZERO_WORD),
  asOf: 1_700_000_000n,
  epoch: 1,
});

let clock: FakeClock;
let history: MemoryHistory;
let permit: SigningPermit;
let observer: RecordingObserver;
let stop: AbortController;

beforeEach(() => {
  clock = new FakeClock();
  history = new MemoryHistory();
  permit = new SigningPermit();
  observer = new RecordingObserver();
  stop = new AbortController();
});

/** A source that is silent until the test lets it answer, and records the requests. */
class Somebody implements OwnStatementSource {
  readonly name: string;
  readonly asked: bigint[] = [];
  answer: readonly FoundStatement[] | undefined;

  constructor(readonly kind: OwnStatementSource['kind']) {
    this.name = kind;
  }

  async read({ after }: { after: bigint }): Promise<readonly FoundStatement[]> {
    this.asked.push(after);
    if (this.answer === undefined) throw new Error('silent');
    return this.answer;
  }
}

function begin(sources: readonly OwnStatementSource[]): OwnHistoryInquiry & { isAsked: () => boolean } {
  const attester = new FakeAttester({ address: own, history, keccak256 });
  const inquiry = askOwnHistory({ edge, domain, attester, history, permit, observer, clock, sources }, stop.signal);
  let asked = false;
  void inquiry.asked.then(() => (asked = true));
  return { ...inquiry, isAsked: () => asked };
}

/** Signs with a history of another process, and returns the statement as others hold it. */
async function signElsewhere(statement: JournalHead, signer = own): Promise<SignedStatement> {
  const attester = new FakeAttester({ address: signer, history: new MemoryHistory(), keccak256 });
  const [signed] = await attester.sign([markVerified(chainId(31_337), statement)], domain);
  if (signed === undefined) throw new Error('nothing was signed');
  return signed;
}

describe('askOwnHistory', () => {
  it('holds back signing until the destination has answered, and for no other source', async () => {
    const sources = [
      new Somebody('log'),
      new Somebody('destination'),
      new Somebody('aggregator'),
      new Somebody('peer'),
    ];
    const [log, destination] = sources as [Somebody, Somebody];
    log.answer = [];
    const inquiry = begin(sources);
    for (let at = 0; at < 5; at++) await clock.advance(OTHERS_RETRY_MAX_MS);
    expect(inquiry.isAsked()).toBe(false);
    expect(inquiry.silent().map(({ kind }) => kind)).toEqual(['destination', 'aggregator', 'peer']);
    destination.answer = [];
    await clock.advance(OTHERS_RETRY_MAX_MS);
    expect(inquiry.isAsked()).toBe(true);
    expect(inquiry.silent().map(({ kind }) => kind)).toEqual(['aggregator', 'peer']);
    stop.abort();
    await inquiry.done;
  });

  it('refuses and retires permanently when a late answer shows an own signature among others, and asks no further', async () => {
    const [destination, peer] = [new Somebody('destination'), new Somebody('peer')];
    destination.answer = [];
    const inquiry = begin([destination, peer]);
    await settle();
    expect(inquiry.isAsked()).toBe(true);
    expect(permit.refusal).toBeUndefined();
    const stranger = await signElsewhere(statementAt(3n), address(`0x${'66'.repeat(20)}`));
    const lost = await signElsewhere(statementAt(3n));
    const signatures = bytesToHex(concatBytes(hexToBytes(stranger.signature), hexToBytes(lost.signature)));
    peer.answer = [{ statement: lost.statement, signatures }];
    await clock.advance(OTHERS_RETRY_MAX_MS);
    await inquiry.done;
    expect(permit.refusal).toMatchObject({
      code: 'HISTORY_OLDER',
      detail: expect.stringContaining('rotate to a new one'),
    });
    expect(history.retired).toMatch(/peer holds a valid signature/);
    await expect(history.record([])).rejects.toMatchObject({ code: 'HISTORY_OLDER' });
  });

  it.each([
    [30, 'HISTORY_OLDER'],
    [31, undefined],
  ])('checks as many signatures of one statement as the largest set has, behind %i others', async (others, code) => {
    const peer = new Somebody('peer');
    const stranger = await signElsewhere(statementAt(3n), address(`0x${'66'.repeat(20)}`));
    const lost = await signElsewhere(statementAt(3n));
    const signatures = `${stranger.signature}${stranger.signature.slice(2).repeat(others - 1)}${lost.signature.slice(2)}`;
    peer.answer = [{ statement: lost.statement, signatures: signatures as SignedStatement['signature'] }];
    await begin([peer]).done;
    expect(permit.refusal?.code).toBe(code);
  });

  it.each([
    ['known', 'aa', /^nothing$/],
    ['contradicted', 'bb', /contradicts/],
  ])(
    'takes a signature whose head is %s by its rows as such, though the row is not the newest',
    async (_, fork, wanted) => {
      const rows = [3n, 4n].map((count) => ({ kind: 'head', edge, count, value: statementAt(count).head }) as const);
      await history.record(rows);
      const destination = new Somebody('destination');
      const found = await signElsewhere(statementAt(3n, fork));
      destination.answer = [{ statement: found.statement, signatures: found.signature }];
      await begin([destination]).done;
      expect(permit.refusal?.detail ?? 'nothing').toMatch(wanted);
    },
  );

  it('asks from a little below the newest row, and again from there after signing continued', async () => {
    await history.record([{ kind: 'head', edge, count: 1_000n, value: ZERO_WORD }]);
    const peer = new Somebody('peer');
    const inquiry = begin([peer]);
    await settle();
    await history.record([{ kind: 'head', edge, count: 5_000n, value: ZERO_WORD }]);
    await clock.advance(OTHERS_RETRY_MAX_MS);
    expect(peer.asked.length).toBeGreaterThan(1);
    expect(new Set(peer.asked)).toEqual(new Set([1_000n - OWN_HISTORY_OVERLAP]));
    stop.abort();
    await inquiry.done;
  });

  it('waits no longer than a while for a peer that neither answers nor fails, and for the destination without end', async () => {
    const forever = (): Promise<never> => new Promise(() => undefined);
    const peer: OwnStatementSource = { kind: 'peer', name: 'peer', read: forever };
    const alone = begin([peer]);
    await clock.advance(OTHERS_FIRST_MAX_MS - 1);
    expect(alone.isAsked()).toBe(false);
    await clock.advance(1);
    expect(alone.isAsked()).toBe(true);
    expect(alone.silent()).toEqual([peer]);
    const unread = begin([peer, { kind: 'destination', name: 'chain 1', read: forever }]);
    await clock.advance(100 * OTHERS_FIRST_MAX_MS);
    expect(unread.isAsked()).toBe(false);
  });

  describe('of a part of the destination that answers late', () => {
    let show: (found: readonly FoundStatement[]) => void;
    let reads: number;
    let destination: OwnStatementSource;

    beforeEach(() => {
      reads = 0;
      const read: OwnStatementSource['read'] = async (_, __, onLate) => {
        reads += 1;
        onLate?.(new Promise((resolve) => (show = resolve)));
        return [];
      };
      destination = { kind: 'destination', name: 'chain 1', read };
    });

    it('does not wait before it lets signing begin, and then retires the key for what it shows', async () => {
      const inquiry = begin([destination]);
      await settle();
      expect([inquiry.isAsked(), inquiry.silent(), permit.refusal]).toEqual([true, [], undefined]);
      const { statement, signature: signatures } = await signElsewhere(statementAt(3n));
      show([{ statement, signatures }]);
      await inquiry.done;
      expect(permit.refusal?.code).toBe('HISTORY_OLDER');
      expect(history.retired).toMatch(/chain 1 holds a valid signature/);
    });

    it('asks again while what it shows cannot be judged', async () => {
      begin([destination]);
      await settle();
      const { statement, signature: signatures } = await signElsewhere(statementAt(3n));
      history.failure = new Error('the disk is full');
      show([{ statement, signatures }]);
      await settle();
      history.failure = undefined;
      await clock.advance(RETRY_FIRST_MS);
      expect(reads).toBe(2);
      show([{ statement, signatures }]);
      await settle();
      expect(history.retired).toMatch(/chain 1 holds a valid signature/);
    });
  });

  it('ends at once after an abort, without a report', async () => {
    const destination = new Somebody('destination');
    stop.abort();
    await begin([destination]).done;
    expect(observer.events).toEqual([]);
  });
});
