export type Language = 'es' | 'en';

/** One line of a conversation; times in seconds from the first word. */
export interface Line {
  speaker: 'agent' | 'contact';
  text: string;
  start: number;
  end: number;
}

const TALKS: Record<Language, { lines: string[]; machine: string; summary: string; machineSummary: string }> = {
  es: {
    lines: [
      'Hola, ¿hablo con la persona correcta?',
      'Sí, soy yo. ¿De parte de quién?',
      'Le llamo por su solicitud. ¿Tiene un momento?',
      'Claro, dígame.',
      'Quedó registrada y le enviaremos los detalles por mensaje.',
      'Perfecto, muchas gracias.',
      'Gracias a usted. Que tenga un buen día.',
      'Igualmente, hasta luego.',
    ],
    machine: 'Ha llamado al buzón de voz. Deje su mensaje después del tono.',
    summary: 'La persona confirmó su identidad y su solicitud, y recibirá los detalles por mensaje.',
    machineSummary: 'Contestó un buzón de voz.',
  },
  en: {
    lines: [
      'Hello, am I speaking to the right person?',
      'Yes, this is me. Who is calling?',
      'I am calling about your request. Do you have a moment?',
      'Sure, go ahead.',
      'It has been registered, and we will send you the details in a message.',
      'Perfect, thank you very much.',
      'Thank you. Have a nice day.',
      'You too, goodbye.',
    ],
    machine: 'You have reached the voicemail. Please leave a message after the tone.',
    summary: 'The contact confirmed their identity and their request, and will get the details in a message.',
    machineSummary: 'A voicemail answered.',
  },
};

const SECONDS_PER_LINE = 1.5;

/** What is said in a call of that length: in turns, the agent first. */
export function dialogueOf(language: Language, seconds: number, opening?: string): Line[] {
  const { lines } = TALKS[language];
  const count = Math.min(Math.max(Math.floor(seconds / SECONDS_PER_LINE), 2), lines.length);
  const each = seconds / count;
  return lines.slice(0, count).map((text, at) => ({
    speaker: at % 2 === 0 ? 'agent' : 'contact',
    text: at === 0 && opening ? opening : text,
    start: at * each,
    end: (at + 1) * each,
  }));
}

export const greetingOf = (language: Language, seconds: number): Line[] => [{ speaker: 'contact', text: TALKS[language].machine, start: 0, end: seconds }];

export const summaryOf = (language: Language, isMachine: boolean): string => (isMachine ? TALKS[language].machineSummary : TALKS[language].summary);

export const languageOf = (tag: string | undefined, number: string): Language =>
  tag === undefined ? (number.startsWith('+1') ? 'en' : 'es') : tag.toLowerCase().startsWith('en') ? 'en' : 'es';
