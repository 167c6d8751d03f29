import { formatArgs } from './format-args.js';
import type { DeploymentPlan, PlannedAct } from './plan-deployment.js';

/** An act as it is sent: by its role, or through the timelock in two transactions. */
function describeAct({ by, to, text, data, open, operation, builds = {} }: PlannedAct): string[] {
  if (operation === undefined)
    return [
      `  act by ${open === true ? 'anyone' : by}: ${text}`,
      ...indented(describeArgs(builds)),
      `    to ${to} data ${data}`,
    ];
  const { timelock, proposer, delayS, id, schedule, execute } = operation;
  return [
    `  schedule by ${proposer}, wait ${delayS / 3600} h: ${text}`,
    `    operation ${id}: to ${to} data ${data}`,
    `    schedule: to ${timelock} data ${schedule}`,
    `    execute by anyone once ready: to ${timelock} data ${execute}`,
  ];
}

/** Writes arguments for people, a line each: name and value. */
export function describeArgs(args: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(args).map(([argument, value]) => `${argument} = ${formatArgs(value)}`);
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `    ${line}`);
}

/** Writes a plan for people: every address, constructor argument (of witnesses too) and act, in the order in which they will be sent. */
export function describePlan(plan: DeploymentPlan): string {
  const { settlement, chains } = plan.request;
  const sections = [settlement, ...chains].map(({ chainId, name }) => {
    const contracts = plan.contracts
      .filter((contract) => contract.chainId === chainId)
      .flatMap(({ part, code, address, args, initCode, builtBy, afterActs }) => [
        `  ${builtBy === undefined ? 'create' : 'built '} ${address}  ${code.name} (${part}), ${builtBy === undefined ? `${(initCode.length - 2) >> 1} bytes` : `by the constructor of ${builtBy}`}${afterActs === true ? ', after the acts' : ''}`,
        ...indented(describeArgs(args)),
      ]);
    const acts = plan.acts.filter((act) => act.chainId === chainId).flatMap(describeAct);
    return [`${name} (${chainId})`, ...contracts, ...acts].join('\n');
  });
  const edges = plan.vaults.map(
    ({ request, edgeId, returnEdgeId }) =>
      `  source ${request.source} ${request.name}: vault to ledger ${edgeId}, ledger to vault ${returnEdgeId}`,
  );
  return `${[...sections, ['edges', ...edges].join('\n')].join('\n\n')}\n`;
}
