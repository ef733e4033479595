import { execFileSync } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import S3rver from 's3rver';
import { S3Storage } from '../../../src/integrations/s3/s3-storage';
import { Config } from '../../../src/platform/config/config';
import { LocalStorage } from '../../../src/platform/storage/local-storage';
import { FileMissing, type Storage } from '../../../src/platform/storage/storage';
import { useLoopbackServer } from '../../support/loopback-server';

/** More than one part of an upload to S3, and than one chunk of any stream. */
const LONG = randomBytes(6 * 1024 * 1024);

interface Backend {
  name: string;
  open(folder: string): Promise<{ storage: Storage; close(): Promise<void> }>;
}

const local: Backend = {
  name: 'a local folder',
  open: async (folder) => ({ storage: new LocalStorage(Object.assign(new Config(), { DATA_DIR: folder })), close: async () => undefined }),
};

const s3: Backend = {
  name: 'a bucket',
  open: async (folder) => {
    const server = new S3rver({ address: '127.0.0.1', port: 0, silent: true, directory: folder, configureBuckets: [{ name: 'recordings', configs: [] }] });
    const { port } = await server.run();
    const settings = { S3_ENDPOINT: `http://127.0.0.1:${port}`, S3_REGION: 'us-east-1', S3_ACCESS_KEY_ID: 'S3RVER', S3_SECRET_ACCESS_KEY: 'S3RVER' };
    const storage = new S3Storage('recordings', settings);
    return {
      storage,
      close: async () => {
        storage.onApplicationShutdown();
        await server.close();
      },
    };
  },
};

/** How LocalStorage names what is still being written. */
const isUnfinished = (path: string): boolean => /(^|\/)\.[0-9a-f-]{36}$/.test(path);

/** A disk with a megabyte of room, where one may be mounted; else no file of this process may be larger. @returns what ends it */
function littleRoom(folder: string): () => void {
  const command = (program: string, ...args: string[]) => void execFileSync(program, args, { stdio: 'ignore' });
  try {
    command('mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder);
    return () => command('umount', folder);
  } catch {
    command('prlimit', '--pid', String(process.pid), '--fsize=1000000:');
    return () => command('prlimit', '--pid', String(process.pid), '--fsize=unlimited:');
  }
}

const onLinux = process.platform === 'linux' ? describe : describe.skip;
onLinux('a folder on a disk that is full', () => {
  let folder: string;
  let giveRoom: () => void;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'llamador-full-'));
    giveRoom = littleRoom(folder);
  });
  afterAll(async () => {
    giveRoom();
    await rm(folder, { recursive: true });
  });

  it('refuses the file with a word of its own, keeps nothing of it, and takes the next that fits', async () => {
    const storage = new LocalStorage(Object.assign(new Config(), { DATA_DIR: folder }));
    await expect(storage.write('files/1/large.bin', Readable.from([LONG]))).rejects.toMatchObject({ code: 'STORAGE_FULL', status: 507 });
    await expect(storage.read('files/1/large.bin')).rejects.toThrow(FileMissing);
    expect((await readdir(folder, { recursive: true })).filter(isUnfinished)).toEqual([]);
    expect(await storage.write('files/1/small.bin', Readable.from([LONG.subarray(0, 1000)]))).toBe(1000);
  });
});

describe('what a killed process leaves in a folder', () => {
  it('is swept a day later, and nothing that somebody may still be writing', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'llamador-sweep-'));
    const storage = new LocalStorage(Object.assign(new Config(), { DATA_DIR: folder }));
    try {
      await storage.sweep(); // nobody has kept anything yet
      const id = await storage.identify();
      await storage.write('files/1/kept.bin', Readable.from([Buffer.from('kept')]));
      const [old, young] = [randomUUID(), randomUUID()].map((name) => join(folder, 'storage/files/1', `.${name}`)) as [string, string];
      for (const path of [old, young]) await writeFile(path, 'half');
      const yesterday = new Date(Date.now() - 25 * 3_600_000);
      for (const path of [old, join(folder, 'storage/files/1/kept.bin'), join(folder, 'storage/.storage-id')]) await utimes(path, yesterday, yesterday);
      await storage.sweep();
      expect((await readdir(join(folder, 'storage/files/1'))).sort()).toEqual([basename(young), 'kept.bin']);
      expect(await storage.identify()).toBe(id);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('a bucket that says nothing', () => {
  const silent = useLoopbackServer();

  it('is given up for the time', async () => {
    silent.answer(() => undefined);
    const settings = { S3_ENDPOINT: silent.url, S3_REGION: 'us-east-1', S3_ACCESS_KEY_ID: 'key', S3_SECRET_ACCESS_KEY: 'secret' };
    const storage = new S3Storage('recordings', settings, 300);
    await expect(storage.read('files/1/silent.bin')).rejects.toMatchObject({ name: 'TimeoutError' });
    await expect(storage.write('files/1/silent.bin', Readable.from(['sound']))).rejects.toMatchObject({ name: 'TimeoutError' });
    storage.onApplicationShutdown();
  });
});

describe.each([local, s3])('files in $name', ({ open }) => {
  let folder: string;
  let opened: Awaited<ReturnType<Backend['open']>>;
  let storage: Storage;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'llamador-storage-'));
    opened = await open(folder);
    storage = opened.storage;
  });
  afterAll(async () => {
    await opened.close();
    await rm(folder, { recursive: true });
  });

  const aKey = () => `recordings/1/${randomUUID()}.wav`;
  const read = async (key: string, range?: { start: number; end: number }) => buffer(await storage.read(key, range));

  it.each([
    ['short ones', Buffer.from('sound')],
    ['long ones', LONG],
    ['empty ones', Buffer.alloc(0)],
  ])('are read as they were written: %s', async (_, content) => {
    const key = aKey();
    expect(await storage.write(key, Readable.from([content.subarray(0, 3), content.subarray(3)]))).toBe(content.length);
    expect((await read(key)).equals(content)).toBe(true);
  });

  it('are read in parts', async () => {
    const key = aKey();
    await storage.write(key, Readable.from([Buffer.from('0123456789')]));
    expect((await read(key, { start: 2, end: 4 })).toString()).toBe('234');
    expect((await read(key, { start: 9, end: 9 })).toString()).toBe('9');
  });

  it('are replaced as a whole', async () => {
    const key = aKey();
    await storage.write(key, Readable.from([Buffer.from('the first')]));
    await storage.write(key, Readable.from([Buffer.from('second')]));
    expect((await read(key)).toString()).toBe('second');
  });

  it.each([
    ['soon', 10],
    ['late', LONG.length],
  ])('are not there where the source failed %s, and the failure is told as it was', async (_, bytes) => {
    const failure = new Error('the source failed');
    const key = aKey();
    async function* failing() {
      yield LONG.subarray(0, bytes);
      throw failure;
    }
    await expect(storage.write(key, Readable.from(failing()))).rejects.toBe(failure);
    await expect(storage.read(key)).rejects.toThrow(FileMissing);
    expect((await readdir(folder, { recursive: true })).filter(isUnfinished)).toEqual([]);
  });

  it('are as they were where a replacement failed', async () => {
    const key = aKey();
    await storage.write(key, Readable.from([Buffer.from('the first')]));
    async function* failing() {
      yield Buffer.from('half');
      throw new Error('the source failed');
    }
    await expect(storage.write(key, Readable.from(failing()))).rejects.toThrow('the source failed');
    expect((await read(key)).toString()).toBe('the first');
  });

  it('are gone once deleted, and may be deleted again', async () => {
    const key = aKey();
    await storage.write(key, Readable.from([Buffer.from('sound')]));
    await storage.delete(key);
    await storage.delete(key);
    await expect(storage.read(key)).rejects.toThrow(FileMissing);
  });

  it('have one place, however often and from wherever it is asked for, and another one elsewhere', async () => {
    const other = await mkdtemp(join(tmpdir(), 'llamador-storage-'));
    const elsewhere = new LocalStorage(Object.assign(new Config(), { DATA_DIR: other }));
    const ids = await Promise.all([storage.identify(), storage.identify(), storage.identify()]);
    expect(new Set(ids).size).toBe(1);
    expect(await elsewhere.identify()).not.toBe(ids[0]);
    await rm(other, { recursive: true });
  });

  it.each(['', '/etc/passwd', '../outside', 'a/../../outside', 'a/..', '.', 'a//b', 'a/', '.hidden', 'a/.hidden', 'a\\b', 'a\0b', 'a b', 'é', '%2e%2e/a'])(
    'have no key %j',
    async (key) => {
      await expect(storage.write(key, Readable.from([Buffer.from('x')]))).rejects.toThrow('not a storage key');
      await expect(storage.read(key)).rejects.toThrow('not a storage key');
      await expect(storage.delete(key)).rejects.toThrow('not a storage key');
    },
  );
});
