import type { ActOptions } from '../chains/act-by-hand.js';
import { openAgreedReaders } from '../chains/open-agreed.js';
import type { Reach } from '../chains/open-config.js';
import { openSpendingKey } from '../chains/open-sender.js';
import { checkFloors } from '../powers/check-floors.js';
import { readDeployment } from '../powers/read-deployment.js';
import { type Terminal, writeResult } from '../terminal/terminal.js';
import type { Migration, StepReport } from './migration.js';
import { runMigration } from './run-migration.js';

type Vault = NonNullable<Reach['network']['chains'][number]['vault']>;

/** Runs a migration once and prints the state of each step. It waits for nothing: a step that is left for later is no failure, and `isDone` tells. */
export async function carryOn(
  terminal: Terminal,
  { config, migration }: { readonly config: Reach; readonly migration: Migration },
  options: ActOptions,
): Promise<void> {
  const account = options.dryRun === true ? undefined : openSpendingKey(terminal.environment);
  if (options.json !== true) terminal.tell(migration.title);
  const tell = (report: StepReport): void => {
    if (options.json !== true) terminal.tell(describeStep(report));
  };
  const steps = await runMigration(migration, { terminal, options, config, account, tell });
  const isDone = steps.every(({ state }) => state === 'done' || state === 'sent');
  const afterwards = isDone ? await migration.afterwards() : [];
  const open = steps.filter(({ state }) => state !== 'done' && state !== 'sent').length;
  writeResult(terminal, options, { migration: migration.title, isDone, steps, afterwards }, () =>
    isDone
      ? ['every step is done', ...afterwards]
      : [
          `${open} of ${steps.length} steps are not done yet; run the same command again, with the key of whoever is named`,
        ],
  );
}

/**
 * Lists the floors that the deployment breaks, with another vault in one chain's place if one is given; none for a development
 * deployment.
 */
export async function readFloors(
  config: Reach,
  other?: { readonly chainId: number; readonly vault: Vault },
): Promise<string[]> {
  const { settlement } = config.network;
  if (settlement === undefined) return [];
  const chains = config.network.chains.map((chain) =>
    chain.chainId === other?.chainId ? { ...chain, vault: other.vault } : chain,
  );
  const network = { ...config.network, chains };
  const facts = await readDeployment(network, settlement, openAgreedReaders({ ...config, network }));
  if (facts.development) return [];
  return checkFloors(facts).map(
    ({ rule, where, seen, expected, next }) => `${rule} at ${where}: seen ${seen}; expected ${expected}; ${next}`,
  );
}

function describeStep({ number, chain, title, state, who, note, call }: StepReport): string {
  const lines = [`${number}. ${title} (${chain})`, `   ${state}: ${note}`, `   by ${who}`];
  return (call === undefined ? lines : [...lines, `   to ${call.to} data ${call.data}`]).join('\n');
}
