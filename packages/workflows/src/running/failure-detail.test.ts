import { AppError } from '@surety/domain';
import { describe, expect, it } from 'vitest';
import { failureDetail } from './failure-detail.js';

describe('failureDetail', () => {
  it('names the type of a thrown value that is not an Error, and none of its content', () => {
    const detail = (type: string): string =>
      `a value of type ${type} was thrown where an Error was expected; this is a bug: report it with this line`;
    expect(failureDetail('https://user:secret@rpc.example')).toBe(detail('string'));
    expect(failureDetail(null)).toBe(detail('null'));
    expect(failureDetail(undefined)).toBe(detail('undefined'));
    expect(failureDetail({ message: 'secret' })).toBe(detail('object'));
  });

  it('returns the message of an Error', () => {
    expect(failureDetail(new TypeError('fetch failed'))).toBe('fetch failed');
    expect(failureDetail(new AppError({ code: 'NO_QUORUM', message: '1 of 4 answered' }))).toBe('1 of 4 answered');
  });
});
