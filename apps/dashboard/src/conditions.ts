import type { MarginView } from '@surety/client';

type MarginCondition = MarginView['conditions'][number];

const WORDS: Readonly<Record<MarginCondition, string>> = {
  'price-stale': 'the price is older than allowed',
  'price-missing': 'there is no price',
  'source-stale': 'the chain was last attested too long ago',
  'source-dark': 'the chain has gone dark',
  'source-frozen': 'the chain is frozen',
  unanswered: 'a protocol did not answer',
  'price-uncertain': 'the price is too uncertain',
  'price-diverged': 'the price is far from its slow price',
  'price-failing': 'the feed fails',
  'block-old': 'the block is old: the chain or its providers stand still',
};

/** Says conditions in words; a dash for none. */
export function describeConditions(conditions: readonly MarginCondition[]): string {
  return conditions.length === 0 ? '–' : conditions.map((one) => WORDS[one]).join(', ');
}
