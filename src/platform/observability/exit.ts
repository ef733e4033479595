import { type INestApplicationContext, Logger } from '@nestjs/common';
import { ConfigurationError } from '../config/config';
import { EXIT_CONFIGURATION, EXIT_FAILURE, EXIT_UNAVAILABLE } from '../config/exit-codes';
import { PlainError } from '../errors/plain-error';
import { CannotListen } from '../http/listen';

/** Who supervises this process kills it after 25 s. */
const MAX_CLOSING_MS = 20_000;

/** Ends a process that could not start: what a person can mend without a stack, all else with it. */
export function exitWith(error: unknown): never {
  process.stderr.write(`${error instanceof PlainError ? error.message : error instanceof Error ? error.stack : String(error)}\n`);
  if (error instanceof ConfigurationError) process.exit(EXIT_CONFIGURATION);
  process.exit(error instanceof CannotListen && process.connected ? EXIT_UNAVAILABLE : EXIT_FAILURE);
}

/**
 * On SIGTERM, SIGINT, or an error that nobody caught: requests under way are answered, then everything is closed in its order.
 * @param drain what comes before: whoever sends work here is told to stop
 */
export function closeInOrder(app: INestApplicationContext, drain = async (): Promise<void> => undefined): void {
  let closing = false;
  const close = (code: number): void => {
    if (closing) return;
    closing = true;
    setTimeout(() => process.exit(EXIT_FAILURE), MAX_CLOSING_MS).unref();
    drain()
      .then(() => app.close())
      .then(
        () => process.exit(code),
        () => process.exit(EXIT_FAILURE),
      );
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => close(0));
  process.on('unhandledRejection', (error) => {
    new Logger('Process').fatal({ msg: 'A rejection that nobody handled', err: error });
    close(EXIT_FAILURE);
  });
}
