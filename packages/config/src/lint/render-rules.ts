import { LINT_RULES } from './lint-network.js';
import type { LintExample } from './lint-rule.js';

/** Renders docs/CONFIG-LINT.md: the purpose of the linter, its use, and every rule with both examples. */
export function renderLintRules(): string {
  const refusing = LINT_RULES.filter(({ severity }) => severity === 'refuse').length;
  const sections = LINT_RULES.flatMap(({ id, severity, wants, why, fix, bad, good }) => [
    `### ${id}`,
    '',
    `**${severity}**: expects ${wants}.`,
    '',
    `Why: ${why} Mend it: ${fix}`,
    '',
    '```',
    ...lines('bad', bad),
    ...lines('good', good),
    '```',
    '',
  ]);
  return [...INTRODUCTION, `${LINT_RULES.length} rules, of which ${refusing} refuse.`, '', ...sections].join('\n');
}

const INTRODUCTION = [
  '# `surety config lint`',
  '',
  'Judges the security of `chains.config.json` by named rules. What the file must have to be read at all (shape, four',
  'providers of three operators, bridge ids from the SDK tables, no zero address) every command refuses with',
  '`CONFIG_INVALID`; the rules here are about files that can be read and should not be trusted.',
  '',
  '```sh',
  'npx surety config lint                          # findings and a score; exit 1 if a rule that refuses is broken',
  'npx surety config lint --as-production          # judges development chains as if they were public',
  'npx surety config lint --rules --json           # every rule with its reason and examples',
  'npx surety config lint --example unset-peer     # a whole file that breaks this rule; with --good one that keeps it',
  '```',
  '',
  'Watchers, aggregators and relayers of the production profile do not start with a file that a rule refuses: they end with',
  '`CONFIG_INVALID`, which names the rule. A rule that warns stops nobody.',
  '',
  'Providers whose variables are set are compared by the host of their URLs too, so run it where the processes run.',
  'Rules about public chains leave development chains out. The score is 100 less 20 for each rule that refuses and is',
  'broken, less 4 for each that warns, not below 0: for comparing two states of one file, not two files.',
  '',
  'Nothing is read from a chain: whether contracts are set as the file says is for `surety doctor` (code) and `surety',
  'powers` (roles); for witnesses and assets, `surety config diff`.',
  '',
  'This page is written by `npx surety config lint --rules --markdown` and compared by a test.',
  '',
  '## Rules',
  '',
  'Examples are changes of one network, which `--rules --json` gives as `base` and which keeps every rule: a vault on',
  'Ethereum (`chains[0]`) with a LayerZero, a Wormhole and a state-proof witness, a ledger on Base, seven attesters.',
  '`null` leaves a member out. Each bad example breaks its own rule and no other.',
  '',
];

function lines(word: string, example: LintExample): string[] {
  return Object.entries(example).map(([path, value]) => `${word.padEnd(4)}  ${path} = ${JSON.stringify(value)}`);
}
