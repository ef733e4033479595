import { AUDIO } from '../../../test/support/audio';
import { audioFormatOf } from './audio-format';

describe('what the first bytes say', () => {
  it.each([
    ['wav', 'audio/wav', AUDIO.wav],
    ['mp3', 'audio/mpeg', AUDIO.mp3],
    ['mp3', 'audio/mpeg', AUDIO.mp3WithoutTag],
    ['ogg', 'audio/ogg', AUDIO.ogg],
    ['webm', 'audio/webm', AUDIO.webm],
    ['m4a', 'audio/mp4', AUDIO.m4a],
  ])('%s is %s', (extension, contentType, bytes) => {
    expect(audioFormatOf(bytes)).toEqual({ extension, contentType });
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['one byte', Buffer.from([0xff])],
    ['a page', Buffer.from('<!DOCTYPE html><html>')],
    ['JSON', Buffer.from('{"error":"no"}')],
    ['a text in UTF-16', Buffer.from('\ufefftext', 'utf16le')],
    ['a picture', Buffer.from('89504e470d0a1a0a', 'hex')],
    ['another RIFF', Buffer.from('RIFF\x00\x00\x00\x00AVI LIST')],
  ])('%s is no audio', (_, bytes) => {
    expect(audioFormatOf(bytes)).toBeUndefined();
  });
});
