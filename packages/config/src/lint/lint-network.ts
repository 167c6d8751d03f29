import type { Network } from '../parse-network.js';
import { ASSET_RULES } from './asset-rules.js';
import { ATTESTER_RULES } from './attester-rules.js';
import { BRIDGE_RULES } from './bridge-rules.js';
import { CHAIN_RULES } from './chain-rules.js';
import { LAYERZERO_RULES } from './layerzero-rules.js';
import { POINTS_LOST } from './lint-limits.js';
import type { LintFacts, LintRule, LintSeverity } from './lint-rule.js';
import { MARKET_RULES } from './market-rules.js';
import { POLICY_RULES } from './policy-rules.js';
import { PRICE_RULES } from './price-rules.js';

/** One broken rule: its path, the value seen, the value expected, and the fix. */
export interface LintFinding {
  readonly rule: string;
  readonly severity: LintSeverity;
  readonly path: string;
  readonly message: string;
  readonly fix: string;
}

/** The linter's findings about a network, and how much it checked. */
export interface LintReport {
  /** True if no rule of severity `refuse` is broken. */
  readonly ok: boolean;
  readonly findings: readonly LintFinding[];
  /** 100 minus the points of each broken rule, at least 0; null if no rule had anything to check. */
  readonly score: number | null;
  /** Number of rules with something to check, and of places checked. */
  readonly looked: { readonly rules: number; readonly places: number };
}

/** Every rule of the security linter, by what it is about. */
export const LINT_RULES: readonly LintRule[] = [
  ...CHAIN_RULES,
  ...ATTESTER_RULES,
  ...ASSET_RULES,
  ...PRICE_RULES,
  ...MARKET_RULES,
  ...POLICY_RULES,
  ...BRIDGE_RULES,
  ...LAYERZERO_RULES,
];

/** No facts outside the file. */
const NO_FACTS: LintFacts = { hosts: new Map() };

/** Runs every rule over a network. Rules about public chains skip development chains. */
export function lintNetwork(network: Network, facts: LintFacts = NO_FACTS): LintReport {
  const looks = LINT_RULES.map((rule) => ({ rule, places: rule.inspect(network, facts) }));
  const findings = looks.flatMap(({ rule, places }) =>
    places.flatMap(({ path, seen }) => (seen === null ? [] : [findingOf(rule, path, seen)])),
  );
  const applied = looks.filter(({ places }) => places.length > 0);
  return {
    ok: findings.every(({ severity }) => severity !== 'refuse'),
    findings,
    score: applied.length === 0 ? null : scoreOf(findings),
    looked: { rules: applied.length, places: applied.reduce((sum, { places }) => sum + places.length, 0) },
  };
}

/** Returns the network with every development chain treated as a production chain. */
export function asProduction(network: Network): Network {
  return {
    ...network,
    profile: 'production',
    chains: network.chains.map((chain) => ({ ...chain, development: false })),
  };
}

function findingOf(rule: LintRule, path: string, seen: string): LintFinding {
  const { id, severity, wants, fix } = rule;
  return { rule: id, severity, path, message: `seen ${seen}; expected ${wants}`, fix };
}

/** A rule costs its points once, however many places break it: the score shows how much is left to fix. */
function scoreOf(findings: readonly LintFinding[]): number {
  const broken = new Map(findings.map(({ rule, severity }) => [rule, severity]));
  return Math.max(
    0,
    [...broken.values()].reduce((left, severity) => left - POINTS_LOST[severity], 100),
  );
}
