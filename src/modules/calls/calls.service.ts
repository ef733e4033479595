import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { TenantDb } from '../../platform/database/tenant-db';
import type { Page } from '../../platform/listing/list-query.dto';
import { type ListRequest, Lists, rangeOf } from '../../platform/listing/lists';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { parseInstant } from '../../platform/text/instants';
import { normalisePhone } from '../../platform/text/phone-numbers';
import { ContactsApi } from '../contacts';
import { type RecordingDto, RecordingNotReady, RecordingsApi, type TranscriptionDto, TranscriptionNotReady } from '../recordings';
import { CALLS_LIST } from './calls-list';
import { CallProviders } from './call-providers';
import { CallNotFound } from './calls.errors';
import { type CallRow, CallsRepository } from './calls.repository';
import type { CallDirection } from './call.entity';
import { DISPOSITIONS, type Disposition } from './dispositions';
import { CallDto, type CreateCallDto, type DispositionsDto, type ListCallsQueryDto } from './dto/call.dto';
import { isTerminal } from './merge-report';

/** outbound and inbound are understood (decisions.md, Calls). */
export const directionOf = (text: string): CallDirection => (text.startsWith('in') ? 'incoming' : 'outgoing');

@Injectable()
export class CallsService {
  constructor(
    private readonly db: TenantDb,
    private readonly lists: Lists,
    private readonly contacts: ContactsApi,
    private readonly recordings: RecordingsApi,
    private readonly calls: CallsRepository,
    private readonly providers: CallProviders,
  ) {}

  list(ctx: TenantContext, query: ListCallsQueryDto): Promise<Page<CallDto>> {
    return this.page(ctx, this.request(query));
  }

  request(query: ListCallsQueryDto): ListRequest {
    const request = this.lists.request(query);
    return { ...request, filters: [...request.filters, ...rangeOf('startTime', query, 'startTimeFrom', 'startTimeTo')] };
  }

  page(ctx: TenantContext, request: ListRequest): Promise<Page<CallDto>> {
    return this.db.read(ctx, (em) => this.lists.page(em, ctx, CALLS_LIST, request));
  }

  async get(ctx: TenantContext, id: number): Promise<CallDto> {
    return CallDto.from(await this.db.read(ctx, (em) => this.find(em, ctx, id)));
  }

  /** Records a call that took place elsewhere; whose it is follows from the number. */
  create(ctx: TenantContext, body: CreateCallDto): Promise<CallDto> {
    const { startTime, ...rest } = body;
    const direction = directionOf(body.direction);
    return this.db.write(ctx, async (em) => {
      const theirs = normalisePhone(direction === 'outgoing' ? body.to : body.from, ctx.defaultCountry);
      const owners = await this.contacts.ownersOf(em, ctx, theirs === undefined ? [] : [theirs]);
      const call = { ...rest, kind: 'recorded' as const, direction, startTime: parseInstant(startTime) as Date, providerName: body.providerName ?? null };
      const [row] = await this.calls.insert(em, ctx, [{ ...call, contactId: owners.get(theirs ?? '') ?? null }]);
      return CallDto.from(row as CallRow);
    });
  }

  /** @throws CallNotFound, RecordingNotReady, RecordingNotFound */
  recording(ctx: TenantContext, id: number): Promise<RecordingDto> {
    return this.db.read(ctx, async (em) => {
      const call = await this.find(em, ctx, id);
      if (isComing(call)) throw new RecordingNotReady();
      return this.recordings.ofCall(em, ctx, id);
    });
  }

  /** @throws CallNotFound, TranscriptionNotReady, TranscriptionNotFound */
  transcription(ctx: TenantContext, id: number): Promise<TranscriptionDto> {
    return this.db.read(ctx, async (em) => {
      const call = await this.find(em, ctx, id);
      if (isComing(call)) throw new TranscriptionNotReady();
      return this.recordings.transcriptionOf(em, ctx, id);
    });
  }

  /** The one vocabulary of ends, with the reasons of each provider that stand behind it. */
  dispositions(): DispositionsDto {
    return {
      items: (Object.entries(DISPOSITIONS) as [Disposition, (typeof DISPOSITIONS)[Disposition]][]).map(([disposition, { status, meaning }]) => ({
        disposition,
        status,
        meaning,
        reasons: Object.fromEntries(this.providers.all.map(({ name, reasons }) => [name, Object.keys(reasons).filter((reason) => reasons[reason] === disposition)])),
      })),
    };
  }

  private async find(em: EntityManager, ctx: TenantContext, id: number): Promise<CallRow> {
    const call = await this.calls.get(em, ctx, id);
    if (!call) throw new CallNotFound();
    return call;
  }
}

/** Still to end: then what it will leave behind is still to come. */
const isComing = ({ kind, status }: CallRow): boolean => kind !== 'recorded' && !isTerminal(status);
