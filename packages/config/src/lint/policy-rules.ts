import { FAST_SHARE_MAX_BP, FAST_SHARE_MIN_BP, VALUE_MAX_USD } from './lint-limits.js';
import { type LintRule, lintRule } from './lint-rule.js';
import { policiesOf, publicSourcesOf, witnessesOf } from './lint-subjects.js';

/** Rules about a source's policy, and about the independence of its witnesses. */
export const POLICY_RULES: readonly LintRule[] = [
  lintRule({
    id: 'no-witness',
    severity: 'refuse',
    wants: 'a policy with m of at least 1, and the witnesses for it',
    why: 'Orbit: seven of ten keys signed what no second way had seen, 81.5 M. The ledger lists no such source.',
    fix: 'Name witnesses and a policy for the source.',
    bad: { 'chains[0].vault.policy.m': 0 },
    good: { 'chains[0].vault.policy.m': 2 },
    subjects: publicSourcesOf,
    judge: ({ vault: { policy }, witnesses }) => {
      if (policy === undefined) return 'no policy';
      if (witnesses.length === 0) return 'no witness';
      return policy.m === 0 ? 'm = 0' : null;
    },
  }),
  lintRule({
    id: 'unreachable-witness-quorum',
    severity: 'refuse',
    wants: 'm of at most the number of witnesses',
    why: 'What passes the fast limit would wait seven days each time, since nobody can confirm it.',
    fix: 'Lower `m`, or add the witnesses that are missing.',
    bad: { 'chains[0].vault.policy.m': 4 },
    good: { 'chains[0].vault.policy.m': 2 },
    subjects: policiesOf,
    field: 'm',
    judge: ({ policy: { m }, witnesses }) =>
      witnesses.length > 0 && m > witnesses.length ? `${m} of ${witnesses.length}` : null,
  }),
  lintRule({
    id: 'no-spare-witness',
    severity: 'warn',
    wants: 'one witness more than must confirm, so that one may be silent',
    why: 'Bridges stand still for hours or are paused for days; with none to spare that holds up every large entry.',
    fix: 'Add a witness of another failure domain.',
    bad: { 'chains[0].vault.policy.m': 3 },
    good: { 'chains[0].vault.policy.m': 2 },
    subjects: policiesOf,
    field: 'm',
    judge: ({ policy: { m }, witnesses }) => (m > 0 && m === witnesses.length ? `${m} of ${m}` : null),
  }),
  lintRule({
    id: 'single-confirmation',
    severity: 'warn',
    wants: 'two witnesses that must confirm',
    why: 'With m = 1 the quorum and one bridge, both in one hand, are enough for a whole cap.',
    fix: 'Raise `m` to 2 once there are three witnesses.',
    bad: { 'chains[0].vault.policy.m': 1 },
    good: { 'chains[0].vault.policy.m': 2 },
    subjects: policiesOf,
    field: 'm',
    judge: ({ policy: { m } }) => (m === 1 ? '1' : null),
  }),
  lintRule({
    id: 'cap-above-witnesses',
    severity: 'refuse',
    wants: 'a source worth no more than its witnesses justify',
    why: 'Quorums have been broken for 81.5 M (Orbit), a bridge with its own quorum for 292 M (KelpDAO): 20 M for m = 1, 80 M for 2, 290 M from 3.',
    fix: 'Lower the caps and `valueMaxUsd`, or raise `m` with another witness.',
    bad: { 'chains[0].vault.policy.valueMaxUsd': '80000001' },
    good: { 'chains[0].vault.policy.valueMaxUsd': '80000000' },
    subjects: policiesOf,
    field: 'valueMaxUsd',
    judge: ({ policy: { m, valueMaxUsd } }) => {
      const most = VALUE_MAX_USD[m] ?? 0n;
      return m > 0 && BigInt(valueMaxUsd) > most ? `${valueMaxUsd} USD with m = ${m}, which justifies ${most}` : null;
    },
  }),
  lintRule({
    id: 'fast-limit-too-wide',
    severity: 'refuse',
    wants: `at most ${FAST_SHARE_MAX_BP} basis points of a cap in use unconfirmed`,
    why: 'This share is lost when the quorum lies, before any witness speaks. The ledger takes no larger one.',
    fix: 'Lower `fastBp`.',
    bad: { 'chains[0].vault.policy.fastBp': 2_501 },
    good: { 'chains[0].vault.policy.fastBp': 2_500 },
    subjects: policiesOf,
    field: 'fastBp',
    judge: ({ policy: { fastBp } }) => (fastBp > FAST_SHARE_MAX_BP ? String(fastBp) : null),
  }),
  lintRule({
    id: 'fast-limit-without-floor',
    severity: 'refuse',
    wants: `at least ${FAST_SHARE_MIN_BP} basis points of a cap in use unconfirmed`,
    why: 'Unconfirmed value is dated by amount / fast limit: at 0 it would wait for ever.',
    fix: 'Raise `fastBp`.',
    bad: { 'chains[0].vault.policy.fastBp': 9 },
    good: { 'chains[0].vault.policy.fastBp': 10 },
    subjects: policiesOf,
    field: 'fastBp',
    judge: ({ policy: { fastBp } }) => (fastBp < FAST_SHARE_MIN_BP ? String(fastBp) : null),
  }),
  lintRule({
    id: 'vault-fast-limit-wide',
    severity: 'warn',
    wants: `at most ${FAST_SHARE_MAX_BP} basis points of a day’s payments unconfirmed, as from a listing on`,
    why: 'The vault takes up to 10,000: a whole day’s payments, which leave it before any witness has spoken.',
    fix: 'Lower it by `vault.setFastLimit`, and `vaultFastBp` with it.',
    bad: { 'chains[0].vault.policy.vaultFastBp': 2_501 },
    good: { 'chains[0].vault.policy.vaultFastBp': 2_500 },
    subjects: policiesOf,
    field: 'vaultFastBp',
    judge: ({ policy: { vaultFastBp = 0 } }) => (vaultFastBp > FAST_SHARE_MAX_BP ? String(vaultFastBp) : null),
  }),
  lintRule({
    id: 'witnesses-in-one-failure-domain',
    severity: 'refuse',
    wants: 'witnesses of different operators and failure domains',
    why: 'Two that fail or lie together are one: whoever holds the place confirms alone what m = 2 should confirm.',
    fix: 'Replace one of them by a witness of another kind.',
    bad: { 'chains[0].vault.witnesses[1].failureDomain': 'layerzero-dvns' },
    good: { 'chains[0].vault.witnesses[1].failureDomain': 'wormhole-guardians' },
    subjects: witnessesOf,
    judge: ({ witness, witnesses }) => {
      const before = witnesses.slice(0, witnesses.indexOf(witness));
      const other = before.find(
        ({ operator, failureDomain }) => operator === witness.operator || failureDomain === witness.failureDomain,
      );
      return other === undefined
        ? null
        : `${witness.operator} in ${witness.failureDomain}, beside ${other.operator} in ${other.failureDomain}`;
    },
  }),
  lintRule({
    id: 'witness-cannot-conflict',
    severity: 'warn',
    wants: 'witnesses that may contradict',
    why: 'One that waits for finality and may only agree stays silent in the very case it is there for.',
    fix: 'Set `mayConflict`, and `setWitness` at ledger and vault; leave it off only below finality.',
    bad: { 'chains[0].vault.witnesses[1].mayConflict': false },
    good: { 'chains[0].vault.witnesses[1].mayConflict': true },
    subjects: witnessesOf,
    field: 'mayConflict',
    judge: ({ witness }) => (witness.mayConflict ? null : `false at ${witness.name}`),
  }),
  lintRule({
    id: 'witness-run-by-attester',
    severity: 'warn',
    wants: 'witnesses and DVNs run by organisations that run no attester',
    why: 'A witness is there for the day on which the attesters lie; Ronin’s fifth signature came from whoever had let the first four act for it.',
    fix: 'Choose another operator for one of the two.',
    bad: { 'chains[0].vault.witnesses[2].operator': 'attester-1' },
    good: { 'chains[0].vault.witnesses[2].operator': 'prover-alpha' },
    subjects: witnessesOf,
    judge: ({ witness, attesterOperators }) => {
      const dvns =
        witness.kind !== 'layerzero'
          ? []
          : [witness.atVault.receive, witness.atLedger.receive].flatMap((uln) => [
              ...uln.requiredDvns,
              ...uln.optionalDvns,
            ]);
      const both = [witness, ...dvns].find(({ operator }) => attesterOperators.has(operator));
      return both === undefined ? null : `${both.operator}, who runs an attester too`;
    },
  }),
];
