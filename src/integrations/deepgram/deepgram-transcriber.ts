import { request } from 'undici';
import { type Audio, Transcriber, type Transcript, type TranscriptSegment } from '../../modules/recordings';

/** An hour of talk takes it about a minute. */
const TIMEOUT_MS = 10 * 60_000;

/** What we read of its answer: https://developers.deepgram.com/reference/speech-to-text/listen-pre-recorded */
interface ListenAnswer {
  metadata?: { request_id?: string };
  results?: { channels?: { alternatives?: { transcript?: string }[] }[]; utterances?: Utterance[] };
  err_msg?: string;
  message?: string;
}

interface Utterance {
  start: number;
  end: number;
  channel: number;
  /** Where it tells speakers apart by their voices. */
  speaker?: number;
  transcript: string;
}

/** Deepgram, or whatever speaks its language under another address. */
export class DeepgramTranscriber extends Transcriber {
  constructor(
    private readonly baseUrl: string,
    private readonly apiKey: string,
  ) {
    super();
  }

  async transcribe({ stream, contentType, dualChannel }: Audio, language?: string): Promise<Transcript> {
    const { statusCode, body } = await request(`${this.baseUrl.replace(/\/+$/, '')}/v1/listen`, {
      method: 'POST',
      query: {
        ...{ model: 'nova-2', smart_format: true, utterances: true },
        ...(dualChannel ? { multichannel: true } : { diarize: true }),
        ...(language === undefined ? { detect_language: true } : { language }),
      },
      headers: { authorization: `Token ${this.apiKey}`, 'content-type': contentType },
      body: stream,
      headersTimeout: TIMEOUT_MS,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const answer = parse(await body.text());
    if (statusCode !== 200 || !answer?.results) throw new Error(`Deepgram answered ${statusCode}: ${answer?.err_msg ?? answer?.message ?? 'without a transcript'}`);
    return { ...transcriptOf(answer.results), providerId: answer.metadata?.request_id, providerName: 'deepgram' };
  }
}

function parse(text: string): ListenAnswer | undefined {
  try {
    return JSON.parse(text) as ListenAnswer;
  } catch {
    return undefined;
  }
}

/** Who spoke in turn, where it says so; else the channels, one after the other. */
function transcriptOf({ channels = [], utterances = [] }: NonNullable<ListenAnswer['results']>): Pick<Transcript, 'text' | 'segments'> {
  const segments = utterances.map(segmentOf).sort((one, other) => one.start - other.start);
  const spoken = segments.length > 0 ? segments.map(({ text }) => text) : channels.map(({ alternatives }) => alternatives?.[0]?.transcript ?? '');
  return { text: spoken.filter((text) => text !== '').join('\n'), segments };
}

const segmentOf = ({ start, end, channel, speaker, transcript }: Utterance): TranscriptSegment => ({
  speaker: `speaker ${(speaker ?? channel) + 1}`,
  text: transcript,
  start,
  end,
});
