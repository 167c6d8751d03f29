import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import type { AccountId } from '@surety/domain';
import type { Devnet } from '../start-devnet.js';
import { type GradeSums, readMarginAtLedger } from './compare-margins.js';

/** A margin as `surety account` prints it, and as the ledger has it at the same block. */
export interface CommandLineMargin {
  readonly told: GradeSums;
  readonly onChain: GradeSums;
}

interface AccountAnswer {
  readonly margin: {
    readonly block: { readonly height: string };
    readonly grades: Readonly<Record<'initial' | 'exit' | 'maintenance', { readonly assetsWad: string }>>;
  };
}

/** Runs `surety account <account> --json` as a process of its own, as a person would. */
export async function readCommandLine(devnet: Devnet, account: AccountId): Promise<CommandLineMargin> {
  const main = createRequire(import.meta.url).resolve('@surety/operator/main');
  const { stdout } = await promisify(execFile)(process.execPath, [main, 'account', account, '--json'], {
    env: { SURETY_CONFIG: devnet.network.configFile, SURETY_AGGREGATOR_URLS: devnet.aggregatorUrl },
  });
  const { margin } = JSON.parse(stdout) as AccountAnswer;
  const { initial, exit, maintenance } = margin.grades;
  return {
    told: {
      initialWad: BigInt(initial.assetsWad),
      exitWad: BigInt(exit.assetsWad),
      maintenanceWad: BigInt(maintenance.assetsWad),
    },
    onChain: await readMarginAtLedger(devnet.network, account, BigInt(margin.block.height)),
  };
}
