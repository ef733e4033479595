/** The work that no request waits for, to be looked at, and tried again where it was given up. */
export { JobsModule } from './jobs.module';
export { JobsService } from './jobs.service';
export { JOB_STATUSES, type JobStatus } from './dto/job.dto';
