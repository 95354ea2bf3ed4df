/** How a model server may behave: as it should, or badly in one of the ways that real ones do. */

/** What the model said, before a server puts it on the wire. */
export type Said = Readonly<{
  text: string;
  thinking: string;
  toolCalls: readonly Readonly<{ name: string; input: unknown }>[];
  done: 'stop' | 'length';
  /** Null: the server does not say. */
  promptTokens: number | null;
  answerTokens: number;
}>;

/** Bad words in a good reply. */
const WORDS = {
  'think tags': (said) => ({ ...said, text: `<think>up or down?</think>\n${said.text}` }),
  'thinking field': (said) => ({ ...said, thinking: 'up or down?' }),
  'code fence': (said) => ({ ...said, text: `\`\`\`json\n${said.text}\n\`\`\`` }),
  babble: (said) => ({ ...said, text: 'Sure! I think that the market will rise.' }),
  'not a number': (said) => ({ ...said, text: said.text.replace(/:\s*\d+/, ':NaN') }),
  'wrong word': (said) => ({ ...said, text: said.text.replace(/"(?:up|down|none)"/, '"moon"') }),
  nothing: (said) => ({ ...said, text: '' }),
  'cut short': (said) => ({ ...said, text: said.text.slice(0, 9), done: 'length' }),
  'asks for a tool': (said) => ({
    ...said,
    text: '',
    toolCalls: [{ name: 'candles', input: { symbol: 'BTC', count: 20 } }],
  }),
  'counts too few': (said) => ({ ...said, promptTokens: 3 }),
  'counts too many': (said) => ({ ...said, promptTokens: 1_000_000 }),
  'counts nothing': (said) => ({ ...said, promptTokens: null }),
} as const satisfies Readonly<Record<string, (said: Said) => Said>>;

/** Bad replies, whatever is said. */
const REPLIES = [
  'ignores the schema',
  'moody',
  'loads slowly',
  'runs elsewhere',
  'went elsewhere',
  'cuts the prompt',
  'small window',
  'hangs',
  'hangs midway',
  'slow',
  'garbage',
  'another shape',
  'dies midway',
  'fails midway',
  'stops without an end',
  'ten thousand tokens',
  'one endless line',
  'error 500',
  'error 503',
  'error 400',
  'window error',
  'error 404',
  'a web page',
  'sends elsewhere',
] as const;

export type Manner = 'good' | (typeof REPLIES)[number] | keyof typeof WORDS;

export const reworded = (said: Said, manner: Manner): Said =>
  manner in WORDS ? WORDS[manner as keyof typeof WORDS](said) : said;
