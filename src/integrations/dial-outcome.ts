import type { CallReport, DialResult } from '../modules/calls';
import { type ProviderAnswer, type ProviderRequest, exchangeOf, isNeverConnected, isPrivate, retryAfterMs, throwIfLeaseLost } from './exchange';
import { isObject, textOf } from './loose-json';

/**
 * The policy for every provider: what its answer says of the call. Only where that is certain is a call dialed again or given up.
 * @param report read from a 2xx; undefined where its body makes no sense
 */
export function outcomeOf(request: ProviderRequest, answer: ProviderAnswer, report: CallReport | undefined): DialResult {
  const exchange = exchangeOf(request, answer);
  const { status } = answer;
  if (status >= 200 && status < 300)
    return report ? { exchange, kind: 'accepted', report } : { exchange, kind: 'unknown', message: `HTTP ${status} with a body that names no call` };
  const message = messageOf(answer);
  if (status === 401 || status === 402 || status === 403) return { exchange, kind: 'account', message };
  if (status === 429) return { exchange, kind: 'slow-down', retryAfterMs: retryAfterMs(answer.retryAfter) };
  // 408: the provider gave up waiting, which says nothing of the call.
  if (status >= 400 && status < 500 && status !== 408) return { exchange, kind: 'refused', message };
  return { exchange, kind: 'unknown', message };
}

/** No answer came: nothing was dialed where the request cannot have reached the provider, else nobody knows. @throws LeaseLost */
export function outcomeOfFailure(request: ProviderRequest, error: unknown): DialResult {
  throwIfLeaseLost(error);
  const exchange = exchangeOf(request, null);
  if (isPrivate(error)) return { exchange, kind: 'refused', message: "The connection's baseUrl leads to an address that is not of the open internet." };
  if (isNeverConnected(error)) return { exchange, kind: 'slow-down' };
  return { exchange, kind: 'unknown', message: error instanceof Error ? error.message : String(error) };
}

/** Nothing was sent: this provider cannot do it, or its account is none. */
export const unasked = (kind: 'refused' | 'account', message: string): DialResult => ({ exchange: { request: {}, response: null }, kind, message });

/** {message: text | texts}, as all three answer; else the status. */
function messageOf({ status, statusText, body }: ProviderAnswer): string {
  const { message, error } = isObject(body) ? body : {};
  const texts = (Array.isArray(message) ? message : [message]).flatMap((text) => textOf(text) ?? []);
  return texts.join('; ') || textOf(error) || `HTTP ${status} ${statusText}`.trim();
}
