import type { FactorsView, GradeView, MarginLineView, MarginView } from '@surety/client';
import { conditionText } from '@surety/domain';
import { HEALTH_FACTOR_MAX, isInfiniteRequirement } from '@surety/margin';
import {
  formatCoverage,
  formatPpm,
  formatRequirement,
  formatTable,
  formatUnits,
  formatWad,
} from '../terminal/format.js';

const OLD_BLOCK =
  'this block is older than its chain explains: the chain or its providers stand still, or the aggregator catches up';

/** Names of a margin's numbers in the configuration. */
export interface MarginNames {
  readonly decimalsOf: (assetId: number) => number;
  readonly chainNameOf: (chainId: number) => string;
}

/**
 * Formats an account's margin: assets, requirement, free and used margin at each grade, its health and the step below
 * which it stands; each line in units, with the coverage if any is short, the price that counts and its five factors;
 * what is wrong with a line; and its collateral's delta in each underlying.
 */
export function formatMargin(margin: MarginView, names: MarginNames): string[] {
  const { grades, block, lines, deltas } = margin;
  return [
    `unified margin at block ${block.height} of chain ${block.chainId}, parameters ${margin.parameters.slice(0, 18)}:`,
    ...formatTable([
      ['grade', 'assets', 'requirement', 'free', 'used'],
      ...(['initial', 'exit', 'maintenance'] as const).map((name) => [name, ...gradeCells(grades[name])]),
    ]),
    healthLine(margin),
    ...(margin.conditions.includes('block-old') ? [OLD_BLOCK] : []),
    '',
    ...(lines.length === 0 ? ['no lines yet'] : lineTable(lines, names)),
    ...lines.flatMap((line) => conditionLines(line, names)),
    ...(deltas.length === 0 ? [] : ['', ...deltaTable(margin)]),
  ];
}

/** The cells of one grade: assets, requirement, free and used margin. */
export function gradeCells({ assetsWad, requirementWad, freeWad, utilisationPpm }: GradeView): string[] {
  return [
    formatWad(assetsWad),
    formatRequirement(requirementWad),
    isInfiniteRequirement(requirementWad) ? 'none' : formatWad(freeWad),
    utilisationPpm === null ? 'above 1' : formatPpm(utilisationPpm),
  ];
}

function healthLine({ healthFactorWad, healthStep, liquidatable, conditions }: MarginView): string {
  if (conditions.includes('unanswered')) return `health: unknown, ${conditionText('unanswered')}`;
  if (healthFactorWad === HEALTH_FACTOR_MAX) return 'health: nothing is owed';
  const step = healthStep === null ? '' : `, below ${healthStep}`;
  return `health ${formatWad(healthFactorWad)}${step}${liquidatable ? ': may be liquidated' : ''}`;
}

function lineTable(lines: readonly MarginLineView[], { decimalsOf, chainNameOf }: MarginNames): string[] {
  const pair = ({ factors }: MarginLineView, name: keyof FactorsView): string => {
    const [initial, maintenance] = [formatPpm(factors.initial[name]), formatPpm(factors.maintenance[name])];
    return initial === maintenance ? initial : `${initial}/${maintenance}`;
  };
  // Amounts are units. Coverage is printed beside them where it is below 1.
  const isShort = lines.some(({ coverageWad }) => coverageWad !== null);
  return formatTable([
    [
      'asset',
      'chain',
      'amount',
      ...(isShort ? ['coverage'] : []),
      'price',
      'from',
      'base',
      'source',
      'fresh',
      'size',
      'vol',
      'initial',
      'exit',
      'maintenance',
    ],
    ...lines.map((line) => [
      line.symbol,
      chainNameOf(line.chainId),
      formatUnits(line.amount, decimalsOf(line.assetId)),
      ...(isShort ? [line.coverageWad === null ? 'all' : formatCoverage(line.coverageWad)] : []),
      formatUnits(line.price1e12, 12),
      line.priceFrom,
      pair(line, 'base'),
      pair(line, 'source'),
      pair(line, 'freshness'),
      pair(line, 'size'),
      pair(line, 'vol'),
      formatWad(line.valueWad.initial),
      formatWad(line.valueWad.exit),
      formatWad(line.valueWad.maintenance),
    ]),
  ]);
}

function conditionLines({ symbol, chainId, conditions }: MarginLineView, { chainNameOf }: MarginNames): string[] {
  return conditions.map(
    (condition) => `${symbol} on ${chainNameOf(chainId)}: ${conditionText(condition) ?? condition}`,
  );
}

function deltaTable({ deltas }: MarginView): string[] {
  return formatTable([
    ['price slot', 'assets', 'delta', 'at its prices'],
    ...deltas.map(({ underlying, symbols, deltaWad, valueWad }) => [
      String(underlying),
      symbols.join(', '),
      formatUnits(deltaWad, 18),
      formatWad(valueWad),
    ]),
  ]);
}
