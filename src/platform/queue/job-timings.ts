import { Injectable } from '@nestjs/common';

/** How patient the jobs are, in ms. */
@Injectable()
export class JobTimings {
  /** A delivery of which nothing is heard for so long is given up for lost, and the job handed over again. */
  visibilityMs = 15_000;
  /** How often a job that runs says so. */
  extendMs = 3_000;
  /** How often due jobs are looked for, besides the notices. */
  sweepMs = 15_000;
  /** After a queue that took nothing, or a database that did not answer. */
  retryMs = 1000;
  /** After the first failure of a job; doubled with each further one. */
  firstBackoffMs = 1000;
  maxBackoffMs = 15 * 60_000;
}
