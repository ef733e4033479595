import type { BookedLife, LifeBook } from './life-book';
import type { Clock } from './clock';
import type { Script } from './script';

export interface PlayedLife extends BookedLife {
  /** Steps that need not be taken again. */
  done: string[];
}

export interface Step {
  name: string;
  /** Epoch milliseconds. */
  at: number;
}

/** Takes the steps of calls, or of messages, as they fall due, each once; after a restart, those at once that fell due meanwhile. One timer each. */
export class StepPlayer<Call extends PlayedLife> {
  private readonly begun = new WeakMap<Call, Set<string>>();

  constructor(
    private readonly clock: Clock,
    private readonly book: LifeBook<Call>,
    private readonly stepsOf: (call: Call) => Step[],
    private readonly perform: (call: Call, step: Step) => Promise<void>,
  ) {}

  /** Waits for the next step; to be asked again where a call's life has changed. */
  play(call: Call): void {
    const next = this.next(call);
    if (!next) return this.clock.clear(call.id);
    this.clock.set(call.id, next.at, () => {
      void this.take(call, next);
      this.play(call);
    });
  }

  /** Takes the next step before its time. */
  async hurry(call: Call): Promise<void> {
    const next = this.next(call);
    if (next) await this.take(call, next);
  }

  private next(call: Call): Step | undefined {
    const begun = this.begunOf(call);
    return this.stepsOf(call)
      .filter(({ name }) => !begun.has(name))
      .sort((one, other) => one.at - other.at)[0];
  }

  private async take(call: Call, step: Step): Promise<void> {
    this.begunOf(call).add(step.name);
    await this.perform(call, step);
    // What a closing sandbox cut off is taken again by the next one.
    if (!this.clock.closed) this.book.change(call, { done: [...call.done, step.name] } as Partial<Call>);
  }

  private begunOf(call: Call): Set<string> {
    const begun = this.begun.get(call) ?? new Set(call.done);
    this.begun.set(call, begun);
    return begun;
  }
}

/** The webhooks of a call as its number has them come: as they are, none, or all at the end and the last one first. */
export function webhookSteps(script: Pick<Script, 'webhooks'>, steps: Step[]): Step[] {
  if (script.webhooks === 'lost') return [];
  if (script.webhooks === 'report-lost') return steps.slice(0, -1);
  if (script.webhooks !== 'disordered') return steps;
  const last = Math.max(...steps.map(({ at }) => at));
  return steps.map(({ name }) => ({ name, at: last })).reverse();
}
