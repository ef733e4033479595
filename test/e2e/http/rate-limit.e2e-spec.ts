import type { CreatedApiKeyDto } from '../../../src/modules/accounts/dto/api-key.dto';
import { aTenant } from '../../factories/tenants';
import { expectError, ok } from '../../support/answers';
import { useTestApp } from '../../support/test-app';

describe('the rate limit', () => {
  const running = useTestApp({ RATE_LIMIT_PER_MINUTE: '4' });

  it('counts each key’s requests down, refuses the next with Retry-After, and spares the other keys', async () => {
    const { api } = await aTenant(running.app);
    const { key } = await ok(api.post<CreatedApiKeyDto>('/api-keys', { name: 'other' }));
    const remaining: unknown[] = [];
    for (let request = 2; request <= 4; request++) {
      const { headers } = await api.get('/contacts/999999'); // refusals count, too
      expect(headers['ratelimit-policy']).toBe('"default";q=4;w=60');
      remaining.push(/^"default";r=(\d+);t=\d+$/.exec(String(headers.ratelimit))?.[1]);
    }
    expect(remaining).toEqual(['2', '1', '0']);

    const refused = await api.post('/contacts', { firstName: 'x' });
    const { retryAfter } = await expectError(refused, 429, 'RATE_LIMITED');
    expect(refused.headers['retry-after']).toBe(String(retryAfter));
    expect(Number(retryAfter)).toBeGreaterThan(0);
    expect(Number(retryAfter)).toBeLessThanOrEqual(60);
    await ok(running.app.client(key).get('/contacts'));
  });

  it('slows down who tries wrong keys', async () => {
    const stranger = running.app.client('lp_live_wrong');
    let refusals = 0;
    while (refusals < 2000 && (await stranger.get('/contacts')).status === 401) refusals++;
    expect(refusals).toBeGreaterThanOrEqual(60); // who has mistyped a key may go on
    expect(refusals).toBeLessThan(2000);
    await expectError(stranger.get('/contacts'), 429, 'RATE_LIMITED');
    const { api } = await aTenant(running.app);
    await ok(api.get('/contacts')); // who has a key is not held up
  });
});

describe('no rate limit', () => {
  const running = useTestApp({ RATE_LIMIT_PER_MINUTE: '0' });

  it('is what 0 means', async () => {
    const { api } = await aTenant(running.app);
    const answer = await api.get('/contacts');
    expect(answer.headers).not.toHaveProperty('ratelimit');
  });
});
