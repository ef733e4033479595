import { Body, Controller, Get, Param, Query, Req, Res } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { InvalidPageToken, PayloadTooLarge, StorageFull, UnsupportedMediaType } from '../../platform/errors/platform.errors';
import { Endpoint, PostEndpoint } from '../../platform/http/endpoint.decorator';
import { IdPipe } from '../../platform/http/id.pipe';
import { TakesUpload, type Upload } from '../../platform/http/upload.interceptor';
import { ListQueryDto } from '../../platform/listing/list-query.dto';
import { Ctx } from '../../platform/tenancy/ctx.decorator';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { FunnelNotFound } from '../conversations';
import { CreateImportDto, ImportDto, ImportPageDto } from './dto/import.dto';
import { ImportEnded, ImportNotFound, ImportNotResumable } from './imports.errors';
import { ImportsService } from './imports.service';

const MAX_BYTES = 2_000_000_000;

@ApiTags('imports')
@Controller('imports')
export class ImportsController {
  constructor(private readonly imports: ImportsService) {}

  /** Import a file of leads, as a form: answered once its header has been read, loaded by a job */
  @PostEndpoint('', { id: 'CreateImport', scope: 'imports:write', errors: [FunnelNotFound, PayloadTooLarge, UnsupportedMediaType, StorageFull] })
  @TakesUpload({ folder: 'imports', limitOf: () => MAX_BYTES })
  @ApiBody({ type: CreateImportDto })
  create(@Ctx() ctx: TenantContext, @Req() request: FastifyRequest, @Body() body: CreateImportDto): Promise<ImportDto> {
    return this.imports.create(ctx, request.upload as Upload, body);
  }

  /** List imports, the newest first */
  @Get()
  @Endpoint({ id: 'GetImports', scope: 'imports:read', errors: [InvalidPageToken] })
  list(@Ctx() ctx: TenantContext, @Query() query: ListQueryDto): Promise<ImportPageDto> {
    return this.imports.list(ctx, query);
  }

  /** Get an import by id: how far it has come, and what came of its rows */
  @Get(':id')
  @Endpoint({ id: 'GetImport', scope: 'imports:read', errors: [ImportNotFound] })
  get(@Ctx() ctx: TenantContext, @Param('id', IdPipe) id: number): Promise<ImportDto> {
    return this.imports.get(ctx, id);
  }

  /** Watch an import: server-sent events, `progress` with the import as GetImport shows it, until it has ended */
  @Get(':id/events')
  @Endpoint({ id: 'GetImportEvents', scope: 'imports:read', errors: [ImportNotFound] })
  @ApiOkResponse({ description: 'A stream of events', content: { 'text/event-stream': { schema: { type: 'string' } } } })
  events(@Ctx() ctx: TenantContext, @Param('id', IdPipe) id: number, @Res() reply: FastifyReply): Promise<void> {
    return this.imports.sendEvents(ctx, id, reply);
  }

  /** Rows that failed, as CSV with what to mend: correct it and import it */
  @Get(':id/errors.csv')
  @Endpoint({ id: 'GetImportErrors', scope: 'imports:read', errors: [ImportNotFound] })
  @ApiProduces('text/csv')
  @ApiOkResponse({ description: 'The rows, as they were sent', content: { 'text/csv': { schema: { type: 'string' } } } })
  errors(@Ctx() ctx: TenantContext, @Param('id', IdPipe) id: number, @Res() reply: FastifyReply): Promise<void> {
    return this.imports.sendErrors(ctx, id, reply);
  }

  /** Go on with an import that has failed because its job was given up, from where it was; a dry run begins anew */
  @PostEndpoint(':id/resume', { id: 'ResumeImport', scope: 'imports:write', errors: [ImportNotFound, ImportNotResumable] })
  resume(@Ctx() ctx: TenantContext, @Param('id', IdPipe) id: number): Promise<ImportDto> {
    return this.imports.resume(ctx, id);
  }

  /** Cancel an import; what it has written stays */
  @PostEndpoint(':id/cancel', { id: 'CancelImport', scope: 'imports:write', errors: [ImportNotFound, ImportEnded] })
  cancel(@Ctx() ctx: TenantContext, @Param('id', IdPipe) id: number): Promise<ImportDto> {
    return this.imports.cancel(ctx, id);
  }
}
