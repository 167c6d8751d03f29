import type { Network } from '@surety/config';
import {
  CREATE2_FACTORY,
  type ChainPlan,
  type ChainRequest,
  type PlannedAct,
  type VaultHome,
  attesterSetAbi,
  collateralLedgerAbi,
  collateralVaultAbi,
  describeArgs,
  describeChain,
  findChainProblems,
  findContractProblems,
  findPlaceProblems,
  isActDone,
  planChain,
  requestedBridgeIdsOf,
} from '@surety/contracts';
import { type Address, type Bytes32, address, chainId } from '@surety/domain';
import { type PublicClient, decodeFunctionData, encodeFunctionData, toFunctionSelector } from 'viem';
import { PLACES, callersOf } from '../acts/act-spec.js';
import { ACTS } from '../acts/act-table.js';
import type { ActTarget } from '../acts/find-target.js';
import { operatorError } from '../errors.js';
import { readHand } from '../powers/read-hand.js';
import type { ActStep, CheckStep, DirectStep, Migration, MigrationStep } from './migration.js';
import { differing } from './migration-steps.js';
import { readSource } from './read-vault.js';
import type { VerifierFacts } from '../attesters/read-verifier.js';

/** A chain that joins a running deployment. */
export interface ChainAddition {
  readonly network: Network;
  /** The new chain, in the configuration without a vault. */
  readonly origin: Omit<ActTarget, 'contract'>;
  /** The ledger. */
  readonly home: ActTarget;
  /** The ledger's verifier: its present members sign for the new vault too. */
  readonly verifier: VerifierFacts;
  readonly chain: ChainRequest;
  /** Part of the addresses of all contracts. */
  readonly salt: Bytes32;
  /** Lists the floors that the deployment breaks with a vault on the new chain. */
  readonly floors: (vault: NonNullable<Network['chains'][number]['vault']>) => Promise<readonly string[]>;
}

const FAST = 'setFast(uint16,uint16)';

interface AdditionPlan extends ChainAddition {
  readonly around: VaultHome & { readonly settlement: { readonly attesterSet: Address } };
  readonly planned: ChainPlan;
  readonly readers: ReadonlyMap<number, PublicClient>;
}

/**
 * Plans a chain's way into a running deployment: its contracts, its witnesses, its vault as a source of the ledger, its tokens as
 * collateral. Roles, tokens and terms are the request's, members and ledger are read from the settlement chain.
 * @throws MIGRATION_REFUSED while the attesters rotate, or if the source's number is another vault's.
 */
export async function planChainAddition(request: ChainAddition): Promise<Migration> {
  const { origin, home, chain, salt, verifier } = request;
  const around = await readHome(request);
  const planned = planChain(around, { chain, salt, assetIds: await readAssetIds(home, chain) });
  const readers = new Map([
    [origin.chain.chainId, origin.reader],
    [home.chain.chainId, home.reader],
  ]);
  const plan = {
    ...request,
    planned,
    readers,
    around: { ...around, settlement: { ...around.settlement, attesterSet: verifier.target.contract } },
  };
  await requireFreeSource(plan);
  const direct = planned.acts.filter((act) => act.direct === true);
  return {
    title: `${chain.name} (${chain.chainId}) with the vault ${planned.vault.vault} as source ${chain.source} of ${home.contract}`,
    steps: [
      checkGround(plan),
      ...planned.contracts.flatMap((contract): MigrationStep[] => {
        const { part, address: at, initCode, builtBy } = contract;
        if (builtBy !== undefined) return [];
        const target = targetOf(plan, contract.chainId);
        return [{ kind: 'create', title: part, target, address: at, salt, initCode }];
      }),
      checkContracts(plan),
      ...direct.map((act) => directStep(plan, act)),
      ...planned.acts.filter((act) => act.direct !== true && !isFast(act)).map((act) => roleStep(plan, act)),
      // Each waits until its token is listed: in front of another listing it would keep that one waiting too.
      ...planned.acts.filter(isFast).map((act) => fastStep(plan, act)),
      checkChain(plan),
      checkFloorsAfter(plan),
    ],
    afterwards: () => describeAfterwards(plan),
  };
}

/** Reads the facts of the deployment that the new contracts keep. */
async function readHome({ home, network, verifier }: ChainAddition): Promise<VaultHome> {
  const { reader, contract, chain } = home;
  if (verifier.active !== verifier.newest) {
    throw operatorError(
      'MIGRATION_REFUSED',
      `the attesters of epoch ${verifier.newest} begin at ${verifier.activeFrom}, and epoch ${verifier.active} signs until then; expected no rotation on its way: run again once it is over`,
    );
  }
  const governor = address(
    await reader.readContract({ address: contract, abi: collateralLedgerAbi, functionName: 'governor' }),
  );
  const hand = await readHand(reader, governor);
  const person = hand.kind === 'timelock' ? (hand.proposers[0] ?? governor) : governor;
  return {
    profile: network.profile,
    attesters: { members: verifier.members, activeFrom: verifier.activeFrom },
    settlement: {
      chainId: chainId(chain.chainId),
      ledger: contract,
      governor,
      roles: { governor: person },
      ...requestedBridgeIdsOf(chain),
    },
  };
}

/** Reads the ledger's numbers of tokens that are listed, and foretells those of the others. */
async function readAssetIds({ reader, contract }: ActTarget, { source, assets }: ChainRequest): Promise<number[]> {
  const ledger = { address: contract, abi: collateralLedgerAbi } as const;
  let next = await reader.readContract({ ...ledger, functionName: 'assetCount' });
  const ids: number[] = [];
  for (const index of assets.keys()) {
    const args = [source, index + 1] as const;
    const listed = await reader.readContract({ ...ledger, functionName: 'assetIdOf', args });
    ids.push(listed === 0 ? ++next : listed);
  }
  return ids;
}

async function requireFreeSource(plan: AdditionPlan): Promise<void> {
  const { home, chain, planned } = plan;
  const listed = await readSource(home, chain.source);
  if (listed === undefined || listed === planned.vault.vault) return;
  throw operatorError(
    'MIGRATION_REFUSED',
    `source ${chain.source} is ${listed}; expected a free number, or ${planned.vault.vault} of an earlier run with the same file, salt and build${await findMove(plan, address(listed))}`,
  );
}

/** Describes the change of members that gave the planned contracts other addresses than those of a listed vault; empty if none did. */
async function findMove({ origin: { reader }, verifier }: AdditionPlan, vault: Address): Promise<string> {
  // A vault of another chain has no code here.
  if (((await reader.getCode({ address: vault })) ?? '0x') === '0x') return '';
  const contract = { address: vault, abi: collateralVaultAbi } as const;
  const set = address(await reader.readContract({ ...contract, functionName: 'attesterSet' }));
  const args = [FIRST_EPOCH] as const;
  const listed = await reader.readContract({ address: set, abi: attesterSetAbi, functionName: 'members', args });
  const [first, now] = [listed.join(', ').toLowerCase(), verifier.members.join(', ')];
  if (first === now) return '';
  return `; its verifier ${set} began with ${first}, and the ledger’s has ${now} in epoch ${verifier.newest}: a recovery or a rotation moved every address, begin again with another source`;
}

/** The epoch that a verifier's constructor writes. */
const FIRST_EPOCH = 1;

function targetOf({ origin, home }: ChainAddition, id: number): Omit<ActTarget, 'contract'> {
  return id === home.chain.chainId ? home : origin;
}

/** Checks what the contracts of the new chain stand on. */
function checkGround({ origin, home, chain, verifier, readers, planned }: AdditionPlan): CheckStep {
  return {
    kind: 'check',
    title:
      'both chains answer, take contracts at planned addresses, list tokens in the file’s order, and the ledger’s attesters can sign',
    target: origin,
    problems: async () => {
      const places = await Promise.all(
        [...readers].map(async ([id, reader]) => {
          const [seen, factory] = await Promise.all([
            reader.getChainId(),
            reader.getCode({ address: CREATE2_FACTORY }),
          ]);
          const isMissing = factory === undefined || factory === '0x';
          return [
            ...differing('the chain id that the provider says', seen, id),
            ...(isMissing
              ? [`chain ${id} has no deterministic deployment proxy at ${CREATE2_FACTORY}; deploy it first`]
              : []),
          ];
        }),
      );
      const tokens = await Promise.all(
        chain.assets.map(async ({ symbol, token }) => {
          const code = (await origin.reader.getCode({ address: token })) ?? '0x';
          return code === '0x' ? [`${symbol} at ${token} has no code on ${origin.chain.name}; expected a token`] : [];
        }),
      );
      return [
        ...places.flat(),
        ...tokens.flat(),
        ...(await findPlaceProblems(readers, planned.acts)),
        ...(await findVerifierProblems(home, verifier)),
        ...differing('the settlement chain', home.chain.chainId === origin.chain.chainId, false),
      ];
    },
  };
}

/** Lists why the ledger's verifier cannot give a new one its first members: a new one knows neither suspensions nor evidence. */
async function findVerifierProblems(
  { reader, contract }: ActTarget,
  { target, members, suspended, isStopped, inRecovery }: VerifierFacts,
): Promise<string[]> {
  const ledger = { address: contract, abi: collateralLedgerAbi } as const;
  const named = address(await reader.readContract({ ...ledger, functionName: 'attesterSet' }));
  const set = { address: target.contract, abi: attesterSetAbi } as const;
  const unfit = await Promise.all(
    members.map(async (member) => {
      const isProven = await reader.readContract({ ...set, functionName: 'proven', args: [member] });
      if (!isProven && !suspended.includes(member)) return [];
      const [seen, next] = isProven
        ? ['proven to have signed two heads', '']
        : ['suspended', ', or wait until the guardian’s suspension is over'];
      return [
        `member ${member} is ${seen} at the ledger’s verifier ${target.contract}; expected none, the new verifier would take its signatures: rotate it out first (surety migrate attesters)${next}`,
      ];
    }),
  );
  return [
    ...(named === target.contract
      ? []
      : [
          `the ledger’s verifier is ${named}; expected ${target.contract} of chains.config.json: put the ledger’s into settlement.attesterSet, then run again`,
        ]),
    ...differing('the ledger’s verifier is stopped', isStopped, false),
    ...differing('the ledger’s verifier is in recovery', inRecovery, false),
    ...unfit.flat(),
  ];
}

function checkContracts(plan: AdditionPlan): CheckStep {
  return {
    kind: 'check',
    title: 'the contracts are this build’s code, with the roles of the file',
    target: plan.origin,
    problems: () => findContractProblems(plan.planned, plan.readers),
  };
}

function checkChain(plan: AdditionPlan): CheckStep {
  return {
    kind: 'check',
    title: 'vault and ledger name the same edges, signers, tokens, limits and witnesses, as the file has them',
    target: plan.home,
    problems: async () => findChainProblems(plan.around, await readPlanNow(plan), plan.readers),
  };
}

function checkFloorsAfter(plan: AdditionPlan): CheckStep {
  return {
    kind: 'check',
    title: 'the floors of surety powers hold with the new chain',
    target: plan.home,
    problems: async () => plan.floors(await configEntry(plan)),
  };
}

function directStep(plan: AdditionPlan, act: PlannedAct): DirectStep {
  const target = targetOf(plan, act.chainId);
  return {
    kind: 'direct',
    // The call data holds them as code alone, and whoever reads a dry run must see them.
    title: [act.text, ...describeArgs(act.builds ?? {})].join('; '),
    target,
    by: act.by,
    call: { to: act.to, data: act.data },
    isDone: () => isActDone(target.reader, act),
  };
}

/** Makes a step of a planned act of a governor. */
function roleStep(plan: AdditionPlan, act: PlannedAct): ActStep {
  const place = act.to === plan.home.contract ? 'ledger' : 'vault';
  const { functionName } = decodeFunctionData({ abi: PLACES[place].abi, data: act.data });
  const spec = ACTS.find((one) => one.place === place && one.call === functionName);
  if (spec === undefined) {
    throw operatorError(
      'MIGRATION_REFUSED',
      `${place}.${functionName} is no act of this build; expected one of surety ${place} --help`,
    );
  }
  const target = targetOf(plan, act.chainId);
  return {
    kind: 'act',
    title: act.text,
    target,
    spec,
    call: { to: act.to, data: act.data },
    isDone: async () => {
      // The other chain goes on by itself: a token may have got another number since the first check.
      const problems = await findPlaceProblems(plan.readers, [act]);
      if (problems.length > 0)
        throw operatorError('MIGRATION_REFUSED', `${act.text}: nothing was sent for it: ${problems.join('; ')}`);
      return isActDone(target.reader, act);
    },
    ...(callersOf(spec).length > 1 ? { as: 'governor' } : {}),
  };
}

const isFast = ({ data }: PlannedAct): boolean => data.startsWith(toFunctionSelector(FAST));

/** Makes the step of a token's fast limit. A listing by others may take the number that was foretold for the token. */
function fastStep(plan: AdditionPlan, act: PlannedAct): ActStep {
  const { home, chain } = plan;
  const { asset, index = 0 } = act.place ?? {};
  const readNow = async (): Promise<PlannedAct | undefined> => {
    const args = [chain.source, index] as const;
    const ledger = { address: home.contract, abi: collateralLedgerAbi } as const;
    const assetId = await home.reader.readContract({ ...ledger, functionName: 'assetIdOf', args });
    if (assetId === 0) return undefined;
    const data = encodeFunctionData({ ...ledger, functionName: 'setFast', args: [assetId, chain.fastBp ?? 0] });
    return { ...act, data, probe: encodeFunctionData({ ...ledger, functionName: 'limitsOf', args: [assetId] }) };
  };
  return {
    ...roleStep(plan, act),
    title: `ledger.setFast of ${asset?.symbol}, ${chain.fastBp} basis points, by the number that its listing gives it`,
    callNow: async () => {
      const now = await readNow();
      return now === undefined ? undefined : { to: now.to, data: now.data };
    },
    isDone: async () => {
      const now = await readNow();
      return now !== undefined && (await isActDone(home.reader, now));
    },
  };
}

/** Returns the plan with the numbers that the ledger has given its tokens since the run began. */
async function readPlanNow({ planned, home, chain }: AdditionPlan): Promise<ChainPlan> {
  return { ...planned, vault: { ...planned.vault, assetIds: await readAssetIds(home, chain) } };
}

async function configEntry(plan: AdditionPlan): Promise<NonNullable<Network['chains'][number]['vault']>> {
  return (await describeChain(await readPlanNow(plan), plan.readers)) as NonNullable<
    Network['chains'][number]['vault']
  >;
}

/** Describes what people must do after the chains are done. */
async function describeAfterwards(plan: AdditionPlan): Promise<string[]> {
  const { chain } = plan;
  return [
    `the vault of ${chain.name} for chains.config.json: ${JSON.stringify(await configEntry(plan))}`,
    `put it into every chains.config.json, with a policy where there are witnesses, and check it: surety config lint, surety doctor`,
    `restart watchers of k attesters, then aggregators and relayers: a lock counts once k of them attest ${chain.name}`,
  ];
}
