import { Global, Module } from '@nestjs/common';
import { Transcriber } from '../../modules/recordings';
import { Config } from '../../platform/config/config';
import { DeepgramTranscriber } from './deepgram-transcriber';

/** Binds the port where a key is set; else nobody transcribes. */
@Global()
@Module({
  providers: [
    {
      provide: Transcriber,
      inject: [Config],
      useFactory: ({ DEEPGRAM_API_KEY: key, DEEPGRAM_BASE_URL: baseUrl }: Config) => (key ? new DeepgramTranscriber(baseUrl, key) : undefined),
    },
  ],
  exports: [Transcriber],
})
export class DeepgramModule {}
