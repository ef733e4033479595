import { aWav } from '../../../test/support/audio';
import { durationOf, readWavHeader } from './wav-header';

const HEADER = 44;

/** As aWav, with another chunk between format and sound. */
function withChunk(wav: Buffer, size: number): Buffer {
  const chunk = Buffer.alloc(8 + size + (size % 2));
  chunk.write('LIST');
  chunk.writeUInt32LE(size, 4);
  return Buffer.concat([wav.subarray(0, 36), chunk, wav.subarray(36)]);
}

const secondsOf = (wav: Buffer): number | undefined => {
  const header = readWavHeader(wav.subarray(0, 4096));
  return header && durationOf(header, wav.length);
};

describe('the header of a WAV', () => {
  it('has the channels, and from it follows how long it is', () => {
    const wav = aWav({ seconds: 2.5, channels: 2 });
    expect(readWavHeader(wav)).toEqual({ channels: 2, byteRate: 32_000, dataStart: HEADER, dataSize: 80_000 });
    expect(secondsOf(wav)).toBe(2.5);
  });

  it.each([26, 27])('is read over another chunk, here of %i bytes', (size) => {
    expect(secondsOf(withChunk(aWav({ seconds: 2 }), size))).toBe(2);
  });

  it.each([0, 0xffffffff])('declares %i where it was streamed: then the file says how long it is', (declared) => {
    const wav = aWav({ seconds: 3 });
    wav.writeUInt32LE(declared, 40);
    expect(secondsOf(wav)).toBe(3);
  });

  it('says no more than there is of one that was cut off', () => {
    expect(secondsOf(aWav({ seconds: 4 }).subarray(0, HEADER + 16_000))).toBe(1);
  });

  it('tells nothing where it makes no sense', () => {
    expect(readWavHeader(aWav().subarray(0, 30))).toBeUndefined();
    expect(readWavHeader(withChunk(aWav(), 5000).subarray(0, 4096))).toBeUndefined();
    const silent = aWav();
    silent.writeUInt32LE(0, 28);
    expect(secondsOf(silent)).toBeUndefined();
  });
});
