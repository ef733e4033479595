import type { CreateVoiceAgentDto, VoiceAgentDto } from '../../src/modules/calls/dto/voice-agent.dto';
import { ok } from '../support/answers';
import type { ApiClient } from '../support/api-client';

/** An assistant of Vapi's, unless told otherwise. */
export function aVoiceAgent(api: ApiClient, overrides: Partial<CreateVoiceAgentDto> = {}): Promise<VoiceAgentDto> {
  return ok(api.post<VoiceAgentDto>('/voice-agents', { name: 'Sofía', provider: 'vapi', assistantId: 'assistant-1', ...overrides }));
}
