import { describe, expect, it } from 'vitest';
import { describeSchema } from './describe-schema.js';
import { readAs } from './read-as.js';
import {
  ACCOUNTS_PER_PAGE_MAX,
  AUCTIONS_PER_PAGE_MAX,
  CHANGES_PER_PAGE_MAX,
  HEALTH_POINTS_PER_PAGE_MAX,
  STATEMENTS_PER_PAGE_MAX,
  accountsQuery,
  auctionsQuery,
  healthHistoryQuery,
  historyQuery,
  statementsQuery,
} from './requests.js';

describe('the limit of a page', () => {
  it.each([
    ['accounts', accountsQuery, { below: '1.05' }, ACCOUNTS_PER_PAGE_MAX],
    ['auctions', auctionsQuery, {}, AUCTIONS_PER_PAGE_MAX],
    ['changes', historyQuery, {}, CHANGES_PER_PAGE_MAX],
    ['points of health', healthHistoryQuery, {}, HEALTH_POINTS_PER_PAGE_MAX],
    ['statements', statementsQuery, {}, STATEMENTS_PER_PAGE_MAX],
  ] as const)('of %s is the most where more is asked for', (_, schema, rest, most) => {
    const limitOf = (limit?: string): unknown => {
      const reading = readAs(schema, { ...rest, ...(limit === undefined ? {} : { limit }) }, 'query');
      return reading.kind === 'fits' ? reading.value.limit : reading.misfit;
    };
    expect(['65535', String(most + 1), String(most), '1', undefined].map(limitOf)).toEqual([most, most, most, 1, most]);
    expect(limitOf('0')).toMatchObject({ path: 'query.limit', seen: 0, expected: `1 to ${most}` });
    expect(limitOf('65536')).toMatchObject({ path: 'query.limit', code: 'OUT_OF_RANGE' });
  });

  it('is described as it reads', () => {
    const { schema } = describeSchema(historyQuery);
    const described = (schema['properties'] as Record<string, unknown>)['limit'];
    expect(described).toMatchObject({ type: 'string', default: '50', description: '1 to 50; more gives 50.' });
  });
});
