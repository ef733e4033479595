import type { INestApplicationContext } from '@nestjs/common';

/** Starts the product, does the work, and stops it. */
export type WithApp = <T>(work: (app: INestApplicationContext) => Promise<T>) => Promise<T>;

/** Something that the person at the command line can mend: its message is shown without a stack. */
export class CliError extends Error {
  readonly name = 'CliError';
}

export const printJson = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value)}\n`);
