import type { Localization } from './call-provider';

/** How the agent speaks (decisions.md, Calls). */
export const COMMUNICATION_STYLES = ['professional', 'friendly', 'formal', 'casual', 'empathetic', 'persuasive'] as const;
export type CommunicationStyle = (typeof COMMUNICATION_STYLES)[number];

/** What a StartAgentCall says of its agent, checked. */
export interface AgentBrief {
  objectives: string[];
  constraints: string[];
  taskSteps: string[];
  knowledgeBase?: string;
  personality?: { name?: string; communicationStyle?: CommunicationStyle; customTraits?: string };
  contact?: { firstName?: string; lastName?: string; company?: string; additionalInfo?: Record<string, string> };
  customData?: Record<string, unknown>;
  localization: Localization;
}

export interface AgentPrompt {
  systemPrompt: string;
  firstMessage: string;
  /** BCP 47. */
  language: string;
  agentName: string;
}

interface Words {
  language: string;
  agentName: string;
  role: (name: string, company?: string) => string;
  country: string;
  styles: Record<CommunicationStyle, string>;
  headings: Record<'style' | 'traits' | 'contact' | 'objectives' | 'steps' | 'constraints' | 'knowledge' | 'data' | 'rules', string>;
  contactFields: Record<'name' | 'company', string>;
  rules: string[];
  greeting: (name: string, firstName?: string) => string;
}

const SPANISH: Omit<Words, 'language' | 'country'> = {
  agentName: 'Sofía',
  role: (name) => `Eres ${name} y estás hablando por teléfono. Hablas solo en español, con frases cortas, como en una conversación real.`,
  styles: {
    professional: 'Profesional: clara, precisa y respetuosa.',
    friendly: 'Cercana: cálida, sencilla y positiva.',
    formal: 'Formal: trata siempre de usted y cuida las formas.',
    casual: 'Informal: relajada y natural, de tú a tú.',
    empathetic: 'Empática: escucha primero y reconoce lo que siente la persona.',
    persuasive: 'Persuasiva: muestra beneficios concretos, sin presionar.',
  },
  headings: {
    style: 'Estilo',
    traits: 'Rasgos',
    contact: 'A quién llamas',
    objectives: 'Objetivos de la llamada',
    steps: 'Pasos, en este orden',
    constraints: 'Límites que nunca cruzas',
    knowledge: 'Lo que sabes',
    data: 'Datos de esta llamada',
    rules: 'Reglas',
  },
  contactFields: { name: 'Nombre', company: 'Empresa' },
  rules: [
    'Haz una sola pregunta a la vez y espera la respuesta.',
    'Si no sabes algo, dilo; nunca inventes datos, precios ni compromisos.',
    'Si la persona pide que no la llamen más, acéptalo, despídete y termina la llamada.',
    'Cuando los objetivos estén cumplidos, o esté claro que no se cumplirán, despídete y termina la llamada.',
  ],
  greeting: (name, firstName) => (firstName ? `Hola, ${firstName}. Le habla ${name}. ¿Tiene un momento?` : `Hola, le habla ${name}. ¿Tiene un momento?`),
};

const ENGLISH: Omit<Words, 'language' | 'country'> = {
  agentName: 'Sophia',
  role: (name) => `You are ${name}, and you are on the phone. You speak English only, in short sentences, as people do in conversation.`,
  styles: {
    professional: 'Professional: clear, precise and respectful.',
    friendly: 'Friendly: warm, simple and positive.',
    formal: 'Formal: courteous, and never familiar.',
    casual: 'Casual: relaxed and natural.',
    empathetic: 'Empathetic: listen first, and acknowledge how the person feels.',
    persuasive: 'Persuasive: show concrete benefits, without pressure.',
  },
  headings: {
    style: 'Style',
    traits: 'Traits',
    contact: 'Whom you are calling',
    objectives: 'Objectives of the call',
    steps: 'Steps, in this order',
    constraints: 'Limits that you never cross',
    knowledge: 'What you know',
    data: 'Data of this call',
    rules: 'Rules',
  },
  contactFields: { name: 'Name', company: 'Company' },
  rules: [
    'Ask one question at a time, and wait for the answer.',
    'Where you do not know something, say so; never make up facts, prices or commitments.',
    'If the person asks not to be called again, accept it, say goodbye and end the call.',
    'Once the objectives are met, or it is clear that they will not be, say goodbye and end the call.',
  ],
  greeting: (name, firstName) => (firstName ? `Hello ${firstName}, this is ${name}. Do you have a moment?` : `Hello, this is ${name}. Do you have a moment?`),
};

const WORDS: Record<Localization, Words> = {
  CL: { ...SPANISH, language: 'es-CL', country: 'Usa el español de Chile y el peso chileno.' },
  MX: { ...SPANISH, language: 'es-MX', country: 'Usa el español de México y el peso mexicano.' },
  CO: { ...SPANISH, language: 'es-CO', country: 'Usa el español de Colombia y el peso colombiano.' },
  PE: { ...SPANISH, language: 'es-PE', country: 'Usa el español del Perú y el sol peruano.' },
  US: { ...ENGLISH, language: 'en-US', country: 'Use the English of the United States, and US dollars.' },
};

/** The localization where a request names none: the tenant's own country, if it is one of these. */
export const localizationOf = (country: string): Localization => (Object.hasOwn(WORDS, country) ? (country as Localization) : 'MX');

/** One system message and a greeting, in the language of the localization. What is absent leaves no heading behind. */
export function agentPromptOf(brief: AgentBrief): AgentPrompt {
  const words = WORDS[brief.localization];
  const { personality = {}, contact = {} } = brief;
  const agentName = personality.name ?? words.agentName;
  const contactLines = [
    ...line(words.contactFields.name, [contact.firstName, contact.lastName].filter(Boolean).join(' ')),
    ...line(words.contactFields.company, contact.company),
    ...Object.entries(contact.additionalInfo ?? {}).flatMap(([key, value]) => line(key, value)),
  ];
  const sections = [
    `${words.role(agentName)} ${words.country}`,
    section(words.headings.style, personality.communicationStyle ? [words.styles[personality.communicationStyle]] : []),
    section(words.headings.traits, personality.customTraits ? [personality.customTraits] : []),
    section(words.headings.contact, contactLines),
    section(words.headings.objectives, brief.objectives, 'bullets'),
    section(words.headings.steps, brief.taskSteps, 'numbers'),
    section(words.headings.constraints, brief.constraints, 'bullets'),
    section(
      words.headings.data,
      Object.entries(brief.customData ?? {}).flatMap(([key, value]) => line(key, shown(value))),
    ),
    section(words.headings.knowledge, brief.knowledgeBase ? [brief.knowledgeBase] : []),
    section(words.headings.rules, words.rules, 'bullets'),
  ];
  return {
    systemPrompt: sections.filter((text) => text !== '').join('\n\n'),
    firstMessage: words.greeting(agentName, contact.firstName),
    language: words.language,
    agentName,
  };
}

const shown = (value: unknown): string | undefined => (typeof value === 'string' || value === null || value === undefined ? (value ?? undefined) : JSON.stringify(value));

const line = (name: string, value: string | undefined): string[] => (value ? [`${name}: ${value}`] : []);

function section(heading: string, lines: string[], how?: 'bullets' | 'numbers'): string {
  if (lines.length === 0) return '';
  const marked = lines.map((text, at) => (how === 'bullets' ? `- ${text}` : how === 'numbers' ? `${at + 1}. ${text}` : text));
  return [`# ${heading}`, ...marked].join('\n');
}
