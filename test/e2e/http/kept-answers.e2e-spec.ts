import { setTimeout as sleep } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import { SecretsOfKeptAnswers1766500000001 } from '../../../migrations/1766500000001-secrets-of-kept-answers';
import type { CreatedApiKeyDto } from '../../../src/modules/accounts/dto/api-key.dto';
import type { MessageDto } from '../../../src/modules/messages/dto/message.dto';
import { FILES, sendFile, sendForm } from '../../factories/files';
import { aUser } from '../../factories/users';
import { expectError, ok } from '../../support/answers';
import type { Answer, ErrorBody } from '../../support/api-client';
import { countRows, sql } from '../../support/database';
import { OURS, aConversationWith, personEnding, useMessaging } from '../messages/messaging';

const REPLAYED = 'idempotency-replayed';

describe('an answer that is kept for its Idempotency-Key', () => {
  const running = useMessaging();

  const post = <T>(path: string, body: unknown, key = 'key-1'): Promise<Answer<T>> => running.tenant.api.post<T>(path, body, { 'idempotency-key': key });
  const kept = async (): Promise<string> => (await sql<{ row: string }>('SELECT to_jsonb(k)::text AS row FROM idempotency_keys k')).map(({ row }) => row).join('\n');
  const replayOf = async <T>(pending: Promise<Answer<T>>): Promise<T> => {
    const answer = await pending;
    expect(answer.headers[REPLAYED]).toBe('true');
    return ok(answer);
  };
  const opens = async (url: string): Promise<void> => {
    const { pathname, search } = new URL(url);
    expect((await running.app.client().send('GET', `${pathname}${search}`)).status).toBe(200);
  };

  it('has no secret: the first answer shows it, a replay has null there', async () => {
    const body = { name: 'k', scopes: ['contacts:read'] };
    const first = await ok(post<CreatedApiKeyDto>('/api-keys', body));
    expect(first.key).toMatch(/^lp_live_/);
    expect(await kept()).not.toContain(String(first.key).slice(first.prefix.length));
    expect(await replayOf(post('/api-keys', body))).toEqual({ ...first, key: null });
    expect(await countRows('api_keys', 'name = $1', ['k'])).toBe(1);
  });

  it('that was kept with its secret has lost it, and nothing else', async () => {
    const body = { name: 'k', metadata: { key: 'lp_live_in_the_middle' } };
    const first = await ok(post<CreatedApiKeyDto>('/api-keys', body));
    const mine = JSON.stringify({ id: 1, metadata: { key: 'lp_live_somebody_wrote_it' } });
    await sql(`UPDATE idempotency_keys SET body = replace(body, '"key":null}', $1)`, [`"key":"${first.key}"}`]);
    await sql(`INSERT INTO idempotency_keys (tenant_id, key, fingerprint, status, body, expires_at) VALUES ($1, 'other', 'x', 200, $2, now() + interval '1 hour')`, [running.tenant.id, mine]);
    expect(await kept()).toContain(first.key);
    await running.app.nest.get(DataSource).transaction((em) => new SecretsOfKeptAnswers1766500000001().up(em.queryRunner as never));
    expect(await kept()).not.toContain(first.key);
    expect(await replayOf(post('/api-keys', body))).toEqual({ ...first, key: null });
    expect(await sql(`SELECT body FROM idempotency_keys WHERE key = 'other'`)).toEqual([{ body: mine }]);
  });

  it('has no signed url: a replay has a new one, which opens', async () => {
    const send = () => sendForm(running.tenant.api, '/files', [{ name: 'file', fileName: 'a.png', content: FILES.png }], { 'idempotency-key': 'file-1' });
    const first = await ok(send());
    expect(await kept()).not.toContain('signature=');
    await sleep(1100); // what a url is good for is counted in seconds
    const again = await replayOf(send());
    expect(again).toEqual({ ...first, url: expect.any(String) });
    expect(again.url).not.toBe(first.url);
    await opens(again.url);
  });

  it('has none inside either: of media that are uploaded and of messages with attachments', async () => {
    const { tenant } = running;
    const to = personEnding('0100');
    await aConversationWith(tenant, to);
    const { fileId } = await ok(sendFile(tenant.api, FILES.png, 'hello.png'));
    const message = { fromPhoneNumber: OURS, toPhoneNumber: to, type: 'image', content: 'Look', fileId };
    const upload = { fromPhoneNumber: OURS, fileId };
    const first = await ok(post<MessageDto>('/messages/whatsapp', message, 'message'));
    await ok(post('/messages/whatsapp/media', upload, 'upload'));
    expect(await kept()).not.toContain('signature=');
    const again = await replayOf(post<MessageDto>('/messages/whatsapp', message, 'message'));
    expect(again).toEqual({ ...first, attachments: [{ ...first.attachments[0], url: expect.any(String) }] });
    await opens(again.attachments[0]?.url ?? '');
    await opens((await replayOf(post<{ url: string }>('/messages/whatsapp/media', upload, 'upload'))).url);
  });

  it('leaves what people wrote as they wrote it: a link of ours that is good no more, or that somebody made up', async () => {
    const { url } = await ok(sendFile(running.tenant.api, FILES.png));
    const texts = ['lp_live_not_really_a_key', url.replace(/expires=\d+/, 'expires=1'), `${url}x`, 'https://example.com/?expires=9999999999&signature=abc', '/files/x/content'];
    const body = { firstName: 'Ana', metadata: { key: 'lp_live_not_really_a_key', url: texts, nothing: null, at: '2026-01-01T00:00:00.000Z' } };
    const first = await ok(post('/contacts', body));
    expect(await replayOf(post('/contacts', body))).toEqual(first);
  });

  it('has the headers that belong to it: the Location of a recording that is loaded', async () => {
    const user = await aUser(running.tenant.api);
    const body = { userId: user.id, url: 'https://recordings.invalid/1.wav' };
    const first = await post('/recordings', body);
    const again = await post('/recordings', body);
    expect(first.headers.location).toMatch(/^\/api\/v1\/recordings\/\d+$/);
    expect([again.status, again.body, again.headers.location, again.headers[REPLAYED]]).toEqual([204, '', first.headers.location, 'true']);
    expect(again.headers['x-request-id']).not.toBe(first.headers['x-request-id']);
  });

  it('is no refusal that says to ask again in a while', async () => {
    const { tenant } = running;
    const to = personEnding('0100');
    await aConversationWith(tenant, to);
    const { fileId } = await ok(sendFile(tenant.api, FILES.png));
    await sql(`UPDATE files SET state = 'pending'`);
    const message = { fromPhoneNumber: OURS, toPhoneNumber: to, type: 'image', content: 'Look', fileId };
    const upload = { fromPhoneNumber: OURS, fileId };
    await expectError(post<ErrorBody>('/messages/whatsapp', message, 'message'), 404, 'FILE_NOT_READY');
    await expectError(post<ErrorBody>('/messages/whatsapp/media', upload, 'upload'), 404, 'FILE_NOT_READY');
    expect(await countRows('idempotency_keys')).toBe(0);
    await sql(`UPDATE files SET state = 'ready'`);
    for (const answer of [await post('/messages/whatsapp', message, 'message'), await post('/messages/whatsapp/media', upload, 'upload')]) {
      await ok(answer);
      expect(answer.headers[REPLAYED]).toBeUndefined();
    }
  });
});
