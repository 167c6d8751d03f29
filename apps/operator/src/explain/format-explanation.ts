import type { ExplanationView } from '@surety/client';
import { isAdvisedCommand, oneLine } from '@surety/domain';
import { nameTrace } from '@surety/telemetry';
import { formatAge } from '../terminal/format.js';

/** Most characters of a sentence of an aggregator: longer ones name several attesters with their addresses. */
const SENTENCE_LENGTH_MAX = 500;

const MARKS = { holds: 'ok  ', fails: 'HERE', ahead: '…   ' } as const;

/** Formats an explanation: its end first, then who acts and what to run, then each stage with its evidence. */
export function formatExplanation(view: ExplanationView): string[] {
  const { summary, subject, id, stages, cause, eta } = view;
  return [
    `${subject} ${oneLine(id)}`,
    `  ${sentenceOf(summary)}`,
    ...nextLines(view),
    ...(cause?.limiter == null ? [] : [`  limited by: ${oneLine(cause.limiter)}`]),
    ...(eta === null
      ? []
      : [`  expected: ${eta.seconds === null ? 'soon' : `in ~${formatAge(eta.seconds)}`} (${oneLine(eta.basis)})`]),
    ...stages.flatMap(({ name, state, evidence }) => {
      const shown = state === 'ahead' ? [] : distinct(evidence.map(evidenceText));
      return [`  ${MARKS[state]}  ${oneLine(name)}`, ...shown.map((text) => `          ${text}`)];
    }),
    ...traceOf(id),
  ];
}

/** Formats who acts next, and the command to run. */
export function nextLines({ next }: ExplanationView): string[] {
  if (next === null) return [];
  const { who, act, run } = next;
  const lines = [`  next: ${oneLine(who)}: ${oneLine(act)}`];
  if (run === null) return lines;
  return [...lines, isAdvisedCommand(run) ? `  run: ${run}` : `  ${UNSHOWN_COMMAND}`];
}

/** Said in place of a command that no explanation advises: whoever copies it would run what a lying aggregator chose. */
const UNSHOWN_COMMAND = 'the aggregator advises something that is no known advice; it is not shown';

/** Returns a sentence of an aggregator as a part of one line. */
export function sentenceOf(text: string): string {
  return oneLine(text, SENTENCE_LENGTH_MAX);
}

/** Names the trace of an entry, for who has a collector. */
function traceOf(id: string): string[] {
  const [edge = '', index = ''] = id.split(':');
  const isEntry = /^0x[0-9a-f]{64}$/.test(edge) && /^[1-9][0-9]*$/.test(index);
  return isEntry ? [`  trace: ${nameTrace(edge, BigInt(index)).traceId}`] : [];
}

function evidenceText({ asked, said, block, ageS }: ExplanationView['stages'][number]['evidence'][number]): string {
  const at = block === null ? '' : `, block ${block}`;
  return `${oneLine(asked)}: ${sentenceOf(said)}${at}${ageS === null ? '' : `, ${formatAge(ageS)} old`}`;
}

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}
