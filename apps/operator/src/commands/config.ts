import { LINT_RULES, lintNetwork, loadNetwork } from '@surety/config';
import { operatorError } from '../errors.js';
import { formatTable } from '../format.js';
import { type OutputOptions, type Terminal, writeResult } from '../terminal.js';

/** Writes the checked configuration: chains, finality, providers by variable name, vaults. */
export function configShow(terminal: Terminal, options: OutputOptions): void {
  const network = loadNetwork(terminal.environment);
  writeResult(terminal, options, network, () => [
    `profile ${network.profile}, settlement ${network.settlement?.chainId ?? 'not deployed'}`,
    ...formatTable([
      ['chain', 'id', 'finality', 'frame', 'providers', 'LayerZero', 'Wormhole', 'vault'],
      ...network.chains.map((chain) => [
        chain.name,
        String(chain.chainId),
        chain.finality.rule === 'depth' ? `depth ${chain.finality.depth}` : 'finalized',
        String(chain.frameLength),
        `${chain.providers.length} (${new Set(chain.providers.map((one) => one.operator)).size} operators)`,
        String(chain.layerZeroEid ?? '-'),
        String(chain.wormholeChainId ?? '-'),
        chain.vault === undefined ? '-' : `${chain.vault.address}, ${chain.vault.assets.length} assets`,
      ]),
    ]),
  ]);
}

/** Runs the security rules and fails if one of level error is broken; `--rules` lists them instead. */
export function configLint(terminal: Terminal, options: OutputOptions & { readonly rules?: boolean }): void {
  if (options.rules === true) {
    const rules = LINT_RULES.map(({ name, level, wants }) => ({ rule: name, level, wants }));
    writeResult(terminal, options, { rules }, () =>
      formatTable([['rule', 'level', 'wants'], ...rules.map((one) => [one.rule, one.level, one.wants])]),
    );
    return;
  }
  const findings = lintNetwork(loadNetwork(terminal.environment));
  const errors = findings.filter((finding) => finding.level === 'error');
  writeResult(terminal, options, { ok: errors.length === 0, findings }, () =>
    findings.length === 0
      ? [`${LINT_RULES.length} rules kept`]
      : findings.map((one) => `${one.level} ${one.rule} at ${one.path}: ${one.message}`),
  );
  if (errors.length > 0) {
    throw operatorError(
      'LINT_FAILED',
      `${errors.length} of ${LINT_RULES.length} security rules are broken; mend chains.config.json`,
    );
  }
}
