// Deploys what a plan file describes, or says what would be deployed:
//   node packages/contracts/dist/deploy/main.js --plan plan.json --dry-run
//   node packages/contracts/dist/deploy/main.js --plan plan.json --record deployment.json
// or compares chains.config.json with the record of a deployment:
//   node packages/contracts/dist/deploy/main.js --check chains.config.json --record deployment.json
// Environment: SURETY_DEPLOY_RPC_URL_<chain id> for each chain, SURETY_DEPLOYER_KEY, and SURETY_GOVERNOR_KEY if the
// governor acts from here; each may be given as <name>_FILE. Exit codes: 0 done, 1 needs a person, 2 wrong use.
import { readFileSync, writeFileSync } from 'node:fs';
import { argv, env, exit, stderr, stdout } from 'node:process';
import { parseArgs } from 'node:util';
import { AppError, address, mulDivDown } from '@surety/domain';
import { BaseError, type PublicClient, createPublicClient, http } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { type ConfiguredDeployment, checkAgainstRecord } from './check-against-record.js';
import type { DeploymentRecord } from './deployment-record.js';
import { type DeploymentRequest, parseDeploymentRequest } from './deployment-request.js';
import { type DeploymentChain, type DeploymentStepOutcome, executeDeployment } from './execute-deployment.js';
import { describePlan } from './describe-plan.js';
import { type DeploymentPlan, planDeployment } from './plan-deployment.js';
import { STEP_CEILINGS, type StepCeilings } from './sign-step.js';
import { verifyDeployment } from './verify-deployment.js';

/** Interval between polls for a receipt. */
const POLL_MS = 1000;

const GWEI = 1_000_000_000n;
const gwei = (wei: bigint): bigint => mulDivDown(wei, 1n, GWEI);

const USAGE = `usage: main.js --plan <file> [--dry-run] [--record <file>] [--fee-max-gwei <n>] [--tip-max-gwei <n>] [--gas-max <n>]
       main.js --check <chains.config.json> --record <file>

Deploys what a plan describes, verifies it and writes the record; --dry-run shows every address, argument and act instead.
--check compares a configuration with a record. Environment: SURETY_DEPLOY_RPC_URL_<chain id>, SURETY_DEPLOYER_KEY, and
SURETY_GOVERNOR_KEY if the governor acts from here; each may be given as <name>_FILE.
No transaction offers more than --fee-max-gwei for each gas (${gwei(STEP_CEILINGS.feePerGasWei)} unless given), of
which --tip-max-gwei may be tip (${gwei(STEP_CEILINGS.tipPerGasWei)}), or uses more than --gas-max (${STEP_CEILINGS.gas}); where a provider asks for more, nothing is signed.
Exit codes: 0 done, 1 needs a person, 2 wrong use.
`;

function secret(name: string): string {
  const file = env[`${name}_FILE`];
  const value = file === undefined ? env[name] : readFileSync(file, 'utf8').trim();
  if (value !== undefined && value !== '') return value;
  throw new AppError({ code: 'BAD_PLAN', message: `${name} is not set; set it or ${name}_FILE, or use --dry-run` });
}

/** Reads a ceiling: a whole number from 1, in steps of `unit`. */
function ceilingOf(option: string, given: string | undefined, usual: bigint, unit = GWEI): bigint {
  if (given === undefined) return usual;
  if (/^[1-9]\d{0,11}$/.test(given)) return BigInt(given) * unit;
  throw new AppError({ code: 'BAD_USE', message: `--${option} is ${given}; expected a whole number from 1` });
}

function connect(request: DeploymentRequest, ceilings: StepCeilings): Map<number, DeploymentChain> {
  const keys = [
    'SURETY_DEPLOYER_KEY',
    ...((env['SURETY_GOVERNOR_KEY'] ?? env['SURETY_GOVERNOR_KEY_FILE']) ? ['SURETY_GOVERNOR_KEY'] : []),
  ];
  const wallets = keys.map((name) => ({ account: privateKeyToAccount(secret(name) as `0x${string}`) }));
  const ids = [request.settlement.chainId, ...request.chains.map(({ chainId }) => chainId)];
  return new Map(
    ids.map((id) => {
      const transport = http(secret(`SURETY_DEPLOY_RPC_URL_${id}`));
      const signers = new Map(wallets.map((wallet) => [address(wallet.account.address), wallet] as const));
      const reader: PublicClient = createPublicClient({ transport, ccipRead: false, pollingInterval: POLL_MS });
      return [id, { reader, deployer: wallets[0] as (typeof wallets)[number], signers, ceilings }];
    }),
  );
}

async function run(): Promise<number> {
  const { values } = parseArgs({
    args: argv.slice(2),
    options: {
      plan: { type: 'string' },
      check: { type: 'string' },
      record: { type: 'string' },
      'fee-max-gwei': { type: 'string' },
      'tip-max-gwei': { type: 'string' },
      'gas-max': { type: 'string' },
      'dry-run': { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help === true) {
    stdout.write(USAGE);
    return 0;
  }
  if (values.check !== undefined && values.record !== undefined) return check(values.check, values.record);
  if (values.plan === undefined) {
    stderr.write(USAGE);
    return 2;
  }
  const request = parseDeploymentRequest(JSON.parse(readFileSync(values.plan, 'utf8')));
  const plan = planDeployment(request);
  if (values['dry-run'] === true) {
    stdout.write(describePlan(plan));
    return 0;
  }
  const ceilings: StepCeilings = {
    feePerGasWei: ceilingOf('fee-max-gwei', values['fee-max-gwei'], STEP_CEILINGS.feePerGasWei),
    tipPerGasWei: ceilingOf('tip-max-gwei', values['tip-max-gwei'], STEP_CEILINGS.tipPerGasWei),
    gas: ceilingOf('gas-max', values['gas-max'], STEP_CEILINGS.gas, 1n),
  };
  return deploy(plan, connect(request, ceilings), values.record);
}

/** Carries out, verifies and records a plan. */
async function deploy(
  plan: DeploymentPlan,
  chains: ReadonlyMap<number, DeploymentChain>,
  recordFile: string | undefined,
): Promise<number> {
  const tell = ({ chainId, kind, text, txHash }: DeploymentStepOutcome): void => {
    stdout.write(`${chainId}  ${kind.padEnd(16)}  ${text}${txHash === undefined ? '' : `  ${txHash}`}\n`);
  };
  const outcomes = await executeDeployment(plan, chains, tell);
  const left = outcomes.filter(({ kind }) => kind === 'left-to-its-role');
  const waiting = outcomes.filter(({ kind }) => kind === 'scheduled' || kind === 'waiting');
  if (left.length > 0) {
    stdout.write(
      `${left.length} acts wait for their role; send the call data of --dry-run, then run again to verify and record.\n`,
    );
  }
  if (waiting.length > 0) {
    stdout.write(
      `${waiting.length} acts wait, in a timelock or for such an act; run again once they are ready, within 14 days.\n`,
    );
  }
  if (left.length + waiting.length > 0) return 1;
  const record = await verifyDeployment(plan, new Map([...chains].map(([id, { reader }]) => [id, reader])), outcomes);
  const text = `${JSON.stringify(record, null, 2)}\n`;
  if (recordFile === undefined) stdout.write(text);
  else writeFileSync(recordFile, text);
  stdout.write('deployed and verified: code, roles, edges, attester sets and limits are as planned\n');
  return 0;
}

/** Lists the differences between a configuration and the record of its deployment. */
function check(configFile: string, recordFile: string): number {
  const config = JSON.parse(readFileSync(configFile, 'utf8')) as ConfiguredDeployment;
  if (!Array.isArray(config.chains)) {
    throw new AppError({ code: 'BAD_PLAN', message: `${configFile} lists no chains; expected a chains.config.json` });
  }
  const mismatches = checkAgainstRecord(config, JSON.parse(readFileSync(recordFile, 'utf8')) as DeploymentRecord);
  for (const { path, seen, expected } of mismatches) stdout.write(`${path}: seen ${seen}; expected ${expected}\n`);
  stdout.write(
    mismatches.length === 0 ? 'the configuration is what was deployed\n' : `${mismatches.length} differences\n`,
  );
  return mismatches.length === 0 ? 0 : 1;
}

try {
  exit(await run());
} catch (error) {
  const code = error instanceof AppError ? error.code : 'UNEXPECTED';
  // A long message of viem may hold the URL of a provider, and with it a key.
  const message =
    error instanceof BaseError ? error.shortMessage : error instanceof Error ? error.message : String(error);
  stderr.write(`${code}: ${message}\n`);
  exit(code === 'BAD_USE' || (error instanceof TypeError && 'code' in error) ? 2 : 1);
}
