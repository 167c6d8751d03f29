import { AppError } from '@surety/domain';
import { beforeEach, expect, it } from 'vitest';
import type { HaltSource, SignedHalt } from '../ports/halts.js';
import { FakeClock } from '../testing/fake-clock.js';
import { RecordingObserver } from '../testing/recording-observer.js';
import { HALT_POLL_MS, HALT_REST_MS, HALT_SILENCE_MS } from './limits.js';
import { shareHalts } from './share-halts.js';

const EDGES = 20;
let clock: FakeClock;
let observer: RecordingObserver;
let reads: number;
let failing: string | null;
let silences: boolean[];
let shared: HaltSource;

beforeEach(() => {
  [clock, observer, reads, failing, silences] = [new FakeClock(), new RecordingObserver(), 0, null, []];
  const readHalts = async (): Promise<readonly SignedHalt[]> => {
    reads += 1;
    if (failing !== null) throw new AppError({ code: failing, message: 'http://watcher gave that', retryable: false });
    return [];
  };
  const onSilence = (isSilent: boolean): unknown => silences.push(isSilent);
  shared = shareHalts({ origin: 'http://watcher', readHalts }, { clock, observer, onSilence });
});

/** Has each edge ask once, and returns how many got an answer. */
async function askAll(): Promise<number> {
  const answers = await Promise.allSettled(Array.from({ length: EDGES }, () => shared.readHalts()));
  return answers.filter(({ status }) => status === 'fulfilled').length;
}

it('reads a watcher once in two seconds, however many edges ask', async () => {
  expect([await askAll(), await askAll(), reads]).toEqual([EDGES, EDGES, 1]);
  await clock.advance(HALT_POLL_MS);
  expect([await askAll(), reads, shared.origin]).toEqual([EDGES, 2, 'http://watcher']);
});

it.each(['BAD_ANSWER', 'ANSWER_TOO_LARGE'])(
  'leaves one alone for a minute after %s, and tells it once',
  async (code) => {
    failing = code;
    expect(await askAll()).toBe(0);
    await clock.advance(HALT_REST_MS - 1);
    expect([await askAll(), reads]).toEqual([0, 1]);
    await clock.advance(1);
    expect([await askAll(), reads]).toEqual([0, 2]);
    const told = observer.events.map(({ name, level, fields }) => `${level} ${name} ${String(fields?.['code'])}`);
    expect(told).toEqual([`warn watcher-spoilt ${code}`, `debug watcher-spoilt ${code}`]);
    failing = null;
    await clock.advance(HALT_REST_MS);
    expect(await askAll()).toBe(EDGES);
  },
);

it('asks one that is silent again after two seconds, and tells nothing', async () => {
  failing = 'AGGREGATOR_UNREACHABLE';
  expect(await askAll()).toBe(0);
  await clock.advance(HALT_POLL_MS);
  expect([await askAll(), reads, observer.events]).toEqual([0, 2, []]);
});

it('tells once that one gave no good answer for a minute, and again after it has given one', async () => {
  const told = async (): Promise<unknown> => {
    await askAll();
    return [silences, observer.events.map(({ name, level }) => `${level} ${name}`)];
  };
  failing = 'AGGREGATOR_UNREACHABLE';
  expect(await told()).toEqual([[], []]);
  await clock.advance(HALT_SILENCE_MS - 1);
  expect(await told()).toEqual([[], []]);
  await clock.advance(HALT_POLL_MS);
  expect(await told()).toEqual([[true], ['warn watcher-silent']]);
  await clock.advance(HALT_POLL_MS);
  expect(await told()).toEqual([[true], ['warn watcher-silent']]);
  failing = null;
  await clock.advance(HALT_POLL_MS);
  expect(await told()).toEqual([[true, false], ['warn watcher-silent']]);
  failing = 'AGGREGATOR_UNREACHABLE';
  await clock.advance(HALT_POLL_MS);
  expect(await told()).toEqual([[true, false], ['warn watcher-silent']]);
});
