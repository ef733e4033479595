import type { INestApplicationContext } from '@nestjs/common';

/** @property creates whether a database may be made where there is none */
export interface AppOptions {
  creates?: boolean;
}

/** Starts the product, does the work, and stops it. */
export type WithApp = <T>(work: (app: INestApplicationContext) => Promise<T>, options?: AppOptions) => Promise<T>;

export const printJson = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value)}\n`);
