const SAMPLE_RATE = 8000;
const BYTES_PER_SAMPLE = 2;
const HEADER_BYTES = 44;
const MAX_SECONDS = 30;
const VOLUME = 8000;
const BEEP_SECONDS = 0.2;
/** Hz, of each side: who listens can tell them apart. */
const TONES = [440, 660];

/** A recording: a beep at every second. 8 kHz, 16 bit; at most 30 s. */
export function beepWav(seconds: number, channels: 1 | 2): Buffer {
  const frames = Math.round(Math.min(seconds, MAX_SECONDS) * SAMPLE_RATE);
  const dataBytes = frames * channels * BYTES_PER_SAMPLE;
  const wav = Buffer.alloc(HEADER_BYTES + dataBytes);
  wav.write('RIFF', 0, 'latin1');
  wav.writeUInt32LE(HEADER_BYTES - 8 + dataBytes, 4);
  wav.write('WAVEfmt ', 8, 'latin1');
  wav.writeUInt32LE(16, 16); // bytes of this part
  wav.writeUInt16LE(1, 20); // PCM
  wav.writeUInt16LE(channels, 22);
  wav.writeUInt32LE(SAMPLE_RATE, 24);
  wav.writeUInt32LE(SAMPLE_RATE * channels * BYTES_PER_SAMPLE, 28);
  wav.writeUInt16LE(channels * BYTES_PER_SAMPLE, 32);
  wav.writeUInt16LE(BYTES_PER_SAMPLE * 8, 34);
  wav.write('data', 36, 'latin1');
  wav.writeUInt32LE(dataBytes, 40);
  for (let frame = 0; frame < frames; frame++) {
    const second = (frame % SAMPLE_RATE) / SAMPLE_RATE;
    if (second >= BEEP_SECONDS) continue; // silence is zero already
    for (let channel = 0; channel < channels; channel++) {
      const sample = Math.round(VOLUME * Math.sin(2 * Math.PI * (TONES[channel] ?? 0) * second));
      wav.writeInt16LE(sample, HEADER_BYTES + (frame * channels + channel) * BYTES_PER_SAMPLE);
    }
  }
  return wav;
}
