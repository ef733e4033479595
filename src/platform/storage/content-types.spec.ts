import { AUDIO } from '../../../test/support/audio';
import { fileTypeOf, fileTypesOf } from './content-types';

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');
const mp4 = (brand: string): Buffer => bytes(`\0\0\0\x18ftyp${brand}\0\0\0\0`);
const ZIP = bytes('PK\x03\x04rest');
const OLE = bytes('\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest');

describe('what the first bytes say', () => {
  it.each([
    ['image/png', bytes('\x89PNG\r\n\x1a\n')],
    ['image/jpeg', bytes('\xff\xd8\xff\xe0')],
    ['image/webp', bytes('RIFF\0\0\0\0WEBP')],
    ['audio/wav', AUDIO.wav],
    ['audio/mpeg', AUDIO.mp3],
    ['audio/mpeg', AUDIO.mp3WithoutTag],
    ['audio/ogg', AUDIO.ogg],
    ['audio/mp4', AUDIO.m4a],
    ['audio/aac', bytes('\xff\xf1\x50\x80')],
    ['audio/amr', bytes('#!AMR\n')],
    ['video/webm', AUDIO.webm],
    ['video/mp4', mp4('isom')],
    ['video/3gpp', mp4('3gp5')],
    ['image/heic', mp4('heic')],
    ['image/heif', mp4('mif1')],
    ['image/avif', mp4('avif')],
    ['application/pdf', bytes('%PDF-1.7')],
    ['application/zip', ZIP],
    ['application/msword', OLE],
    ['text/plain', Buffer.from('¿Qué tal?')],
    ['text/plain', Buffer.from('á'.repeat(10)).subarray(0, 19)],
  ])('%s', (contentType, head) => {
    expect(fileTypesOf(head)[0]?.contentType).toBe(contentType);
  });

  it.each([['nothing', Buffer.alloc(0)], ['zeros', Buffer.alloc(20)], ['another RIFF', bytes('RIFF\0\0\0\0AVI ')]])(
    '%s says nothing',
    (_, head) => {
      expect(fileTypesOf(head)).toEqual([]);
      expect(fileTypeOf(head, { fileName: 'a.png', claimed: 'image/png' }).contentType).toBe('application/octet-stream');
    },
  );

  it.each([['UTF-16', Buffer.from('\ufeffa;b\n', 'utf16le')], ['Latin', bytes('tel\xe9fono;a\xf1o\n')]])('text in %s is text where it says so', (_, head) => {
    expect(fileTypeOf(head, {}).contentType).toBe('application/octet-stream');
    expect(fileTypeOf(head, { fileName: 'a.csv' }).contentType).toBe('text/csv');
    expect(fileTypeOf(head, { claimed: 'text/plain' }).contentType).toBe('text/plain');
    expect(fileTypeOf(head, { claimed: 'image/png', fileName: 'a.png' }).contentType).toBe('application/octet-stream');
  });

  it.each([
    ['what is claimed', ZIP, { claimed: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document' }, 'docx'],
    ['the name', ZIP, { fileName: 'Plan.XLSX' }, 'xlsx'],
    ['what is claimed, before the name', OLE, { fileName: 'a.xls', claimed: 'application/msword; x=y' }, 'doc'],
    ['the name', bytes('a,b\n'), { fileName: 'a.csv' }, 'csv'],
    ['its content, whatever is claimed', bytes('%PDF-1'), { fileName: 'a.png', claimed: 'image/png' }, 'pdf'],
    ['its content, where the name is another kind', bytes('\xff\xd8\xff\xe0'), { fileName: 'a.exe' }, 'jpg'],
  ])('a file is told by %s', (_, head, told, extension) => {
    expect(fileTypeOf(head, told).extension).toBe(extension);
  });
});
