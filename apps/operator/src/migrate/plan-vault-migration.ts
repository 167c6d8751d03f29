import { collateralLedgerAbi, collateralVaultAbi, planVaultParts } from '@surety/contracts';
import { type Address, bytes32, bytesToHex, chainId, uintToBytes } from '@surety/domain';
import { encodeFunctionData } from 'viem';
import type { ActTarget } from '../acts/find-target.js';
import { operatorError } from '../errors.js';
import { formatUnits } from '../terminal/format.js';
import {
  NOBODY,
  type VaultMigration,
  type VaultPlan,
  checkAfter,
  checkBefore,
  checkBothSides,
  checkParts,
  checkNewWitnesses,
  describeAfterwards,
  findOtherTerms,
} from './check-vault-migration.js';
import { findOverwritten } from './find-overwritten.js';
import type { ActStep, Migration, MigrationStep } from './migration.js';
import { type StepWords, actStep } from './migration-steps.js';
import { pairEndsOf, requireNewPairs } from './new-witnesses.js';
import { type VaultAssetFacts, readSource, readVault } from './read-vault.js';

const DEFAULT_FAST_BP = 2_500;

/**
 * Plans the move of a vault's collateral to a new vault. The new one takes the old one's roles, verifier, tokens and limits from
 * the chains, and the pairs of witnesses that are named for it; it becomes a source of the same ledger, and is named as successor.
 * Owners move their own collateral: each releases to the new vault's address, and the payment becomes a lock there for the same
 * account.
 * @throws MIGRATION_REFUSED if the source's number is taken, the old vault names another successor, or it has witnesses and no new
 * pairs are named.
 */
export async function planVaultMigration(request: VaultMigration): Promise<Migration> {
  const { origin, home, source } = request;
  const place = { reader: origin.reader, home: home.reader };
  const old = await readVault(place, { vault: origin.contract, ledger: home.contract });
  const salt = request.salt ?? bytes32(bytesToHex(uintToBytes(BigInt(source), 32)));
  const next = planVaultParts({
    chainId: chainId(origin.chain.chainId),
    settlementChainId: chainId(home.chain.chainId),
    init: { ...old.init, source },
    salt,
  });
  const pairs = requireNewPairs(old, { vault: next.vault, source }, request.witnesses);
  const plan: VaultPlan = { ...request, old, next, pairs };
  await requireFree(plan);
  const [witnesses, tokens, listing, collateral, naming, closings] = [
    planWitnesses(plan),
    old.assets.map((asset) => planVaultAsset(plan, asset)),
    planSource(plan),
    old.assets.flatMap((asset) => planLedgerAsset(plan, asset)),
    planNaming(plan),
    old.assets.map((asset) => planClosing(plan, asset)),
  ];
  // A new vault that is in use has its own values by and by.
  const copied = old.successor === next.vault ? [] : [...tokens.flatMap(({ acts }) => acts), ...collateral];
  return {
    title: `the vault ${old.at} of ${origin.chain.name} (source ${old.init.source}) to ${next.vault} (source ${source})`,
    steps: [
      checkBefore(plan, [...witnesses, ...copied, ...listing, naming, ...closings]),
      ...next.parts.map((one): MigrationStep => ({
        kind: 'create',
        title: one.part,
        target: origin,
        address: one.address,
        salt,
        initCode: one.initCode,
      })),
      checkParts(plan),
      ...(pairs.length === 0 ? [] : [checkNewWitnesses(plan)]),
      ...witnesses,
      ...tokens.flatMap(({ steps }) => steps),
      ...listing,
      ...collateral,
      checkBothSides(plan),
      naming,
      ...closings,
      checkAfter(plan),
    ],
    afterwards: () => describeAfterwards(plan),
  };
}

/** The number is free, or this very migration took it. */
async function requireFree({ home, source, next, old }: VaultPlan): Promise<void> {
  const listed = await readSource(home, source);
  if (listed !== undefined && listed !== next.vault) {
    throw operatorError(
      'MIGRATION_REFUSED',
      `source ${source} is ${listed}; expected a free number, or ${next.vault} of an earlier run`,
    );
  }
  if (old.successor !== NOBODY && old.successor !== next.vault) {
    throw operatorError(
      'MIGRATION_REFUSED',
      `the vault ${old.at} names ${old.successor} as its successor; expected nobody, or ${next.vault}: name its --source and --salt`,
    );
  }
}

function planWitnesses(plan: VaultPlan): ActStep[] {
  const { origin, old, next, pairs } = plan;
  const contract = { address: next.vault, abi: collateralVaultAbi } as const;
  const places = pairEndsOf(pairs, 'atVault').map(({ slot, at, mayConflict }) =>
    vaultStep(plan, 'setWitness', [slot, at, mayConflict], {
      title: `witness ${slot} of the new vault is ${at}`,
      isDone: async () => {
        const [kept] = await origin.reader.readContract({ ...contract, functionName: 'witnessOf', args: [slot] });
        return kept.at.toLowerCase() === at && kept.conflicts === mayConflict;
      },
    }),
  );
  if (old.m === 0) return places;
  const policy = vaultStep(plan, 'setWitnessPolicy', [old.m], {
    title: `${old.m} witnesses must confirm at the new vault`,
    isDone: async () => (await origin.reader.readContract({ ...contract, functionName: 'witnessPolicy' }))[0] === old.m,
  });
  return [...places, policy];
}

/** The acts that give the new vault a token with the old one's values, and those of them that the listing does not make needless. */
function planVaultAsset(
  plan: VaultPlan,
  { token, decimals, min, cap, limit, fastBp, feeBp, index }: VaultAssetFacts,
): { readonly acts: ActStep[]; readonly steps: ActStep[] } {
  const { origin, next } = plan;
  const contract = { address: next.vault, abi: collateralVaultAbi } as const;
  const listing = vaultStep(plan, 'listAsset', [token, decimals, min, cap, limit], {
    title: `the new vault takes the token ${token}`,
    isDone: async () =>
      (await origin.reader.readContract({ ...contract, functionName: 'indexOf', args: [token] })) !== 0,
  });
  const readNext = () => origin.reader.readContract({ ...contract, functionName: 'assetOf', args: [index] });
  const lockFee = vaultStep(plan, 'setLockFee', [index, feeBp], {
    title: `smallest fee of a lock of ${token} at the new vault`,
    afterAll: true,
    isDone: async () => (await readNext()).feeBp === feeBp,
  });
  const fast = vaultStep(plan, 'setFastLimit', [index, fastBp], {
    title: `fast limit of ${token} at the new vault`,
    afterAll: true,
    isDone: async () => (await readNext()).fastBp === fastBp,
  });
  const steps = [listing, ...(feeBp === 0 ? [] : [lockFee]), ...(fastBp === DEFAULT_FAST_BP ? [] : [fast])];
  return { acts: [listing, lockFee, fast], steps };
}

function planSource(plan: VaultPlan): ActStep[] {
  const { home, old, next, source, pairs } = plan;
  const contract = { address: home.contract, abi: collateralLedgerAbi } as const;
  const terms = { ...old.terms, source, vault: next.vault };
  const listing = ledgerStep(plan, 'listSource', [terms], {
    title: `source ${source} is the new vault`,
    isDone: async () => {
      if ((await readSource(home, source)) !== next.vault) return false;
      const [seen] = await home.reader.readContract({ ...contract, functionName: 'sourceOf', args: [source] });
      const others = old.successor === next.vault ? [] : findOtherTerms(plan, seen);
      if (others.length > 0) throw operatorError('MIGRATION_REFUSED', `${others.join()}; then run again`);
      return true;
    },
  });
  const witnesses = pairEndsOf(pairs, 'atLedger').map(({ slot, at, mayConflict }) =>
    ledgerStep(plan, 'setWitness', [source, slot, at, mayConflict], {
      title: `witness ${slot} of source ${source} is ${at}`,
      afterAll: true,
      isDone: async () => {
        const args = [source, slot] as const;
        const [kept, seen] = await home.reader.readContract({ ...contract, functionName: 'witnessOf', args });
        if (kept.toLowerCase() !== at) return false;
        // The ledger refuses a contract that is set already, in its own slot too.
        if (seen !== mayConflict) {
          throw operatorError(
            'MIGRATION_REFUSED',
            `mayConflict of witness ${slot} of source ${source}, ${at}, is ${seen}; expected ${mayConflict}: governor → surety ledger set-witness --source ${source} --slot ${slot} --witness ${NOBODY} --may-conflict no, then run again; or name it in the file as it is`,
          );
        }
        return true;
      },
    }),
  );
  return [listing, ...witnesses];
}

function planLedgerAsset(plan: VaultPlan, { index, decimals, listed, token }: VaultAssetFacts): ActStep[] {
  if (listed === undefined) return [];
  const { home, source } = plan;
  const { underlying, ownPrice, initialBp, maintenanceBp, minMillionths, capThousandths, fastBp } = listed;
  const terms = {
    source,
    vaultAsset: index,
    underlying,
    ownPrice,
    decimals,
    initialBp,
    maintenanceBp,
    minMillionths,
    capThousandths,
  };
  const listing = ledgerStep(plan, 'listAsset', [terms], {
    title: `the ledger takes ${token} of source ${source} as collateral`,
    isDone: async () => (await readAssetId(plan, index)) !== 0,
  });
  if (fastBp === 0) return [listing];
  return [listing, fastStep(plan, { index, token, fastBp, home })];
}

/** The asset's number is known once it is listed, so its share is scheduled only then. */
function fastStep(
  plan: VaultPlan,
  { index, token, fastBp, home }: { index: number; token: Address; fastBp: number; home: ActTarget },
): ActStep {
  const step = ledgerStep(plan, 'setFast', [0, fastBp], {
    title: `fast limit of ${token} at the ledger`,
    afterAll: true,
    as: 'governor',
    isDone: async () => {
      const args = [await readAssetId(plan, index)] as const;
      if (args[0] === 0) return false;
      const limits = await home.reader.readContract({
        address: home.contract,
        abi: collateralLedgerAbi,
        functionName: 'limitsOf',
        args,
      });
      return limits.fastUnits > 0n;
    },
  });
  const callNow = async () => {
    const args = [await readAssetId(plan, index), fastBp] as const;
    return { to: home.contract, data: encodeFunctionData({ abi: collateralLedgerAbi, functionName: 'setFast', args }) };
  };
  return { ...step, callNow };
}

function planNaming(plan: VaultPlan): ActStep {
  const { old, next } = plan;
  return vaultStep(plan, 'setSuccessor', [next.vault], {
    title: 'the new vault is the old one’s successor, for ever',
    at: old.at,
    isDone: async () => (await readSuccessor(plan)) === next.vault,
  });
}

function planClosing(plan: VaultPlan, { index, token, min, limit }: VaultAssetFacts): ActStep {
  const { origin, old } = plan;
  return vaultStep(plan, 'setLimits', [index, min, 0n, limit], {
    title: `the old vault takes no more of ${token}; it pays as before`,
    at: old.at,
    isDone: async () => {
      const contract = { address: old.at, abi: collateralVaultAbi } as const;
      const now = await origin.reader.readContract({ ...contract, functionName: 'assetOf', args: [index] });
      if (now.min !== min || now.limit !== limit) {
        throw operatorError(
          'MIGRATION_REFUSED',
          `minimum and limit of asset ${index} of ${old.at} are ${now.min} and ${now.limit}; expected ${min} and ${limit}, as they were when this run began: nothing was sent for it; run again`,
        );
      }
      if (now.cap !== 0n) return false;
      await requireMeant(plan, { index, min, limit });
      return true;
    },
  });
}

/** Requires that a closed vault's limits are no old ones, which an operation of an earlier run put back. */
async function requireMeant(
  { origin, old }: VaultPlan,
  { index, min, limit }: Pick<VaultAssetFacts, 'index' | 'min' | 'limit'>,
): Promise<void> {
  const over = await findOverwritten(origin, { vault: old.at, timelock: old.init.governor }, index);
  if (over === undefined) return;
  const options = (one: Pick<VaultAssetFacts, 'min' | 'limit'>): string =>
    `--minimum ${formatUnits(one.min, 6)} --limit ${formatUnits(one.limit, 3)}`;
  throw operatorError(
    'MIGRATION_REFUSED',
    `operation ${over.by} closed the old vault for asset ${index} of ${old.at} and wrote minimum ${min} and limit ${limit} over ${over.min} and ${over.limit}, which were set after it was scheduled: governor → surety vault set-limits --chain ${origin.chain.name} --asset ${index} ${options(over)} --schedule, or ${options({ min, limit })} if these are meant; then run again`,
  );
}

async function readSuccessor({ origin, old }: VaultPlan): Promise<string> {
  const contract = { address: old.at, abi: collateralVaultAbi } as const;
  return (await origin.reader.readContract({ ...contract, functionName: 'successor' })).toLowerCase();
}

async function readAssetId({ home, source }: VaultPlan, index: number): Promise<number> {
  const contract = { address: home.contract, abi: collateralLedgerAbi } as const;
  return home.reader.readContract({ ...contract, functionName: 'assetIdOf', args: [source, index] });
}

function vaultStep(
  { origin, next }: VaultPlan,
  call: string,
  args: readonly unknown[],
  words: Omit<StepWords, 'at' | 'target'> & { readonly at?: Address },
): ActStep {
  return actStep('vault', call, args, { target: origin, at: next.vault, ...words });
}

function ledgerStep(
  { home }: VaultPlan,
  call: string,
  args: readonly unknown[],
  words: Omit<StepWords, 'at' | 'target'>,
): ActStep {
  return actStep('ledger', call, args, { target: home, at: home.contract, ...words });
}
