import type { EdgeView } from '@surety/client';
import { judgeAttesters } from '@surety/domain';
import type { Finding } from '../terminal/group-findings.js';

/** Members of the smallest attester set. */
const ATTESTERS_MIN = 4;

/** Judges how far an edge’s attesters have come, and names the late ones and those that run twice. */
export function judgeEdge({ local, attesters, source, direction }: EdgeView): Finding[] {
  if (local || attesters.length < ATTESTERS_MIN) return [];
  const heard = attesters.map((one) => ({ ...one, behindS: one.behindS ?? 0 }));
  const standing = judgeAttesters(heard, Math.max(...heard.map(({ asOf, lagS }) => Number(asOf) + (lagS ?? 0))));
  const late = standing.late.map(({ address, count, lateS }) =>
    lateS === null ? `${address} was never heard` : `${address} is late by ${lateS} s (last count ${count})`,
  );
  const doubled = attesters
    .filter(({ twice }) => twice === true)
    .map(({ address }) => `${address} posts from two processes: stop one, docs/RUNBOOKS/11-attester-store.md`);
  const check = `attesters of source ${source} ${direction}`;
  const counts = `${standing.current} of ${standing.members} up to date, ${standing.needed} needed`;
  const isFailing = !standing.isAttested || doubled.length > 0;
  const result = isFailing ? 'fail' : late.length === 0 ? 'ok' : 'warn';
  return [{ check, result, detail: [counts, ...late, ...doubled].join('; ') }];
}
