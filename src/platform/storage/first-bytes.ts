import { Readable } from 'node:stream';

/** Looks at how a stream begins. @returns at least `count` bytes where there are as many, and the stream from its start, in place of the one given */
export async function firstBytes(stream: Readable, count: number): Promise<{ head: Buffer; whole: Readable }> {
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer, undefined> & AsyncIterable<Buffer>;
  let head = Buffer.alloc(0);
  while (head.length < count) {
    const { value } = await chunks.next();
    if (value === undefined) break;
    head = Buffer.concat([head, value]);
  }
  async function* all(): AsyncGenerator<Buffer> {
    yield head;
    yield* chunks;
  }
  return { head, whole: Readable.from(all()) };
}
