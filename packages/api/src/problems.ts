import { outcomeView } from './posts.js';
import { type View, list, natural, record, text } from './values.js';

const essentials = {
  status: natural,
  code: text.describe('A stable name in capitals.').meta({ example: 'UNKNOWN_EDGE' }),
  detail: text,
};

/** The members that every refusal has; also a proxy's, if it answers with a problem. */
export const problemEssentials = record(essentials);

/** Body of a refusal, `application/problem+json`. */
export const problemView = record({
  type: text.meta({ example: 'urn:surety:problem:unknown-edge' }),
  title: text,
  ...essentials,
  instance: text.describe('Path of the request.'),
  outcomes: list(outcomeView).optional().describe('Of posted statements of which none was taken.'),
}).meta({ id: 'Problem' });
/** Body of a refusal, `application/problem+json`. `code` is a stable name in capitals. */
export type ProblemView = View<typeof problemView>;
