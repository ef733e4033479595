export interface WavHeader {
  channels: number;
  /** Bytes a second. */
  byteRate: number;
  /** Where the sound begins, in bytes from the start of the file. */
  dataStart: number;
  /** Bytes of sound, as declared: a writer that streams declares 0, or as much as fits into 32 bits. */
  dataSize: number;
}

const FIRST_CHUNK = 12; // behind RIFF, size and WAVE
const CHUNK_HEADER = 8;
const FORMAT_SIZE = 16;

/** Of the first few KiB of a WAV; undefined where they do not reach to the sound, or make no sense. */
export function readWavHeader(head: Buffer): WavHeader | undefined {
  let format: { channels: number; byteRate: number } | undefined;
  for (let at = FIRST_CHUNK; at + CHUNK_HEADER <= head.length;) {
    const [name, size, start] = [head.toString('latin1', at, at + 4), head.readUInt32LE(at + 4), at + CHUNK_HEADER];
    if (name === 'data') return format && { ...format, dataStart: start, dataSize: size };
    if (name === 'fmt ' && start + FORMAT_SIZE <= head.length) format = { channels: head.readUInt16LE(start + 2), byteRate: head.readUInt32LE(start + 8) };
    at = start + size + (size % 2); // chunks begin at even places
  }
  return undefined;
}

/** Seconds. @param fileSize bytes, which says how much there really is */
export function durationOf({ byteRate, dataStart, dataSize }: WavHeader, fileSize: number): number | undefined {
  if (byteRate === 0) return undefined;
  return Math.min(dataSize || Infinity, fileSize - dataStart) / byteRate;
}
