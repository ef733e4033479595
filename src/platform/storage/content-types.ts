import { isUtf8 } from 'node:buffer';

/** A kind of file: the first of its content types is the one to name where nothing else decides. */
interface Signature {
  is(head: Buffer): boolean;
  types: readonly FileType[];
}

export interface FileType {
  contentType: string;
  /** Without the dot. */
  extension: string;
}

const type = (contentType: string, extension: string): FileType => ({ contentType, extension });

const starts = (text: string, at = 0) => {
  const bytes = Buffer.from(text, 'latin1');
  return (head: Buffer): boolean => head.subarray(at, at + bytes.length).equals(bytes);
};
const riff = (kind: string) => (head: Buffer): boolean => starts('RIFF')(head) && starts(kind, 8)(head);
/** ISO media: the brand behind `ftyp` says which. */
const brand = (pattern: RegExp) => (head: Buffer): boolean => starts('ftyp', 4)(head) && pattern.test(head.toString('latin1', 8, 12));
/** Eleven bits of sync, then the layer: III of MPEG audio, or 0, which is AAC's ADTS. Others are as likely the byte order mark of a text. */
const frame = (mask: number, value: number) => (head: Buffer): boolean => head.length >= 2 && head[0] === 0xff && ((head[1] ?? 0) & mask) === value;

const TEXTS = [type('text/plain', 'txt'), type('text/csv', 'csv'), type('application/json', 'json'), type('text/html', 'html'), type('image/svg+xml', 'svg'), type('text/xml', 'xml')];
const OFFICE = 'application/vnd.openxmlformats-officedocument';

/** What the first bytes of a file say that it is; what servers and clients say of their files is often wrong. */
const SIGNATURES: readonly Signature[] = [
  { is: starts('\x89PNG\r\n\x1a\n'), types: [type('image/png', 'png')] },
  { is: starts('\xff\xd8\xff'), types: [type('image/jpeg', 'jpg'), type('image/jpeg', 'jpeg')] },
  { is: starts('GIF8'), types: [type('image/gif', 'gif')] },
  { is: riff('WEBP'), types: [type('image/webp', 'webp')] },
  { is: riff('WAVE'), types: [type('audio/wav', 'wav')] },
  { is: starts('#!AMR'), types: [type('audio/amr', 'amr')] },
  { is: starts('OggS'), types: [type('audio/ogg', 'ogg'), type('audio/ogg', 'oga'), type('audio/ogg', 'opus'), type('video/ogg', 'ogv')] },
  { is: starts('ID3'), types: [type('audio/mpeg', 'mp3')] },
  { is: frame(0xf6, 0xf0), types: [type('audio/aac', 'aac')] },
  { is: frame(0xe6, 0xe2), types: [type('audio/mpeg', 'mp3')] },
  { is: starts('\x1a\x45\xdf\xa3'), types: [type('video/webm', 'webm'), type('audio/webm', 'webm'), type('video/x-matroska', 'mkv')] },
  { is: brand(/^3g/), types: [type('video/3gpp', '3gp')] },
  { is: brand(/^M4[AB]/), types: [type('audio/mp4', 'm4a')] },
  { is: brand(/^qt/), types: [type('video/quicktime', 'mov')] },
  { is: brand(/^(hei[cxms]|hev[cxms])/), types: [type('image/heic', 'heic')] },
  { is: brand(/^(mif1|msf1)/), types: [type('image/heif', 'heif'), type('image/heic', 'heic'), type('image/avif', 'avif')] },
  { is: brand(/^avi[fs]/), types: [type('image/avif', 'avif')] },
  { is: brand(/./), types: [type('video/mp4', 'mp4'), type('audio/mp4', 'm4a')] },
  { is: starts('%PDF-'), types: [type('application/pdf', 'pdf')] },
  {
    is: starts('PK\x03\x04'),
    types: [type('application/zip', 'zip'), type(`${OFFICE}.wordprocessingml.document`, 'docx'), type(`${OFFICE}.spreadsheetml.sheet`, 'xlsx'), type(`${OFFICE}.presentationml.presentation`, 'pptx')],
  },
  { is: starts('\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1'), types: [type('application/msword', 'doc'), type('application/vnd.ms-excel', 'xls'), type('application/vnd.ms-powerpoint', 'ppt')] },
  { is: isText, types: TEXTS },
  // Text of another encoding is text where it says so: by itself it could be anything.
  { is: isOldText, types: [type('application/octet-stream', 'bin'), ...TEXTS] },
];

/** A character may be cut in two where the first bytes end. */
function isText(head: Buffer): boolean {
  return head.length > 0 && !head.includes(0) && [0, 1, 2, 3].some((cut) => head.length > cut && isUtf8(head.subarray(0, head.length - cut)));
}

/** UTF-16 by its byte order mark, or one byte a character without those that no text has. */
function isOldText(head: Buffer): boolean {
  return starts('\xff\xfe')(head) || starts('\xfe\xff')(head) || (head.length > 0 && head.every((byte) => byte >= 0x20 || (byte >= 0x09 && byte <= 0x0d)));
}

const UNKNOWN: FileType = { contentType: 'application/octet-stream', extension: 'bin' };

/** What a file can be by its first bytes, the likeliest first; nothing where they say nothing. */
export const fileTypesOf = (head: Buffer): readonly FileType[] => SIGNATURES.find(({ is }) => is(head))?.types ?? [];

/** What a file is: what its content allows, and between several of that what it claims to be, by its type or its name. */
export function fileTypeOf(head: Buffer, { fileName = '', claimed = '' }: { fileName?: string; claimed?: string }): FileType {
  const types = fileTypesOf(head);
  const essence = claimed.split(';')[0]?.trim().toLowerCase();
  const extension = /\.([a-z0-9]+)$/i.exec(fileName)?.[1]?.toLowerCase();
  return types.find(({ contentType }) => contentType === essence) ?? types.find((one) => one.extension === extension) ?? types[0] ?? UNKNOWN;
}
