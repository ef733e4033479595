const SAMPLE_RATE = 48_000;
const FRAMES = 50;
const SAMPLES_PER_FRAME = 960;
/** 20 ms of silence. */
const SILENCE = Buffer.from([0xf8, 0xff, 0xfe]);
const SERIAL = 1;
const FIRST = 2;
const LAST = 4;

/** A second of silence as WhatsApp's voice notes are: Opus in Ogg (RFC 7845). */
export function voiceNote(): Buffer {
  const head = Buffer.concat([Buffer.from('OpusHead'), Buffer.from([1, 1, 0, 0]), u32(SAMPLE_RATE), Buffer.from([0, 0, 0])]);
  const tags = Buffer.concat([Buffer.from('OpusTags'), u32(0), u32(0)]);
  const frames = Array.from({ length: FRAMES }, () => SILENCE);
  return Buffer.concat([page([head], FIRST, 0, 0), page([tags], 0, 1, 0), page(frames, LAST, 2, FRAMES * SAMPLES_PER_FRAME)]);
}

/** Packets of less than 255 bytes each. */
function page(packets: Buffer[], flags: number, sequence: number, granule: number): Buffer {
  const sizes = Buffer.from(packets.map(({ length }) => length));
  const bytes = Buffer.concat([Buffer.from('OggS'), Buffer.from([0, flags]), u32(granule), u32(0), u32(SERIAL), u32(sequence), u32(0), Buffer.from([sizes.length]), sizes, ...packets]);
  bytes.writeUInt32LE(checksum(bytes), 22);
  return bytes;
}

function checksum(bytes: Buffer): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 24;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x80000000 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
  }
  return crc >>> 0;
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
