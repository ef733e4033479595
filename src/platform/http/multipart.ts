import multipart, { type Multipart } from '@fastify/multipart';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Readable } from 'node:stream';
import { InvalidRequest, UnsupportedMediaType } from '../errors/platform.errors';
import { findUnstorable } from '../text/unstorable';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Takes a form with a file, and nothing else. */
    multipart?: boolean;
  }
}

const MAX_FIELDS = 20;
const MAX_FIELD_BYTES = 256 * 1024;
const MAX_NAME = 255;

/** A file on its way in: it has to be read to its end before what comes after it can be. One that is refused is left unread. */
export interface IncomingFile {
  field: string;
  fileName: string;
  /** What whoever sends it says that it is. */
  claimed: string;
  content: Readable;
}

/** Forms are for the routes that say `@RouteConfig({ multipart: true })`, and those take only forms. */
export function registerMultipart(fastify: FastifyInstance): void {
  void fastify.register(multipart, { throwFileSizeLimit: false });
  fastify.addHook('onRequest', (request, _, done) => {
    const contentType = request.headers['content-type'] ?? '';
    const { multipart: wantsForm = false } = request.routeOptions.config;
    if (request.is404 || isSandbox(request)) return done();
    if (wantsForm && !/^multipart\/form-data\b/i.test(contentType)) return done(new UnsupportedMediaType('Send the file as a form: multipart/form-data, as curl -F file=@leads.csv does.'));
    if (!wantsForm && /^multipart\//i.test(contentType)) return done(new UnsupportedMediaType());
    done();
  });
}

/** The providers that the sandbox plays have bodies of their own. */
const isSandbox = ({ url }: FastifyRequest): boolean => url.startsWith('/sandbox/');

/**
 * Reads a form: its texts are given back, its files are taken by `take` as they come.
 * @throws InvalidRequest for what is no form, what breaks off, and more than there may be; whatever `take` throws
 */
export async function readForm(request: FastifyRequest, take: (file: IncomingFile) => Promise<void>): Promise<Record<string, string>> {
  const fields: Record<string, string> = {};
  const parts = request.parts({ limits: { fields: MAX_FIELDS, fieldSize: MAX_FIELD_BYTES, files: 2, parts: MAX_FIELDS + 2, fileSize: Infinity } });
  try {
    for await (const part of sent(parts)) {
      if (!part.fieldname) throw new InvalidRequest('The form has a part without a name. Name the file "file": Content-Disposition: form-data; name="file"; filename="leads.csv".');
      if (part.type === 'field') fields[part.fieldname] = textOf(part);
      else await take({ field: part.fieldname, fileName: nameOf(part.filename), claimed: part.mimetype, content: Readable.from(sent(part.file as AsyncIterable<Buffer>)) });
    }
  } catch (error) {
    // The rest is not wanted, and must not keep the connection.
    request.raw.unpipe();
    request.raw.resume();
    throw error;
  }
  return fields;
}

/** What cannot be read, or breaks off, is the form's fault; what goes wrong with whoever reads it is not. */
async function* sent<T>(source: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* source;
  } catch (error) {
    throw new InvalidRequest(`The form cannot be read: ${(error as Error).message}. Send multipart/form-data with one file.`);
  }
}

function textOf(part: Extract<Multipart, { type: 'field' }>): string {
  // One that says it is JSON comes parsed.
  const text = typeof part.value === 'string' ? part.value : JSON.stringify(part.value);
  if (part.valueTruncated) throw new InvalidRequest(`The form's field ${part.fieldname} is longer than ${MAX_FIELD_BYTES / 1024} KiB.`);
  if (findUnstorable({ [part.fieldname]: text }) !== undefined) throw new InvalidRequest(`The form's field ${part.fieldname} contains NUL or half of a surrogate pair, which is no text.`);
  return text;
}

/** A name without its folders. */
function nameOf(sent: string | undefined): string {
  const name = (sent ?? '').split(/[\\/]/).at(-1) ?? '';
  const tidy = name.replace(/\p{Cc}/gu, '').toWellFormed().trim();
  return [...tidy].slice(-MAX_NAME).join('').slice(-MAX_NAME).toWellFormed() || 'file';
}
