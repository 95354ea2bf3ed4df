/** Reads a GBNF grammar and says whether it takes a text: written for the tests, from the format and not from our generator. */

type Part =
  | Readonly<{ kind: 'text'; text: string }>
  | Readonly<{ kind: 'set'; negated: boolean; ranges: readonly (readonly [number, number])[] }>
  | Readonly<{ kind: 'rule'; name: string }>
  | Readonly<{ kind: 'choice'; choices: readonly (readonly Part[])[] }>
  | Readonly<{ kind: 'repeat'; part: Part; min: number; max: number }>;

type Cursor = { text: string; at: number };

export function takes(grammar: string, text: string): boolean {
  const rules = new Map(
    grammar.split('\n').map((line) => {
      const [name = '', body = ''] = line.split(/ ::= (.*)/s);
      return [name, choice({ text: body, at: 0 })] as const;
    }),
  );
  const letters = Array.from(text, (letter) => letter.codePointAt(0) ?? 0);
  return after({ kind: 'rule', name: 'root' }, new Set([0]), { rules, letters }).has(
    letters.length,
  );
}

type Scene = Readonly<{ rules: ReadonlyMap<string, Part>; letters: readonly number[] }>;

/** Where one may stand after a part, having stood at any of these places before it. */
function after(part: Part, starts: ReadonlySet<number>, scene: Scene): ReadonlySet<number> {
  if (starts.size === 0) return starts;
  switch (part.kind) {
    case 'rule': {
      const rule = scene.rules.get(part.name);
      if (rule === undefined) throw new Error(`there is no rule ${part.name}`);
      return after(rule, starts, scene);
    }
    case 'text':
      return Array.from(part.text).reduce<ReadonlySet<number>>(
        (places, letter) => step(places, scene, (code) => code === letter.codePointAt(0)),
        starts,
      );
    case 'set':
      return step(
        starts,
        scene,
        (code) => part.ranges.some(([from, to]) => code >= from && code <= to) !== part.negated,
      );
    case 'choice':
      return new Set(
        part.choices.flatMap((parts) => [
          ...parts.reduce((places, one) => after(one, places, scene), starts),
        ]),
      );
    case 'repeat': {
      let places = starts;
      for (let times = 0; times < part.min; times += 1) places = after(part.part, places, scene);
      const all = new Set(places);
      for (let times = part.min; times < part.max && places.size > 0; times += 1) {
        places = new Set([...after(part.part, places, scene)].filter((place) => !all.has(place)));
        for (const place of places) all.add(place);
      }
      return all;
    }
  }
}

const step = (
  places: ReadonlySet<number>,
  { letters }: Scene,
  fits: (code: number) => boolean,
): ReadonlySet<number> =>
  new Set(
    [...places].filter((at) => at < letters.length && fits(letters[at] ?? 0)).map((at) => at + 1),
  );

function choice(cursor: Cursor): Part {
  const choices: Part[][] = [[]];
  for (;;) {
    while (cursor.text[cursor.at] === ' ') cursor.at += 1;
    const letter = cursor.text[cursor.at];
    if (letter === undefined || letter === ')') return { kind: 'choice', choices };
    if (letter === '|') {
      cursor.at += 1;
      choices.push([]);
    } else choices.at(-1)?.push(repeated(single(cursor), cursor));
  }
}

function single(cursor: Cursor): Part {
  const letter = cursor.text[cursor.at];
  if (letter === '(') {
    cursor.at += 1;
    const inner = choice(cursor);
    cursor.at += 1;
    return inner;
  }
  if (letter === '"') return { kind: 'text', text: quoted(cursor) };
  if (letter === '[') return set(cursor);
  const name = /^[\w-]+/.exec(cursor.text.slice(cursor.at))?.[0];
  if (name === undefined) throw new Error(`cannot read ${cursor.text.slice(cursor.at)}`);
  cursor.at += name.length;
  return { kind: 'rule', name };
}

function repeated(part: Part, cursor: Cursor): Part {
  const found = /^(?:[?*+]|\{(?<min>\d+)(?<comma>,)?(?<max>\d*)\})/.exec(
    cursor.text.slice(cursor.at),
  );
  if (found === null) return part;
  cursor.at += found[0].length;
  const { min = '0', comma, max = '' } = found.groups ?? {};
  if (found[0] === '?') return { kind: 'repeat', part, min: 0, max: 1 };
  if (found[0] === '*') return { kind: 'repeat', part, min: 0, max: Infinity };
  if (found[0] === '+') return { kind: 'repeat', part, min: 1, max: Infinity };
  const most = comma === undefined ? Number(min) : max === '' ? Infinity : Number(max);
  return { kind: 'repeat', part, min: Number(min), max: most };
}

/** One letter, with its escape undone. */
function letterOf(cursor: Cursor): string {
  const letter = cursor.text[cursor.at++] ?? '';
  if (letter !== '\\') return letter;
  const escape = cursor.text[cursor.at++] ?? '';
  if (escape === 'x') {
    const code = cursor.text.slice(cursor.at, cursor.at + 2);
    cursor.at += 2;
    return String.fromCharCode(Number.parseInt(code, 16));
  }
  return { n: '\n', t: '\t', r: '\r' }[escape] ?? escape;
}

function quoted(cursor: Cursor): string {
  let text = '';
  cursor.at += 1;
  while (cursor.text[cursor.at] !== '"') text += letterOf(cursor);
  cursor.at += 1;
  return text;
}

function set(cursor: Cursor): Part {
  cursor.at += 1;
  const negated = cursor.text[cursor.at] === '^';
  if (negated) cursor.at += 1;
  const ranges: [number, number][] = [];
  while (cursor.text[cursor.at] !== ']') {
    const from = letterOf(cursor).codePointAt(0) ?? 0;
    const ranged = cursor.text[cursor.at] === '-' && cursor.text[cursor.at + 1] !== ']';
    if (ranged) cursor.at += 1;
    ranges.push([from, ranged ? (letterOf(cursor).codePointAt(0) ?? 0) : from]);
  }
  cursor.at += 1;
  return { kind: 'set', negated, ranges };
}
