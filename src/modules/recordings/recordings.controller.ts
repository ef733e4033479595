import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { ApiErrors } from '../../platform/errors/api-errors.decorator';
import { InternalError, InvalidPageToken, RangeNotSatisfiable, ServiceUnavailable, ValidationFailed } from '../../platform/errors/platform.errors';
import { Endpoint } from '../../platform/http/endpoint.decorator';
import { IdPipe } from '../../platform/http/id.pipe';
import { LinkExpired, SignedLinkDto } from '../../platform/http/signed-links';
import { ListQueryDto } from '../../platform/listing/list-query.dto';
import { Ctx } from '../../platform/tenancy/ctx.decorator';
import { Public } from '../../platform/tenancy/route-access';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { RecordingDto, RecordingPageDto } from './dto/recording.dto';
import { RecordingNotFound, RecordingNotReady } from './recordings.errors';
import { RecordingsService } from './recordings.service';

@ApiTags('recordings')
@Controller('recordings')
export class RecordingsController {
  constructor(private readonly recordings: RecordingsService) {}

  /** List recordings, also those that are still to come or could not be fetched */
  @Get()
  @Endpoint({ id: 'GetRecordings', scope: 'recordings:read', errors: [InvalidPageToken] })
  list(@Ctx() ctx: TenantContext, @Query() query: ListQueryDto): Promise<RecordingPageDto> {
    return this.recordings.list(ctx, query);
  }

  /** Get a recording by id, with a url that is good for a while */
  @Get(':recordingId')
  @Endpoint({ id: 'GetRecording', scope: 'recordings:read', errors: [RecordingNotFound, RecordingNotReady] })
  get(@Ctx() ctx: TenantContext, @Param('recordingId', IdPipe) id: number): Promise<RecordingDto> {
    return this.recordings.get(ctx, id);
  }

  /** Hear a recording: where its url leads. Needs no key, and takes Range */
  @Get(':recordingId/content')
  @Public()
  @ApiOperation({ operationId: 'GetRecordingContent' })
  @ApiOkResponse({ description: 'The sound; 206 with a part of it', content: { 'audio/*': { schema: { type: 'string', format: 'binary' } } } })
  @ApiErrors(ValidationFailed, LinkExpired, RecordingNotFound, RecordingNotReady, RangeNotSatisfiable, InternalError, ServiceUnavailable)
  content(@Param('recordingId', IdPipe) id: number, @Query() link: SignedLinkDto, @Res() reply: FastifyReply): Promise<void> {
    return this.recordings.send(id, link, reply);
  }
}
