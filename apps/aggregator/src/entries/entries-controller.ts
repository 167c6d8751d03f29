import { entryAnswer, formatWire } from '@surety/api';
import { parseUint, parseWord } from '@surety/domain';
import { Controller, Get, Inject, Param } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { EntryViews } from './entry-views.js';
import { Answers, Refuses } from '../http/answers.js';
import { Problem } from '../problem.js';

/** Entries: where each stands, why, since when and what comes next. */
@ApiTags('entries')
@Refuses(400, 404, 429, 500)
@Controller('/v1/entries')
export class EntriesController {
  constructor(@Inject(EntryViews) private readonly views: EntryViews) {}

  /** Returns one entry by `<edge>:<index>`, or the entries of a transaction by its hash. */
  @Get('/:id')
  @ApiOperation({ summary: 'Read where an entry stands' })
  @ApiParam({
    name: 'id',
    description: '<edge>:<index>, or the hash of the transaction that holds the lock',
    schema: { type: 'string', pattern: '^0x[0-9a-fA-F]{64}(:(0|[1-9][0-9]{0,19}))?$' },
  })
  @Answers(entryAnswer, 'One entry, or those of a transaction')
  async readEntry(@Param('id') id: string): Promise<unknown> {
    const [edge, index, ...rest] = id.split(':');
    if (index !== undefined && rest.length === 0) {
      return formatWire(await this.views.entry(parseWord(edge, 'id'), parseUint(index, 64, 'id')));
    }
    const txHash = parseWord(id, 'id');
    const entries = await this.views.entriesOfTx(txHash);
    if (entries.length === 0) {
      const detail = `no entry of transaction ${id} was handed in yet; watchers hand a lock in once they see its block`;
      throw new Problem({ status: 404, code: 'UNKNOWN_ENTRY', detail });
    }
    return formatWire({ txHash, entries });
  }
}
