import { HttpStatus } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { Readable } from 'node:stream';
import { RangeNotSatisfiable } from '../errors/platform.errors';
import type { ByteRange } from '../storage/storage';
import { parseByteRange } from './byte-range';

/** A file as it is served. */
export interface ServedFile {
  /** Any text. */
  name: string;
  contentType: string;
  /** Bytes. */
  size: number;
  read(range?: ByteRange): Promise<Readable>;
}

/** Answers with a file, or with the one part of it that the Range header asks for. @throws RangeNotSatisfiable */
export async function sendFile(reply: FastifyReply, file: ServedFile): Promise<void> {
  const part = parseByteRange(reply.request.headers.range, file.size);
  if (part && part.start >= file.size) {
    void reply.header('Content-Range', `bytes */${file.size}`);
    throw new RangeNotSatisfiable(file.size);
  }
  const content = await file.read(part);
  const length = part ? part.end - part.start + 1 : file.size;
  void reply.headers({ 'Accept-Ranges': 'bytes', 'Content-Type': file.contentType, 'Content-Length': length, ...presentationOf(file) });
  if (part) void reply.status(HttpStatus.PARTIAL_CONTENT).header('Content-Range', `bytes ${part.start}-${part.end}/${file.size}`);
  void reply.send(content);
}

/** What a browser may show where it is opened. Anything else is saved, and runs nowhere: a page among the files would be one of ours. */
const SHOWN = /^(image\/(png|jpeg|gif|webp)|audio\/.*|video\/.*|application\/pdf|text\/plain)$/;

function presentationOf({ name, contentType }: ServedFile): Record<string, string> {
  const plain = name.replace(/[^\x20-\x7e]|["\\%]/g, '_');
  const exact = encodeURIComponent(name.toWellFormed()).replace(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
  const exactName = plain === name ? '' : `; filename*=UTF-8''${exact}`;
  return { 'Content-Disposition': `${SHOWN.test(contentType) ? 'inline' : 'attachment'}; filename="${plain}"${exactName}`, 'Content-Security-Policy': "sandbox; default-src 'none'" };
}
