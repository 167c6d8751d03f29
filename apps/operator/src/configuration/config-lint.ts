import {
  LINT_RULES,
  type LintReport,
  applyExample,
  asProduction,
  exampleNetwork,
  lintNetwork,
  loadHosts,
  loadNetwork,
  renderLintRules,
} from '@surety/config';
import { operatorError } from '../errors.js';
import { formatTable } from '../terminal/format.js';
import { type OutputOptions, type Terminal, writeResult } from '../terminal/terminal.js';

/** Options of `surety config lint`. */
export interface LintOptions extends OutputOptions {
  /** List the rules instead of running them. */
  readonly rules?: boolean;
  /** List them as docs/CONFIG-LINT.md. */
  readonly markdown?: boolean;
  /** Write a whole file that breaks this rule, instead of running them. */
  readonly example?: string;
  /** Write the one that keeps it. */
  readonly good?: boolean;
  /** Judge development chains as if they were public. */
  readonly asProduction?: boolean;
}

/**
 * Runs the security rules over chains.config.json, and fails if it breaks one that refuses; or lists the rules, or
 * writes an example of one.
 */
export function configLint(terminal: Terminal, options: LintOptions): void {
  const only = [options.rules, options.example !== undefined, options.asProduction].filter((one) => one === true);
  if (only.length > 1) throw operatorError('BAD_USE', '--rules, --example and --as-production exclude each other');
  if (options.markdown === true && options.json === true) {
    throw operatorError('BAD_USE', '--markdown and --json exclude each other');
  }
  if (options.markdown === true && options.rules !== true) throw operatorError('BAD_USE', '--markdown is for --rules');
  if (options.good === true && options.example === undefined) throw operatorError('BAD_USE', '--good is for --example');
  if (options.rules === true) writeRules(terminal, options);
  else if (options.example !== undefined) writeExample(terminal, options.example, options.good === true);
  else runRules(terminal, options);
}

function writeRules(terminal: Terminal, options: LintOptions): void {
  if (options.markdown === true) {
    terminal.write(renderLintRules());
    return;
  }
  const rules = LINT_RULES.map(({ id, severity, wants, why, fix, bad, good }) => ({
    id,
    severity,
    wants,
    why,
    fix,
    bad,
    good,
  }));
  writeResult(terminal, options, { base: exampleNetwork(), rules }, () =>
    formatTable([['rule', 'severity', 'expects'], ...rules.map((one) => [one.id, one.severity, one.wants])]),
  );
}

function writeExample(terminal: Terminal, id: string, good: boolean): void {
  const rule = LINT_RULES.find((one) => one.id === id);
  if (rule === undefined) {
    throw operatorError('BAD_USE', `"${id}" is no rule; expected one that surety config lint --rules lists`);
  }
  terminal.write(`${JSON.stringify(applyExample(good ? rule.good : rule.bad), null, 2)}\n`);
}

function runRules(terminal: Terminal, options: LintOptions): void {
  const read = loadNetwork(terminal.environment);
  const hosts = loadHosts(read, terminal.environment);
  const network = options.asProduction === true ? asProduction(read) : read;
  const report = lintNetwork(network, { hosts });
  writeResult(terminal, options, report, () => [
    ...report.findings.flatMap((one) => [
      `${one.severity} ${one.rule} at ${one.path}: ${one.message}`,
      `  mend it: ${one.fix}`,
    ]),
    ...summaryOf(report),
    ...leftOut(network.chains.filter((chain) => chain.development).map(({ name }) => name)),
  ]);
  if (report.ok) return;
  const broken = new Set(report.findings.filter(({ severity }) => severity === 'refuse').map(({ rule }) => rule));
  throw operatorError(
    'LINT_FAILED',
    `${broken.size} of ${LINT_RULES.length} security rules refuse this file (${[...broken].join(', ')}); mend chains.config.json`,
  );
}

function summaryOf({ score, findings, looked }: LintReport): string[] {
  const refused = findings.filter(({ severity }) => severity === 'refuse').length;
  const looks = `${looked.rules} of ${LINT_RULES.length} rules had something to look at, in ${looked.places} places`;
  return score === null
    ? [`no score: none of ${LINT_RULES.length} rules had anything to look at`]
    : [`score ${score} of 100; ${refused} refused, ${findings.length - refused} warned; ${looks}`];
}

function leftOut(names: readonly string[]): string[] {
  return names.length === 0
    ? []
    : [`development chains are left out of rules about public ones: ${names.join(', ')}; see --as-production`];
}
