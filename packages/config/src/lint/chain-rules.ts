import { bridgeIdsOf, testnetNameOf } from '../chain-tables.js';
import type { Network } from '../parse-network.js';
import { EPOCHS_FINAL, EPOCH_CHAINS, EPOCH_MS } from './lint-limits.js';
import { type LintFacts, type LintRule, lintRule } from './lint-rule.js';
import { type Chain, type ChainSubject, productionChainsOf, publicChainsOf } from './lint-subjects.js';
import { siteOf } from './site-of.js';

/** Rules about chains and the providers that read them. */
export const CHAIN_RULES: readonly LintRule[] = [
  lintRule({
    id: 'providers-by-one-operator',
    severity: 'refuse',
    wants: 'at most a third of a chain’s providers behind one operator, so that one lie stays a minority',
    why: 'KelpDAO, April 2026: two RPC nodes lied, a third was knocked out, and 292 M were gone.',
    fix: 'Replace providers until no operator has more than a third of them.',
    bad: { 'chains[0].providers[1].operator': 'operator-alpha' },
    good: { 'chains[0].providers[1].operator': 'operator-beta' },
    subjects: publicChainsOf,
    field: 'providers',
    judge: ({ chain }) =>
      crowded(
        chain,
        chain.providers.map(({ operator }) => operator),
      ),
  }),
  lintRule({
    id: 'providers-sharing-backend',
    severity: 'refuse',
    wants: 'at most a third of a chain’s providers on one backend, whatever names stand in front of it',
    why: 'Resold nodes are one node under several names: their agreement is one word, and their outage one outage.',
    fix: 'Ask each operator whose nodes answer, name them in `backend`, and replace what is shared.',
    bad: { 'chains[0].providers[0].backend': 'nodes-of-zeta', 'chains[0].providers[3].backend': 'nodes-of-zeta' },
    good: { 'chains[0].providers[0].backend': 'nodes-of-zeta', 'chains[0].providers[3].backend': 'nodes-of-eta' },
    subjects: publicChainsOf,
    field: 'providers',
    judge: ({ chain }, facts) => crowded(chain, backendsOf(chain, facts)) ?? crowded(chain, hostsOf(chain, facts)),
  }),
  lintRule({
    id: 'depth-without-finality',
    severity: 'warn',
    wants: 'the finalized tag where a chain has one; a depth is a guess',
    why: 'Ethereum Classic, January 2019: reorganisations of up to 123 blocks. Polygon: 32 and more, daily, before 2023.',
    fix: 'Set `finality.rule` to `finalized`, or keep the depth and its reason where the chain has no such tag.',
    bad: {
      'chains[2].finality': { rule: 'depth', depth: 600, stepBlocks: 192, reason: 'Deeper than what was ever seen.' },
    },
    good: {
      'chains[2].finality': {
        rule: 'finalized',
        stepBlocks: 192,
        reason: 'The tag follows the L1 block of the batch.',
      },
    },
    subjects: publicChainsOf,
    field: 'finality',
    judge: ({ chain: { finality } }) =>
      finality.rule === 'depth' && finality.depth > 0 ? `a depth of ${finality.depth}` : null,
  }),
  lintRule({
    id: 'zero-depth',
    severity: 'refuse',
    wants: 'a depth above 0 outside development chains',
    why: 'At depth 0 the newest block counts as final, and every reorganisation is a double-spend.',
    fix: 'Set `finality.rule` to `finalized`, or a depth with its reason.',
    bad: {
      'chains[2].finality': { rule: 'depth', depth: 0, stepBlocks: 192, reason: 'The sequencer never goes back.' },
    },
    good: {
      'chains[2].finality': {
        rule: 'finalized',
        stepBlocks: 192,
        reason: 'The tag follows the L1 block of the batch.',
      },
    },
    subjects: publicChainsOf,
    field: 'finality.depth',
    judge: ({ chain: { finality } }) => (finality.rule === 'depth' && finality.depth === 0 ? '0' : null),
  }),
  lintRule({
    id: 'finality-below-epoch',
    severity: 'refuse',
    wants: `steps of an epoch of ${EPOCH_MS / 1_000} s or more, and a depth of ${EPOCHS_FINAL} of them, on Ethereum and rollups that follow it`,
    why: 'Bridges are asked to wait for three steps: with steps of one block, half a minute would pass for finality.',
    fix: 'Set `finality.stepBlocks` to the blocks of an epoch, or use the finalized tag.',
    bad: { 'chains[2].finality.stepBlocks': 191 },
    good: { 'chains[2].finality.stepBlocks': 192 },
    subjects: epochChainsOf,
    field: 'finality',
    judge: ({ chain: { finality, blockTimeMs } }) => {
      const isTag = finality.rule === 'finalized';
      const blocks = isTag ? finality.stepBlocks : finality.depth;
      // A depth of 0 has a rule of its own.
      if (blocks === 0 || blocks * blockTimeMs >= (isTag ? EPOCH_MS : EPOCHS_FINAL * EPOCH_MS)) return null;
      return `${isTag ? 'steps' : 'a depth'} of ${blocks} blocks of ${blockTimeMs} ms`;
    },
  }),
  lintRule({
    id: 'development-chain-id',
    severity: 'refuse',
    wants: 'chain ids of public chains in the production profile',
    why: 'A chain that no table knows is a local one, whose owner writes its blocks.',
    fix: 'Correct `chainId`, or use the development profile.',
    bad: { 'chains[2].chainId': 901, 'chains[2].layerZeroEid': null, 'chains[2].wormholeChainId': null },
    good: { 'chains[2].chainId': 10 },
    subjects: productionChainsOf,
    field: 'chainId',
    judge: ({ chain: { chainId } }) =>
      bridgeIdsOf(chainId).name === undefined && testnetNameOf(chainId) === undefined
        ? `${chainId}, unknown to the SDK tables`
        : null,
  }),
  lintRule({
    id: 'testnet-chain',
    severity: 'refuse',
    wants: 'no test network in the production profile',
    why: 'Coins of a test network are free, and its validators owe nobody anything.',
    fix: 'Correct `chainId`, or use the development profile.',
    bad: { 'chains[2].chainId': 11155420, 'chains[2].layerZeroEid': null, 'chains[2].wormholeChainId': null },
    good: { 'chains[2].chainId': 10 },
    subjects: productionChainsOf,
    field: 'chainId',
    judge: ({ chain: { chainId } }) => {
      const name = testnetNameOf(chainId);
      return name === undefined ? null : `${chainId}, the test network ${name}`;
    },
  }),
];

function epochChainsOf(network: Network): ChainSubject[] {
  return publicChainsOf(network).filter(({ chain: { chainId } }) => EPOCH_CHAINS.has(chainId));
}

/** Returns the name behind more than a third of the chain's providers. */
function crowded(chain: Chain, names: readonly (string | undefined)[]): string | null {
  const counts = new Map<string, number>();
  for (const name of names) if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
  const most = [...counts].find(([, count]) => count * 3 > chain.providers.length);
  return most === undefined ? null : `${most[0]} behind ${most[1]} of ${chain.providers.length} on ${chain.name}`;
}

function backendsOf(chain: Chain, { hosts }: LintFacts): (string | undefined)[] {
  return chain.providers.map(({ backend, urlEnv }) => backend ?? siteAt(hosts, urlEnv));
}

function hostsOf(chain: Chain, { hosts }: LintFacts): (string | undefined)[] {
  return chain.providers.map(({ urlEnv }) => siteAt(hosts, urlEnv));
}

function siteAt(hosts: LintFacts['hosts'], urlEnv: string): string | undefined {
  const host = hosts.get(urlEnv);
  return host === undefined ? undefined : siteOf(host);
}
