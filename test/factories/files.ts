import type { Answer, ApiClient } from '../support/api-client';

/** Files of each kind, as small as they can be. */
export const FILES = {
  png: Buffer.from('89504e470d0a1a0a0000000d4948445200000001000000010804000000b51c0c020000000b4944415478da6364f80f00010501012718e3660000000049454e44ae426082', 'hex'),
  jpeg: Buffer.from('ffd8ffe000104a46494600010100000100010000ffd9', 'hex'),
  webp: Buffer.from('RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0/\0\0\0\x10\x07\x10\x11\x11\x88\x88\xfe\x07\0', 'latin1'),
  ogg: Buffer.from('OggS\0\x02\0\0\0\0\0\0\0\0\0\0\0\0OpusHead', 'latin1'),
  mp4: Buffer.from('\0\0\0\x18ftypisom\0\0\x02\0isomiso2', 'latin1'),
  pdf: Buffer.from('%PDF-1.4\n%%EOF\n', 'latin1'),
  text: Buffer.from('Hola, ¿qué tal?\n'),
};

export interface FormPart {
  name: string;
  fileName?: string;
  contentType?: string;
  content: Buffer | string;
}

const BOUNDARY = '----llamador-test-form';

/** A form as browsers send it. */
export function formOf(parts: FormPart[]): { raw: Buffer; headers: Record<string, string> } {
  const pieces = parts.flatMap(({ name, fileName, contentType, content }) => [
    Buffer.from(
      `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"${fileName === undefined ? '' : `; filename="${fileName}"`}\r\n${contentType ? `Content-Type: ${contentType}\r\n` : ''}\r\n`,
    ),
    Buffer.from(content),
    Buffer.from('\r\n'),
  ]);
  return { raw: Buffer.concat([...pieces, Buffer.from(`--${BOUNDARY}--\r\n`)]), headers: { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` } };
}

export interface SentFile {
  fileId: string;
  fileName: string;
  contentType: string;
  size: number;
  sha256: string;
  tags: Record<string, string>;
  url: string;
  state: string;
}

/** @param headers besides those of the form */
export function sendForm<T = SentFile>(api: ApiClient, path: string, parts: FormPart[], headers: Record<string, string> = {}): Promise<Answer<T>> {
  const form = formOf(parts);
  return api.send<T>('POST', path, { raw: form.raw, headers: { ...form.headers, ...headers } });
}

export const sendFile = (api: ApiClient, content: Buffer, fileName = 'a.bin', more: FormPart[] = []): Promise<Answer<SentFile>> =>
  sendForm(api, '/files', [{ name: 'file', fileName, contentType: 'application/octet-stream', content }, ...more]);
