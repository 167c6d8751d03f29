import { FAST_SHARE_WHOLE_BP, fastShareOnChainBp } from '@surety/domain';
import { FAST_SHARE_MAX_BP, FAST_SHARE_MIN_BP, VALUE_MAX_USD } from './lint-limits.js';
import { type LintExample, type LintRule, lintRule } from './lint-rule.js';
import { policiesOf, sourcesOf, witnessesOf } from './lint-subjects.js';

/** A curve for the example's three witnesses, of which two must confirm; shares for 0, 1, 2 and 3 that count. */
function curve(...shares: readonly number[]): LintExample {
  return { 'chains[0].vault.policy.fast': shares.map((shareBp, alive) => ({ alive, shareBp })) };
}

/** Rules about what a source asks of its witnesses, and how independent these are. */
export const POLICY_RULES: readonly LintRule[] = [
  lintRule({
    id: 'no-witness',
    severity: 'refuse',
    wants: 'a policy with m of at least 1, and the witnesses for it',
    why: 'Orbit: seven of ten keys signed what no second way had seen, 81.5 M. The ledger lists no such source.',
    fix: 'Name witnesses and a policy for the source.',
    bad: { 'chains[0].vault.policy.m': 0 },
    good: { 'chains[0].vault.policy.m': 2 },
    subjects: sourcesOf,
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
    bad: { ...curve(50, 250, 250, 1_000), 'chains[0].vault.policy.m': 4 },
    good: { ...curve(50, 250, 250, 1_000), 'chains[0].vault.policy.m': 2 },
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
    bad: { ...curve(50, 250, 250, 1_000), 'chains[0].vault.policy.m': 3 },
    good: { ...curve(50, 250, 250, 1_000), 'chains[0].vault.policy.m': 2 },
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
    id: 'unset-source-cap',
    severity: 'refuse',
    wants: 'a cap over all assets of the source',
    why: 'With quorum and witnesses corrupt, the source’s cap is all that bounds the loss.',
    fix: 'Set `capWad`, and `setSourceCap` on the ledger.',
    bad: { 'chains[0].vault.policy.capWad': '0' },
    good: { 'chains[0].vault.policy.capWad': '15000000000000000000000000' },
    subjects: policiesOf,
    field: 'capWad',
    judge: ({ policy: { capWad } }) => (capWad === '0' ? '0' : null),
  }),
  lintRule({
    id: 'fast-limit-too-wide',
    severity: 'refuse',
    wants: `at most ${FAST_SHARE_MAX_BP} basis points of a cap in use unconfirmed`,
    why: 'This share is lost when the quorum lies, before any witness speaks. The ledger takes no larger one.',
    fix: 'Lower the shares in `fast`.',
    bad: curve(50, 250, 1_000, 2_501),
    good: curve(50, 250, 1_000, 2_500),
    subjects: policiesOf,
    field: 'fast',
    judge: ({ policy: { fast } }) => {
      const wide = fast.find(({ shareBp }) => shareBp > FAST_SHARE_MAX_BP);
      return wide === undefined ? null : `${wide.shareBp} with ${wide.alive} witnesses`;
    },
  }),
  lintRule({
    id: 'fast-limit-without-floor',
    severity: 'refuse',
    wants: `at least ${FAST_SHARE_MIN_BP} basis points, however few witnesses count`,
    why: 'Unconfirmed value is dated by amount / fast limit: at 0 it would wait for ever.',
    fix: 'Raise the lowest share in `fast`.',
    bad: curve(0, 250, 1_000, 1_000),
    good: curve(10, 250, 1_000, 1_000),
    subjects: policiesOf,
    field: 'fast',
    judge: ({ policy: { fast } }) => {
      const low = fast.find(({ shareBp }) => shareBp < FAST_SHARE_MIN_BP);
      return low === undefined ? null : `${low.shareBp} with ${low.alive} witnesses`;
    },
  }),
  lintRule({
    id: 'fast-curve-incomplete',
    severity: 'refuse',
    wants: 'a share for every number of witnesses from 0 to all',
    why: 'Degradation is a stated curve: what happens when a witness fails is decided before it does.',
    fix: 'Add the steps that are missing to `fast`.',
    bad: {
      'chains[0].vault.policy.fast': [
        { alive: 0, shareBp: 50 },
        { alive: 2, shareBp: 1_000 },
        { alive: 3, shareBp: 1_000 },
      ],
    },
    good: curve(50, 250, 1_000, 1_000),
    subjects: policiesOf,
    field: 'fast',
    judge: ({ policy: { fast }, witnesses }) => {
      const steps = Array.from({ length: witnesses.length + 1 }, (_, alive) => alive);
      const missing = steps.filter((step) => !fast.some(({ alive }) => alive === step));
      return missing.length === 0 ? null : `no share for ${missing.join(', ')} of ${witnesses.length}`;
    },
  }),
  lintRule({
    id: 'fast-curve-rising',
    severity: 'refuse',
    wants: 'no larger share where fewer witnesses count',
    why: 'Otherwise silencing a bridge would widen what the attesters’ word alone may use.',
    fix: 'Let the shares in `fast` fall with the number of witnesses.',
    bad: curve(50, 200, 1_000, 900),
    good: curve(50, 200, 900, 900),
    subjects: policiesOf,
    field: 'fast',
    judge: ({ policy: { fast } }) => {
      for (const fewer of fast) {
        const more = fast.find(({ alive, shareBp }) => alive > fewer.alive && shareBp < fewer.shareBp);
        if (more !== undefined)
          return `${fewer.shareBp} with ${fewer.alive} witnesses and ${more.shareBp} with ${more.alive}`;
      }
      return null;
    },
  }),
  lintRule({
    id: 'fast-limit-above-curve',
    severity: 'refuse',
    wants:
      'no more of the full share, where fewer than m witnesses count, than a quarter and of the rest each witness’s part',
    why: 'The ledger lowers the fast limit in even steps down to a quarter; a file that promises more is wrong about them.',
    fix: 'Lower the shares below m in `fast`.',
    bad: curve(50, 626, 1_000, 1_000),
    good: curve(50, 625, 1_000, 1_000),
    subjects: policiesOf,
    field: 'fast',
    judge: ({ policy: { fast, m }, witnesses }) => {
      // Where m is out of reach every share would be below it, which another rule says.
      const needed = Math.min(m, witnesses.length);
      const full = Math.max(...fast.map(({ shareBp }) => shareBp));
      const kept = fast.find(
        ({ alive, shareBp }) =>
          alive < needed && shareBp * FAST_SHARE_WHOLE_BP > full * fastShareOnChainBp(alive, needed),
      );
      return kept === undefined ? null : `${kept.shareBp} of ${full} with ${kept.alive} witnesses, m being ${m}`;
    },
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
