import type { Answer, ErrorBody } from './api-client';

type Pending<T> = Answer<T> | Promise<Answer<T>>;

/** The body of a 200; anything else fails with what was answered. */
export async function ok<T>(pending: Pending<T>): Promise<T> {
  const answer = await pending;
  if (answer.status !== 200) throw new Error(`${answer.request} answered ${shown(answer)}`);
  return answer.body;
}

/** An error in the one shape there is. @returns its details */
export async function expectError(pending: Pending<unknown>, status: number, code: string): Promise<ErrorBody['details']> {
  const answer = await pending;
  const body = answer.body as ErrorBody;
  if (answer.status !== status || body.error !== code) throw new Error(`${answer.request} should have answered ${status} ${code}, and answered ${shown(answer)}`);
  expect(body).toEqual({ code: status, error: code, message: expect.any(String), details: expect.any(Object) });
  expect(body.message).not.toBe('');
  expect(body.details.requestId).toBe(answer.headers['x-request-id']);
  expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
  return body.details;
}

/** A 400 that names these fields: `{ 'addresses[0].address': 'INVALID_PHONE' }`, and no others. */
export async function expectFaults(pending: Pending<unknown>, faults: Record<string, string>): Promise<void> {
  const { fields = [] } = await expectError(pending, 400, 'VALIDATION_FAILED');
  expect(Object.fromEntries(fields.map(({ path, code }) => [path, code]))).toEqual(faults);
  for (const { message } of fields) expect(message).toMatch(/\S/);
}

/** An answer as a failed test shows it. */
export const shown = ({ status, body, cause }: Answer<unknown>): string => `${status} ${JSON.stringify(body)}${cause === undefined ? '' : `\nThe app logged: ${causeOf(cause)}`}`;

function causeOf(cause: unknown): string {
  const error = (cause as { err?: unknown }).err ?? cause;
  return error instanceof Error ? (error.stack ?? error.message) : JSON.stringify(error);
}
