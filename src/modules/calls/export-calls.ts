import { Injectable } from '@nestjs/common';
import { type CsvColumn, type CsvTable, tableOf } from '../../platform/http/send-csv';
import { everyPage } from '../../platform/listing/lists';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { CallsService } from './calls.service';
import type { CallDto, ExportCallsQueryDto } from './dto/call.dto';

const COLUMNS: readonly CsvColumn<CallDto>[] = (
  [
    ...['id', 'status', 'disposition', 'direction', 'from', 'to', 'startTime', 'answeredAt', 'endedAt', 'duration', 'contactId', 'userId', 'voiceAgentId'],
    ...['funnelConversationId', 'providerName', 'providerId', 'customData', 'createdAt', 'updatedAt'],
  ] as (keyof CallDto)[]
).map((name) => ({ name, of: (call) => call[name] }));

/** The list of calls as a table, with the same filters. */
@Injectable()
export class ExportCalls {
  constructor(private readonly calls: CallsService) {}

  execute(ctx: TenantContext, query: ExportCallsQueryDto): CsvTable {
    return tableOf(COLUMNS, everyPage(this.calls.request(query), (page) => this.calls.page(ctx, page)));
  }
}
