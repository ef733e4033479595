import { Body, Controller, Get, Param, Query, Req, Res } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiErrors } from '../../platform/errors/api-errors.decorator';
import {
  InternalError,
  InvalidPageToken,
  PayloadTooLarge,
  RangeNotSatisfiable,
  ServiceUnavailable,
  StorageFull,
  UnsupportedMediaType,
  ValidationFailed,
} from '../../platform/errors/platform.errors';
import { Endpoint, PostEndpoint } from '../../platform/http/endpoint.decorator';
import { LinkExpired, SignedLinkDto } from '../../platform/http/signed-links';
import { TakesUpload, type Upload } from '../../platform/http/upload.interceptor';
import { ListQueryDto } from '../../platform/listing/list-query.dto';
import { Ctx } from '../../platform/tenancy/ctx.decorator';
import { Public } from '../../platform/tenancy/route-access';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { FileDto, FilePageDto, UploadFileDto } from './dto/file.dto';
import { limitOf } from './file-limits';
import { FOLDER } from './files.api';
import { FileNotFound, FileNotReady } from './files.errors';
import { FilesService } from './files.service';

@ApiTags('files')
@Controller('files')
export class FilesController {
  constructor(private readonly files: FilesService) {}

  /** Send a file, as a form. What it is, is told by its content */
  @PostEndpoint('', { id: 'UploadFile', scope: 'files:write', errors: [PayloadTooLarge, UnsupportedMediaType, StorageFull] })
  @TakesUpload({ folder: FOLDER, limitOf })
  @ApiBody({ type: UploadFileDto })
  upload(@Ctx() ctx: TenantContext, @Req() request: FastifyRequest, @Body() body: UploadFileDto): Promise<FileDto> {
    return this.files.create(ctx, request.upload as Upload, body);
  }

  /** List files, also those that are still to come or could not be fetched */
  @Get()
  @Endpoint({ id: 'GetFiles', scope: 'files:read', errors: [InvalidPageToken] })
  list(@Ctx() ctx: TenantContext, @Query() query: ListQueryDto): Promise<FilePageDto> {
    return this.files.list(ctx, query);
  }

  /** Get a file by id, with a url that is good for a while */
  @Get(':fileId')
  @Endpoint({ id: 'GetFile', scope: 'files:read', errors: [FileNotFound] })
  get(@Ctx() ctx: TenantContext, @Param('fileId') id: string): Promise<FileDto> {
    return this.files.get(ctx, id);
  }

  /** The content of a file: where its url leads. Needs no key, and takes Range */
  @Get(':fileId/content')
  @Public()
  @ApiOperation({ operationId: 'GetFileContent' })
  @ApiOkResponse({ description: 'The content; 206 with a part of it', content: { '*/*': { schema: { type: 'string', format: 'binary' } } } })
  @ApiErrors(ValidationFailed, LinkExpired, FileNotFound, FileNotReady, RangeNotSatisfiable, InternalError, ServiceUnavailable)
  content(@Param('fileId') id: string, @Query() link: SignedLinkDto, @Res() reply: FastifyReply): Promise<void> {
    return this.files.send(id, link, reply);
  }
}
