const SAMPLE_RATE = 8000;
const SAMPLE_BYTES = 2;
const HEADER_BYTES = 44;

/** A WAV of a beep, 16 bit at 8 kHz. */
export function aWav({ seconds = 1, channels = 1 }: { seconds?: number; channels?: number } = {}): Buffer {
  const frame = channels * SAMPLE_BYTES;
  const data = Buffer.alloc(Math.round(seconds * SAMPLE_RATE) * frame);
  for (let at = 0; at < data.length; at += SAMPLE_BYTES) data.writeInt16LE(Math.round(8000 * Math.sin((at / frame / SAMPLE_RATE) * 2 * Math.PI * 440)), at);
  const header = Buffer.alloc(HEADER_BYTES);
  header.write('RIFF', 0);
  header.writeUInt32LE(HEADER_BYTES - 8 + data.length, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(channels, 22);
  header.writeUInt32LE(SAMPLE_RATE, 24);
  header.writeUInt32LE(SAMPLE_RATE * frame, 28);
  header.writeUInt16LE(frame, 32);
  header.writeUInt16LE(8 * SAMPLE_BYTES, 34);
  header.write('data', 36);
  header.writeUInt32LE(data.length, 40);
  return Buffer.concat([header, data]);
}

/** How files of each kind begin, with something behind it. */
export const AUDIO = {
  wav: aWav(),
  mp3: Buffer.concat([Buffer.from('ID3'), Buffer.alloc(200, 7)]),
  mp3WithoutTag: Buffer.concat([Buffer.from([0xff, 0xfb, 0x90, 0x64]), Buffer.alloc(200, 7)]),
  ogg: Buffer.concat([Buffer.from('OggS'), Buffer.alloc(200, 7)]),
  webm: Buffer.concat([Buffer.from('1a45dfa3', 'hex'), Buffer.alloc(200, 7)]),
  m4a: Buffer.concat([Buffer.from([0, 0, 0, 32]), Buffer.from('ftypM4A '), Buffer.alloc(200, 7)]),
};
