import { NotFoundError } from '../../platform/errors/api-error';

export class VoiceAgentNotFound extends NotFoundError {
  static readonly code = 'VOICE_AGENT_NOT_FOUND';
  constructor() {
    super('There is no such voice agent. See GET /api/v1/voice-agents.');
  }
}
