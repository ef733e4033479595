import { Injectable } from '@nestjs/common';
import type { Lease } from './lease';

/**
 * Does a job. It may run twice: what it writes must come out the same. Throwing has it run again later. It has to end: whatever
 * it waits for needs a timeout of its own.
 * @param job `attempt` is 1 the first time; by `lease` whatever goes out of here asks, right before it does, whether the job is still this process's
 */
export type JobHandler = (payload: Record<string, unknown>, job: { tenantId: number | null; attempt: number; lease: Lease }) => Promise<void>;

/** Who does which type of job. Modules register in their constructors. */
@Injectable()
export class JobHandlers {
  private readonly handlers = new Map<string, JobHandler>();

  register(type: string, handler: JobHandler): void {
    if (this.handlers.has(type)) throw new Error(`two handlers for jobs of type ${type}`);
    this.handlers.set(type, handler);
  }

  of(type: string): JobHandler | undefined {
    return this.handlers.get(type);
  }

  get types(): string[] {
    return [...this.handlers.keys()];
  }
}
