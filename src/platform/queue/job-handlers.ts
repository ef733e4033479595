import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Lease } from './lease';

/**
 * Does a job. It may run twice: what it writes must come out the same. Throwing has it run again later. It has to end: whatever
 * it waits for needs a timeout of its own.
 * @param job `attempt` is 1 the first time; by `lease` whatever goes out of here asks, right before it does, whether the job is still this process's
 */
export type JobHandler = (payload: Record<string, unknown>, job: { tenantId: number | null; attempt: number; lease: Lease }) => Promise<void>;

/** Says what it means that a job is given up, in the transaction in which it is. What it throws is a failure of the job like any other. */
export type OnGivenUp = (em: EntityManager, payload: Record<string, unknown>, job: { tenantId: number | null; attempts: number; error: string }) => Promise<void>;

interface JobOptions {
  /** Whether this process can do such jobs at the moment; where not, others have to. */
  able?: () => boolean;
  /** Where the job's thing is to know; without it a job that is given up is tried again once a day. */
  onGivenUp?: OnGivenUp;
}

/** Who does which type of job. Modules register in their constructors. */
@Injectable()
export class JobHandlers {
  private readonly known = new Map<string, JobOptions & { handler: JobHandler }>();

  register(type: string, handler: JobHandler, options: JobOptions = {}): void {
    if (this.known.has(type)) throw new Error(`two handlers for jobs of type ${type}`);
    this.known.set(type, { handler, ...options });
  }

  of(type: string): JobHandler | undefined {
    const { handler, able = () => true } = this.known.get(type) ?? {};
    return able() ? handler : undefined;
  }

  onGivenUp(type: string): OnGivenUp | undefined {
    return this.known.get(type)?.onGivenUp;
  }

  /** Those that this process can do now. */
  get types(): string[] {
    return [...this.known.keys()].filter((type) => this.of(type));
  }
}
