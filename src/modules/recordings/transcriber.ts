import type { Readable } from 'node:stream';

/** Who said what, in seconds from the start. */
export interface TranscriptSegment {
  /** As the transcriber tells speakers apart: agent, contact, speaker 1. */
  speaker: string;
  text: string;
  start: number;
  /** Null where nobody knows. */
  end: number | null;
}

export interface Transcript {
  text: string;
  segments: TranscriptSegment[];
  providerId?: string;
  providerName: string;
}

export interface Audio {
  stream: Readable;
  /** audio/wav and the like. */
  contentType: string;
  /** Each side has a channel of its own; null where nobody knows. */
  dualChannel: boolean | null;
}

/** Writes down what is said in a recording. Bound where a key for one is set; without it, recordings stay without words. */
export abstract class Transcriber {
  /** @param language BCP 47; where it is left out, the transcriber finds it. @throws where it could not be asked, or refused */
  abstract transcribe(audio: Audio, language?: string): Promise<Transcript>;
}
