import { ValidationFailed } from './platform.errors';

/** A body may repeat the ids of its path; other ones are a mistake that must not pass unseen. @throws ValidationFailed */
export function assertSameId(field: string, inPath: number | string, inBody: unknown): void {
  if (inBody === undefined || inBody === null || inBody === inPath) return;
  throw new ValidationFailed([{ path: field, code: 'INVALID_VALUE', message: `must be left out or be ${inPath}, the one in the path` }]);
}
