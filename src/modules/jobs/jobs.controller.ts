import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { InvalidPageToken } from '../../platform/errors/platform.errors';
import { Endpoint, PostEndpoint } from '../../platform/http/endpoint.decorator';
import { IdPipe } from '../../platform/http/id.pipe';
import { Ctx } from '../../platform/tenancy/ctx.decorator';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { JobDto, JobPageDto, ListJobsQueryDto } from './dto/job.dto';
import { JobNotFailed, JobNotFound } from './jobs.errors';
import { JobsService } from './jobs.service';

@ApiTags('jobs')
@Controller('jobs')
export class JobsController {
  constructor(private readonly jobs: JobsService) {}

  /** List the work that waits, runs, or was given up, the newest first */
  @Get()
  @Endpoint({ id: 'GetJobs', scope: 'admin', errors: [InvalidPageToken] })
  list(@Ctx() ctx: TenantContext, @Query() query: ListJobsQueryDto): Promise<JobPageDto> {
    return this.jobs.list(ctx, query);
  }

  /** Try a job again that was given up: from its beginning, at once */
  @PostEndpoint(':id/retry', { id: 'RetryJob', scope: 'admin', errors: [JobNotFound, JobNotFailed] })
  retry(@Ctx() ctx: TenantContext, @Param('id', IdPipe) id: number): Promise<JobDto> {
    return this.jobs.retry(ctx, id);
  }
}
