import type { ExplanationView } from '@surety/client';
import { formatAge } from './format.js';

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
  ];
}

/** Formats who acts next, and the command to run. */
export function nextLines({ next }: ExplanationView): string[] {
  if (next === null) return [];
  return [`  next: ${next.who}: ${next.act}`, ...(next.run === null ? [] : [`  run: ${next.run}`])];
}

function evidenceText({ asked, said, block, ageS }: ExplanationView['stages'][number]['evidence'][number]): string {
  const at = block === null ? '' : `, block ${block}`;
  return `${asked}: ${said}${at}${ageS === null ? '' : `, ${formatAge(ageS)} old`}`;
}

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}
