import { ConfigurationError } from '../config/config';

/** sysexits.h, EX_CONFIG: who supervises this process need not try again. */
const EXIT_CONFIGURATION = 78;
const EXIT_FAILURE = 1;

/** Ends a process that could not start: what a person can mend without a stack, all else with it. */
export function exitWith(error: unknown): never {
  const mendable = error instanceof ConfigurationError;
  process.stderr.write(`${mendable ? error.message : error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(mendable ? EXIT_CONFIGURATION : EXIT_FAILURE);
}
