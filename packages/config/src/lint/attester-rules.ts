import { quorumOf } from '@surety/domain';
import type { Network } from '../parse-network.js';
import { ATTESTERS_WANTED } from './lint-limits.js';
import { type LintRule, lintRule } from './lint-rule.js';

type Attesters = NonNullable<Network['attesters']>;
type Operator = NonNullable<Attesters['operators']>[number];

/** Rules about attesters and their operators. */
export const ATTESTER_RULES: readonly LintRule[] = [
  lintRule({
    id: 'attesters-below-seven',
    severity: 'warn',
    wants: `at least ${ATTESTERS_WANTED} attesters, so that two may fail and two may lie`,
    why: 'Harmony: two of five keys were enough. With four members one lie and one failure stop everything.',
    fix: 'Rotate to a larger set.',
    bad: {
      'attesters.members': ['1', '2', '3', '4', '5', '6'].map((digit) => `0x${digit.padStart(40, 'a')}`),
      'attesters.operators[6]': null,
    },
    good: {
      'attesters.members': ['1', '2', '3', '4', '5', '6', '7'].map((digit) => `0x${digit.padStart(40, 'a')}`),
    },
    subjects: attestersOf,
    field: 'members',
    judge: ({ attesters: { members } }) => (members.length < ATTESTERS_WANTED ? `${members.length} members` : null),
  }),
  lintRule({
    id: 'attester-operators-unnamed',
    severity: 'warn',
    wants: 'operator, failure domain and custody of every attester, so that their independence can be judged',
    why: 'Multichain: a threshold on paper, one hand in fact, 126 M.',
    fix: 'Have every operator name its own in `attesters.operators`.',
    bad: { 'attesters.operators[6]': null },
    good: {
      'attesters.operators[6]': {
        member: `0x${'7'.padStart(40, 'a')}`,
        operator: 'attester-7',
        failureDomain: 'region-7',
        custody: 'module-7',
      },
    },
    subjects: attestersOf,
    field: 'operators',
    judge: ({ attesters: { members, operators = [] } }) =>
      operators.length < members.length ? `${operators.length} of ${members.length} named` : null,
  }),
  crowd({
    id: 'attesters-by-one-operator',
    wants: 'at most n − k attesters behind one operator, so that no organisation can forge or stop alone',
    why: 'Ronin, March 2022: four of nine keys in one firm and a fifth by its leave, 173,600 ETH.',
    fix: 'Rotate keys of that operator out.',
    bad: {
      'attesters.operators[1].operator': 'attester-1',
      'attesters.operators[2].operator': 'attester-1',
    },
    good: { 'attesters.operators[1].operator': 'attester-1' },
    of: ({ operator }) => operator,
  }),
  crowd({
    id: 'attesters-in-one-failure-domain',
    wants: 'at most n − k attesters in one failure domain, so that one outage stops nobody',
    why: 'n − k + 1 silent attesters stop every edge of their verifier: a region that fails is silence at once.',
    fix: 'Move attesters to other regions or data centres.',
    bad: {
      'attesters.operators[1].failureDomain': 'region-1',
      'attesters.operators[2].failureDomain': 'region-1',
    },
    good: { 'attesters.operators[1].failureDomain': 'region-1' },
    of: ({ failureDomain }) => failureDomain,
  }),
  lintRule({
    id: 'attester-key-shared',
    severity: 'refuse',
    wants: 'keys that lie in places of their own',
    why: 'Harmony’s keys lay readable on one host and Multichain’s in one hand: whoever opens the place holds them all.',
    fix: 'Give each attester a machine, module or account of its own, and rotate the keys that lay together.',
    bad: { 'attesters.operators[1].custody': 'module-1' },
    good: { 'attesters.operators[1].custody': 'module-2' },
    subjects: operatorsOf,
    field: 'custody',
    judge: ({ one, before }) => {
      const other = before.find(({ custody }) => custody === one.custody);
      return other === undefined ? null : `${one.custody}, where the key of ${other.operator} lies too`;
    },
  }),
];

function attestersOf(network: Network): { path: string; attesters: Attesters }[] {
  return network.attesters === undefined || network.profile !== 'production'
    ? []
    : [{ path: 'attesters', attesters: network.attesters }];
}

function operatorsOf(network: Network): { path: string; one: Operator; before: readonly Operator[] }[] {
  return attestersOf(network).flatMap(({ attesters: { operators = [] } }) =>
    operators.map((one, at) => ({ path: `attesters.operators[${at}]`, one, before: operators.slice(0, at) })),
  );
}

/** A rule that refuses more than n − k attesters of one name. */
function crowd({
  of,
  ...text
}: {
  readonly id: string;
  readonly wants: string;
  readonly why: string;
  readonly fix: string;
  readonly bad: LintRule['bad'];
  readonly good: LintRule['good'];
  readonly of: (operator: Operator) => string;
}): LintRule {
  return lintRule({
    ...text,
    severity: 'refuse',
    subjects: (network) => attestersOf(network).filter(({ attesters }) => (attesters.operators ?? []).length > 0),
    field: 'operators',
    judge: ({ attesters: { members, operators = [] } }) => {
      const most = members.length - quorumOf(members.length);
      const names = operators.map(of);
      const crowded = names.find((name) => names.filter((other) => other === name).length > most);
      return crowded === undefined
        ? null
        : `${crowded} with ${names.filter((other) => other === crowded).length} of ${members.length}, n − k being ${most}`;
    },
  });
}
