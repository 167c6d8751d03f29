/** Something that happens at one moment of simulated time. */
export interface PlannedEvent {
  readonly atMs: number;
  readonly order: number;
  readonly label: string;
  readonly run: () => void;
  cancelled: boolean;
}

/** Events between two moments at which the process may do something else. */
const BREATH_EVENTS = 1_000;

/**
 * The only source of time and order. Events run one after the other, by time and then by the order in which they were
 * planned; between two of them every promise that can go on has gone on.
 */
export class Scheduler {
  #nowMs: number;
  #order = 0;
  #events = 0;
  readonly #heap: PlannedEvent[] = [];
  #hashLow = 0x811c9dc5;
  #hashHigh = 0x9747b28c;
  readonly #afterEach: () => void;

  constructor(startMs: number, afterEach: () => void) {
    this.#nowMs = startMs;
    this.#afterEach = afterEach;
  }

  /** Simulated milliseconds since the Unix epoch. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** Events run so far. */
  get events(): number {
    return this.#events;
  }

  /** The hash over every event so far and over what was noted. */
  get traceHash(): string {
    const hex = (word: number): string => (word >>> 0).toString(16).padStart(8, '0');
    return `${hex(this.#hashHigh)}${hex(this.#hashLow)}`;
  }

  /** Plans an event. */
  after(delayMs: number, label: string, run: () => void): PlannedEvent {
    const event = {
      atMs: this.#nowMs + Math.max(0, Math.round(delayMs)),
      order: this.#order++,
      label,
      run,
      cancelled: false,
    };
    push(this.#heap, event);
    return event;
  }

  /** Puts a fact into the trace. */
  note(text: string): void {
    let [low, high] = [this.#hashLow, this.#hashHigh];
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      low = Math.imul(low ^ code, 0x01000193);
      high = Math.imul(high ^ (code + (low >>> 15)), 0x85ebca6b);
    }
    this.#hashLow = low ^ (high >>> 13);
    this.#hashHigh = high ^ (low << 7);
  }

  #mix(value: number): void {
    this.#hashLow = Math.imul(this.#hashLow ^ value, 0x01000193);
    this.#hashHigh = Math.imul(this.#hashHigh ^ (value >>> 7) ^ (this.#hashLow >>> 15), 0x85ebca6b);
  }

  /** Runs events until a time, or until `enough` says so; gives whether it did. */
  async runUntil(endMs: number, enough: () => boolean = () => false): Promise<boolean> {
    await breathe();
    for (;;) {
      if (enough()) return true;
      const next = this.#heap[0];
      if (next === undefined || next.atMs > endMs) break;
      pop(this.#heap);
      if (next.cancelled) continue;
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      this.#events += 1;
      this.#mix(next.atMs);
      this.note(next.label);
      next.run();
      await (this.#events % BREATH_EVENTS === 0 ? breathe() : drain());
      this.#afterEach();
    }
    this.#nowMs = Math.max(this.#nowMs, endMs);
    return enough();
  }
}

/** Lets every promise go on that waits for nothing but other promises: a tick asked for by one comes after all of them. */
function drain(): Promise<void> {
  return new Promise<void>((resolve) => process.nextTick(resolve));
}

/** Lets the process around the simulation do its own work. */
function breathe(): Promise<void> {
  return new Promise<void>((resolve) => setImmediate(resolve));
}

function isSooner(left: PlannedEvent, right: PlannedEvent): boolean {
  return left.atMs < right.atMs || (left.atMs === right.atMs && left.order < right.order);
}

function push(heap: PlannedEvent[], event: PlannedEvent): void {
  let at = heap.push(event) - 1;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    const above = heap[parent] as PlannedEvent;
    if (!isSooner(event, above)) break;
    heap[at] = above;
    at = parent;
  }
  heap[at] = event;
}

function pop(heap: PlannedEvent[]): void {
  const last = heap.pop() as PlannedEvent;
  if (heap.length === 0) return;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && isSooner(heap[child + 1] as PlannedEvent, heap[child] as PlannedEvent)) child += 1;
    if (!isSooner(heap[child] as PlannedEvent, last)) break;
    heap[at] = heap[child] as PlannedEvent;
    at = child;
  }
  heap[at] = last;
}
