import { type NetworkFile, findNetworkIssues } from '@surety/config';
import {
  type DeploymentRecord,
  requestedBridgeIdsOf,
  checkAgainstRecord,
  configureFromRecord,
} from '@surety/contracts';
import { devnetError } from '../errors.js';
import { CHAINS, FAST_BP, PROVIDERS_PER_CHAIN, providerOf } from './chain-facts.js';

const FINALITY_REASON = 'Local nodes call a block final two blocks behind the head, one block at a time.';
const FRAME_REASON = 'Every local block is a frame, so that a lock is attested as soon as it is final.';

/**
 * Returns chains.config.json of the local network, checked by the rules that every process uses.
 * @throws STORY_BROKE listing the problems.
 */
export function networkFileOf(record: DeploymentRecord, blockSeconds: number): NetworkFile {
  const { settlement, attesters, vaults } = configureFromRecord(record);
  const bridgeIds = new Map(
    [record.settlement, ...record.chains].map(({ chainId, layerZeroEid, wormholeChainId }) => [
      chainId,
      requestedBridgeIdsOf({ layerZeroEid, wormholeChainId }),
    ]),
  );
  const file = {
    version: 1 as const,
    profile: record.profile,
    settlement,
    attesters,
    chains: CHAINS.map((chain) => {
      const vault = vaults.get(chain.chainId);
      return {
        chainId: chain.chainId,
        name: chain.name,
        development: true,
        ...bridgeIds.get(chain.chainId),
        blockTimeMs: blockSeconds * 1000,
        finality: { rule: 'finalized' as const, stepBlocks: 1, reason: FINALITY_REASON },
        frameLength: 1,
        frameReason: FRAME_REASON,
        providers: Array.from({ length: PROVIDERS_PER_CHAIN }, (_, at) => providerOf(chain, at + 1)),
        limits: { logRangeMax: 2000, callsPerFrameMax: 256, requestTimeoutMs: 4000, responseBytesMax: 16_777_216 },
        ...(vault === undefined ? {} : { vault: { ...vault, ...policyOf(vault) } }),
      };
    }),
  };
  const mutable = JSON.parse(JSON.stringify(file)) as NetworkFile;
  const issues = [...findNetworkIssues(mutable), ...checkAgainstRecord(mutable, record)];
  if (issues.length > 0) {
    const list = issues.map(({ path, seen, expected }) => `${path}: seen ${seen}; expected ${expected}`).join('\n  ');
    throw devnetError('STORY_BROKE', `the generated chains.config.json has ${issues.length} problems:\n  ${list}`);
  }
  return mutable;
}

/** Returns the local network's witness policy, as its contracts have it. */
function policyOf({ witnesses }: { readonly witnesses?: readonly unknown[] | undefined }): object {
  if (witnesses === undefined) return {};
  return { policy: { m: 1, valueMaxUsd: '10000000000', fastBp: FAST_BP } };
}
