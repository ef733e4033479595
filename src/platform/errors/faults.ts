import { type Fault, ValidationFailed } from './platform.errors';

/** Everything wrong with one body, gathered from its shape and from what only the tenant's data can tell, and thrown at once. */
export class Faults {
  private static readonly ofBody = new WeakMap<object, Faults>();
  readonly all: Fault[] = [];

  /** What the validation pipe found in a body whose class says `static deferFaults = true`. */
  static of(body: object): Faults {
    return Faults.ofBody.get(body) ?? new Faults();
  }

  attachTo(body: object): void {
    Faults.ofBody.set(body, this);
  }

  add(path: string, code: string, message: string): void {
    if (!this.at(path)) this.all.push({ path, code, message });
  }

  /** Whether this path, or something above it, is already known to be wrong. */
  at(path: string): boolean {
    return this.all.some((fault) => path === fault.path || path.startsWith(`${fault.path}.`) || path.startsWith(`${fault.path}[`));
  }

  /** @throws ValidationFailed */
  throwIfAny(): void {
    if (this.all.length > 0) throw new ValidationFailed(this.all);
  }
}
