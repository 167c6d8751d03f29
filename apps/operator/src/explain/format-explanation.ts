import type { ExplanationView } from '@surety/client';
import { nameTrace } from '@surety/telemetry';
import { formatAge } from '../terminal/format.js';

const MARKS = { holds: 'ok  ', fails: 'HERE', ahead: '…   ' } as const;

/** Formats an explanation: its end first, then who acts and what to run, then each stage with its evidence. */
export function formatExplanation(view: ExplanationView): string[] {
  const { summary, subject, id, stages, cause, eta } = view;
  return [
    `${subject} ${id}`,
    `  ${summary}`,
    ...nextLines(view),
    ...(cause?.limiter == null ? [] : [`  limited by: ${cause.limiter}`]),
    ...(eta === null
      ? []
      : [`  expected: ${eta.seconds === null ? 'soon' : `in ~${formatAge(eta.seconds)}`} (${eta.basis})`]),
    ...stages.flatMap(({ name, state, evidence }) => {
      const shown = state === 'ahead' ? [] : distinct(evidence.map(evidenceText));
      return [`  ${MARKS[state]}  ${name}`, ...shown.map((text) => `          ${text}`)];
    }),
    ...traceOf(id),
  ];
}

/** Formats who acts next, and the command to run. */
export function nextLines({ next }: ExplanationView): string[] {
  if (next === null) return [];
  return [`  next: ${next.who}: ${next.act}`, ...(next.run === null ? [] : [`  run: ${next.run}`])];
}

/** Names the trace of an entry, for who has a collector. */
function traceOf(id: string): string[] {
  const [edge = '', index = ''] = id.split(':');
  const isEntry = /^0x[0-9a-f]{64}$/.test(edge) && /^[1-9][0-9]*$/.test(index);
  return isEntry ? [`  trace: ${nameTrace(edge, BigInt(index)).traceId}`] : [];
}

function evidenceText({ asked, said, block, ageS }: ExplanationView['stages'][number]['evidence'][number]): string {
  const at = block === null ? '' : `, block ${block}`;
  return `${asked}: ${said}${at}${ageS === null ? '' : `, ${formatAge(ageS)} old`}`;
}

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}
