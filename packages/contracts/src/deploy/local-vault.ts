import { type Address, LOCAL_SOURCE } from '@surety/domain';
import { localDeskAbi, localDeskCode, localVerifierAbi, localVerifierCode } from '../generated/index.js';
import type { ChainRequest } from './chain-request.js';
import type { DeploymentRequest } from './deployment-request.js';
import type { RolePlace } from './place-roles.js';

/** The ledger wants three ages of every source. Source 0 reaches none: its knowledge is of the present second. */
const AGES = { staleAfterMin: 90, darkAfterMin: 360, floorAfterMin: 4320 } as const;

/** Returns every chain on which a plan builds a vault, the settlement chain last: its assets get the last numbers. */
export function vaultChainsOf({ settlement, chains }: DeploymentRequest): readonly ChainRequest[] {
  const { vault, chainId, name, roles } = settlement;
  if (vault === undefined) return chains;
  const { governor, guardian, pauser } = roles;
  return [
    ...chains,
    { chainId, name, source: LOCAL_SOURCE, roles: { governor, guardian, pauser }, ...AGES, m: 0, ...vault },
  ];
}

/** Lists what a vault of the settlement chain cannot have. */
export function problemsOfLocalVault({ name, vault }: DeploymentRequest['settlement']): string[] {
  return (vault?.assets ?? [])
    .filter(({ lockFeeBp = 0 }) => lockFeeBp > 0)
    .map(
      ({ symbol, lockFeeBp }) =>
        `${name}.vault.${symbol}.lockFeeBp is ${lockFeeBp}; expected 0: a lock there pays its own way, and the desk locks without a fee`,
    );
}

/** Plans what stands before the vault in place of an attester set. */
export function placeLocalVerifier(create: RolePlace['create']): Address {
  return create('local-verifier', localVerifierCode, localVerifierAbi, []);
}

/** Plans the desk. Its constructor asks the ledger for the vault's edge, so it comes after the listing. */
export function placeLocalDesk(ends: { readonly ledger: Address; readonly vault: Address }, place: RolePlace): Address {
  return place.create('local-desk', localDeskCode, localDeskAbi, [ends.ledger, ends.vault]);
}
