import { type DeploymentPlan, formatArgs } from './plan-deployment.js';

/** Writes a plan for people: every address, constructor argument and act, in the order in which they will be sent. */
export function describePlan(plan: DeploymentPlan): string {
  const { settlement, chains } = plan.request;
  const sections = [settlement, ...chains].map(({ chainId, name }) => {
    const contracts = plan.contracts
      .filter((contract) => contract.chainId === chainId)
      .flatMap(({ part, code, address, args, initCode }) => [
        `  create ${address}  ${code.name} (${part}), ${(initCode.length - 2) >> 1} bytes`,
        ...Object.entries(args).map(([argument, value]) => `    ${argument} = ${formatArgs(value)}`),
      ]);
    const acts = plan.acts
      .filter((act) => act.chainId === chainId)
      .flatMap(({ by, to, text, data }) => [`  act by ${by}: ${text}`, `    to ${to} data ${data}`]);
    return [`${name} (${chainId})`, ...contracts, ...acts].join('\n');
  });
  const edges = plan.vaults.map(
    ({ request, edgeId, returnEdgeId }) =>
      `  source ${request.source} ${request.name}: vault to ledger ${edgeId}, ledger to vault ${returnEdgeId}`,
  );
  return `${[...sections, ['edges', ...edges].join('\n')].join('\n\n')}\n`;
}
