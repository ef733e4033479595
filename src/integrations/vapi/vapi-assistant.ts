import type { Vapi } from '@vapi-ai/server-sdk';
import type { DescribedAgent, Localization } from '../../modules/calls';

const MAX_NAME = 40;

const MODEL = { provider: 'openai', model: 'gpt-4o' };
const TRANSCRIBER = { provider: 'deepgram', model: 'nova-2' };
/** ElevenLabs' own default speaks English only. */
const VOICE = { provider: '11labs', voiceId: 'sarah', model: 'eleven_turbo_v2_5' };

/** A described agent as an assistant that lives for one call. What the request says of model, voice and transcriber goes through as it says it. */
export function assistantOf(agent: DescribedAgent): Vapi.CreateAssistantDto {
  return {
    name: agent.agentName.slice(0, MAX_NAME).toWellFormed(),
    firstMessage: agent.firstMessage,
    model: modelOf(agent),
    voice: voiceOf(agent),
    transcriber: transcriberOf(agent),
    voicemailDetection: { provider: 'vapi' },
    ...(agent.maxDurationSeconds !== undefined && { maxDurationSeconds: agent.maxDurationSeconds }),
  };
}

function modelOf({ systemPrompt, providerConfig }: DescribedAgent): Vapi.CreateAssistantDtoModel {
  const { model: name = {}, ...settings } = providerConfig?.model ?? {};
  return {
    ...(name.provider === undefined || name.provider === MODEL.provider ? MODEL : {}),
    ...name,
    ...settings,
    messages: [{ role: 'system', content: systemPrompt }],
    tools: [{ type: 'endCall' }],
  } as Vapi.CreateAssistantDtoModel;
}

function voiceOf({ providerConfig: { voice = {} } = {} }: DescribedAgent): Vapi.CreateAssistantDtoVoice {
  return { ...(voice.provider === undefined || voice.provider === VOICE.provider ? VOICE : {}), ...voice } as Vapi.CreateAssistantDtoVoice;
}

function transcriberOf({ language, providerConfig: { transcriber = {} } = {} }: DescribedAgent): Vapi.CreateAssistantDtoTranscriber {
  const { localization, keywords, ...settings } = transcriber;
  const spoken = localization ? languageOf(localization) : language;
  if (settings.provider !== undefined && settings.provider !== TRANSCRIBER.provider) {
    return { ...settings, language: spoken.slice(0, 2), keywords } as Vapi.CreateAssistantDtoTranscriber;
  }
  const model = settings.model ?? TRANSCRIBER.model;
  return {
    ...TRANSCRIBER,
    ...settings,
    // Deepgram knows the Spanish of Latin America, not of its countries.
    language: spoken.startsWith('es') ? 'es-419' : spoken,
    ...(keywords && (model.startsWith('nova-3') ? { keyterm: keywords } : { keywords })),
  } as Vapi.CreateAssistantDtoTranscriber;
}

const languageOf = (localization: Localization): string => (localization === 'US' ? 'en-US' : `es-${localization}`);
