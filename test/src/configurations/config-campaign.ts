import { type WitnessedSource, diffWitnesses, sourcesOf } from '@surety/bridges';
import { type Network, type NetworkFile, exampleNetwork, lintNetwork, parseNetwork } from '@surety/config';
import { type SeededRandom, seededRandom } from '../faults/seeded-random.js';
import { modelOf } from './model-of.js';
import { type ModelledChains, openModelledReaders } from './modelled-chains.js';
import { respellChain, respellFile } from './respell.js';
import { spoilChain } from './spoil-chain.js';
import { spoilFile } from './spoil-file.js';
import { weakenFile } from './weaken-file.js';

/** Who refused a configuration, or that nobody did. */
export type Verdict = 'parser' | 'linter' | 'diff' | 'unread' | 'accepted';

/** What a campaign came to. */
export interface CampaignOutcome {
  /** By the kind of input, how often each verdict was given. */
  readonly verdicts: Readonly<Record<InputKind, Record<Verdict, number>>>;
  /** By what was changed, how often. */
  readonly changes: Readonly<Record<string, number>>;
  /** Inputs that were judged wrongly. */
  readonly wrong: readonly {
    readonly at: number;
    readonly kind: InputKind;
    readonly change: string;
    readonly verdict: string;
  }[];
}

/**
 * `chain`: the chain says something else than a good file. `file`: a file says something else than a good chain. `both`: they agree on
 * something weak. `same`: they agree in other words, and must be accepted.
 */
export type InputKind = 'chain' | 'file' | 'both' | 'same';

const KINDS: readonly InputKind[] = ['chain', 'file', 'both', 'same'];

/** Judges as many inputs as are asked for, a quarter of each kind; an input follows from the seed and its number alone. */
export async function runConfigCampaign({ seed, count }: { seed: number; count: number }): Promise<CampaignOutcome> {
  const none = { parser: 0, linter: 0, diff: 0, unread: 0, accepted: 0 };
  const verdicts = { chain: { ...none }, file: { ...none }, both: { ...none }, same: { ...none } };
  const changes: Record<string, number> = {};
  const wrong: CampaignOutcome['wrong'][number][] = [];
  for (let at = 0; at < count; at++) {
    const kind = KINDS[at % KINDS.length] ?? 'same';
    const { change, verdict } = await judgeInput(kind, seededRandom((seed * 1_000_003 + at) | 0));
    verdicts[kind][verdict]++;
    const name = `${kind}, ${change.split(':')[0]}`;
    changes[name] = (changes[name] ?? 0) + 1;
    if ((verdict === 'accepted') !== (kind === 'same')) wrong.push({ at, kind, change, verdict });
  }
  return { verdicts, changes, wrong };
}

/** Makes one input and has it judged. */
async function judgeInput(kind: InputKind, random: SeededRandom): Promise<{ change: string; verdict: Verdict }> {
  const file = exampleNetwork();
  const chains = modelOf(sourceOf(file));
  switch (kind) {
    case 'chain': {
      const change = spoilChain(chains, random, addressesIn(file));
      return { change, verdict: await judge(JSON.stringify(file), () => chains) };
    }
    case 'file': {
      const change = spoilFile(file, random, addressesIn(file));
      return { change, verdict: await judge(JSON.stringify(file), () => chains) };
    }
    case 'both': {
      const change = weakenFile(file, random);
      return { change, verdict: await judge(JSON.stringify(file), (network) => modelOf(sourceOf(network))) };
    }
    case 'same':
      respellChain(chains, random);
      return { change: 'other words', verdict: await judge(respellFile(file, random), () => chains) };
  }
}

/** Asks the parser, then the linter, then the chains. */
async function judge(text: string, chainsOf: (network: Network) => ModelledChains): Promise<Verdict> {
  let network: Network;
  try {
    network = parseNetwork(text, 'fuzzed.config.json');
  } catch {
    return 'parser';
  }
  if (!lintNetwork(network).ok) return 'linter';
  const readers = openModelledReaders(chainsOf(network));
  const { drift, unread } = await diffWitnesses(sourceOf(network), readers);
  return drift.length > 0 ? 'diff' : unread.length > 0 ? 'unread' : 'accepted';
}

function sourceOf(network: Network): WitnessedSource {
  const [placed] = sourcesOf(network);
  if (placed === undefined) throw new TypeError('the network has no source');
  return placed.source;
}

function addressesIn(file: NetworkFile): string[] {
  return [...new Set(JSON.stringify(file).match(/0x[0-9a-fA-F]{40}\b/g) ?? [])];
}
