import { Injectable } from '@nestjs/common';

/**
 * Does a job. It may run twice: what it writes must come out the same. Throwing has it run again later. It has to end: whatever
 * it waits for needs a timeout of its own.
 * @param job `attempt` is 1 the first time
 */
export type JobHandler = (payload: Record<string, unknown>, job: { tenantId: number | null; attempt: number }) => Promise<void>;

/** Whether a process can do such jobs at the moment; where not, others have to. */
type Able = () => boolean;

/** Who does which type of job. Modules register in their constructors. */
@Injectable()
export class JobHandlers {
  private readonly handlers = new Map<string, { handler: JobHandler; able: Able }>();

  register(type: string, handler: JobHandler, able: Able = () => true): void {
    if (this.handlers.has(type)) throw new Error(`two handlers for jobs of type ${type}`);
    this.handlers.set(type, { handler, able });
  }

  of(type: string): JobHandler | undefined {
    const known = this.handlers.get(type);
    return known?.able() ? known.handler : undefined;
  }

  /** Those that this process can do now. */
  get types(): string[] {
    return [...this.handlers.keys()].filter((type) => this.of(type));
  }
}
