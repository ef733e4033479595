import { beepWav } from './beep-wav';

describe('The recording', () => {
  it.each([
    [1, 8000 * 2],
    [2, 8000 * 4],
  ] as const)('is a WAV of %i channels with %i bytes a second', (channels, bytesPerSecond) => {
    const wav = beepWav(1.5, channels);
    expect(wav.subarray(0, 4).toString() + wav.subarray(8, 16).toString()).toBe('RIFFWAVEfmt ');
    expect([wav.readUInt32LE(4), wav.readUInt16LE(22), wav.readUInt32LE(24), wav.readUInt32LE(28), wav.readUInt16LE(34), wav.readUInt32LE(40)]).toEqual([
      wav.length - 8,
      channels,
      8000,
      bytesPerSecond,
      16,
      1.5 * bytesPerSecond,
    ]);
    expect(wav.subarray(44, 44 + 1000).some((byte) => byte !== 0)).toBe(true);
  });

  it('ends after 30 s', () => {
    expect(beepWav(3600, 1)).toHaveLength(44 + 30 * 16_000);
  });
});
