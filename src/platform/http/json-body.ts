import { isUtf8 } from 'node:buffer';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { InvalidJson, InvalidRequest, UnsupportedMediaType, ValidationFailed } from '../errors/platform.errors';
import { findUnstorable } from '../text/unstorable';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Takes many items in a body of up to 20 MB; their own validator reports what is wrong with each. */
    bulk?: boolean;
    /** Takes one JSON body of up to 20 MB: what it holds is large, not much. */
    large?: boolean;
  }

  interface FastifyRequest {
    /** A provider's webhook as it came, byte by byte: what its signature was made over. */
    rawBody?: Buffer;
  }
}

const MAX_DEPTH = 32;

/** JSON only, strict UTF-8, no deep nesting, no __proto__; NUL and lone surrogates are refused with the field's path. */
export function registerJsonBody(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser(/^application\/([\w.-]+\+)?json\b/, { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    try {
      if (isWebhook(request)) request.rawBody = body;
      // Of many items, one with unstorable text must not harm the others.
      done(null, parseJson(body, !request.routeOptions.config.bulk));
    } catch (error) {
      done(error as Error);
    }
  });
  // Twilio speaks in forms; nobody else does.
  fastify.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    if (!isWebhook(request)) return done(new UnsupportedMediaType());
    request.rawBody = body;
    const form = Object.fromEntries(new URLSearchParams(body.toString('utf8')));
    const unstorable = findUnstorable(form);
    if (unstorable === undefined) done(null, form);
    else done(new InvalidRequest(`${unstorable} contains NUL or half of a surrogate pair, which is no text`));
  });
}

const isWebhook = ({ url }: FastifyRequest): boolean => url.startsWith('/webhooks/');

export function parseJson(body: Buffer, checkText: boolean): unknown {
  if (body.length === 0) throw new InvalidJson('it is empty.');
  if (!isUtf8(body)) throw new InvalidJson('it is not UTF-8.');
  if (depthOf(body) > MAX_DEPTH) throw new InvalidJson(`it is nested deeper than ${MAX_DEPTH} levels.`);
  const text = body.toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new InvalidJson((error as Error).message);
  }
  if (/__proto__|\\u005f/i.test(text) && hasPrototypeKey(value)) throw new InvalidJson('the key __proto__ is not allowed.');
  // NUL and lone surrogates can only have come in as an escape: valid UTF-8 has neither raw inside JSON text.
  const unstorable = checkText && text.includes('\\u') ? findUnstorable(value) : undefined;
  if (unstorable !== undefined) throw new ValidationFailed([{ path: unstorable, code: 'INVALID_VALUE', message: 'contains NUL or half of a surrogate pair, which is no text' }]);
  return value;
}

function hasPrototypeKey(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.hasOwn(value, '__proto__') || Object.values(value).some(hasPrototypeKey);
}

const [QUOTE, BACKSLASH, OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [...'"\\[]{}'].map((char) => char.charCodeAt(0));

function depthOf(body: Buffer): number {
  let depth = 0;
  let deepest = 0;
  for (let at = 0; at < body.length; at++) {
    const byte = body[at];
    if (byte === QUOTE) {
      for (at++; at < body.length && body[at] !== QUOTE; at++) if (body[at] === BACKSLASH) at++;
    } else if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) {
      if (++depth > deepest) deepest = depth;
    } else if (byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) depth--;
  }
  return deepest;
}
