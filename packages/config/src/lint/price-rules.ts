import type { Network } from '../parse-network.js';
import { type LintRule, lintRule } from './lint-rule.js';
import { underlyingsOf } from './lint-subjects.js';

/** Rules about what a price is read from. */
export const PRICE_RULES: readonly LintRule[] = [
  lintRule({
    id: 'feed-read-twice',
    severity: 'refuse',
    wants: 'a feed, an adapter and an aggregator or feed id of its own for every source of every price',
    why: 'A feed copied for another asset lends against the wrong price; one aggregator under two names is one opinion counted twice.',
    fix: 'Find out which of the two is wrong, list the right feed at the risk manager, and name it in `sources`.',
    bad: { 'settlement.underlyings[0].sources[1].aggregator': `0x${'8b'.repeat(20)}` },
    good: { 'settlement.underlyings[0].sources[1].aggregator': `0x${'8d'.repeat(20)}` },
    subjects: readingsOf,
    judge: ({ reads, before }) => (before === undefined ? null : `${reads}, as ${before} has`),
  }),
  lintRule({
    id: 'signer-minority',
    severity: 'refuse',
    wants:
      'a threshold of two signers of a price at least, of more than half of them, no more than there are, and each once',
    why: 'Whoever brings an update chooses whose packages are in it; a threshold above the signers is a source that never answers.',
    fix: 'Create an adapter with a majority of its signers as `threshold`, and name it here.',
    bad: { 'settlement.underlyings[0].sources[1]': redstone({ threshold: 1 }) },
    good: { 'settlement.underlyings[0].sources[1]': redstone({ threshold: 3 }) },
    subjects: sourcesOf,
    judge: ({ source }) => (source.kind === 'redstone' ? signersWrong(source) : null),
  }),
  lintRule({
    id: 'two-signer-price',
    severity: 'warn',
    wants: 'a threshold of three signers of a price at least',
    why: 'Of two signers one is half: it moves the price to the middle, or stops it, for as long as it brings its package with an honest one first.',
    fix: 'Create an adapter that needs three signers of five, and name it here.',
    bad: { 'settlement.underlyings[0].sources[1]': redstone({ threshold: 2 }) },
    good: { 'settlement.underlyings[0].sources[1]': redstone({ threshold: 3 }) },
    subjects: sourcesOf,
    judge: ({ source }) =>
      source.kind === 'redstone' && source.threshold === 2 ? `a threshold of 2 of ${source.signers.length}` : null,
  }),
];

type Source = NonNullable<ReturnType<typeof underlyingsOf>[number]['underlying']['sources']>[number];
type SignedSource = Extract<Source, { kind: 'redstone' }>;

function redstone({ threshold }: Pick<SignedSource, 'threshold'>): SignedSource {
  const signers = ['a7', 'a8', 'a9'].map((digits) => `0x${digits.repeat(20)}`);
  return { kind: 'redstone', adapter: `0x${'8c'.repeat(20)}`, feedId: `0x${'45'.repeat(32)}`, signers, threshold };
}

function sourcesOf(network: Network): { path: string; source: Source }[] {
  return underlyingsOf(network).flatMap(({ path, underlying: { sources = [] } }) =>
    sources.map((source, at) => ({ path: `${path}.sources[${at}]`, source })),
  );
}

function signersWrong({ signers, threshold }: SignedSource): string | null {
  const distinct = new Set(signers.map((signer) => signer.toLowerCase())).size;
  if (distinct < signers.length) return `${signers.length} signers, of whom ${distinct} differ`;
  const isMajority = threshold > signers.length >> 1 && threshold <= signers.length;
  return isMajority && threshold > 1 ? null : `a threshold of ${threshold} of ${signers.length}`;
}

/** Lists what each price is read from, with the place before it that has the same. An only source is its own feed. */
function readingsOf(network: Network): { path: string; reads: string; before: string | undefined }[] {
  const feeds = underlyingsOf(network).map(({ path, underlying }) => ({
    path: `${path}.feed`,
    reads: `feed ${underlying.feed.toLowerCase()}`,
  }));
  const sources = sourcesOf(network).flatMap(({ path, source }) => [
    { path: `${path}.adapter`, reads: `adapter ${source.adapter.toLowerCase()}` },
    source.kind === 'aggregator'
      ? { path: `${path}.aggregator`, reads: `aggregator ${source.aggregator.toLowerCase()}` }
      : { path: `${path}.feedId`, reads: `feed ${source.feedId.toLowerCase()} of ${source.kind}` },
  ]);
  const seen = new Map<string, string>();
  return [...feeds, ...sources].map(({ path, reads }) => {
    const before = seen.get(reads);
    if (before === undefined) seen.set(reads, path);
    return { path, reads, before };
  });
}
