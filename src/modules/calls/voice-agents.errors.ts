import { NotFoundError } from '../../platform/errors/api-error';
import { mapConstraints } from '../../platform/errors/error-mapping';
import { PhoneNumberNotFound } from '../connections';

export class VoiceAgentNotFound extends NotFoundError {
  static readonly code = 'VOICE_AGENT_NOT_FOUND';
  constructor() {
    super('There is no such voice agent. See GET /api/v1/voice-agents.');
  }
}

mapConstraints({
  fk_calls_voice_agent: () => new VoiceAgentNotFound(),
  fk_voice_agents_phone_number: () => new PhoneNumberNotFound(),
});
