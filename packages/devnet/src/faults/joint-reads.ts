import { type ReadKind, type SeenCall, readKindOf } from './read-kind.js';

/** A node's answer as it came. */
export interface NodeAnswer {
  readonly status: number;
  readonly text: string;
}

/** Reads that say the same to whoever asks for them at the same moment. What belongs to one sender is asked by each. */
const JOINT: ReadonlySet<ReadKind | undefined> = new Set([
  'chain-id',
  'head-number',
  'final-block',
  'newest-block',
  'block-at',
  'proof',
  'logs',
  'view',
  'code',
  'receipt',
]);

/**
 * Asks a node once for what several ask of it while the answer is under way. Four providers of a chain are one node here, and each process
 * asks a quorum of them: without this a node does in one place what the nodes of four operators do.
 */
export class JointReads {
  readonly #ask: (url: string, body: string) => Promise<NodeAnswer>;
  readonly #underWay = new Map<string, Promise<NodeAnswer>>();

  constructor(ask: (url: string, body: string) => Promise<NodeAnswer>) {
    this.#ask = ask;
  }

  /** Returns a node's answer to a call, under the call's own id. */
  async ask(url: string, call: SeenCall, body: string): Promise<NodeAnswer> {
    if (!JOINT.has(readKindOf(call))) return this.#ask(url, body);
    const key = `${url} ${call.method} ${JSON.stringify(call.params)}`;
    const known = this.#underWay.get(key);
    if (known !== undefined) {
      const { status, text } = await known;
      return { status, text: withId(text, call.id) };
    }
    const asked = this.#ask(url, body).finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, asked);
    return asked;
  }
}

const ID = /^\{"jsonrpc":"2\.0","id":(?:\d+|"[^"\\]*"|null),/;

/** Replaces the id of an answer, which may be megabytes, without parsing it where it is written as nodes write it. */
function withId(text: string, id: unknown): string {
  const [written] = ID.exec(text) ?? [];
  if (written !== undefined) return `{"jsonrpc":"2.0","id":${JSON.stringify(id)},${text.slice(written.length)}`;
  return JSON.stringify({ ...(JSON.parse(text) as object), id });
}
