import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { DataSource } from 'typeorm';
import { Config } from '../../../src/platform/config/config';
import { FilesApi } from '../../../src/modules/files';
import { FILES, type SentFile, formOf, sendFile, sendForm } from '../../factories/files';
import { type TestTenant, aClientWith, aTenant, twoTenants } from '../../factories/tenants';
import { expectError, expectFaults, ok } from '../../support/answers';
import { countRows, sql } from '../../support/database';
import { useTestApp } from '../../support/test-app';
import { until } from '../../support/until';

describe('files', () => {
  const running = useTestApp();
  let tenant: TestTenant;
  beforeEach(async () => {
    tenant = await aTenant(running.app);
  });

  /** All that is kept of the tenant's files, also while it comes in. */
  const stored = (): string[] => {
    const folder = join(running.app.nest.get(Config).DATA_DIR, 'storage', 'files', tenant.id);
    return existsSync(folder) ? readdirSync(folder) : [];
  };
  const pathOf = (url: string): string => `/${new URL(url).pathname}${new URL(url).search}`;
  const open = (url: string, headers: Record<string, string> = {}) => running.app.client().send<string>('GET', pathOf(url), { headers });

  it.each([
    ['png', 'image/png', 'foto.png'],
    ['jpeg', 'image/jpeg', 'foto.bin'],
    ['webp', 'image/webp', 'sticker.webp'],
    ['ogg', 'audio/ogg', 'nota.ogg'],
    ['mp4', 'video/mp4', 'video.mp4'],
    ['pdf', 'application/pdf', 'contrato.pdf'],
    ['text', 'text/plain', 'hola'],
  ] as const)('%s is told by its content to be %s', async (kind, contentType, fileName) => {
    const content = FILES[kind];
    const file = await ok(sendFile(tenant.api, content, fileName));
    expect(file).toMatchObject({ fileName, contentType, size: content.length, tags: {}, state: 'ready', sha256: createHash('sha256').update(content).digest('hex') });
    expect(file.fileId).toMatch(/^file_/);
    expect(await ok(tenant.api.get(`/files/${file.fileId}`))).toMatchObject({ ...file, url: expect.any(String) });
    const served = await open(file.url);
    expect(served).toMatchObject({ status: 200, headers: { 'content-type': contentType, 'content-length': String(content.length) } });
  });

  it('takes tags before and after the file, and lists by them all', async () => {
    const tags = { name: 'tags', content: JSON.stringify({ campaign: 'spring' }) };
    const file = { name: 'file', fileName: 'a.txt', contentType: 'text/plain', content: 'one' };
    const first = await ok(sendForm<SentFile>(tenant.api, '/files', [tags, file]));
    const second = await ok(sendForm<SentFile>(tenant.api, '/files', [file, tags]));
    expect([first.tags, second.tags]).toEqual([{ campaign: 'spring' }, { campaign: 'spring' }]);
    await ok(sendFile(tenant.api, FILES.png, 'b.png'));
    const part = await ok(tenant.api.get<{ items: SentFile[]; nextPageToken: string }>('/files', { pageSize: 2 }));
    expect((await ok(tenant.api.get<{ items: SentFile[] }>('/files', { pageSize: 2, pageToken: part.nextPageToken }))).items).toHaveLength(1);
    const page = await ok(tenant.api.get<{ items: SentFile[]; totalCount: number }>('/files', { filterBy: 'contentType:text/plain' }));
    expect(page.items.map(({ fileId }) => fileId).sort()).toEqual([first.fileId, second.fileId].sort());
    expect((await ok(tenant.api.get<{ totalCount: number }>('/files', { searchBy: 'B.PNG' }))).totalCount).toBe(1);
  });

  it('has no tags where they are null', async () => {
    expect((await ok(sendFile(tenant.api, FILES.text, 'a.txt', [{ name: 'tags', content: 'null' }]))).tags).toEqual({});
  });

  it('serves parts, and only to whoever has the link while it is good', async () => {
    const { url, fileId } = await ok(sendFile(tenant.api, FILES.text, 'hola.txt'));
    expect(await open(url, { range: 'bytes=0-3' })).toMatchObject({ status: 206, body: 'Hola' });
    for (const forged of [url.replace(/signature=./, 'signature=_'), url.replace(/expires=\d+/, 'expires=1'), url.split('?')[0] as string, url.replace(fileId, 'file_other')]) {
      await expectError(open(forged), 403, 'LINK_EXPIRED');
    }
  });

  it('shows nothing of a page or a drawing in the browser: it is saved', async () => {
    const { url } = await ok(sendFile(tenant.api, Buffer.from('<script>alert(1)</script>'), 'página (1).html'));
    expect((await open(url)).headers).toMatchObject({
      'content-type': 'text/html',
      'content-disposition': `attachment; filename="p_gina (1).html"; filename*=UTF-8''p%C3%A1gina%20%281%29.html`,
      'content-security-policy': "sandbox; default-src 'none'",
      'x-content-type-options': 'nosniff',
    });
  });

  it.each([
    ['../../etc/passwd', 'passwd'],
    ['C:\\temp\\a.txt', 'a.txt'],
    ['😀 foto.txt', '😀 foto.txt'],
    [`${'n'.repeat(300)}.txt`, `${'n'.repeat(251)}.txt`],
  ])('names %s as %s', async (sent, fileName) => {
    expect((await ok(sendFile(tenant.api, FILES.text, sent))).fileName).toBe(fileName);
  });

  it('says what is wrong, and keeps nothing', async () => {
    const file = { name: 'file', fileName: 'a.txt', content: 'x' };
    await expectFaults(sendForm(tenant.api, '/files', [{ name: 'tags', content: '{}' }]), { file: 'REQUIRED_FIELD' });
    await expectFaults(sendForm(tenant.api, '/files', []), { file: 'REQUIRED_FIELD' });
    await expectFaults(sendForm(tenant.api, '/files', [{ ...file, content: '' }]), { file: 'INVALID_VALUE' });
    await expectFaults(sendForm(tenant.api, '/files', [file, file]), { file: 'UNKNOWN_FIELD' });
    await expectFaults(sendForm(tenant.api, '/files', [{ ...file, name: 'photo' }]), { photo: 'INVALID_VALUE' });
    for (const tags of ['no json', '[1]', '{"a":1}']) await expectFaults(sendForm(tenant.api, '/files', [file, { name: 'tags', content: tags }]), { tags: 'INVALID_TYPE' });
    await expectError(sendForm(tenant.api, '/files', [file, { name: 'tags', content: '{"a":"\0"}' }]), 400, 'INVALID_REQUEST');
    for (const text of ['\\u0000', '\\ud800']) await expectFaults(sendForm(tenant.api, '/files', [file, { name: 'tags', content: `{"a":"${text}"}` }]), { 'tags.a': 'INVALID_VALUE' });
    await expectError(sendForm(tenant.api, '/files', [{ ...file, name: '' }]), 400, 'INVALID_REQUEST');
    await expectError(tenant.api.post('/files', { file: 'x' }), 415, 'UNSUPPORTED_MEDIA_TYPE');
    await expectError(sendForm(tenant.api, '/contacts', [file]), 415, 'UNSUPPORTED_MEDIA_TYPE');
    const { raw, headers } = formOf([file]);
    await expectError(tenant.api.send('POST', '/files', { raw: raw.subarray(0, -20), headers }), 400, 'INVALID_REQUEST');
    await expectError(tenant.api.send('POST', '/files', { raw: Buffer.from('no form'), headers }), 400, 'INVALID_REQUEST');
    const two = formOf([file, file]);
    await expectFaults(tenant.api.send('POST', '/files', { raw: two.raw.subarray(0, -20), headers }), { file: 'UNKNOWN_FIELD' });
    await expectError(tenant.api.send('POST', '/files', { raw, headers: { 'content-type': headers['content-type']?.replace('form-data', 'mixed') ?? '' } }), 415, 'UNSUPPORTED_MEDIA_TYPE');
    await expectError(tenant.api.send('POST', '/files', { raw: Buffer.from(raw.toString('latin1').replace(' name="file";', ''), 'latin1'), headers }), 400, 'INVALID_REQUEST');
    await expectError(tenant.api.send('POST', '/files', { raw, headers: { 'content-type': 'multipart/form-data' } }), 400, 'INVALID_REQUEST');
    await expectError(sendForm(await aClientWith(running.app, tenant, ['files:read']), '/files', [file]), 403, 'MISSING_SCOPE');
    expect(await countRows('files')).toBe(0);
    expect(stored()).toEqual([]);
  });

  it('refuses what is too large for its kind, and keeps nothing of it', async () => {
    const large = Buffer.concat([FILES.png, Buffer.alloc(5_000_000)]);
    expect(await expectError(sendFile(tenant.api, large, 'a.png'), 413, 'PAYLOAD_TOO_LARGE')).toMatchObject({ contentType: 'image/png', maxBytes: 5_000_000 });
    expect((await ok(sendFile(tenant.api, Buffer.concat([FILES.pdf, Buffer.alloc(5_000_000)]), 'a.pdf'))).size).toBe(5_000_015);
    expect(stored()).toHaveLength(1);
  });

  it('keeps nothing of an upload that breaks off', async () => {
    const url = await running.app.listen();
    const { raw, headers } = formOf([{ name: 'file', fileName: 'a.pdf', content: Buffer.concat([FILES.pdf, Buffer.alloc(2_000_000)]) }]);
    const upload = request({ host: url.hostname, port: url.port, method: 'POST', path: '/api/v1/files', headers: { ...headers, authorization: `Bearer ${tenant.key}`, 'content-length': raw.length } });
    upload.on('error', () => undefined);
    upload.write(raw.subarray(0, 1_000_000));
    await until(async () => stored().length > 0);
    upload.destroy();
    await until(async () => stored().length === 0);
    expect(await countRows('files')).toBe(0);
  });

  it('does a request with an Idempotency-Key once, by what the file is', async () => {
    const send = (content: Buffer) => sendForm<SentFile>(tenant.api, '/files', [{ name: 'file', fileName: 'a.txt', content }], { 'idempotency-key': 'k' });
    const first = await ok(send(FILES.text));
    const again = await send(FILES.text);
    expect(again).toMatchObject({ status: 200, headers: { 'idempotency-replayed': 'true' }, body: { fileId: first.fileId } });
    await expectError(send(FILES.pdf), 422, 'IDEMPOTENCY_KEY_REUSED');
    expect(await countRows('files')).toBe(1);
    expect(stored()).toHaveLength(1);
  });

  it('are nobody else’s', async () => {
    const { mine, theirs } = await twoTenants(running.app);
    const { fileId } = await ok(sendFile(mine.api, FILES.png));
    await expectError(theirs.api.get(`/files/${fileId}`), 404, 'FILE_NOT_FOUND');
    await expectError(mine.api.get('/files/file_none'), 404, 'FILE_NOT_FOUND');
    expect((await ok(theirs.api.get<{ totalCount: number }>('/files'))).totalCount).toBe(0);
  });

  it('that are still to come say so, and become ready once', async () => {
    const api = running.app.nest.get(FilesApi);
    const em = running.app.nest.get(DataSource).manager;
    const tenantId = Number(tenant.id);
    const [good, bad] = [await api.announce(em, tenantId, { fileName: 'a.ogg', contentType: 'audio/ogg' }), await api.announce(em, tenantId, { fileName: 'b', contentType: 'image/png' })];
    await expectError(open(api.urlOf({ id: good, tenant_id: tenantId })), 404, 'FILE_NOT_READY');
    const complete = (content: Buffer) => api.complete(tenantId, good, Readable.from([content]), { maxBytes: 1000 });
    expect(await complete(FILES.ogg)).toMatchObject({ state: 'ready', content_type: 'audio/ogg' });
    expect(await complete(FILES.ogg)).toBeUndefined();
    expect(stored()).toHaveLength(1);
    await api.fail(em, tenantId, bad, 'it is gone');
    expect(await expectError(open(api.urlOf({ id: bad, tenant_id: tenantId })), 404, 'FILE_NOT_FOUND')).toMatchObject({ failure: 'it is gone' });
    expect(await sql('SELECT state FROM files ORDER BY id')).toEqual(expect.arrayContaining([{ state: 'ready' }, { state: 'failed' }]));
  });
});
