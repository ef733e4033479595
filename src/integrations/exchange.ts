import { LeaseLost } from '../platform/queue/lease';
import { isObject } from './loose-json';
import { masked } from './masked';

/** A request as it was sent. */
export interface ProviderRequest {
  method: string;
  url: string;
  body: unknown;
}

/** A provider's answer as it came. */
export interface ProviderAnswer {
  status: number;
  statusText: string;
  /** Parsed JSON, else text. */
  body: unknown;
  retryAfter: string | null;
}

/** Both, as the contact's log shows them. */
export function exchangeOf({ method, url, body }: ProviderRequest, answer: ProviderAnswer | null) {
  return {
    request: { method, url, body: masked(body) },
    response: answer && { status: answer.status, status_text: answer.statusText, body: masked(answer.body) },
  };
}

/** Retry-After: seconds, or a date. */
export function retryAfterMs(header: string | null): number | undefined {
  if (header === null || header.trim() === '') return undefined;
  const seconds = Number(header);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - Date.now();
  return ms >= 0 ? ms : undefined;
}

const NEVER_CONNECTED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ENETUNREACH', 'EHOSTUNREACH', 'UND_ERR_CONNECT_TIMEOUT']);

/** The request cannot have reached the provider: nothing was done. */
export const isNeverConnected = (error: unknown): boolean => codesOf(error).some((code) => NEVER_CONNECTED.has(code));

/** What was never sent for want of a lease has no outcome: it is left to whoever has it now. @throws LeaseLost */
export function throwIfLeaseLost(error: unknown): void {
  for (const cause of causesOf(error)) if (cause instanceof LeaseLost) throw cause;
}

/** An address of the inside, where only those of the outside may be called. */
export const isPrivate = (error: unknown): boolean => codesOf(error).includes('PRIVATE_ADDRESS');

const codesOf = (error: unknown): string[] => causesOf(error).map(({ code }) => String(code));

/** Clients wrap the socket's error once or twice. */
function causesOf(error: unknown): Record<string, unknown>[] {
  const causes: Record<string, unknown>[] = [];
  for (let cause = error; isObject(cause); cause = cause.cause) causes.push(cause);
  return causes;
}
