import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

/**
 * Does a job. It may run twice: what it writes must come out the same. Throwing has it run again later. It has to end: whatever
 * it waits for needs a timeout of its own.
 * @param job `attempt` is 1 the first time
 */
export type JobHandler = (payload: Record<string, unknown>, job: { tenantId: number | null; attempt: number }) => Promise<void>;

/** Says what it means that a job is given up, in the transaction in which it is. What it throws is a failure of the job like any other. */
export type OnGivenUp = (em: EntityManager, payload: Record<string, unknown>, job: { tenantId: number | null; attempts: number; error: string }) => Promise<void>;

/** Who does which type of job. Modules register in their constructors. */
@Injectable()
export class JobHandlers {
  private readonly handlers = new Map<string, JobHandler>();
  private readonly givenUp = new Map<string, OnGivenUp>();

  /** @param onGivenUp where the job's thing is to know; without it a job that is given up is tried again once a day */
  register(type: string, handler: JobHandler, onGivenUp?: OnGivenUp): void {
    if (this.handlers.has(type)) throw new Error(`two handlers for jobs of type ${type}`);
    this.handlers.set(type, handler);
    if (onGivenUp) this.givenUp.set(type, onGivenUp);
  }

  of(type: string): JobHandler | undefined {
    return this.handlers.get(type);
  }

  onGivenUp(type: string): OnGivenUp | undefined {
    return this.givenUp.get(type);
  }

  get types(): string[] {
    return [...this.handlers.keys()];
  }
}
