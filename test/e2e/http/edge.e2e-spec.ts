import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import type { ContactDto } from '../../../src/modules/contacts/dto/contact.dto';
import { aContact } from '../../factories/contacts';
import { type TestTenant, aTenant } from '../../factories/tenants';
import { expectError, expectFaults, ok } from '../../support/answers';
import type { ErrorBody, Method } from '../../support/api-client';
import { countRows } from '../../support/database';
import { useTestApp } from '../../support/test-app';

describe('the HTTP edge', () => {
  const running = useTestApp();
  let tenant: TestTenant;
  beforeEach(async () => {
    tenant = await aTenant(running.app);
  });

  const raw = (body: string | Buffer, headers: Record<string, string> = {}) => tenant.api.send('POST', '/contacts', { raw: body, headers });

  describe('routes', () => {
    it.each(['/nothing', '/contacts/1/nothing', '//', '//nothing', '//api/v2/contacts', '//favicon.ico'])('%s is 404', async (path) => {
      await expectError(tenant.api.get(path), 404, 'ROUTE_NOT_FOUND');
      await expectError(tenant.api.post(path, { a: 1 }), 404, 'ROUTE_NOT_FOUND');
    });

    it.each<[Method, string, string]>([
      ['PATCH', '/contacts/1', 'DELETE, GET, HEAD, PUT'],
      ['DELETE', '/contacts', 'GET, HEAD, POST'],
      ['GET', '/contacts/1/archive', 'POST'],
      ['OPTIONS', '/contacts', 'GET, HEAD, POST'],
      ['POST', '//livez', 'GET, HEAD'],
    ])('%s %s is 405 and names what is allowed', async (method, path, allow) => {
      const answer = await tenant.api.send(method, path);
      const details = await expectError(answer, 405, 'METHOD_NOT_ALLOWED');
      expect(answer.headers.allow).toBe(allow);
      expect(details.allow).toEqual(allow.split(', '));
    });

    it('answer to HEAD as to GET, without a body', async () => {
      const contact = await aContact(tenant.api);
      const answer = await tenant.api.send('HEAD', `/contacts/${contact.id}`);
      expect([answer.status, answer.body]).toEqual([200, '']);
      expect((await tenant.api.send('HEAD', '/contacts/999999')).status).toBe(404);
    });

    it('are the same with a slash at the end', async () => {
      expect(await ok(tenant.api.get('/contacts/'))).toMatchObject({ totalCount: 0 });
    });

    it.each(['/contacts/%zz', '/contacts/%', '/contacts/%c3%28'])('%s, wrongly encoded, is 400', async (path) => {
      await expectError(tenant.api.get(path), 400, 'INVALID_REQUEST');
    });

    it.each(['0', '-1', '0.1', '1e21', '9007199254740992', '99999999999999999999', 'abc', '1;drop', '%00', '1%20', 'NaN', '0x1', '１'])(
      '/contacts/%s has no id, and is 400',
      async (id) => {
        for (const method of ['GET', 'DELETE'] as const) await expectFaults(tenant.api.send(method, `/contacts/${encoded(id)}`), { id: 'INVALID_TYPE' });
        await expectFaults(tenant.api.put(`/contacts/${encoded(id)}`, { firstName: 'x' }), { id: 'INVALID_TYPE' });
      },
    );

    it('find nobody at the greatest id there can be', async () => {
      await expectError(tenant.api.get('/contacts/9007199254740991'), 404, 'CONTACT_NOT_FOUND');
      await expectError(tenant.api.get('/custom-fields/definitions/9007199254740991'), 404, 'CUSTOM_FIELD_NOT_FOUND');
      await expectError(tenant.api.get('/users/9007199254740991'), 404, 'USER_NOT_FOUND');
    });
  });

  describe('bodies', () => {
    it.each<[string, string | Buffer]>([
      ['empty', ''],
      ['cut off', '{"firstName": "An'],
      ['not quoted', '{firstName: "Ana"}'],
      ['two in one', '{} {}'],
      ['with a comma too many', '{"firstName": "Ana",}'],
      ['not UTF-8', Buffer.from([0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xff, 0x22, 0x7d])],
      ['half a character', Buffer.from('{"firstName":"é"}', 'latin1')],
      ['a raw surrogate', Buffer.from([...Buffer.from('{"firstName":"'), 0xed, 0xa0, 0x80, ...Buffer.from('"}')])],
      ['33 levels deep', `{"metadata":${'['.repeat(32)}${']'.repeat(32)}}`],
      ['100,000 levels deep', `${'['.repeat(100_000)}`],
      ['with a key __proto__', '{"firstName":"Ana","__proto__":{"admin":true}}'],
      ['with a key __proto__ deep inside', '{"metadata":[{"a":{"__proto__":1}}]}'],
      ['with an escaped __proto__', '{"metadata":{"\\u005f_proto__":1}}'],
    ])('%s are 400 INVALID_JSON', async (_case, body) => {
      await expectError(raw(body), 400, 'INVALID_JSON');
      expect(await countRows('contacts')).toBe(0);
    });

    it.each(['[]', '[{"firstName":"Ana"}]', '"text"', '5', 'true', 'null'])('%s is no object', async (body) => {
      await expectFaults(raw(body), { body: 'INVALID_TYPE' });
    });

    it('that are absent are no object either', async () => {
      await expectFaults(tenant.api.post('/contacts'), { body: 'INVALID_TYPE' });
    });

    it('go as deep as 32 levels', async () => {
      const metadata: unknown = JSON.parse('['.repeat(31) + ']'.repeat(31));
      expect(await ok(tenant.api.post('/contacts', { metadata }))).toMatchObject({ metadata });
    });

    it.each<[string, string, string]>([
      ['NUL', '{"firstName":"A\\u0000"}', 'firstName'],
      ['a high surrogate alone', '{"lastName":"\\ud83d"}', 'lastName'],
      ['a low surrogate alone', '{"metadata":{"deep":["ok","\\udc00"]}}', 'metadata.deep[1]'],
      ['NUL in a key', '{"customFields":{"a\\u0000":1}}', 'customFields'],
      ['NUL in an address', '{"addresses":[{"channelType":"OTHER","address":"\\u0000"}]}', 'addresses[0].address'],
      ['a surrogate in a field that is not known', '{"nobody":"\\ud800"}', 'nobody'],
    ])('with %s are 400, and say where', async (_case, body, path) => {
      await expectFaults(raw(body), { [path]: 'INVALID_VALUE' });
      expect(await countRows('contacts')).toBe(0);
    });

    it('keep a pair of surrogates, an escaped backslash and every other character', async () => {
      const firstName = '😀 \\u0000 ñ \u0001 \u2028 \ufffd "';
      const { id } = await ok(tenant.api.post<ContactDto>('/contacts', { firstName }));
      expect(await ok(tenant.api.get(`/contacts/${id}`))).toMatchObject({ firstName });
    });

    it('keep the keys that JavaScript gives a meaning to', async () => {
      const odd = { constructor: 'a', prototype: 'b', toString: 'c', hasOwnProperty: 'd', then: 'e' };
      const { id } = await ok(tenant.api.post<ContactDto>('/contacts', { customFields: odd, metadata: odd }));
      const stored = await ok(tenant.api.get<ContactDto>(`/contacts/${id}`));
      expect([stored.customFields, stored.metadata]).toEqual([odd, odd]);
    });

    it('over 1 MiB are 413', async () => {
      const body = (bytes: number) => JSON.stringify({ unknown: 'x'.repeat(bytes - '{"unknown":""}'.length) });
      await ok(raw(body(1_048_576)));
      await expectError(raw(body(1_048_577)), 413, 'PAYLOAD_TOO_LARGE');
      expect(await countRows('contacts')).toBe(1);
    });

    it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/xml', 'application/jsonp', 'json'])(
      'of the type %s are 415',
      async (type) => {
        await expectError(raw('{"firstName":"Ana"}', { 'content-type': type }), 415, 'UNSUPPORTED_MEDIA_TYPE');
      },
    );

    it.each(['application/json', 'application/json; charset=utf-8', 'APPLICATION/JSON', 'application/merge-patch+json'])('of the type %s are read', async (type) => {
      expect(await ok(raw('{"firstName":"Ana"}', { 'content-type': type }))).toMatchObject({ firstName: 'Ana' });
    });

    it('are read before the credentials only to be thrown away', async () => {
      await expectError(running.app.client().post('/contacts', { firstName: 'Ana' }), 401, 'UNAUTHORIZED');
      expect(await countRows('contacts')).toBe(0);
    });
  });

  describe('query parameters', () => {
    it.each(['page=1&page=2', 'filterBy=firstName:a&filterBy=lastName:b', 'sortBy=id&sortBy=id', 'includeArchived=true&includeArchived=true'])(
      'given twice are 400: %s',
      async (query) => {
        const name = query.split('=')[0] ?? '';
        const { fields } = await expectError(tenant.api.get(`/contacts?${query}`), 400, 'VALIDATION_FAILED');
        expect(fields?.map(({ path }) => path)).toEqual([name]);
      },
    );

    it.each([
      'filterBy=firstName:%00',
      'searchBy=%00',
      'searchBy=a%00b',
      'sortBy=customFields.%00',
      'filterBy=customFields.a%00b:1',
      'filterBy=addresses.address:%00',
      'pageToken=%00',
    ])('with NUL are 400: %s', async (query) => {
      const answer = await tenant.api.get<ErrorBody>(`/contacts?${query}`);
      expect([answer.status, answer.body.error]).toEqual([400, expect.stringMatching(/^(VALIDATION_FAILED|INVALID_PAGE_TOKEN)$/)]);
    });

    it.each(['searchBy=%zz', 'searchBy=%ed%a0%80', 'searchBy=%ff', 'searchBy=100%', 'filterBy=firstName:%ed%a0%80', 'nobody=%ff', '%ff=1', '&&&', '=', '__proto__=1', 'a[b]=1'])(
      'never fail on the server: %s',
      async (query) => {
        expect((await tenant.api.get(`/contacts?${query}`)).status).toBeLessThan(500);
      },
    );

    it.each<[string, string]>([
      ['page=0', 'page'],
      ['page=-1', 'page'],
      ['page=1.5', 'page'],
      ['page=abc', 'page'],
      ['pageSize=0', 'pageSize'],
      ['pageSize=1e3', 'pageSize'],
      ['pageSize=', 'pageSize'],
      ['includeArchived=perhaps', 'includeArchived'],
    ])('are checked: %s', async (query, field) => {
      const { fields } = await expectError(tenant.api.get(`/contacts?${query}`), 400, 'VALIDATION_FAILED');
      expect(fields?.map(({ path }) => path)).toEqual([field]);
    });

    it('that nobody knows are ignored', async () => {
      await ok(tenant.api.get('/contacts', { utm_source: 'mail' }));
    });
  });

  describe('headers', () => {
    it('carry the request’s id: the caller’s own where it is sane, else a new one', async () => {
      const idOf = async (sent?: string) => (await tenant.api.send('GET', '/users', { headers: sent === undefined ? {} : { 'x-request-id': sent } })).headers['x-request-id'];
      expect(await idOf('job-42_A')).toBe('job-42_A');
      expect(await idOf('x'.repeat(64))).toBe('x'.repeat(64));
      for (const sent of [undefined, '', 'x'.repeat(65), 'a b', 'a\tb', '<script>', 'é']) expect(await idOf(sent)).toMatch(/^[0-9a-f-]{36}$/);
      expect(await idOf()).not.toBe(await idOf());
    });

    it('carry it on every error, too', async () => {
      const headers = { 'x-request-id': 'mine' };
      for (const path of ['/contacts/999999', '/nothing', '/contacts/abc', '/contacts/%zz']) {
        const answer = await tenant.api.send<ErrorBody>('GET', path, { headers });
        expect([answer.headers['x-request-id'], answer.body.details.requestId]).toEqual(['mine', 'mine']);
      }
    });

    it('keep answers out of caches and browsers from guessing', async () => {
      const { headers } = await tenant.api.get('/contacts');
      expect(headers).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'content-type': 'application/json; charset=utf-8' });
      expect(headers).not.toHaveProperty('x-powered-by');
    });
  });

  describe('open routes', () => {
    it.each(['livez', 'readyz', 'docs', 'openapi.json'])('/%s answers without a key', async (path) => {
      expect((await running.app.client().get(`//${path}`)).status).toBe(200);
    });
  });

  describe('the socket', () => {
    it.each<[string, string, number]>([
      ['nonsense', 'nonsense\r\n\r\n', 400],
      ['a header without a colon', 'GET /livez HTTP/1.1\r\nHost x\r\n\r\n', 400],
      ['headers without end', `GET /livez HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
      ['two lengths', 'POST /api/v1/contacts HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n', 400],
      ['a length and chunks', 'POST /api/v1/contacts HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 400],
      ['TRACE', 'TRACE /api/v1/contacts HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 405],
      ['a length that is none', 'POST /api/v1/contacts HTTP/1.1\r\nHost: x\r\nContent-Length: abc\r\n\r\n', 400],
    ])('answers %s in the shape of all errors', async (_case, request, status) => {
      const { hostname, port } = await running.app.listen();
      const socket = connect(Number(port), hostname);
      await once(socket, 'connect');
      socket.write(request);
      const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n');
      expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
      expect(JSON.parse(body)).toEqual({
        code: status,
        error: expect.any(String),
        message: expect.any(String),
        details: expect.objectContaining({ requestId: expect.any(String) }),
      });
    });
  });
});

/** A path's part as a client would write it; what is a percent sign already stays one. */
const encoded = (part: string): string => (part.includes('%') ? part : encodeURIComponent(part));
