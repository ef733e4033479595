import type { ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { FetchFailed, type FileOwner, SafeFetch, type SafeFetchOptions, TooLarge, UnsafeUrl } from '../../../src/platform/http/safe-fetch';
import { useLoopbackServer } from '../../support/loopback-server';
import { until } from '../../support/until';

describe('SafeFetch', () => {
  const provider = useLoopbackServer();
  const inside = useLoopbackServer();
  const safeFetch = new SafeFetch();
  afterAll(() => safeFetch.onApplicationShutdown());

  const owner = (more: Partial<FileOwner> = {}): FileOwner => ({ baseUrl: provider.url, authorization: 'Bearer x', trusted: true, ...more });
  const getUrl = (url: string, options: Partial<SafeFetchOptions> = {}) => safeFetch.get(url, { owner: owner(), maxBytes: 1000, timeoutMs: 5000, ...options });
  const get = (path: string, options: Partial<SafeFetchOptions> = {}) => getUrl(`${provider.url}${path}`, options);

  const redirectTo = (response: ServerResponse, location: string, status = 302) => void response.writeHead(status, { location }).end('elsewhere');

  it('gets what the provider has, and tells it who asks', async () => {
    provider.answer((request, response) => void response.writeHead(200, { 'x-seen': `${request.url} ${request.headers.authorization}` }).end('sound'));
    const { status, headers, body, finalUrl } = await get('/a?b=c', { owner: owner({ baseUrl: `${provider.url}/v1/whatever` }) });
    expect({ status, seen: headers['x-seen'], finalUrl }).toEqual({ status: 200, seen: '/a?b=c Bearer x', finalUrl: `${provider.url}/a?b=c` });
    expect((await buffer(body)).toString()).toBe('sound');
  });

  it('gives any status for an answer', async () => {
    const { status, body } = await get('/nowhere');
    expect(status).toBe(404);
    body.destroy();
  });

  describe('what only this machine can reach', () => {
    let asked = 0;
    beforeEach(() => {
      asked = 0;
      inside.answer((_, response) => {
        asked++;
        response.end('secret');
      });
    });
    afterEach(() => expect(asked).toBe(0));

    it.each(['127.0.0.1', '127.1', '2130706433', '0x7f.1', '0177.0.0.1', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[::1]', '0.0.0.0', 'localhost', 'LOCALHOST'])(
      'is refused as %s',
      async (host) => {
        const { port } = new URL(inside.url);
        const url = `http://${host}:${port}/`;
        await expect(getUrl(url, { owner: undefined })).rejects.toThrow(UnsafeUrl);
        await expect(getUrl(url)).rejects.toThrow(UnsafeUrl);
        await expect(getUrl(url, { owner: owner({ baseUrl: url, trusted: false }) })).rejects.toThrow(UnsafeUrl);
        provider.answer((_, response) => redirectTo(response, url));
        await expect(get('/')).rejects.toThrow(UnsafeUrl);
      },
    );

    it('is refused under what only looks like the provider', async () => {
      const { port } = new URL(provider.url);
      for (const url of [`https://127.0.0.1:${port}/`, `http://127.0.0.1:${port}@${new URL(inside.url).host}/`, `http://127.0.0.1:80/`]) {
        await expect(getUrl(url)).rejects.toThrow(UnsafeUrl);
      }
    });

    it.each(['file:///etc/passwd', 'ftp://example.com/a', 'data:text/plain,a', 'gopher://127.0.0.1/', 'nonsense', '', 'http://', 'http://[::1%25lo]/'])(
      'is refused as %s',
      async (url) => {
        await expect(getUrl(url)).rejects.toThrow(UnsafeUrl);
        if (!URL.canParse(url)) return; // to a redirect it is a path
        provider.answer((_, response) => redirectTo(response, url));
        await expect(get('/')).rejects.toThrow(UnsafeUrl);
      },
    );
  });

  describe('redirects', () => {
    const countDown = () =>
      provider.answer((request, response) => {
        const left = Number(request.url?.slice(1));
        if (left > 0) redirectTo(response, `/${left - 1}`, [301, 302, 303, 307, 308][left - 1]);
        else response.end(`at the end, ${request.method} as ${request.headers.authorization}`);
      });

    it('are followed five times, and the provider still knows who asks', async () => {
      countDown();
      const { body, finalUrl } = await get('/5');
      expect(finalUrl).toBe(`${provider.url}/0`);
      expect((await buffer(body)).toString()).toBe('at the end, GET as Bearer x');
    });

    it('are not followed a sixth time', async () => {
      countDown();
      await expect(get('/6')).rejects.toThrow(FetchFailed);
    });
  });

  describe('what does not end well', () => {
    it('is too large, if it says so', async () => {
      provider.answer((_, response) => void response.writeHead(200, { 'content-length': 1001 }).write('a'));
      await expect(get('/')).rejects.toThrow(TooLarge);
    });

    it('is too large once it turns out to be, and is read no further', async () => {
      let closed = false;
      provider.answer((_, response) => {
        const timer = setInterval(() => response.write('x'.repeat(300)), 5);
        response.on('close', () => {
          closed = true;
          clearInterval(timer);
        });
      });
      const { body } = await get('/');
      await expect(buffer(body)).rejects.toThrow(TooLarge);
      await until(async () => closed);
    });

    it('may be as large as that', async () => {
      provider.answer((_, response) => void response.end('x'.repeat(1000)));
      expect(await buffer((await get('/')).body)).toHaveLength(1000);
    });

    it('takes too long to begin', async () => {
      provider.answer(() => undefined);
      const failure = get('/', { timeoutMs: 100 }).catch((error: unknown) => error);
      expect(await failure).toBeInstanceOf(FetchFailed);
      expect(await failure).toMatchObject({ message: 'it took too long' });
    });

    it('takes too long to end', async () => {
      provider.answer((_, response) => {
        const timer = setInterval(() => response.write('.'), 20);
        response.on('close', () => clearInterval(timer));
      });
      const { body } = await get('/', { timeoutMs: 200 });
      const failure = buffer(body).catch((error: unknown) => error);
      expect(await failure).toBeInstanceOf(FetchFailed);
      expect(await failure).toMatchObject({ message: 'it took too long' });
    });

    it('breaks off', async () => {
      provider.answer((_, response) => {
        response.writeHead(200, { 'content-length': 500 }).write('half');
        setTimeout(() => response.destroy(), 20);
      });
      const { body } = await get('/');
      await expect(buffer(body)).rejects.toThrow(FetchFailed);
    });

    it('is broken off by the caller', async () => {
      let closed = false;
      provider.answer((_, response) => {
        response.on('close', () => (closed = true));
        response.write('half');
      });
      const abort = new AbortController();
      const { body } = await get('/', { signal: abort.signal });
      abort.abort();
      await expect(buffer(body)).rejects.toThrow(FetchFailed);
      await until(async () => closed);
    });

    it('is left alone by a caller who has seen enough', async () => {
      let closed = false;
      provider.answer((_, response) => {
        response.on('close', () => (closed = true));
        response.write('more to come');
      });
      const { body } = await get('/');
      await sleep(20);
      body.destroy();
      await until(async () => closed);
    });

    it('has nobody there', async () => {
      await expect(getUrl('http://127.0.0.1:1/', { owner: owner({ baseUrl: 'http://127.0.0.1:1' }) })).rejects.toThrow(FetchFailed);
    });
  });
});
