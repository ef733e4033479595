import { type AgentBrief, agentPromptOf, localizationOf } from './agent-prompt';

const FULL: AgentBrief = {
  objectives: ['Confirm the appointment', 'Offer another day'],
  constraints: ['Never promise a discount'],
  taskSteps: ['Greet', 'Ask'],
  knowledgeBase: 'Open from 9 to 18.',
  personality: { name: 'Marta', communicationStyle: 'empathetic', customTraits: 'Patient' },
  contact: { firstName: 'Ana', lastName: 'Pérez', company: 'ACME', additionalInfo: { plan: 'gold' } },
  customData: { orderId: 12, note: 'x' },
  localization: 'MX',
};

describe('the prompt of a transient agent', () => {
  it.each(['CL', 'MX', 'CO', 'PE', 'US'] as const)('is in the language of %s', (localization) => {
    expect(agentPromptOf({ ...FULL, localization })).toMatchSnapshot();
  });

  it('has no heading for what is absent', () => {
    const { systemPrompt, firstMessage } = agentPromptOf({ objectives: ['Call back'], constraints: [], taskSteps: [], localization: 'US' });
    expect(systemPrompt.match(/^# .*/gm)).toEqual(['# Objectives of the call', '# Rules']);
    expect(firstMessage).toBe('Hello, this is Sophia. Do you have a moment?');
  });

  it("speaks the tenant's language where the request names none", () => {
    expect(localizationOf('US')).toBe('US');
    expect(localizationOf('DE')).toBe('MX');
  });
});
