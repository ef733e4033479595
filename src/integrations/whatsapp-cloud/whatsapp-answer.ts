import type { Later, MessageError, MessageExchange, Refused, Unknown } from '../../modules/messages';
import { type ProviderAnswer, type ProviderRequest, exchangeOf, isNeverConnected, isPrivate, retryAfterMs, throwIfLeaseLost } from '../exchange';
import { type LooseObject, isObject, numberOf, objectOf, textOf } from '../loose-json';
import { kindOf, messageErrorOf } from './whatsapp-errors';

type Failure = { exchange: MessageExchange } & (Later | Refused | Unknown | { kind: 'media-gone'; error: MessageError });

/** An answer that is not what was asked for. @param hasMedia whether the request named a file: then an unknown parameter may be that one */
export function failureOf(request: ProviderRequest, answer: ProviderAnswer, hasMedia: boolean): Failure {
  const exchange = exchangeOf(request, answer);
  const error = isObject(answer.body) && isObject(answer.body.error) ? answer.body.error : undefined;
  // A body that no API writes is a proxy's, or half of one: who knows what happened behind it.
  if (!error) {
    if (answer.status === 429) return { exchange, kind: 'later', scope: 'number', retryAfterMs: retryAfterMs(answer.retryAfter), error: messageErrorOf({ code: 130429 }) };
    return { exchange, kind: 'unknown', message: `HTTP ${answer.status} with a body that cannot be read` };
  }
  const code = numberOf(error.code) ?? 0;
  const known = errorOf(error, code);
  if (hasMedia && isOfMedia(error, code)) return { exchange, kind: 'media-gone', error: known };
  const kind = kindOf(code);
  if (kind === 'pair' || kind === 'number' || kind === 'outage') return { exchange, kind: 'later', scope: kind, retryAfterMs: retryAfterMs(answer.retryAfter), error: known };
  if (answer.status >= 500 && kind === 'refused') return { exchange, kind: 'later', scope: 'outage', retryAfterMs: retryAfterMs(answer.retryAfter), error: known };
  return { exchange, kind: 'refused', account: kind === 'account' || answer.status === 401, error: known };
}

/** No answer came. @throws LeaseLost */
export function failureOfSending(request: ProviderRequest, error: unknown): Failure {
  throwIfLeaseLost(error);
  const exchange = exchangeOf(request, null);
  const message = error instanceof Error ? error.message : String(error);
  if (isPrivate(error)) return { exchange, kind: 'refused', account: true, error: messageErrorOf({ code: 0, message: "The connection's baseUrl leads to an address that is not of the open internet." }) };
  if (isNeverConnected(error)) return { exchange, kind: 'later', scope: 'outage', error: messageErrorOf({ code: 131016, message: `WhatsApp cannot be reached: ${message}` }) };
  return { exchange, kind: 'unknown', message };
}

function errorOf(error: LooseObject, code: number): MessageError {
  const data = objectOf(error.error_data);
  return messageErrorOf({ code, title: textOf(error.error_user_title) ?? textOf(error.title), message: textOf(error.message), details: textOf(data.details), href: textOf(error.href) });
}

/** Meta says it in several ways that the id of a file is none, or none any more. */
function isOfMedia(error: LooseObject, code: number): boolean {
  const words = `${textOf(error.message) ?? ''} ${textOf(objectOf(error.error_data).details) ?? ''}`;
  return code === 131052 || code === 131053 || (code === 100 && /media|attachment/i.test(words)) || (code === 131009 && /media/i.test(words));
}
