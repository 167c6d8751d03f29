import type { Address, ChainId } from '@surety/domain';
import { type DataSource, Entity, PrimaryColumn } from 'typeorm';
import { ADDRESS, SAFE_INTEGER } from './columns.js';
import { storeError } from './errors.js';

/** A deployment, told by its ledger. */
export interface Deployment {
  readonly chainId: ChainId;
  readonly ledger: Address;
}

/** The deployment that a database holds: one row. */
@Entity('deployments')
export class DeploymentRow {
  @PrimaryColumn(SAFE_INTEGER) chainId!: ChainId;
  @PrimaryColumn(ADDRESS) ledger!: Address;
}

/**
 * Refuses a database of another deployment, whose lines would be served as those of this one. Notes the deployment where none
 * is: in a new database, and in one from before it was noted.
 * @throws DATABASE_OF_OTHER_DEPLOYMENT.
 */
export async function requireOwnDeployment(database: DataSource, own: Deployment): Promise<void> {
  const rows = database.getRepository(DeploymentRow);
  const [held] = await rows.find();
  if (held === undefined) {
    await rows.insert({ chainId: own.chainId, ledger: own.ledger });
    return;
  }
  if (held.chainId === own.chainId && held.ledger === own.ledger) return;
  throw storeError(
    'DATABASE_OF_OTHER_DEPLOYMENT',
    `the database holds ${nameOf(held)}; expected ${nameOf(own)}: nothing was changed; name an empty database, which is filled from the chains (runbook 14)`,
  );
}

function nameOf({ chainId, ledger }: Deployment): string {
  return `ledger ${ledger} of chain ${chainId}`;
}
