import { outcomeOf, outcomeOfFailure } from './dial-outcome';
import type { ProviderAnswer } from './exchange';

const REQUEST = { method: 'POST', url: 'https://provider/call', body: { server: { headers: { 'X-Vapi-Secret': 'x' } }, maxTokens: 5 } };

const answered = (status: number, other: Partial<ProviderAnswer> = {}): ProviderAnswer => ({ status, statusText: 'As it goes', body: {}, retryAfter: null, ...other });

describe('the outcome of a request to dial', () => {
  it.each([
    [400, 'refused'],
    [404, 'refused'],
    [422, 'refused'],
    [401, 'account'],
    [402, 'account'],
    [403, 'account'],
    [429, 'slow-down'],
    [408, 'unknown'],
    [302, 'unknown'],
    [500, 'unknown'],
    [503, 'unknown'],
    [200, 'unknown'],
  ])('of HTTP %d without a call in it is %s', (status, kind) => {
    expect(outcomeOf(REQUEST, answered(status), undefined).kind).toBe(kind);
  });

  it('is accepted by any success that names a call', () => {
    expect(outcomeOf(REQUEST, answered(201), { providerId: 'x' })).toMatchObject({ kind: 'accepted', report: { providerId: 'x' } });
  });

  it.each([
    [{ message: 'Bad number.', error: 'Bad Request' }, 'Bad number.'],
    [{ message: ['number must be E.164', 'name is too long', 5] }, 'number must be E.164; name is too long'],
    [{ error: 'Bad Request' }, 'Bad Request'],
    [{ message: {} }, 'HTTP 400 As it goes'],
    ['<html>', 'HTTP 400 As it goes'],
    [null, 'HTTP 400 As it goes'],
  ])('has the message of %j', (body, message) => {
    expect(outcomeOf(REQUEST, answered(400, { body }), undefined)).toMatchObject({ message });
  });

  it.each([
    ['2', 2000],
    ['0', 0],
    ['', undefined],
    ['soon', undefined],
    ['-5', undefined],
    [null, undefined],
  ])('waits as Retry-After %j says', (retryAfter, ms) => {
    expect(outcomeOf(REQUEST, answered(429, { retryAfter }), undefined)).toMatchObject({ retryAfterMs: ms });
  });

  it('waits until the date that Retry-After names', () => {
    const result = outcomeOf(REQUEST, answered(429, { retryAfter: new Date(Date.now() + 60_000).toUTCString() }), undefined);
    expect(result.kind === 'slow-down' && result.retryAfterMs).toBeGreaterThan(50_000);
  });

  it('is unknown where no answer came, unless nothing can have been sent', () => {
    expect(outcomeOfFailure(REQUEST, new TypeError('fetch failed', { cause: Object.assign(new Error(), { code: 'ECONNRESET' }) }))).toMatchObject({
      kind: 'unknown',
      message: 'fetch failed',
    });
    expect(outcomeOfFailure(REQUEST, new DOMException('timeout', 'TimeoutError')).kind).toBe('unknown');
    expect(outcomeOfFailure(REQUEST, new TypeError('fetch failed', { cause: Object.assign(new Error(), { code: 'ECONNREFUSED' }) })).kind).toBe('slow-down');
    expect(outcomeOfFailure(REQUEST, 'text').kind).toBe('unknown');
  });

  it('shows what was exchanged, and no secret', () => {
    const body = { id: 1, monitor: { listenUrl: 'wss://x', controlUrl: 'https://x' }, list: [{ authToken: 'x', note: 'y' }] };
    expect(outcomeOf(REQUEST, answered(201, { body }), undefined).exchange).toEqual({
      request: { method: 'POST', url: 'https://provider/call', body: { server: { headers: { 'X-Vapi-Secret': '***' } }, maxTokens: 5 } },
      response: { status: 201, status_text: 'As it goes', body: { id: 1, monitor: { listenUrl: '***', controlUrl: '***' }, list: [{ authToken: '***', note: 'y' }] } },
    });
    expect(outcomeOfFailure(REQUEST, new Error()).exchange.response).toBeNull();
  });
});
